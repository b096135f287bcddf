/**
 * What a comparison of relations in the warehouse is asked, and what it finds.
 * @module
 */
import type { RelationName } from "../base/relation.ts";
import type { KeyChoice } from "../dbt/manifest/keys.ts";
import type { Row } from "./answers.ts";

/** Two relations to compare. */
export interface Pair {
  before: RelationName;
  after: RelationName;
  /** The best one first. */
  keys: readonly KeyChoice[];
  /** Further regular expressions of column names that are left out. */
  exclude: readonly string[];
  /** Whether totals over all rows are compared first: for what is likely to be equal. */
  hash: boolean;
}

/** How values are compared, and which rows. */
export interface CompareOptions {
  /** The key that counts, whatever else is known. */
  key: readonly string[] | undefined;
  /** Regular expressions of column names that are left out. */
  exclude: readonly string[];
  /** A condition in SQL. */
  where: string | undefined;
  since: { column: string; value: string } | undefined;
  limit: number | undefined;
  /** Numbers as they stand in SQL. */
  tolerance: string | undefined;
  relativeTolerance: string | undefined;
  ignoreCase: boolean;
  trim: boolean;
  samples: number;
  /** Whether every row that differs is told. */
  rows: boolean;
  /** Whether names that differ in case alone are one. */
  folds: boolean;
}

/** A column of one side or both. */
export interface FoundColumn {
  before: string | null;
  beforeType: string | null;
  /** Its place on the earlier side, from 0. */
  beforeAt: number | null;
  after: string | null;
  afterType: string | null;
  excluded: boolean;
}

/** What was found of two relations that are there. */
export interface Found {
  columns: FoundColumn[];
  /** The key by the later side's names; undefined where there is none. */
  key: { source: string; columns: string[] } | undefined;
  /** The fault of the key, for each side: rows with NULL in it, rows behind the first of theirs. */
  faults: { before: [number, number]; after: [number, number] } | undefined;
  method: "hash" | "key" | "rows";
  rows: { before: number; after: number; added: number; removed: number; changed: number };
  /** For each column that is compared and in no key: changed, was NULL, became NULL. By key only. */
  changes: [number, number, number][];
  /** Some of the rows that differ, sorted. */
  samples: DifferingRow[];
}

/** A row that differs: values of the key, then of the compared columns, as texts. */
export interface DifferingRow {
  /** Added, removed, changed. */
  kind: "A" | "R" | "C";
  /** How often, where rows are compared whole. */
  times: number;
  /** For a changed row, which columns differ. */
  changed: boolean[];
  before: Row | undefined;
  after: Row | undefined;
}

/** Why two relations were not compared: the engine's words, or what is not there. */
export interface NotCompared {
  error: string | undefined;
  missing: ("before" | "after")[];
}
