/**
 * What the nodes of a manifest say, as texts.
 * @module
 */
import { entries, type JsonObject } from "../../base/json.ts";
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

/** The texts of the nodes in a manifest's JSON, by id. */
export function nodeTexts(root: JsonObject): Map<string, NodeText> {
  return new Map(
    entries(root["nodes"]).map(([id, node]) => [id, {
      selection: Array.isArray(node["fqn"]) ? `fqn:${node["fqn"].join(".")}` : undefined,
      text: `${node["raw_code"] ?? ""}\n${textsIn(node["unrendered_config"]).join("\n")}`,
      uses: macrosUsedBy(node),
    }]),
  );
}

/** All texts in a piece of JSON. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
