/**
 * What `dot tidy --json` prints; its schema is schemas/dot_tidy.schema.json. Docstrings become its descriptions.
 * @module
 */
import type { Count } from "../../base/json.ts";
import type { RelationName, Schema } from "../../base/relation.ts";

/** The relations that no node produces, and what became of them. */
export interface TidyResult {
  /** Of this shape; a program checks it first. */
  version: 1;
  /** The schemas that were looked at, sorted. */
  schemas: Schema[];
  /** In an order in which they can be dropped. */
  strays: TidyStray[];
  /** What no node of the working tree produces, and stays. */
  kept: TidyKept[];
}

/** A relation that stays, though no node of the working tree produces it. */
export interface TidyKept extends RelationName {
  /** `table`, `view`, `materialized_view`, or what else the engine has. */
  type: string;
  /** Why it stays, in words. */
  why: string;
}

/** A relation that no node produces. */
export interface TidyStray extends RelationName {
  /** `table`, `view`, `materialized_view`, or what else the engine has. */
  type: string;
  /** Its size in the warehouse; null where the engine does not know it. */
  bytes: Count | null;
  /** When it was made, ISO 8601, with a zone where the engine names one; null where that is not known. */
  created: string | null;
  /** What it may be, in words; null where nothing is known. */
  hint: string | null;
  /** What stands on it and is no stray, `schema.name`: where there is any, it is not dropped. */
  read_by: string[];
  /** Whether it may hold rows that no run brings back: then it is dropped with `--include-history` only. */
  history: boolean;
  /** Whether it was dropped. */
  dropped: boolean;
  /** Why it could not be dropped, in the engine's words; null where nothing failed. */
  error: string | null;
}
