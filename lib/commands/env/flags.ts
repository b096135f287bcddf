/**
 * The flags of `dot env`.
 * @module
 */
import { flags, JSON_FLAG } from "../../cli/flags.ts";

/** Declared. */
export const FLAGS = flags({
  check: { summary: "Check all environments and variables; end with 2 when one is wrong" },
  json: JSON_FLAG,
});
