/**
 * Runs a command of dbt's: for an environment, or for a commit in schemas of its own.
 * @module
 */
import { loadPlanner, makePlan } from "../../run/plan/make.ts";
import type { Plan } from "../../run/plan/plan.ts";
import { mayWriteLive } from "../../places/protection.ts";
import { findRun } from "../../run/find.ts";
import { parseSpec } from "../../places/spec.ts";
import type { Context } from "../../base/context.ts";
import type { DbtCommand } from "../../dbt/commands.ts";
import { DotError } from "../../base/errors.ts";
import type { Arguments } from "../../cli/flags.ts";
import { Git } from "../../git/git.ts";
import { startPrompts } from "../../prompts/start.ts";
import type { FLAGS } from "./flags.ts";

/** A dbt command as typed. */
export interface Invocation {
  command: DbtCommand;
  args: Arguments<typeof FLAGS>;
}

/** Run it. Gives dbt's exit code. */
export async function runDbtCommand(invocation: Invocation, context: Context): Promise<number> {
  const { command, args } = invocation;
  await using kept = new AsyncDisposableStack();
  const plan = await prepare(invocation, context, kept);
  const { place } = plan.run;
  for (const { message, hints } of plan.warnings) context.out.warn(message, hints);
  const deps = command.needsPackages && !args.flags["no-deps"];
  if (args.flags["dry-run"]) {
    const { dryRun } = await import("./dry_run.ts");
    return await dryRun(plan, { deps }, context);
  }
  const interactive = context.interactive && !args.flags["disable-prompts"];
  if (plan.isolated === undefined) {
    const writing = {
      command: wordsOf(invocation),
      interactive,
      yes: args.flags.yes,
      instead: (name: string) =>
        `A commit in schemas of its own asks nothing: dot ${command.name} ${name}@HEAD`,
    };
    if (!await mayWriteLive(place, command, writing, context)) return 1;
  }
  if (place.git !== undefined) {
    const needed = plan.isolated !== undefined || plan.live !== undefined;
    const { configFolder } = place.located;
    await startPrompts(place.git, { ...context, interactive }, { needed, configFolder });
  }
  const allowEscape = args.flags["allow-escape"];
  const cold = args.flags.cold;
  const { runPlan } = await import("../../run/run.ts");
  return await runPlan(plan, { deps, allowEscape, cold }, context);
}

/** The command in words, without what goes to dbt but the name of a macro. */
function wordsOf({ command, args: { rest, words: [target] } }: Invocation): string {
  const words = ["dot", command.name, ...target === undefined ? [] : [target]];
  const [first] = rest;
  const named = command.positional !== undefined && first !== undefined && !first.startsWith("-");
  return [...words, ...named ? ["--", first] : []].join(" ");
}

async function prepare(
  { command, args }: Invocation,
  context: Context,
  kept: AsyncDisposableStack,
): Promise<Plan> {
  const [target] = args.words;
  const { defer, state, "seed-from": seedFrom } = args.flags;
  try {
    const spec = target === undefined ? undefined : parseSpec(target);
    // While git is asked.
    void loadPlanner({ isolated: spec?.ref !== undefined });
    if (!args.flags["dry-run"]) void import("../../run/run.ts");
    const run = await findRun({
      command,
      spec,
      defer: defer === undefined ? undefined : parseSpec(defer),
      state: state === undefined ? undefined : parseSpec(state),
      modified: args.flags.modified,
      base: args.flags.base,
      seedFrom: seedFrom === undefined ? undefined : parseSpec(seedFrom),
      liveConfig: args.flags["live-config"],
      rest: args.rest,
      onGit: async (git) => {
        if (args.flags["dry-run"]) kept.use(await git.keepNothing());
      },
    }, context);
    return await makePlan(run);
  } catch (error) {
    if (target === undefined || !(error instanceof DotError)) throw error;
    throw await withForgottenAt(error, command, target, context);
  }
}

/** The error, with a word on the `@` where a target that is no environment is a git revision. */
async function withForgottenAt(
  error: DotError,
  command: DbtCommand,
  target: string,
  { cwd, env }: Context,
): Promise<DotError> {
  if (target.includes("@") || !error.message.includes(`\`${target}\``)) return error;
  const git = await Git.find(cwd, env);
  if (git === undefined || !await git.isRevision(target)) return error;
  const hint = `\`${target}\` is a git revision: dot ${command.name} @${target}`;
  const { code, exitCode, hints } = error;
  return new DotError(error.message, { hints: [hint, ...hints], exitCode, code, cause: error });
}
