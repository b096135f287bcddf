/**
 * The flags of `dot builds`.
 * @module
 */
import { flags, JSON_FLAG } from "../../cli/flags.ts";

/** Declared. */
export const FLAGS = flags({
  offline: { summary: "Do not ask the warehouse which schemas are there" },
  json: JSON_FLAG,
});
