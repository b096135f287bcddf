/**
 * What a comparison needs to know of a project: its models, seeds and snapshots, where each lies, and by what its rows may be
 * told apart.
 * @module
 */
import type { RelationName } from "../../base/relation.ts";
import { asObject, asText, entries, type JsonObject, texts } from "../../base/json.ts";
import { filesReadBy } from "./files.ts";
import { type KeyChoice, keysOf, testsOf } from "./keys.ts";

/** A model, seed or snapshot. */
export interface DataNode {
  /** dbt's unique id. */
  id: string;
  name: string;
  type: "model" | "seed" | "snapshot";
  relation: RelationName;
  materialized: string;
  /** What makes its rows: two nodes with the same body are one, whatever they are called. */
  body: string;
  /** Its file, relative to the project. */
  path: string;
  /** The best one first. */
  keys: KeyChoice[];
  /** Patterns of columns that say when it was built, not what it holds. */
  clocks: string[];
  /** The ids of what it reads: nodes, sources, functions. */
  parents: string[];
  /** Relative paths of data that are read whenever it is queried. */
  files: string[];
}

/** The nodes of a project, by id. */
export type Project = ReadonlyMap<string, DataNode>;

/** The models, seeds and snapshots in a manifest's JSON. */
export function dataNodes(root: JsonObject): Project {
  const all = entries(root["nodes"]);
  const tests = testsOf(all.map(([, node]) => node));
  const files = filesReadBy(root);
  const found = new Map<string, DataNode>();
  for (const [id, node] of all.sort(([a], [b]) => a < b ? -1 : 1)) {
    const type = node["resource_type"];
    if (type !== "model" && type !== "seed" && type !== "snapshot") continue;
    const config = asObject(node["config"]);
    const checksum = asObject(node["checksum"]);
    found.set(id, {
      id,
      name: nameIn(node),
      type,
      relation: {
        database: asText(node["database"]),
        schema: asText(node["schema"]),
        name: asText(node["alias"]) || asText(node["name"]),
      },
      materialized: asText(config["materialized"]),
      body: asText(type === "seed" ? checksum["checksum"] : node["raw_code"]),
      path: asText(node["original_file_path"]),
      keys: keysOf(node, tests.get(id) ?? []),
      clocks: type === "snapshot" ? clocksOf(config) : [],
      parents: texts(asObject(node["depends_on"])["nodes"]),
      files: files(id),
    });
  }
  return found;
}

/** A model's version belongs to its name. */
function nameIn(node: JsonObject): string {
  const version = node["version"];
  const name = asText(node["name"]);
  return version === null || version === undefined ? name : `${name}.v${version}`;
}

/** Where a snapshot compares columns, its versions begin when it was run. */
function clocksOf(config: JsonObject): string[] {
  const names = asObject(config["snapshot_meta_column_names"]);
  const own = ["dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to"];
  return config["strategy"] === "check" ? own.map((name) => asText(names[name]) || name) : [];
}
