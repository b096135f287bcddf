/**
 * What dbt compares to find what is modified, as it stands in the manifest.
 * @module
 */
import { asObject, entries, type JsonObject, texts } from "../../base/json.ts";

/** Whatever dbt compares, as dbt wrote it, by id. */
export type Entries = ReadonlyMap<string, JsonObject>;

/** The entries in a manifest's JSON. */
export function entriesIn(root: JsonObject): Entries {
  const kinds = [
    ...["nodes", "sources", "unit_tests", "functions"],
    ...["exposures", "metrics", "semantic_models", "saved_queries"],
  ];
  return new Map(kinds.flatMap((kind) => entries(root[kind])));
}

/** The ids of what reads an entry itself, tests too; by the entry's id. */
export function childrenIn(root: JsonObject): Map<string, string[]> {
  return new Map(
    Object.entries(asObject(root["child_map"])).map(([id, children]) => [id, texts(children)]),
  );
}
