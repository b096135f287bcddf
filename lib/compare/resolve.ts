/**
 * Finds out what is modified, as it was planned, and narrows a run to it.
 * @module
 */
import { join } from "@std/path";
import { someOf } from "../base/amounts.ts";
import type { Context } from "../base/context.ts";
import type { Command } from "../base/process.ts";
import { listedIds } from "../dbt/listing.ts";
import { needManifest } from "../dbt/manifest/read.ts";
import type { DbtRunner } from "../dbt/runner.ts";
import { dbtFailure } from "../dbt/said.ts";
import type { Comparison, Modified } from "./comparison.ts";
import { type Unseen, unseenOf } from "./differences.ts";
import { changedByFiles } from "./files.ts";
import { wordsFor } from "./selection.ts";
import { ensureState, type StatePlan } from "./state.ts";
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
    out.status(`values differ of ${modified.variables.join(", ")}`);
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
  const { own, strict, variables } = modified;
  // dbt leaves the manifest of what it lists; where variables may add to it, it is parsed only.
  const seen = own === undefined ? await list(modified.select([])) : undefined;
  if (own !== undefined) await ask(runner, modified.parse(target));
  const head = await needManifest(target);
  const readers = own === undefined ? [] : changedByVariables({
    head,
    base: await needManifest(state.folder),
    own: await needManifest(own.folder),
  }, variables);
  const unseen = unseenOf(readers, await changedByFiles(head, modified.places));
  const words = wordsFor(unseen, head);
  const all = modified.select(words);
  if (words.length === 0) return { select: all, ids: seen ?? await list(all), unseen };
  const ids = await list(all);
  // The word is dot's, so it must not end the user's run.
  const useless = strict && ids.length > 0 &&
    (seen ?? await list(modified.select([]))).length === 0;
  return { select: useless ? modified.select(words, false) : all, ids, unseen };
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
