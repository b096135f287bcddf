/**
 * Compares the chosen models in the warehouse, and says of each what became of it.
 * @module
 */
import { getText } from "../base/yaml.ts";
import { adapterOf } from "../dbt/adapters.ts";
import { EXTERNAL_ROOT } from "../dbt/manifest/files.ts";
import { isRelativePath } from "../dbt/profile_paths.ts";
import { relationKey, type RelationName } from "../base/relation.ts";
import type { CompareOptions, DifferingRow, Pair } from "../warehouse/compare.ts";
import { compareRelations, type Listener } from "../warehouse/compare_run.ts";
import type { DataNode } from "../dbt/manifest/data.ts";
import type { Connection } from "../warehouse/control.ts";
import type { Holdings } from "./build.ts";
import type { Chosen } from "./pair.ts";
import { namesOf, namesOfSides, NOT_BUILT, NOWHERE, resultOf, type RowNames } from "./outcome.ts";
import type { Both, Choice } from "./choice.ts";
import type { ModelDiff } from "./result.ts";
import type { Holding, Side } from "./sides.ts";

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

/** Compare. Gives one result for each that was chosen, in the same order. */
export async function measure(
  sides: Both<Side>,
  { changes, chosen, code, wanted }: Choice,
  { holding, there }: Holdings,
  { connection, options, progress }: {
    connection: Connection;
    options: CompareOptions;
    progress: Progress;
  },
): Promise<ModelDiff[]> {
  const relationOf = {
    before: relations(sides.before, code.before.manifest.data, holding.before, there.before),
    after: relations(sides.after, code.after.manifest.data, holding.after, there.after),
  };
  // What differs itself, or is asked for by name, is likely to have other rows: to look for that first would only cost.
  const likelyEqual = ({ by }: Chosen) =>
    changes === undefined ? wanted.all : by.length === 0 || by.includes("upstream");
  const results: (ModelDiff | undefined)[] = chosen.map((one) =>
    withoutRows(one, sides, relationOf) ?? ofFiles(one, sides, holding, relationOf)
  );
  const compared = chosen.flatMap((one, at) => {
    const [before, after] = [relationOf.before(one.before), relationOf.after(one.after)];
    if (results[at] !== undefined || before === undefined || after === undefined) return [];
    return [{ one, at, pair: toPair(one, { before, after }, { hash: likelyEqual(one) }) }];
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
  relationOf: Both<(node: DataNode | undefined) => RelationName | undefined>,
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

/** What cannot be compared from here: a view that reads a file of the folder that whoever asks stands in. */
function ofFiles(
  one: Chosen,
  { before: { source } }: Both<Side>,
  holding: Both<Holding>,
  relationOf: Both<(node: DataNode | undefined) => RelationName | undefined>,
): ModelDiff | undefined {
  const { after, before } = one;
  if (adapterOf(source.adapter).writes.length === 0) return undefined;
  const root = getText(source.output, "external_root") ?? "";
  // What was built knows its code as dbt rendered it.
  const built = (side: "after" | "before", node: DataNode | undefined) =>
    holding[side].manifest?.data.get(node?.id ?? "")?.files ?? [];
  const file = [
    ...[...before?.files ?? [], ...after?.files ?? []],
    ...[...built("before", before), ...built("after", after)],
  ].find((path) => !path.startsWith(EXTERNAL_ROOT) || isRelativePath(root));
  if (file === undefined) return undefined;
  const pair = { before: relationOf.before(before), after: relationOf.after(after) };
  const reason = `it is a view of ${file}, a relative path: whoever asks sees a file of his own ` +
    "folder, so nobody can tell what either place had. As a table it can be compared";
  return { ...begin(one, pair), status: "failed", reason };
}

/** Tells where a side has a node, as far as somebody looked: a build knows its own names, and has only what it holds. */
function relations(
  { built }: Side,
  project: ReadonlyMap<string, DataNode>,
  { held, manifest }: Holding,
  there: ReadonlySet<string> | undefined,
): (node: DataNode | undefined) => RelationName | undefined {
  if (built === undefined) {
    return (node) =>
      node !== undefined && there?.has(node.id) === false ? undefined : node?.relation;
  }
  const own = manifest?.data ?? project;
  return (node) =>
    node === undefined || !held.has(node.id) ? undefined : own.get(node.id)?.relation;
}

function toPair(
  { after, before }: Chosen,
  relations: Both<RelationName>,
  { hash }: { hash: boolean },
): Pair {
  const keys = (after?.keys.length ?? 0) > 0 ? after?.keys : before?.keys;
  return {
    ...relations,
    keys: keys ?? [],
    exclude: [...new Set([...before?.clocks ?? [], ...after?.clocks ?? []])],
    hash,
  };
}

/** A result of which nothing is known yet. */
function begin(
  { after, before, by }: Chosen,
  pair: { before: RelationName | undefined; after: RelationName | undefined },
): ModelDiff {
  const node = after ?? before;
  const shown = (named: RelationName | undefined) =>
    named === undefined ? null : [named.schema, named.name].filter((part) => part).join(".");
  const renamed = before !== undefined && after !== undefined && before.id !== after.id;
  return {
    id: node?.id ?? "",
    name: node?.name ?? "",
    type: node?.type ?? "model",
    status: "failed",
    reason: null,
    renamed_from: renamed ? before.name : null,
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
