/**
 * A comparison as JSON, for programs; its schema is schemas/dot_diff.schema.json. Pure.
 * @module
 */
import { jsonOf } from "../../base/json.ts";
import type { DiffResult } from "../result.ts";

/** The result as it is, indented. */
export function asJson(result: DiffResult): string {
  return jsonOf(result);
}
