/**
 * What was found of two relations, as the result says it. Pure.
 * @module
 */
import type { CompareOptions, DifferingRow, Found, NotCompared } from "../warehouse/compare.ts";
import type { Both } from "./choice.ts";
import type {
  ChangedRow,
  ColumnDiff,
  Key,
  ModelDiff,
  SampleRow,
  Samples,
  Status,
} from "./result.ts";
import type { Side } from "./sides.ts";

/** How the reason begins for what could not be compared because a build lacks it. */
export const NOT_BUILT = "it is not built in";
/** The same for what live schemas lack. */
export const NOWHERE = "there is no relation of it in";

/** The names of a row's values: those of the key, then the other columns. */
export interface RowNames {
  key: string[];
  columns: string[];
}

/** The part of a result that the warehouse tells. */
export function resultOf(
  outcome: Found | NotCompared,
  sides: Both<Side>,
  options: CompareOptions,
): Partial<ModelDiff> {
  if (!("method" in outcome)) {
    const reason = outcome.error ?? `${NOWHERE} ${namesOfSides(sides, outcome.missing)}`;
    return { status: "failed", reason };
  }
  const { added, after, before, changed, removed } = outcome.rows;
  const columns = columnsOf(outcome);
  const reordered = isReordered(outcome);
  const schema = reordered || columns.some(({ only, retyped }) => only !== null || retyped);
  const differs = added + removed + changed > 0 || schema;
  const status: Status = differs ? "different" : "equal";
  return {
    status,
    method: outcome.method,
    key: keyOf(outcome),
    rows: {
      before,
      after,
      added,
      removed,
      changed: outcome.method === "rows" ? null : changed,
      unchanged: before - removed - changed,
    },
    columns,
    reordered,
    samples: samplesOf(outcome, options.samples),
    notes: notesOf(outcome, options),
  };
}

function keyOf({ faults, key }: Found): Key | null {
  if (key === undefined) return null;
  const at = (place: 0 | 1) => ({
    before: faults?.before[place] ?? 0,
    after: faults?.after[place] ?? 0,
  });
  return { columns: key.columns, source: key.source, nulls: at(0), duplicates: at(1) };
}

function columnsOf({ changes, columns, key, method }: Found): ColumnDiff[] {
  let at = 0;
  return columns.map(({ after, afterType, before, beforeType, excluded }): ColumnDiff => {
    const both = before !== null && after !== null;
    const isKey = both && key?.columns.includes(after) === true;
    const compared = both && (isKey || !excluded);
    const known = compared && method !== "rows";
    const [changed, from_null, to_null] = known && !isKey && method === "key"
      ? changes[at++] ?? [0, 0, 0]
      : [0, 0, 0];
    return {
      name: after ?? before ?? "",
      only: both ? null : after === null ? "before" : "after",
      types: { before: beforeType, after: afterType },
      retyped: both && beforeType !== afterType,
      compared,
      changed: known ? changed : null,
      from_null: known ? from_null : null,
      to_null: known ? to_null : null,
    };
  });
}

function isReordered({ columns }: Found): boolean {
  const places = columns.flatMap(({ after, beforeAt }) =>
    after !== null && beforeAt !== null ? [beforeAt] : []
  );
  return places.some((place, at) => place < (places[at - 1] ?? -1));
}

/** The names of the values that rows have. */
export function namesOf({ columns, key }: Pick<Found, "columns" | "key">): RowNames {
  const keys = key?.columns ?? [];
  const others = columns.flatMap(({ after, before, excluded }) =>
    after === null || before === null || excluded || keys.includes(after) ? [] : [after]
  );
  return { key: keys, columns: others };
}

function samplesOf(found: Found, limit: number): Samples {
  const names = namesOf(found);
  const rowsOf = (kind: "A" | "R") =>
    found.samples.filter((one) => one.kind === kind)
      .flatMap(({ after, before, times }) => {
        const row = asRow([...names.key, ...names.columns], after ?? before ?? []);
        return Array.from({ length: Math.min(times, limit) }, () => row);
      }).slice(0, limit);
  return {
    added: rowsOf("A"),
    removed: rowsOf("R"),
    changed: found.samples.filter(({ kind }) => kind === "C").map((one) => asChanged(one, names)),
  };
}

/** A row by the names of its columns. */
export function asRow(names: readonly string[], values: readonly (string | null)[]): SampleRow {
  return Object.fromEntries(names.map((name, at) => [name, values[at] ?? null]));
}

function asChanged({ after, before, changed }: DifferingRow, names: RowNames): ChangedRow {
  const first = names.key.length;
  const columns: ChangedRow["columns"] = {};
  for (const [at, name] of names.columns.entries()) {
    if (changed[at] !== true) continue;
    columns[name] = { before: before?.[first + at] ?? null, after: after?.[first + at] ?? null };
  }
  return { key: asRow(names.key, after ?? before ?? []), columns };
}

function notesOf({ method }: Found, options: CompareOptions): string[] {
  const tolerant = options.tolerance !== undefined || options.relativeTolerance !== undefined;
  return tolerant && method === "rows"
    ? ["A tolerance needs a key: without one, values were compared exactly."]
    : [];
}

/** Places in words. */
export function namesOfSides(sides: Both<Side>, which: readonly (keyof Both<Side>)[]): string {
  return which.map((side) => sides[side].name).join(" and ");
}
