/**
 * What `dot state --json` prints; its schema is schemas/dot_state.schema.json. Docstrings become its descriptions.
 * @module
 */
import type { Difference } from "../../compare/differences.ts";

/** What differs between two commits of a project. */
export interface StateResult {
  /** Of this shape; a program checks it first. */
  version: 1;
  /** The commit that was asked for. */
  head: StateCommit;
  /** The commit that it is compared with. */
  base: StateCommit;
  /** The nodes that differ, sorted by id. */
  nodes: Difference[];
}

/** One of the two commits. */
export interface StateCommit {
  /** The full hash. */
  commit: string;
  /** The hash as git shortens it today. */
  short: string;
  /** The commit's subject. */
  subject: string;
  /** Whether it is a working tree, not one of the user's. */
  uncommitted: boolean;
}
