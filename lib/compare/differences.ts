/**
 * What differs between two manifests of a project, node by node, as dbt's `state:modified` has it; and by what. Pure.
 * Source: dbt.graph.selector_methods.StateSelectorMethod and the `same_*` methods of dbt.contracts.graph.nodes (1.11).
 * @module
 */
import { isObject, parseObject } from "../base/json.ts";

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

/** A node that differs. */
export interface Difference {
  /** dbt's unique id. */
  id: string;
  change: "new" | "modified" | "removed";
  /** Empty for a node that is new or removed. */
  by: Reason[];
  /** How many nodes stand behind it, tests aside. */
  downstream: number;
}

type Json = Record<string, unknown>;

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

/**
 * The nodes that differ, sorted by id; undefined when one of the texts is no manifest. `readers` are the ids of nodes
 * that read a variable whose value differs.
 */
export function findDifferences(
  texts: { base: string; head: string },
  readers: ReadonlySet<string>,
): Difference[] | undefined {
  const [base, head] = [parseObject(texts.base), parseObject(texts.head)];
  if (base === undefined || head === undefined) return undefined;
  if (!isObject(base["nodes"]) || !isObject(head["nodes"])) return undefined;
  const [before, after] = [nodesOf(base), nodesOf(head)];
  const macro = macroChanges(base, head);
  const downstream = counter(head);
  const found: Difference[] = [];
  for (const [id, node] of after) {
    const old = before.get(id);
    if (old === undefined) {
      // dbt takes a source that was not there for no change.
      if (!id.startsWith("source.")) {
        found.push({ id, change: "new", by: [], downstream: downstream(id) });
      }
      continue;
    }
    const by = reasons(node, old);
    if (macro(node)) by.push("macro");
    if (readers.has(id)) by.push("var");
    if (by.length > 0) found.push({ id, change: "modified", by, downstream: downstream(id) });
  }
  const behind = counter(base);
  for (const id of before.keys()) {
    if (!after.has(id)) found.push({ id, change: "removed", by: [], downstream: behind(id) });
  }
  return found.sort((a, b) => a.id < b.id ? -1 : 1);
}

function nodesOf(root: Json): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const key of ["nodes", "sources", "unit_tests", "functions"]) {
    for (const [id, node] of entries(root[key])) found.set(id, node);
  }
  return found;
}

function reasons(node: Json, old: Json): Reason[] {
  const by: Reason[] = [];
  const differs = (key: string) => !same(node[key], old[key]);
  if (node["resource_type"] === "source") {
    if (SOURCE.some(differs) || !sameConfig(node, old)) by.push("source");
    return by;
  }
  if (node["resource_type"] === "unit_test") {
    if (differs("checksum")) by.push("body");
    return by;
  }
  const generic = isObject(node["test_metadata"]);
  const isSeed = node["resource_type"] === "seed";
  if (!generic && differs(isSeed ? "checksum" : "raw_code")) by.push("body");
  if (!sameConfig(node, old)) by.push("config");
  if (differs("fqn")) by.push("place");
  if (generic) return by;
  const [own, others] = [asObject(node["unrendered_config"]), asObject(old["unrendered_config"])];
  if (RELATION.some((key) => !same(own[key] ?? null, others[key] ?? null))) by.push("relation");
  if (!sameDescription(node, old)) by.push("description");
  const [contract, oldContract] = [asObject(node["contract"]), asObject(old["contract"])];
  const enforced = contract["enforced"] === true || oldContract["enforced"] === true;
  const agreed = contract["enforced"] === oldContract["enforced"] &&
    same(contract["checksum"], oldContract["checksum"]);
  const refs = node["resource_type"] === "model" &&
    ["latest_version", "access", "deprecation_date"].some(differs);
  if ((enforced && !agreed) || refs) by.push("contract");
  return by;
}

function sameConfig(node: Json, old: Json): boolean {
  const [own, others] = [asObject(node["unrendered_config"]), asObject(old["unrendered_config"])];
  return [...Object.keys(own), ...Object.keys(others)].every((key) =>
    NOT_CONFIG.includes(key) || (key in own && key in others && same(own[key], others[key]))
  );
}

/** A description counts where it is written to the warehouse. */
function sameDescription(node: Json, old: Json): boolean {
  const persists = asObject(asObject(node["config"])["persist_docs"]);
  if (persists["relation"] === true && !same(node["description"], old["description"])) return false;
  const described = (one: Json) =>
    entries(one["columns"]).map(([name, column]) => [name, column["description"]]);
  return persists["columns"] !== true || same(described(node), described(old));
}

/** Tells whether a node uses a macro that changed, by itself or through others. */
function macroChanges(base: Json, head: Json): (node: Json) => boolean {
  const [before, after] = [new Map(entries(base["macros"])), new Map(entries(head["macros"]))];
  const changed = new Set<unknown>();
  for (const [id, macro] of after) {
    if (before.get(id)?.["macro_sql"] !== macro["macro_sql"]) changed.add(id);
  }
  for (const id of before.keys()) if (!after.has(id)) changed.add(id);
  const uses = (one: Json) => {
    const on = asObject(one["depends_on"])["macros"];
    return Array.isArray(on) ? on : [];
  };
  for (let size = -1; size !== changed.size;) {
    size = changed.size;
    for (const [id, macro] of after) {
      if (uses(macro).some((one) => changed.has(one))) changed.add(id);
    }
  }
  return (node) => uses(node).some((one) => changed.has(one));
}

/** Counts what stands behind a node, tests aside. */
function counter(root: Json): (id: string) => number {
  const children = asObject(root["child_map"]);
  return (id) => {
    const seen = new Set<string>();
    const waiting = [id];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const below = children[next];
      for (
        const child of Array.isArray(below) ? below.filter((one) => typeof one === "string") : []
      ) {
        if (/^(?:test|unit_test)\./.test(child) || seen.has(child)) continue;
        seen.add(child);
        waiting.push(child);
      }
    }
    return seen.size;
  };
}

function entries(value: unknown): [string, Json][] {
  return Object.entries(asObject(value)).filter((entry): entry is [string, Json] =>
    isObject(entry[1])
  );
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
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
