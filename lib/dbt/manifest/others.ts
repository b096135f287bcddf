/**
 * The relations that a manifest names and no node of it makes.
 * @module
 */
import { asObject, asText, type JsonObject, objects } from "../../base/json.ts";

/** A relation that a project knows of, without having to make it: a source, or what a disabled node made once. */
export interface NamedRelation {
  database: string;
  schema: string;
  name: string;
}

/** The sources in a manifest's JSON. */
export function sourcesIn(root: JsonObject): NamedRelation[] {
  return objects(Object.values(asObject(root["sources"]))).map(toRelation);
}

/** What disabled nodes in a manifest's JSON made, were they enabled once. */
export function disabledIn(root: JsonObject): NamedRelation[] {
  // Each id has a list: two files may have a node of the same id, as long as no more than one is enabled.
  return objects(Object.values(asObject(root["disabled"])).flat()).map(toRelation);
}

function toRelation(node: JsonObject): NamedRelation {
  return {
    database: asText(node["database"]),
    schema: asText(node["schema"]),
    name: asText(node["identifier"]) || asText(node["alias"]) || asText(node["name"]),
  };
}
