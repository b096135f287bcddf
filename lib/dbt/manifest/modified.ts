/**
 * By what an entry of a manifest differs from an older one, as dbt's `state:modified` has it.
 * Source: dbt.graph.selector_methods.StateSelectorMethod and the `same_*` methods of dbt.contracts.graph.nodes (1.11).
 * @module
 */
import { asObject, entries, isObject, type JsonObject } from "../../base/json.ts";

/** By what a node differs. */
export type Reason =
  | "body"
  | "config"
  | "relation"
  | "description"
  | "contract"
  | "macro"
  | "var"
  | "place"
  | "source";

/** What a configuration says that does not count as a change of it. */
const NOT_CONFIG = ["alias", "database", "group", "schema", "tags"];
/** What says where a node is written. */
const RELATION = ["alias", "database", "schema"];
const SOURCE = [
  "database",
  "schema",
  "identifier",
  "fqn",
  "quoting",
  "freshness",
  "loaded_at_field",
  "external",
];

/** By what an entry differs from the older one of its id, the macros that it uses aside. */
export function reasonsOf(entry: JsonObject, old: JsonObject): Reason[] {
  const by: Reason[] = [];
  const differs = (key: string) => !same(entry[key], old[key]);
  if (entry["resource_type"] === "source") {
    if (SOURCE.some(differs) || !sameConfig(entry, old)) by.push("source");
    return by;
  }
  if (entry["resource_type"] === "unit_test") {
    if (differs("checksum")) by.push("body");
    return by;
  }
  const generic = isObject(entry["test_metadata"]);
  const isSeed = entry["resource_type"] === "seed";
  if (!generic && differs(isSeed ? "checksum" : "raw_code")) by.push("body");
  if (!sameConfig(entry, old)) by.push("config");
  if (differs("fqn")) by.push("place");
  if (generic) return by;
  const [own, others] = [asObject(entry["unrendered_config"]), asObject(old["unrendered_config"])];
  if (RELATION.some((key) => !same(own[key] ?? null, others[key] ?? null))) by.push("relation");
  if (!sameDescription(entry, old)) by.push("description");
  const [contract, oldContract] = [asObject(entry["contract"]), asObject(old["contract"])];
  const enforced = contract["enforced"] === true || oldContract["enforced"] === true;
  const agreed = contract["enforced"] === oldContract["enforced"] &&
    same(contract["checksum"], oldContract["checksum"]);
  const refs = entry["resource_type"] === "model" &&
    ["latest_version", "access", "deprecation_date"].some(differs);
  if ((enforced && !agreed) || refs) by.push("contract");
  return by;
}

function sameConfig(entry: JsonObject, old: JsonObject): boolean {
  const [own, others] = [asObject(entry["unrendered_config"]), asObject(old["unrendered_config"])];
  return [...Object.keys(own), ...Object.keys(others)].every((key) =>
    NOT_CONFIG.includes(key) || (key in own && key in others && same(own[key], others[key]))
  );
}

/** A description counts where it is written to the warehouse. */
function sameDescription(entry: JsonObject, old: JsonObject): boolean {
  const persists = asObject(asObject(entry["config"])["persist_docs"]);
  if (persists["relation"] === true && !same(entry["description"], old["description"])) {
    return false;
  }
  const described = (one: JsonObject) =>
    entries(one["columns"]).map(([name, column]) => [name, column["description"]]);
  return persists["columns"] !== true || same(described(entry), described(old));
}

/** Whether two pieces of JSON are the same, whatever the order of keys. */
function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((one, at) => same(one, b[at]));
  }
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => same(a[key], b[key]));
  }
  return a === b;
}
