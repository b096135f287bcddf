/**
 * What `dot prune --json` prints; its schema is schemas/dot_prune.schema.json. Docstrings become its descriptions.
 * @module
 */
import type { Count } from "../../base/json.ts";
import type { Schema } from "../../base/relation.ts";

/** What goes, what became of it, and what stays. */
export interface PruneResult {
  /** Of this shape; a program checks it first. */
  version: 1;
  /** Whether it was only shown (`--dry-run`). */
  dry_run: boolean;
  /** The builds that are to go, the oldest first. */
  builds: PrunedBuild[];
  /** The builds that were chosen, or could not be judged, and stay. */
  kept: KeptBuild[];
  /** Schemas that look like a build's, are not proven to be one's, and are left alone. */
  foreign: ForeignSchema[];
}

/** A build that is to go, or the folder of a commit that holds none. */
export interface PrunedBuild {
  /** What can be typed for it: `dev@e41b894`; the short hash of a folder that holds no build. */
  name: string;
  /** The full hash; null where that is not known. */
  commit: string | null;
  /** Null for a folder that holds no build. */
  environment: string | null;
  /**
   * When it was last built, ISO 8601, UTC; null where that is not known.
   * @format date-time
   */
  at: string | null;
  /**
   * When its commit was made, ISO 8601, UTC; null where `at` says more.
   * @format date-time
   */
  committed: string | null;
  /** Its schemas that were found in the warehouse, as that spells them. */
  schemas: PrunedSchema[];
  /** Whether nothing of it is left. */
  removed: boolean;
  /** Why something of it is left, where it should have been removed; null else. */
  error: string | null;
}

/** A schema that is to be dropped with all that lies in it. */
export interface PrunedSchema extends Schema {
  /** How many relations lie in it. */
  relations: Count;
}

/** A build that stays. */
export interface KeptBuild {
  /** What can be typed for it: `dev@e41b894`; the short hash of a folder that holds no build. */
  name: string;
  /** Why it stays, in words. */
  why: string;
}

/** A schema that is left alone. */
export interface ForeignSchema extends Schema {
  /** What is missing for a proof, in words. */
  why: string;
}
