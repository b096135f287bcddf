/**
 * The nodes of a manifest that dbt writes, and where it writes them.
 * @module
 */
import type { RelationName, Schema } from "../../base/relation.ts";
import { asObject, asText, entries, type JsonObject, objects } from "../../base/json.ts";

/** A node of the manifest that dbt may write. */
export interface ManifestNode extends Schema {
  id: string;
  /** `model`, `seed`, `snapshot`, `test`, `function`. */
  type: string;
  /** Its name in the schema. */
  alias: string;
  /** Its file, relative to its project. */
  path: string;
  materialized: string;
  /** For a test: whether its failures are stored in a table. */
  storesFailures: boolean;
}

/** The kinds of node that are written to the warehouse. */
const WRITTEN = ["model", "seed", "snapshot", "function", "test"];

/** The nodes of a manifest's JSON that dbt writes, sorted by id. */
export function writtenNodes(root: JsonObject): ManifestNode[] {
  const nodes: ManifestNode[] = [];
  for (const [id, node] of [...entries(root["nodes"]), ...entries(root["functions"])]) {
    const config = asObject(node["config"]);
    const parsed: ManifestNode = {
      id,
      type: asText(node["resource_type"]),
      database: asText(node["database"]),
      schema: asText(node["schema"]),
      alias: asText(node["alias"]) || asText(node["name"]),
      path: asText(node["original_file_path"]),
      materialized: asText(config["materialized"]),
      storesFailures: config["store_failures"] === true,
    };
    if (WRITTEN.includes(parsed.type)) nodes.push(parsed);
  }
  return nodes.sort((a, b) => a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** What a run makes again, whole, from what it reads. */
const MADE_AGAIN = ["dynamic_table", "materialized_view", "seed", "table", "test", "view"];

/**
 * The relations in a manifest's JSON that hold what no run brings back, were they made once: of snapshots, of incremental
 * models, and of materializations that nobody here knows; disabled ones too.
 */
export function historyIn(root: JsonObject): RelationName[] {
  const all = [root["nodes"], root["disabled"]].flatMap((one) => Object.values(asObject(one)));
  return objects(all.flat()).filter((node) => {
    const type = asText(node["resource_type"]);
    if (type === "snapshot") return true;
    const materialized = asText(asObject(node["config"])["materialized"]);
    return type === "model" && !["", "ephemeral", ...MADE_AGAIN].includes(materialized);
  }).map((node) => ({
    database: asText(node["database"]),
    schema: asText(node["schema"]),
    name: asText(node["alias"]) || asText(node["name"]),
  }));
}

/** Whether dbt makes a relation of a node; `storeFailures` when the run stores every test's failures. */
export function isWritten(
  node: ManifestNode,
  { storeFailures = false }: { storeFailures?: boolean } = {},
): boolean {
  if (node.type === "test") return storeFailures || node.storesFailures;
  return node.materialized !== "ephemeral";
}

/** The relation that a node has, where dbt makes one of it. */
export function relationOf({ alias, database, schema }: ManifestNode): RelationName {
  return { database, schema, name: alias };
}
