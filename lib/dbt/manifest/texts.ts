/**
 * What the nodes of a manifest say, as texts.
 * @module
 */
import { asText, type JsonObject, texts, textsIn } from "../../base/json.ts";
import { entriesIn } from "./entries.ts";
import { macrosUsedBy } from "./macros.ts";

/** What a node says, as far as dbt renders it. */
export interface NodeText {
  /** dbt's name for it in a selection; undefined for what cannot be selected. */
  selection: string | undefined;
  /** Its code, and the texts of its configuration before they are rendered. */
  text: string;
  /** The ids of the macros that it uses itself. */
  uses: readonly string[];
}

/** The texts of what dbt compares in a manifest's JSON, by id. */
export function nodeTexts(root: JsonObject): Map<string, NodeText> {
  return new Map(
    [...entriesIn(root)].map(([id, entry]) => [id, {
      selection: wordOf(entry),
      text: UNRENDERED.flatMap((key) => textsIn(entry[key])).join("\n"),
      uses: macrosUsedBy(entry),
    }]),
  );
}

/** What dbt leaves as it was written until it runs the node. */
const UNRENDERED = [
  ...["raw_code", "unrendered_config", "test_metadata"],
  ...["unrendered_database", "unrendered_schema"],
];
/** How dbt selects what it does not find by its place among the nodes. */
const METHODS: Readonly<Record<string, string>> = {
  exposure: "exposure",
  metric: "metric",
  saved_query: "saved_query",
  semantic_model: "semantic_model",
  source: "source",
};

/** dbt's word for an entry; undefined for a hook, which nothing selects. */
function wordOf(entry: JsonObject): string | undefined {
  const type = asText(entry["resource_type"]);
  if (type === "operation") return undefined;
  const method = METHODS[type];
  const names = method === undefined
    ? texts(entry["fqn"])
    : [entry["package_name"], ...type === "source" ? [entry["source_name"]] : [], entry["name"]]
      .map(asText);
  return names.length === 0 ? undefined : `${method ?? "fqn"}:${names.join(".")}`;
}
