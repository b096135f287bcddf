/**
 * What a comparison needs to know of a project: its models, seeds and snapshots, where each lies, and by what its rows may be
 * told apart; read off dbt's manifest. Pure.
 * @module
 */
import { isObject, parseObject } from "../base/files.ts";
import type { KeyChoice } from "../warehouse/compare.ts";
import type { Named } from "../warehouse/relations.ts";

/** A model, seed or snapshot. */
export interface DataNode {
  /** dbt's unique id. */
  id: string;
  name: string;
  type: "model" | "seed" | "snapshot";
  relation: Named;
  materialized: string;
  /** What makes its rows: two nodes with the same body are one, whatever they are called. */
  body: string;
  /** Whether dbt took the path of a large seed for its checksum, and not its rows. */
  unread: boolean;
  /** Its file, relative to the project. */
  path: string;
  /** The best one first. */
  keys: KeyChoice[];
  /** Patterns of columns that say when it was built, not what it holds. */
  clocks: string[];
  /** The ids of what it reads: nodes, sources, functions. */
  parents: string[];
}

/** The nodes of a project, by id. */
export type Project = ReadonlyMap<string, DataNode>;

type Json = Record<string, unknown>;

/** The generic tests that say that some columns together are unique, with the name of what lists the columns. */
const COMBINATIONS = new Map([
  ["unique_combination_of_columns", "combination_of_columns"],
  ["expect_compound_columns_to_be_unique", "column_list"],
]);

/** Read it; undefined when the text is no manifest. */
export function readProject(manifest: string): Project | undefined {
  const root = parseObject(manifest);
  if (root === undefined || !isObject(root["nodes"])) return undefined;
  const all = Object.entries(root["nodes"]).filter((entry): entry is [string, Json] =>
    isObject(entry[1])
  );
  const tests = testsOf(all.map(([, node]) => node));
  const found = new Map<string, DataNode>();
  for (const [id, node] of all.sort(([a], [b]) => a < b ? -1 : 1)) {
    const type = node["resource_type"];
    if (type !== "model" && type !== "seed" && type !== "snapshot") continue;
    const config = asObject(node["config"]);
    const on = asObject(node["depends_on"])["nodes"];
    const clocks = type === "snapshot" ? clocksOf(config) : [];
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
      body: asText(type === "seed" ? asObject(node["checksum"])["checksum"] : node["raw_code"]),
      unread: type === "seed" && asObject(node["checksum"])["name"] === "path",
      path: asText(node["original_file_path"]),
      keys: keysOf(node, config, tests.get(id) ?? []),
      clocks,
      parents: texts(on),
    });
  }
  return found;
}

/** All that stands behind some nodes, and they themselves. */
export function withDownstream(project: Project, ids: ReadonlySet<string>): Set<string> {
  const children = new Map<string, string[]>();
  for (const { id, parents } of project.values()) {
    for (const parent of parents) children.set(parent, [...children.get(parent) ?? [], id]);
  }
  const found = new Set(ids);
  const waiting = [...ids];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const child of children.get(next) ?? []) {
      if (found.has(child)) continue;
      found.add(child);
      waiting.push(child);
    }
  }
  return found;
}

/** A model's version belongs to its name. */
function nameIn(node: Json): string {
  const version = node["version"];
  const name = asText(node["name"]);
  return version === null || version === undefined ? name : `${name}.v${version}`;
}

/** The generic tests of each node, by its id. */
function testsOf(nodes: readonly Json[]): Map<string, Json[]> {
  const found = new Map<string, Json[]>();
  for (const node of nodes) {
    if (node["resource_type"] !== "test" || !isObject(node["test_metadata"])) continue;
    // A test of a part of the rows says nothing of the others.
    if (asObject(node["config"])["where"]) continue;
    const on = asText(node["attached_node"]) || texts(asObject(node["depends_on"])["nodes"])[0];
    if (on !== undefined) found.set(on, [...found.get(on) ?? [], node]);
  }
  return found;
}

function keysOf(node: Json, config: Json, tests: readonly Json[]): KeyChoice[] {
  const keys: KeyChoice[] = [];
  const add = (source: string, columns: readonly string[]) => {
    const known = keys.some((one) => one.columns.join("\n") === columns.join("\n"));
    if (columns.length > 0 && !known) keys.push({ source, columns });
  };
  add("primary key", primaryKey(node));
  const unique = config["unique_key"];
  // A snapshot has a row for each version of a key.
  const from = asObject(config["snapshot_meta_column_names"])["dbt_valid_from"];
  const versions = node["resource_type"] === "snapshot" && config["strategy"] !== "check"
    ? [asText(from) || "dbt_valid_from"]
    : [];
  // A text is SQL: one name, or several.
  const choices = typeof unique === "string" ? [[unique], namesIn(unique)] : [texts(unique)];
  for (const own of choices) {
    if (own.length > 0) add("unique_key", [...own.map(unquoted), ...versions]);
  }
  const metadata = tests.map((test) => ({
    name: asText(asObject(test["test_metadata"])["name"]),
    column: unquoted(
      asText(test["column_name"]) ||
        asText(asObject(asObject(test["test_metadata"])["kwargs"])["column_name"]),
    ),
    kwargs: asObject(asObject(test["test_metadata"])["kwargs"]),
  }));
  const notNull = new Set(
    metadata.filter(({ name }) => name === "not_null").map(({ column }) => column),
  );
  for (const { column, name } of metadata) {
    if (name === "unique" && notNull.has(column)) add("unique and not_null tests", [column]);
  }
  for (const { kwargs, name } of metadata) {
    const list = COMBINATIONS.get(name);
    if (list !== undefined) add("combination test", texts(kwargs[list]).map(unquoted));
  }
  return keys;
}

/** What a contract says: of the model, or of its columns. */
function primaryKey(node: Json): string[] {
  const isKey = (one: unknown): one is Json => isObject(one) && one["type"] === "primary_key";
  const whole = list(node["constraints"]).find(isKey);
  if (whole !== undefined) return texts(whole["columns"]);
  return Object.values(asObject(node["columns"])).filter(isObject)
    .filter((column) => list(column["constraints"]).some(isKey))
    .map((column) => asText(column["name"]));
}

/** Where a snapshot compares columns, its versions begin when it was run. */
function clocksOf(config: Json): string[] {
  const names = asObject(config["snapshot_meta_column_names"]);
  const own = ["dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to"];
  return config["strategy"] === "check" ? own.map((name) => asText(names[name]) || name) : [];
}

/** The names in a list in SQL; a comma in quotes parts none. */
function namesIn(text: string): string[] {
  return (text.match(/(?:"[^"]*"|`[^`]*`|[^,"`])+/g) ?? []).map((name) => name.trim())
    .filter((name) => name !== "");
}

/** A name without the quotes that dbt leaves around it where it was to be quoted. */
function unquoted(name: string): string {
  const [, quote = "", inner = ""] = /^\s*(["`])(.*)\1\s*$/s.exec(name) ?? [];
  return quote === "" ? name : inner.replaceAll(quote + quote, quote);
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: unknown): string[] {
  return list(value).filter((one) => typeof one === "string");
}
