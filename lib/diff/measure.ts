/**
 * Compares the chosen models in the warehouse, and says of each what became of it.
 * @module
 */
import {
  type CompareOptions,
  compareRelations,
  type DifferingRow,
  type Found,
  type Listener,
  type Named,
  type NotCompared,
  type Pair,
} from "../warehouse/compare.ts";
import type { Connection } from "../warehouse/control.ts";
import { relationKey } from "../warehouse/warehouse.ts";
import type { Holdings } from "./build.ts";
import type { Chosen } from "./choose.ts";
import type { Both, Choice } from "./plan.ts";
import { type DataNode, readProject } from "./project.ts";
import type {
  ChangedRow,
  ColumnDiff,
  Key,
  ModelDiff,
  SampleRow,
  Samples,
  Status,
} from "./result.ts";
import type { Holding, Side } from "./sides.ts";

/** How the reason begins for what could not be compared because a build lacks it. */
export const NOT_BUILT = "it is not built in";
const NOWHERE = "there is no relation of it in";

/** What is told while it runs. */
export interface Progress {
  /** The names of the models that are under way, and how many are done of how many. */
  onChange: (running: readonly string[], done: number, all: number) => void;
  /** With `rows`: rows of a model that differ, with the names of their values. */
  onRows: (
    model: Pick<ModelDiff, "id" | "name">,
    rows: readonly DifferingRow[],
    names: RowNames,
  ) => void;
}

/** The names of a row's values: those of the key, then the other columns. */
export interface RowNames {
  key: string[];
  columns: string[];
}

/** Compare. Gives one result for each that was chosen, in the same order. */
export async function measure(
  sides: Both<Side>,
  { chosen, code }: Choice,
  { holding, there }: Holdings,
  { connection, options, progress }: {
    connection: Connection;
    options: CompareOptions;
    progress: Progress;
  },
): Promise<ModelDiff[]> {
  const relationOf = {
    before: relations(sides.before, code.before.project, holding.before, there.before),
    after: relations(sides.after, code.after.project, holding.after, there.after),
  };
  const results: (ModelDiff | undefined)[] = chosen.map((one) =>
    withoutRows(one, sides, relationOf)
  );
  const compared = chosen.flatMap((one, at) => {
    const [before, after] = [relationOf.before(one.before), relationOf.after(one.after)];
    if (results[at] !== undefined || before === undefined || after === undefined) return [];
    return [{ one, at, pair: toPair(one, before, after) }];
  });
  const nodeAt = (at: number) => compared[at]?.one.after ?? compared[at]?.one.before;
  const running = new Set<number>();
  let done = 0;
  const tell = () =>
    progress.onChange([...running].map((at) => nodeAt(at)?.name ?? ""), done, compared.length);
  const listener: Listener = {
    onBegun: (at) => {
      running.add(at);
      tell();
    },
    onDone: (at) => {
      if (!running.delete(at)) return;
      done++;
      tell();
    },
    onRows: (at, rows, found) => {
      const node = nodeAt(at);
      if (node !== undefined) progress.onRows(node, rows, namesOf(found));
    },
  };
  const pairs = compared.map(({ pair }) => pair);
  const found = await compareRelations(connection, pairs, options, listener);
  for (const [index, { at, one, pair }] of compared.entries()) {
    const outcome = found[index] ?? { error: "dbt said nothing of it", missing: [] };
    results[at] = { ...begin(one, pair), ...resultOf(outcome, sides, options) };
  }
  return results.filter((one) => one !== undefined);
}

