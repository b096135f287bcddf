/**
 * What `dot builds --json` prints; its schema is schemas/dot_builds.schema.json. Docstrings become its descriptions.
 * @module
 */
import type { Schema } from "../../base/relation.ts";
import type { BuildName, Progress } from "../../store/record.ts";
import type { Size } from "../../store/size.ts";

/** The isolated builds of a repository. */
export interface BuildsResult {
  /** Of this shape; a program checks it first. */
  version: 1;
  /** Newest first; last, where no environment was asked for, the folders of commits that hold no build. */
  builds: ListedBuild[];
}

/** One build, or the folder of a commit that holds none. */
export interface ListedBuild {
  /** What can be typed for it: `dev@e41b894`; null for a folder that holds no build. */
  name: string | null;
  /** The short hash that names the folder and the schemas. */
  short: string;
  /** The full hash; null where the commit's folder was never finished. */
  commit: string | null;
  /** The commit's subject; null where the commit is not in the repository any more. */
  subject: string | null;
  /** Local branches that point at the commit. */
  branches: string[];
  /** Tags that point at the commit. */
  tags: string[];
  /** Branches of remotes that point at the commit: `origin/main`. */
  remotes: string[];
  /** Null for a folder that holds no build. */
  environment: string | null;
  /** The dbt project's folder in the repository, empty for the root; null for a folder that holds no build. */
  project: string | null;
  /**
   * When the last command in it ended, or began where it has not ended, ISO 8601, UTC; null where it was never built.
   * @format date-time
   */
  at: string | null;
  /** The last dbt command that ran in it; null where it was never built. */
  command: string | null;
  /** The version of dbt that built it; null where that is not known. */
  dbt: string | null;
  /** Whether nothing of it is missing. */
  complete: boolean;
  /** How much of it is built; null where that was not counted. */
  nodes: Progress | null;
  /** Whether the commit is a working tree, not one of the user's. */
  uncommitted: boolean;
  /** Whether the last command that builds took a part of the rows (`--empty`, `--sample`). */
  sampled: boolean;
  /** Every schema of its own that it may ever have written to, sorted. */
  schemas: ListedSchema[];
  /** The room that it takes on this machine. */
  bytes: Size;
  /** Whether `dot builds pin` keeps it from `dot prune`. */
  pinned: boolean;
  /** Whether a dot is at work on it now. */
  running: boolean;
  /** Whether it was cut off on the way, or nobody can read what it holds. */
  unfinished: boolean;
  /** The builds that it was built against: views in it may read them. Sorted. */
  defers_to: BuildName[];
  /** The names of the builds that were built against it, and may read it. */
  deferred_to_by: string[];
  /** Its folder; the commit's where that holds no build. */
  folder: string;
}

/** A schema of a build. */
export interface ListedSchema extends Schema {
  /** Whether it is in the warehouse; null where nobody asked (`--offline`), or dot cannot tell. */
  present: boolean | null;
}
