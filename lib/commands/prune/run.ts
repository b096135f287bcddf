/**
 * `dot prune`: removes isolated builds, their schemas in the warehouse, their worktrees and folders.
 * @module
 */
import { counted } from "../../base/amounts.ts";
import { checkEnvironment, checkProject, chooseBuilds, projectHere } from "../../places/choose.ts";
import { withControlFolder } from "../../places/connection.ts";
import { type Build, readInventory } from "../../store/inventory.ts";
import { sizesOf } from "../../store/size.ts";
import { parseSpec } from "../../places/spec.ts";
import { parseAge, parseCount } from "../../config/settings.ts";
import type { Context } from "../../base/context.ts";
import { UsageError } from "../../base/errors.ts";
import { scrubLeftOver } from "../../dbt/unscrubbed.ts";
import { dotFolder } from "../../store/paths.ts";
import type { Arguments } from "../../cli/flags.ts";
import { Git } from "../../git/git.ts";
import { planPrune, type PrunePlan, type PruneRequest } from "../../upkeep/prune_plan.ts";
import { type Pruned, runPrune } from "../../upkeep/prune_run.ts";
import type { Rules } from "../../upkeep/rules.ts";
import { confirm } from "../../prompts/ask.ts";
import type { FLAGS } from "./flags.ts";
import { asJson, show } from "./view.ts";

/** Run it. */
export async function runPruneCommand(
  args: Arguments<typeof FLAGS>,
  context: Context,
): Promise<number> {
  const { out, cwd, env } = context;
  const { "dry-run": dryRun, json, yes } = args.flags;
  const git = await Git.require(cwd, env);
  if (!dryRun) await scrubLeftOver(dotFolder(git.root));
  const inventory = await readInventory(git);
  const asked = await readRequest(args, inventory.builds, git, context);
  return await withControlFolder(git.root, { dryRun, frees: true }, async (folder) => {
    const request = { ...asked, folder };
    out.progress("looking at the builds and the warehouse …");
    const plan = await planPrune(request, inventory, git, context)
      .finally(() => out.progress(""));
    const sizes = await sizesOf(git.root, inventory, { keep: !dryRun });
    if (!json) show(plan, sizes, request, context);
    if (plan.doomed.length === 0 || dryRun) {
      if (json) out.result(asJson(plan, { done: [], failed: [] }, { dryRun }));
      return exitCode(plan, request, { done: [], failed: [] });
    }
    const agreed = yes || confirm("Remove them?", "dot prune", context);
    if (!agreed) {
      if (json) out.result(asJson(plan, { done: [], failed: [] }, { dryRun }));
      return 1;
    }
    const total = plan.doomed.filter(({ schemas }) => schemas.length > 0).length;
    const pruned = await runPrune(plan, git, {
      force: request.force,
      onProgress: (done) => out.progress(`dropping schemas: ${done} of ${counted(total, "build")}`),
    }).finally(() => out.progress(""));
    for (const { name, why } of pruned.failed) {
      out.error(`${name} is not removed: ${why}`, [
        "Run dot prune again when that is mended: it goes on where it was.",
      ]);
    }
    if (json) out.result(asJson(plan, pruned, { dryRun }));
    out.status(`removed ${counted(pruned.done.length, "build")}`);
    return exitCode(plan, request, pruned);
  });
}

/** What was asked for and could not be done is a failure. */
function exitCode({ kept }: PrunePlan, { rules }: PruneRequest, { failed }: Pruned): number {
  const refused = rules.named !== undefined && kept.length > 0;
  const faulty = kept.some(({ failed }) => failed);
  return failed.length > 0 || refused || faulty ? 1 : 0;
}

async function readRequest(
  { flags, words }: Arguments<typeof FLAGS>,
  builds: readonly Build[],
  git: Git,
  context: Context,
): Promise<Omit<PruneRequest, "folder">> {
  const specs = words.map(parseSpec);
  const named = specs.filter(({ ref }) => ref !== undefined);
  if (named.length > 0 && named.length < specs.length) {
    throw new UsageError("name builds (env@ref) or environments, not both", { code: "DOT009" });
  }
  const environments = specs.length === 0 || named.length > 0
    ? undefined
    : new Set(specs.flatMap(({ environment }) => environment ?? []));
  const { base, warehouse } = flags;
  if (base !== undefined && !flags.merged) {
    throw new UsageError("--base goes with --merged", { code: "DOT009" });
  }
  if (warehouse && (specs.length > 1 || named.length > 0)) {
    throw new UsageError("--warehouse looks into the warehouse of one environment: name it alone", {
      code: "DOT009",
    });
  }
  const rules: Rules = {
    olderThan: valueOf(flags["older-than"], "older-than", parseAge, "an age: 36h, 14d or 2w"),
    keep: valueOf(flags.keep, "keep", parseCount, "a count"),
    merged: flags.merged,
    unreachable: flags.unreachable,
    all: flags.all,
    named: named.length === 0
      ? undefined
      : new Set((await chooseBuilds(words, builds, git, context)).map(({ paths }) => paths.folder)),
  };
  if (!warehouse) {
    for (const name of environments ?? []) await checkEnvironment(name, builds, git, context);
  }
  const project = await projectHere(git, context);
  checkProject(builds.filter(({ paths }) => rules.named?.has(paths.folder)), project);
  return {
    rules,
    base,
    environments,
    warehouse: warehouse ? { environment: specs[0]?.environment } : undefined,
    force: flags.force,
    cold: flags.cold,
    project,
  };
}

function valueOf(
  text: string | undefined,
  flag: string,
  parse: (text: string) => number | undefined,
  takes: string,
): number | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value !== undefined) return value;
  throw new UsageError(`--${flag} takes ${takes}, not \`${text}\``, { code: "DOT010" });
}
