/**
 * What two parses of a project render otherwise, whatever dbt compares of it. Pure.
 * @module
 */
import { asObject, entries, type JsonObject } from "../../base/json.ts";
import type { Entries } from "./entries.ts";
import { same } from "./modified.ts";

/** Where an entry's file is, when it was read, and what people read of it. */
const ASIDE = [
  ...["build_path", "compiled_path", "created_at", "description", "doc_blocks", "docs", "fqn"],
  "generated_sql_file",
  ...["meta", "metadata", "original_file_path", "patch_path", "path", "root_path"],
  ...["source_description", "source_meta", "tags"],
];
/** What is compared as text elsewhere, or made of it. */
const TEXTS = ["checksum", "contract", "raw_code", "unrendered_config"];

/** The ids of the entries that another parse has otherwise, or has not. */
export function renderedOtherwise(before: Entries, after: Entries): string[] {
  return [...after].flatMap(([id, entry]) => {
    const old = before.get(id);
    return old !== undefined && same(values(entry), values(old)) ? [] : [id];
  });
}

function values(entry: JsonObject): JsonObject {
  const columns = entries(entry["columns"]).map(([name, column]) => [
    name,
    without(column, ["config", "description", "doc_blocks", "meta", "tags"]),
  ]);
  return {
    ...without(entry, [...ASIDE, ...TEXTS]),
    config: without(asObject(entry["config"]), ["docs", "tags"]),
    columns: Object.fromEntries(columns),
  };
}

function without(value: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}
