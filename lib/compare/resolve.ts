/**
 * Finds out what is modified, as it was planned, and narrows a run to it.
 * @module
 */
import { join } from "@std/path";
import { someOf } from "../base/amounts.ts";
import type { Context } from "../base/context.ts";
import type { Command } from "../base/process.ts";
import { listedIds } from "../dbt/listing.ts";
import type { Manifest } from "../dbt/manifest/manifest.ts";
import { needManifest } from "../dbt/manifest/read.ts";
import type { DbtRunner } from "../dbt/runner.ts";
import { dbtFailure } from "../dbt/said.ts";
import type { Comparison, Modified } from "./comparison.ts";
import { findDifferences, type Unseen, unseenOf } from "./differences.ts";
import { changedByFiles } from "./files.ts";
import { EVERYTHING, MODIFIED, wordsFor } from "./selection.ts";
import { ensureState, type StatePlan } from "./state.ts";
import { systemReaders } from "./system.ts";
import { changedByVariables } from "./variables.ts";

/** How many nodes a sentence lists. */
const SHOWN = 5;

/** What is to be run, once the other commit is parsed. */
export type Resolved = { code: number } | {
  run: Command;
  /** What is selected, where dot decided that. */
  select?: readonly string[];
};

/**
 * Make sure that there is something to compare with, and find out what is modified. Gives the run that selects it, or the
 * exit code where there is nothing to run. `scratch` is a folder for dbt's parse of the working tree.
 */
export async function resolveComparison(
  { live, modified, state }: Comparison,
  dbt: Command,
  { doing, runner, scratch }: { doing: string; runner: DbtRunner; scratch: string },
  context: Context,
): Promise<Resolved> {
  for (const plan of [state, live, modified?.own]) {
    if (plan === undefined) continue;
    const code = await ensureState(plan, { doing, runner }, context);
    if (code !== 0) return { code };
  }
  if (modified === undefined) return { run: dbt };
  const found = await select(modified, state, runner, modified.manifest ?? join(scratch, "live"));
  const { out } = context;
  const since = `${modified.base.short} (${modified.base.subject})`;
  const count = found.ids.length;
  if (count === 0) {
    out.status(`nothing is modified since ${since}`);
    return { code: 0 };
  }
  out.status(
    `since ${since}, ${
      count === 1 ? "1 node is" : `${count} nodes are`
    } modified or behind one that is`,
  );
  if (by(found.unseen, true).length > 0) {
    out.status(`values differ of ${[...modified.variables, ...modified.system].join(", ")}`);
  }
  const files = by(found.unseen, false);
  if (files.length > 0) out.status(`files differ of ${someOf(files, SHOWN)}`);
  if (modified.rest !== "") out.status(modified.rest);
  return { run: modified.run(found.select), select: found.select };
}

/** The words of a selection, and the ids of what they select. `target` is a folder for dbt's parse. */
async function select(
  modified: Modified,
  state: StatePlan,
  runner: DbtRunner,
  target: string,
): Promise<{ select: string[]; ids: string[]; unseen: Unseen }> {
  const list = async (select: readonly string[]) =>
    listedIds(await ask(runner, modified.list(select, target)));
  const { own, strict, system, variables } = modified;
  // dbt leaves the manifest of what it lists; where variables may add to it, it is parsed only.
  let seen = own === undefined ? await list(modified.select([])) : undefined;
  if (own !== undefined) await ask(runner, modified.parse(target));
  const head = await needManifest(target);
  const base = await needManifest(state.folder);
  const readers = own === undefined
    ? []
    : changedByVariables({ head, base, own: await needManifest(own.folder) }, variables);
  const read = await systemReaders(head, system, state.base);
  const unseen = unseenOf(
    [...readers, ...read.ids],
    await changedByFiles(head, modified.places),
  );
  const words = read.all ? [EVERYTHING] : wordsFor(unseen, head);
  if (modified.misses && !read.all) {
    seen ??= await list(modified.select([]));
    // What stands behind another one is listed, and what it needs itself may not be.
    const known = modified.upstream ? await list([MODIFIED]) : seen;
    words.push(...missedBy(known, { base, head }, modified.types));
  }
  const all = modified.select([...new Set(words)].sort());
  if (words.length === 0) return { select: all, ids: seen ?? await list(all), unseen };
  const ids = await list(all);
  // The word is dot's, so it must not end the user's run.
  const useless = strict && ids.length > 0 &&
    (seen ?? await list(modified.select([]))).length === 0;
  return { select: useless ? modified.select(words, false) : all, ids, unseen };
}

/** dbt's words for what differs, is of some types of node, and is not among the ids that dbt lists. */
function missedBy(
  listed: readonly string[],
  { base, head }: { base: Manifest; head: Manifest },
  types: readonly string[],
): string[] {
  const known = new Set(listed);
  return findDifferences({ base, head }, new Map())
    .filter(({ change, id }) =>
      change !== "removed" && !known.has(id) &&
      (types.length === 0 || types.includes(id.split(".")[0] ?? ""))
    )
    .flatMap(({ id }) => head.texts.get(id)?.selection ?? []);
}

/** The ids of what variables change, or of what else dbt does not compare. */
function by(unseen: Unseen, variables: boolean): string[] {
  return [...unseen].filter(([, reasons]) =>
    reasons.some((reason) => (reason === "var") === variables)
  ).map(([id]) => id);
}

async function ask(runner: DbtRunner, command: Command): Promise<string> {
  await runner.expectMore();
  const result = await runner.query(command);
  if (result.code === 0) return result.stdout;
  throw dbtFailure("dbt could not tell what is modified", result);
}
