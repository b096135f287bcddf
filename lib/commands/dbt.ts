/**
 * Runs a command of dbt's: for an environment, or for a commit in schemas of its own.
 * @module
 */
import { join, relative } from "@std/path";
import { withLock } from "../build/lock.ts";
import { type IsolatedPlan, makePlan, type Plan } from "../build/plan.ts";
import {
  needsDeps,
  prepareWorktree,
  recordDeps,
  writeBuildRecord,
  writeProfile,
} from "../build/prepare.ts";
import { recordPackagesBegun } from "../build/packages.ts";
import { findSituation, type Situation } from "../build/situation.ts";
import { parseSpec } from "../build/spec.ts";
import type { Context } from "../context.ts";
import type { DbtCommand } from "../dbt/commands.ts";
import { cannotParse } from "../dbt/log.ts";
import { findDbtOption, takes } from "../dbt/options.ts";
import type { Arguments } from "../flags.ts";
import { removeAll } from "../files.ts";
import { type Command, quote, quoteCommand, run } from "../process.ts";
import { startPrompts } from "../prompts/start.ts";

/** A dbt command as typed. */
export interface Invocation {
  command: DbtCommand;
  target: string | undefined;
  args: Arguments;
}

/** Run it. Gives dbt's exit code. */
export async function runDbtCommand(invocation: Invocation, context: Context): Promise<number> {
  const { command, target, args } = invocation;
  const defer = args.values.get("defer");
  const situation = await findSituation({
    command,
    spec: target === undefined ? undefined : parseSpec(target),
    defer: defer === undefined ? undefined : parseSpec(defer),
    liveConfig: args.switches.has("live-config"),
    rest: args.rest,
  }, context);
  const plan = await makePlan(situation, context.env);
  const deps = command.needsPackages && !args.switches.has("no-deps");
  if (args.switches.has("dry-run")) return await dryRun(plan, command, deps, context);
  if (situation.git !== undefined) {
    await startPrompts(situation.git, {
      ...context,
      interactive: context.interactive && !args.switches.has("disable-prompts"),
    }, situation.located.configFolder);
  }
  return plan.isolated === undefined
    ? await runPlain(plan.dbt, context)
    : await runIsolated(plan.dbt, plan.isolated, situation, deps, context);
}

async function runPlain(dbt: Command, { out }: Context): Promise<number> {
  out.status(echo(dbt, out));
  return await run(dbt);
}

async function runIsolated(
  dbt: Command,
  plan: IsolatedPlan,
  { command, launcher }: Situation,
  deps: boolean,
  context: Context,
): Promise<number> {
  const { out } = context;
  const { build, commit, environment, paths, profile } = plan;
  const doing = `dot ${command.name} ${environment}@${commit.short}`;
  out.status(
    `${out.paint("bold", `${environment}@${build.short}`)} ${commit.subject} ${
      out.paint("dim", "→ schema")
    } ${out.paint("cyan", profile.schema)}`,
  );
  if (command.name === "clean") return await cleanBuild(plan, doing, context);
  const prepared = await prepareWorktree(plan, {
    doing,
    deps,
    announce: ({ packages }) => out.status(echo(packages.deps, out)),
  }, context);
  if (prepared !== 0) {
    out.error("dbt deps failed", ["To run without it: --no-deps"]);
    return prepared;
  }
  const begin = async () => {
    await writeProfile(plan);
    await writeBuildRecord(plan, command.name, launcher.version);
    out.status(echo(dbt, out));
    if (command.name === "deps") await recordPackagesBegun(build.depsFile, plan.project);
    const started = Date.now();
    const code = await run(dbt);
    if (command.name === "deps" && code === 0) await recordDeps(plan);
    if (code !== 0 && await cannotParse(join(paths.logs, "dbt.log"), started)) {
      const version = launcher.version === undefined ? "" : ` ${launcher.version}`;
      out.warn(`dbt${version} does not accept the project of ${commit.short}`, [
        "If that commit was written for another dbt, name one: DOT_DBT=/path/to/dbt",
      ]);
    }
    return code;
  };
  // The server only reads, and may run for days.
  if (command.name === "docs serve") return await begin();
  return await withLock(paths.lock, doing, out, begin);
}

/** dbt refuses to clean folders outside its project, so dot removes what this build's dbt made. */
async function cleanBuild(
  { paths }: IsolatedPlan,
  doing: string,
  { out }: Context,
): Promise<number> {
  return await withLock(paths.lock, doing, out, async () => {
    for (const folder of [paths.target, paths.logs]) {
      await removeAll(folder);
      out.status(`removed ${folder}`);
    }
    return 0;
  });
}

async function dryRun(
  plan: Plan,
  command: DbtCommand,
  deps: boolean,
  { out, cwd }: Context,
): Promise<number> {
  const { isolated } = plan;
  if (isolated !== undefined && command.name === "clean") {
    out.result(`rm -rf ${quote(isolated.paths.target)} ${quote(isolated.paths.logs)}`);
    return 0;
  }
  if (isolated !== undefined && deps && await needsDeps(isolated)) {
    out.result(shellLine(isolated.packages.deps, cwd, environmentOf("deps", isolated)));
  }
  const env = isolated === undefined ? {} : environmentOf(command.name, isolated);
  out.result(shellLine(plan.dbt, cwd, env));
  const secrets = Object.keys(isolated?.profile.secrets ?? {});
  if (secrets.length > 0) {
    out.status(`The profile's secrets go to dbt as ${secrets.join(", ")}, which are not shown.`);
  }
  return 0;
}

/** What a pasted command needs in its environment besides the user's own. */
function environmentOf(command: string, { paths }: IsolatedPlan): Record<string, string> {
  const option = findDbtOption("target-path");
  if (option !== undefined && takes(command, option)) return {};
  return { DBT_TARGET_PATH: paths.target };
}

function shellLine(command: Command, cwd: string, env: Record<string, string>): string {
  const words = [command.program, ...command.args];
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${quote(value)} `);
  const line = assignments.join("") + quoteCommand(words);
  return relative(cwd, command.cwd) === "" ? line : `cd ${quote(command.cwd)} && ${line}`;
}

function echo(command: Command, out: Context["out"]): string {
  return out.paint("dim", `$ ${quoteCommand([command.program, ...command.args])}`);
}