/** What has no rows to compare, and why; undefined for what has. */
function withoutRows(
  one: Chosen,
  sides: Both<Side>,
  relationOf: Both<(node: DataNode | undefined) => Named | undefined>,
): ModelDiff | undefined {
  const { after, before } = one;
  const pair = { before: relationOf.before(before), after: relationOf.after(after) };
  const plain = begin(one, pair);
  const only = after === undefined ? "removed" : before === undefined ? "added" : undefined;
  const ephemeral = [before, after].filter((node) => node?.materialized === "ephemeral");
  if (only !== undefined) {
    const reason = ephemeral.length > 0 ? "it is ephemeral" : null;
    return { ...plain, status: only, reason };
  }
  if (ephemeral.length > 0) {
    const side = ephemeral.length === 2
      ? ""
      : ` in ${before?.materialized === "ephemeral" ? sides.before.name : sides.after.name}`;
    return { ...plain, status: "skipped", reason: `it is ephemeral${side}: no relation holds it` };
  }
  const missing = (["before", "after"] as const).filter((side) => pair[side] === undefined);
  if (pair.before !== undefined && pair.after !== undefined) {
    const one = relationKey(pair.before) === relationKey(pair.after);
    return one
      ? { ...plain, status: "skipped", reason: "both places have it in one and the same relation" }
      : undefined;
  }
  const live = missing.filter((side) => sides[side].built === undefined);
  if (live.length > 0) return { ...plain, reason: `${NOWHERE} ${namesOfSides(sides, live)}` };
  return { ...plain, status: "skipped", reason: `${NOT_BUILT} ${namesOfSides(sides, missing)}` };
}

function namesOfSides(sides: Both<Side>, which: readonly (keyof Both<Side>)[]): string {
  return which.map((side) => sides[side].name).join(" and ");
}

/** Tells where a side has a node, as far as somebody looked: a build knows its own names, and has only what it holds. */
function relations(
  { built }: Side,
  project: ReadonlyMap<string, DataNode>,
  { held, manifest }: Holding,
  there: ReadonlySet<string> | undefined,
): (node: DataNode | undefined) => Named | undefined {
  if (built === undefined) {
    return (node) =>
      node !== undefined && there?.has(node.id) === false ? undefined : node?.relation;
  }
  const own = manifest === undefined ? project : readProject(manifest) ?? project;
  return (node) =>
    node === undefined || !held.has(node.id) ? undefined : own.get(node.id)?.relation;
}

function toPair(
  { after, before, by }: Chosen,
  old: Named,
  own: Named,
): Pair {
  const keys = (after?.keys.length ?? 0) > 0 ? after?.keys : before?.keys;
  return {
    before: old,
    after: own,
    keys: keys ?? [],
    exclude: [...new Set([...before?.clocks ?? [], ...after?.clocks ?? []])],
    // What differs itself is likely to have other rows: to look first would only cost.
    hash: by.length === 0 || by.includes("upstream"),
  };
}

/** A result of which nothing is known yet. */
function begin(
  { after, before, by }: Chosen,
  pair: { before: Named | undefined; after: Named | undefined },
): ModelDiff {
  const node = after ?? before;
  const shown = (named: Named | undefined) =>
    named === undefined ? null : [named.schema, named.name].filter((part) => part).join(".");
  const renamed = before !== undefined && after !== undefined && before.id !== after.id;
  return {
    id: node?.id ?? "",
    name: node?.name ?? "",
    type: node?.type ?? "model",
    status: "failed",
    reason: null,
    renamedFrom: renamed ? before.name : null,
    by: [...by],
    before: shown(pair.before),
    after: shown(pair.after),
    method: null,
    key: null,
    rows: null,
    columns: [],
    reordered: false,
    samples: { added: [], removed: [], changed: [] },
    notes: [],
  };
}

function resultOf(
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
    const [changed, fromNull, toNull] = known && !isKey && method === "key"
      ? changes[at++] ?? [0, 0, 0]
      : [0, 0, 0];
    return {
      name: after ?? before ?? "",
      only: both ? null : after === null ? "before" : "after",
      types: { before: beforeType, after: afterType },
      retyped: both && beforeType !== afterType,
      compared,
      changed: known ? changed : null,
      fromNull: known ? fromNull : null,
      toNull: known ? toNull : null,
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
