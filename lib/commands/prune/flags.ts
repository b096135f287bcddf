/**
 * The flags of `dot prune`.
 * @module
 */
import { COLD, DRY_RUN, flags, JSON_FLAG, YES } from "../../cli/flags.ts";

/** Declared. */
export const FLAGS = flags({
  "older-than": { value: "age", summary: "Builds last built longer ago: 36h, 14d, 2w" },
  keep: { value: "count", summary: "All but the newest so many of each environment" },
  merged: {
    summary: "Builds of commits that are in the default branch, and that no branch points at",
  },
  base: {
    value: "ref",
    summary: "With --merged: another branch or commit than the default branch",
  },
  unreachable: { summary: "Builds of commits that are in no branch or tag any more" },
  all: { summary: "All builds" },
  warehouse: {
    summary: "Also builds of the environment that have no folder here, by their schemas' names",
  },
  force: { summary: "Also edited worktrees, and folders whose schemas are nowhere" },
  yes: YES,
  "dry-run": DRY_RUN,
  json: JSON_FLAG,
  cold: COLD,
});
