/**
 * Compares relations in the warehouse, by the engine itself: many pairs in one run of dbt, a step each.
 * @module
 */
import type { RelationName } from "../base/relation.ts";
import { isObject } from "../base/json.ts";
import type { CompareOptions, DifferingRow, Found, NotCompared, Pair } from "./compare.ts";
import { Reading } from "./compare_answers.ts";
import { type Connection, orNull, runSteps } from "./control.ts";

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
  return { database: orNull(database), schema, name };
}
