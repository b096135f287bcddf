/**
 * What `dot diff` found: the shape that is kept, printed as JSON, and that every view is drawn from. Docstrings become the
 * descriptions of its schema.
 * @module
 */
import type { Count } from "../base/json.ts";

/** Of the shape below: another one has another number. 1 had names in camelCase. */
export const RESULT_VERSION = 2;

/** A whole comparison. Also the JSON of `--format json`; its schema is schemas/dot_diff.schema.json. */
export interface DiffResult {
  /** Of this shape; a program checks it first. */
  version: typeof RESULT_VERSION;
  /** The version of dot. */
  dot: string;
  /**
   * When it was made, ISO 8601, UTC.
   * @format date-time
   */
  at: string;
  before: Place;
  after: Place;
  /** How values were compared, and what bounds the rows. */
  options: DiffOptions;
  /** Sorted by name, then id. */
  models: ModelDiff[];
  lineage: Lineage;
}

/** One of the two places. */
export interface Place {
  /** What can be typed for it: `dev@e41b894`, `prod`. */
  spec: string;
  environment: string;
  /** The full hash; null for live schemas. */
  commit: string | null;
  /** The commit's subject; null for live schemas. */
  subject: string | null;
}

/** What was asked for, as far as it decides the figures. */
export interface DiffOptions {
  /** The key that was given; null where each model's own is taken. */
  key: string[] | null;
  where: string | null;
  since: { column: string; value: string } | null;
  limit: Count | null;
  /** @minimum 0 */
  tolerance: number | null;
  /** @minimum 0 */
  relative_tolerance: number | null;
  ignore_case: boolean;
  trim: boolean;
  /** Patterns of columns that are left out. */
  exclude_columns: string[];
  /** How many rows of each kind are shown. */
  samples: Count;
}

/**
 * What became of one model, seed or snapshot: `equal` and `different` were compared; `added` and `removed` are there on
 * one side only; `skipped` has nothing to compare (its `reason` says why); `failed` should have been compared and was not.
 */
export type Status = "equal" | "different" | "added" | "removed" | "skipped" | "failed";

/** One model, seed or snapshot. */
export interface ModelDiff {
  /** dbt's unique id, of the later side where it has one. */
  id: string;
  name: string;
  type: "model" | "seed" | "snapshot";
  status: Status;
  /** Why it is skipped, or what failed, in words; null else. */
  reason: string | null;
  /** The name on the earlier side, where the same body has another one; null else. */
  renamed_from: string | null;
  /** By what its code differs (`body`, `config`, …), or `upstream`; empty where it does not, or nobody looked. */
  by: string[];
  /** The relation of the earlier side, `schema.name`; null where it has none. */
  before: string | null;
  /** The same of the later side. */
  after: string | null;
  /** By `key`: row by row. By `rows`: as multisets of whole rows. By `hash`: totals over all rows that were the same. */
  method: "key" | "rows" | "hash" | null;
  key: Key | null;
  /** Null where it was not compared. */
  rows: Rows | null;
  /** In the order of the later side; those that only the earlier side has come last. */
  columns: ColumnDiff[];
  /** Whether the columns of both sides stand in another order. */
  reordered: boolean;
  samples: Samples;
  /** What is worth to be known, in sentences. */
  notes: string[];
}

/** By what rows of both sides are taken for the same. */
export interface Key {
  columns: string[];
  /** Where it comes from: `--key`, `primary key`, `unique_key`, `unique and not_null tests`, `combination test`. */
  source: string;
  /** Rows whose key is NULL in part; where there are any, rows were compared whole. */
  nulls: Sides;
  /** Rows behind the first of their key; where there are any, rows were compared whole. */
  duplicates: Sides;
}

/** A number for each side. */
export interface Sides {
  before: Count;
  after: Count;
}

/** How many rows. */
export interface Rows extends Sides {
  added: Count;
  removed: Count;
  /** Null where rows were compared whole: a changed row is one removed and one added there. */
  changed: Count | null;
  unchanged: Count;
}

/** One column. */
export interface ColumnDiff {
  name: string;
  /** Whether only one side has it; null where both do. */
  only: "before" | "after" | null;
  /** Its type on each side; null where it is not there. */
  types: { before: string | null; after: string | null };
  /** Whether both have it, with another type. */
  retyped: boolean;
  /** Whether its values were compared: not where it was excluded, or is of one side. */
  compared: boolean;
  /** How many rows that both sides have differ in it; null where that is not known. */
  changed: Count | null;
  /** How many of them had NULL before. */
  from_null: Count | null;
  /** How many of them have NULL after. */
  to_null: Count | null;
}

/** Some rows, in the order of the key. */
export interface Samples {
  added: SampleRow[];
  removed: SampleRow[];
  changed: ChangedRow[];
}

/** A row as texts, by column; null is NULL. */
export type SampleRow = Record<string, string | null>;

/** A row of both sides. */
export interface ChangedRow {
  key: SampleRow;
  /** The changed columns, with their values of each side. */
  columns: Record<string, { before: string | null; after: string | null }>;
}

/** The models that differ, and what stands behind them. */
export interface Lineage {
  /** Sorted by id. `reached` stands behind one that differs, and does not itself, as far as was looked. */
  nodes: { id: string; name: string; status: Status | "reached" }[];
  /** From what is read to what reads it, by id. Sorted. */
  edges: [string, string][];
}
