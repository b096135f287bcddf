/**
 * Compares relations in the warehouse, by the engine itself: many pairs in one run of dbt, a step each.
 * @module
 */
import { isObject } from "../base/json.ts";
import type { RelationName } from "../base/relation.ts";
import type { KeyChoice } from "../dbt/manifest/keys.ts";
import { Reading } from "./compare_answers.ts";
import { type Connection, runSteps } from "./control.ts";
import type { Row } from "./warehouse.ts";

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

/** What is told while it runs; `at` is the pair's place in the list. */
export interface Listener {
  onBegun: (at: number) => void;
  onDone: (at: number) => void;
  /** With `rows`, rows that differ, in order; the columns are known by then. */
  onRows: (at: number, rows: DifferingRow[], found: Pick<Found, "columns" | "key">) => void;
}

/** Compare pairs of relations. Throws a DotError where dbt does not come to them at all. */
export async function compareRelations(
  connection: Connection,
  pairs: readonly Pair[],
  options: CompareOptions,
  { onBegun, onDone, onRows }: Listener,
): Promise<(Found | NotCompared)[]> {
  const parts = pairs.map(() => new Reading(options));
  const steps = pairs.map(({ after, before, exclude, hash, keys }) => ({
    operation: "compare",
    database: null,
    before: named(before),
    after: named(after),
    keys,
    given_key: options.key ?? null,
    exclude: [...options.exclude, ...exclude],
    where: options.where ?? null,
    since: options.since ?? null,
    limit: options.limit ?? null,
    tolerance: options.tolerance ?? null,
    relative_tolerance: options.relativeTolerance ?? null,
    ignore_case: options.ignoreCase,
    trim: options.trim,
    samples: options.samples,
    rows: options.rows,
    folds: options.folds,
    hash,
  }));
  const take = (answer: unknown, at: number) => {
    const part = parts[at];
    if (part === undefined || !isObject(answer)) return;
    if (answer["event"] === "begun") onBegun(at);
    else if (answer["event"] === "page") onRows(at, part.page(answer), part);
    else {
      part.take(answer);
      if (part.done) onDone(at);
    }
  };
  // dbt writes down what is told, and rows are nobody's business there.
  const quiet = options.rows && connection.launcher.major < 2
    ? { ...connection, words: [...connection.words, "--log-level-file", "none"] }
    : connection;
  const outcomes = await runSteps(quiet, steps, take, { keep: false });
  return outcomes.map(({ error }, at) => parts[at]?.result(error) ?? { error, missing: [] });
}

function named({ database, name, schema }: RelationName): Record<string, string | null> {
  return { database: database === "" ? null : database, schema, name };
}
