/**
 * The relations that a manifest names and no node of it makes.
 * @module
 */
import type { RelationName } from "../../base/relation.ts";
import { asObject, asText, type JsonObject, objects } from "../../base/json.ts";

/** The sources in a manifest's JSON. */
export function sourcesIn(root: JsonObject): RelationName[] {
  return objects(Object.values(asObject(root["sources"]))).map(toRelation);
}

/** What disabled nodes in a manifest's JSON made, were they enabled once. */
export function disabledIn(root: JsonObject): RelationName[] {
  // Each id has a list: two files may have a node of the same id, as long as no more than one is enabled.
  return objects(Object.values(asObject(root["disabled"])).flat()).map(toRelation);
}

function toRelation(node: JsonObject): RelationName {
  return {
    database: asText(node["database"]),
    schema: asText(node["schema"]),
    name: asText(node["identifier"]) || asText(node["alias"]) || asText(node["name"]),
  };
}
