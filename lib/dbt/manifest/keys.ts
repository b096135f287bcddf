/**
 * By what the rows of a model, seed or snapshot may be told apart, as far as its manifest says.
 * @module
 */
import {
  asObject,
  asText,
  entries,
  isObject,
  type JsonObject,
  list,
  texts,
} from "../../base/json.ts";

/** A key that rows may have, and where that is known from. */
export interface KeyChoice {
  source: string;
  columns: readonly string[];
}

/** The generic tests that say that some columns together are unique, with the name of what lists the columns. */
const COMBINATIONS = new Map([
  ["unique_combination_of_columns", "combination_of_columns"],
  ["expect_compound_columns_to_be_unique", "column_list"],
]);

/** The generic tests of each node that speak of all its rows, by its id. */
export function testsOf(nodes: readonly JsonObject[]): Map<string, JsonObject[]> {
  const found = new Map<string, JsonObject[]>();
  for (const node of nodes) {
    if (node["resource_type"] !== "test" || !isObject(node["test_metadata"])) continue;
    // A test of a part of the rows says nothing of the others.
    if (asObject(node["config"])["where"]) continue;
    const on = asText(node["attached_node"]) || texts(asObject(node["depends_on"])["nodes"])[0];
    if (on !== undefined) found.set(on, [...found.get(on) ?? [], node]);
  }
  return found;
}

/** The keys of a node with these tests, the best one first. */
export function keysOf(node: JsonObject, tests: readonly JsonObject[]): KeyChoice[] {
  const keys: KeyChoice[] = [];
  const add = (source: string, columns: readonly string[]) => {
    const known = keys.some((one) => one.columns.join("\n") === columns.join("\n"));
    if (columns.length > 0 && !known) keys.push({ source, columns });
  };
  add("primary key", primaryKey(node));
  for (const own of uniqueKeys(node)) add("unique_key", own);
  const metadata = tests.map((test) => {
    const { name, kwargs } = asObject(test["test_metadata"]);
    const column = asText(test["column_name"]) || asText(asObject(kwargs)["column_name"]);
    return { name: asText(name), column: unquoted(column), kwargs: asObject(kwargs) };
  });
  const notNull = new Set(
    metadata.filter(({ name }) => name === "not_null").map(({ column }) => column),
  );
  for (const { column, name } of metadata) {
    if (name === "unique" && notNull.has(column)) add("unique and not_null tests", [column]);
  }
  for (const { kwargs, name } of metadata) {
    const columns = COMBINATIONS.get(name);
    if (columns !== undefined) add("combination test", texts(kwargs[columns]).map(unquoted));
  }
  return keys;
}

/** What a contract says: of the model, or of its columns. */
function primaryKey(node: JsonObject): string[] {
  const isKey = (one: unknown): one is JsonObject => isObject(one) && one["type"] === "primary_key";
  const whole = list(node["constraints"]).find(isKey);
  if (whole !== undefined) return texts(whole["columns"]);
  return entries(node["columns"]).filter(([, column]) => list(column["constraints"]).some(isKey))
    .map(([, column]) => asText(column["name"]));
}

/** What a configuration says: a text is SQL, one name or several. */
function uniqueKeys(node: JsonObject): string[][] {
  const config = asObject(node["config"]);
  const unique = config["unique_key"];
  // A snapshot has a row for each version of a key.
  const from = asObject(config["snapshot_meta_column_names"])["dbt_valid_from"];
  const versions = node["resource_type"] === "snapshot" && config["strategy"] !== "check"
    ? [asText(from) || "dbt_valid_from"]
    : [];
  const choices = typeof unique === "string" ? [[unique], namesIn(unique)] : [texts(unique)];
  return choices.filter((own) => own.length > 0)
    .map((own) => [...own.map(unquoted), ...versions]);
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
