/**
 * `dot state`: what is new, modified and removed at a place since it left the default branch, and by what.
 * @module
 */
import { counted } from "../base/amounts.ts";
import type { Context } from "../base/context.ts";
import { UsageError } from "../base/errors.ts";
import { type Arguments, STATE_FLAGS } from "../cli/flags.ts";
import { flagLines } from "../cli/help.ts";
import { baseOf } from "../compare/base.ts";
import { type Difference, findDifferences } from "../compare/differences.ts";
import { changedVariables } from "../compare/selection.ts";
import { askingLive, ensureState, planState } from "../compare/state.ts";
import type { Manifest } from "../dbt/manifest/manifest.ts";
import { needManifest } from "../dbt/manifest/read.ts";
import { readersOfVariables } from "../dbt/manifest/readers.ts";
import type { Commit } from "../git/git.ts";
import { isolate } from "../isolated/isolate.ts";
import { Finder } from "../places/find.ts";
import type { Place } from "../places/place.ts";
import { parseSpec } from "../places/spec.ts";
import { makeRunner } from "../places/warmth.ts";

/** Run it. */
export async function runStateCommand(
  { switches, values, words }: Arguments,
  wantsHelp: boolean,
  context: Context,
): Promise<number> {
  const { out } = context;
  if (wantsHelp) {
    out.result(help());
    return 0;
  }
  const [text, extra] = words;
  if (extra !== undefined) throw new UsageError(`unexpected \`${extra}\` after \`${text}\``);
  const spec = text === undefined ? undefined : parseSpec(text);
  const finder = await Finder.open({ needsGit: true }, context);
  // The working tree is a commit here: what was parsed of it once need not be parsed again.
  const head = await finder.find({
    text: text ?? "@.",
    environment: spec?.environment,
    ref: spec?.ref ?? ".",
  });
  const commit = await baseOf(head, values.get("base"));
  const environment = await finder.environmentAt(head.environment.name, commit);
  const base = head.with({ commit, environment });
  const found = await compare({ head, base }, { cold: switches.has("cold") }, context);
  if (typeof found === "number") return found;
  if (head.commit === undefined) throw new Error("the working tree is no commit");
  if (switches.has("json")) out.result(asJson(found, head.commit, commit));
  else show(found, head.commit, commit, context);
  return 0;
}

/** Both sides parsed, and compared; dbt's exit code where one of them cannot be parsed. */
async function compare(
  { base, head }: { head: Place; base: Place },
  { cold }: { cold: boolean },
  context: Context,
): Promise<Difference[] | number> {
  const runner = await makeRunner(head.live(), { cold }, context);
  const asking = await askingLive(head);
  const manifests: Manifest[] = [];
  const projects: string[] = [];
  for (const place of [base, head]) {
    const plan = await planState(await isolate(place), asking);
    const code = await ensureState(plan, { doing: "dot state", runner }, context);
    if (code !== 0) return code;
    manifests.push(await needManifest(plan.folder));
    projects.push(plan.base.projectText);
  }
  const [before, after] = manifests;
  if (before === undefined || after === undefined) throw new Error("two sides are compared");
  const variables = changedVariables(head, base.environment, {
    base: projects[0],
    head: projects[1],
  });
  const readers = new Set(readersOfVariables(after, variables).keys());
  return findDifferences({ base: before, head: after }, readers);
}

function show(found: readonly Difference[], head: Commit, base: Commit, { out }: Context): void {
  const since = `${head.short} since ${base.short} (${base.subject})`;
  if (found.length === 0) {
    out.status(`nothing differs in ${since}`);
    return;
  }
  const count = (change: string) => found.filter((one) => one.change === change).length;
  out.status(
    `${since}: ${count("new")} new, ${count("modified")} modified, ${count("removed")} removed`,
  );
  const rows = found.map(({ by, change, downstream, id }) => [
    change,
    id,
    by.join(", "),
    downstream === 0 ? "" : `${counted(downstream, "node")} behind it`,
  ]);
  const widths = [0, 1, 2].map((at) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0)));
  for (const cells of rows) {
    out.result(cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ").trimEnd());
  }
}

function asJson(found: readonly Difference[], head: Commit, base: Commit): string {
  const named = ({ hash, short, subject, uncommitted }: Commit) => ({
    commit: hash,
    short,
    subject,
    uncommitted,
  });
  return JSON.stringify({ head: named(head), base: named(base), nodes: found }, null, 2);
}

function help(): string {
  return [
    "Show what is new, modified and removed at a place since it left the default branch, and by what.",
    "",
    "Usage: dot state [env][@ref] [flags]",
    "",
    "Without a ref it is the working tree. Nothing is asked of a warehouse: both sides are parsed by dbt,",
    "once, as the environment would have them. By what: body, config, relation (its name or schema),",
    "description (where it is written to the warehouse), contract, macro, var, place (its file's folder),",
    "source.",
    "",
    ...flagLines(STATE_FLAGS),
  ].join("\n");
}
