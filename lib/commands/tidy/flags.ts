/**
 * The flags of `dot tidy`.
 * @module
 */
import { COLD, DRY_RUN, flags, JSON_FLAG, YES } from "../../cli/flags.ts";

/** Declared. */
export const FLAGS = flags({
  drop: { summary: "Drop them, after a question" },
  "include-history": {
    summary: "With --drop, also what no run brings back: snapshots, incremental tables",
  },
  "exit-code": { summary: "End with 1 when there are any" },
  yes: YES,
  "dry-run": DRY_RUN,
  json: JSON_FLAG,
  cold: COLD,
});
