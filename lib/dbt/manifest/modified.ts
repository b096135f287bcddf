/**
 * By what an entry of a manifest differs from an older one, as dbt's `state:modified` has it.
 * Source: dbt.graph.selector_methods.StateSelectorMethod and the `same_*` methods of dbt.contracts.graph.nodes (1.11).
 * @module
 */
import {
  asObject,
  asText,
  entries,
  isObject,
  type JsonObject,
  objects,
  texts,
} from "../../base/json.ts";

/** By what a node differs. */
export type Reason =
  | "body"
  | "config"
  | "relation"
  | "description"
  | "contract"
  | "macro"
  | "var"
  | "file"
  | "place"
  | "source";

/** What a configuration says that does not count as a change of it. */
const NOT_CONFIG = ["alias", "database", "group", "schema", "tags"];
/** What says where a node is written. */
const RELATION = ["alias", "database", "schema"];
/** What says how a function is called. */
const FUNCTION = ["arguments", "returns"];
/** What the checksum of a unit test is made of. */
const UNIT_TEST = ["model", "versions", "given", "expect", "overrides"];
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

/** What dbt compares of what is no node. */
interface Definition {
  /** What says what it is; `a.b` is the key b in a. */
  keys: readonly string[];
  /** Whether its folder counts. */
  place: boolean;
  /** Whether its configuration counts as dbt rendered it. */
  rendered: boolean;
}

const DEFINITIONS: Readonly<Record<string, Definition>> = {
  exposure: {
    keys: ["type", "owner", "maturity", "url", "label", "depends_on.nodes"],
    place: true,
    rendered: false,
  },
  metric: { keys: ["type", "label"], place: false, rendered: false },
  semantic_model: {
    keys: ["model", "defaults", "entities", "dimensions", "measures", "primary_entity", "group"],
    place: false,
    rendered: true,
  },
  saved_query: {
    keys: [
      ...["query_params.metrics", "query_params.group_by", "query_params.where"],
      ...["label", "group", "exports", "tags"],
    ],
    place: false,
    rendered: true,
  },
};

/** Whether dbt takes an entry that was not there before for no change. */
export function isQuietlyNew(entry: JsonObject): boolean {
  const type = asText(entry["resource_type"]);
  return type === "source" || Object.hasOwn(DEFINITIONS, type);
}

/** By what an entry differs from the older one of its id, the macros that it uses aside. */
export function reasonsOf(entry: JsonObject, old: JsonObject): Reason[] {
  const by: Reason[] = [];
  const differs = (key: string) => !same(entry[key], old[key]);
  if (entry["resource_type"] === "source") {
    if (SOURCE.some(differs) || !sameConfig(entry, old)) by.push("source");
    return by;
  }
  if (entry["resource_type"] === "unit_test") {
    // dbt 2 makes no checksum of it.
    const whole = [entry, old].every(({ checksum }) => typeof checksum === "string");
    if ((whole ? ["checksum"] : UNIT_TEST).some(differs)) by.push("body");
    return by;
  }
  const definition = DEFINITIONS[asText(entry["resource_type"])];
  if (definition !== undefined) {
    if (definition.keys.some((key) => !same(at(entry, key), at(old, key)))) by.push("body");
    if (definition.rendered ? differs("config") : !sameConfig(entry, old)) by.push("config");
    if (definition.place && differs("fqn")) by.push("place");
    if (differs("description")) by.push("description");
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
  const isFunction = entry["resource_type"] === "function";
  if (
    isFunction && !by.includes("body") &&
    (FUNCTION.some(differs) || !same(at(entry, "overloads"), at(old, "overloads")))
  ) by.push("body");
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

/** What is compared at a key: of a list of ids the order says nothing, of exports and overloads only what says what they make. */
function at(entry: JsonObject, key: string): unknown {
  const [first = "", second] = key.split(".");
  const value = second === undefined ? entry[first] : asObject(entry[first])[second];
  if (key === "depends_on.nodes") return texts(value).sort();
  if (key === "overloads") {
    return objects(value).map((one) =>
      ["defined_in", "arguments", "returns", "raw_body"].map((name) => one[name] ?? null)
    );
  }
  if (key !== "exports") return value;
  return objects(value).map((one) => {
    const own = asObject(one["unrendered_config"]);
    return [one["name"], ...["export_as", "schema", "alias"].map((name) => own[name] ?? null)];
  });
}

/** Whether two pieces of JSON are the same, whatever the order of keys; what is left out is null, as dbt 2 leaves out much. */
export function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((one, at) => same(one, b[at]));
  }
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => same(a[key], b[key]));
  }
  return (a ?? null) === (b ?? null);
}
