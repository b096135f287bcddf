/**
 * Runs dbt for a plan: straight for a plain run; for an isolated one prepared, guarded, recorded and checked afterwards.
 * @module
 */
import { join } from "@std/path";
import type { Context } from "../context.ts";
import { hintsFor, lastRunLog } from "../dbt/log.ts";
import { type ManifestNode, readManifest, readRunResults } from "../dbt/manifest.ts";
import { isGiven } from "../dbt/passthrough.ts";
import type { DbtRunner } from "../dbt/runner.ts";
import { removeAll } from "../files.ts";
import { type Command, type Ended, quoteCommand } from "../process.ts";
import { guard, limitsOf } from "./isolation/guard.ts";
import { findStrays } from "./isolation/verdict.ts";
import { withLock } from "./lock.ts";
import { recordPackagesBegun } from "./packages.ts";
import type { IsolatedPlan, Plan } from "./plan.ts";
import {
  isolateNaming,
  prepareWorktree,
  recordDeps,
  writeBuildRecord,
  writeProfile,
} from "./prepare.ts";
import { keepManifest, recordedNodes, withResults } from "./record.ts";
import type { Situation } from "./situation.ts";
import { makeRunner } from "./warmth.ts";

/** What the user decided about a run. */
export interface RunOptions {
  /** Whether `dbt deps` may run before it. */
  deps: boolean;
  /** Whether nodes may be written outside the build, after a question. */
  allowEscape: boolean;
  /** Whether dbt is started anew, whatever server runs. */
  cold: boolean;
}

/** What every step of a run needs. */
interface Session {
  situation: Situation;
  context: Context;
  runner: DbtRunner;
}

/** Commands whose results are what a build holds. */
const BUILDING = ["build", "clone", "retry", "run", "seed", "snapshot", "test"];

/** Run a plan. Gives dbt's exit code. */
export async function runPlan(
  plan: Plan,
  situation: Situation,
  options: RunOptions,
  context: Context,
): Promise<number> {
  const runner = await makeRunner(plan, situation, options.cold, context);
  const session = { situation, context, runner };
  if (plan.isolated !== undefined) {
    return await runIsolated(plan.dbt, plan.isolated, options, session);
  }
  const logs = join(situation.project.folder, "logs", "dbt.log");
  return (await runDbt(plan.dbt, logs, session)).code;
}

async function runIsolated(
  dbt: Command,
  plan: IsolatedPlan,
  { deps, allowEscape }: RunOptions,
  session: Session,
): Promise<number> {
  const { context, runner, situation } = session;
  const { out } = context;
  const { command } = situation;
  const { build, commit, environment, paths, profile } = plan;
  const doing = `dot ${command.name} ${environment}@${commit.short}`;
  out.status(
    `${out.paint("bold", `${environment}@${build.short}`)} ${commit.subject} ${
      out.paint("dim", "→ schema")
    } ${out.paint("cyan", profile.schema)}`,
  );
  if (command.name === "clean") return await cleanBuild(plan, doing, context);
  const { code, scan } = await prepareWorktree(plan, {
    doing,
    deps,
    scan: command.needsPackages,
    runner,
    announce: ({ packages }) => echo(packages.deps, context),
  }, context);
  if (code !== 0) {
    out.error("dbt deps failed", ["To run without it: --no-deps"]);
    return code;
  }
  const begin = async () => {
    await writeProfile(plan);
    if (scan !== undefined) {
      // Whoever held the lock before may have installed packages anew, without the shim.
      const now = await withLock(build.lock, doing, out, () => isolateNaming(plan));
      const refused = await guard(plan, now, dbt, { ...session, allowEscape });
      if (refused !== 0) return refused;
    }
    if (command.name === "deps") {
      return await withLock(build.lock, doing, out, () => runDeps(dbt, plan, session));
    }
    return await runRecorded(dbt, plan, session);
  };
  // The server only reads, and may run for days.
  if (command.name === "docs serve") return await begin();
  return await withLock(paths.lock, doing, out, begin);
}

/** Run dbt between two records: one that says that it runs, one that says what it left. */
async function runRecorded(
  dbt: Command,
  plan: IsolatedPlan,
  session: Session,
): Promise<number> {
  const { situation, context } = session;
  const { command, launcher } = situation;
  const { commit, paths } = plan;
  const builds = BUILDING.includes(command.name);
  const nodes = await recordedNodes(paths.record, commit.hash);
  const record = { command: command.name, dbt: launcher.version };
  await writeBuildRecord(plan, { ...record, running: builds, nodes });
  const started = Date.now();
  const { code, interrupted } = await runDbt(dbt, join(paths.logs, "dbt.log"), session);
  if (!builds) return code;
  const results = await readRunResults(join(paths.target, "run_results.json"), started);
  if (results === undefined || interrupted) {
    // Without results dbt never came to the nodes, and they are what they were; broken off, nobody knows.
    await writeBuildRecord(plan, { ...record, running: false, nodes: interrupted ? {} : nodes });
    return code;
  }
  const manifest = await readManifest(join(paths.target, "manifest.json")) ?? [];
  await keepManifest(paths);
  await writeBuildRecord(plan, {
    ...record,
    running: false,
    nodes: withResults(nodes, results, isSampled(situation)),
  });
  return reportStrays(plan, situation, dbt, { results, manifest }, context) || code;
}

async function runDeps(
  dbt: Command,
  plan: IsolatedPlan,
  session: Session,
): Promise<number> {
  await recordPackagesBegun(plan.build.depsFile, plan.project);
  const { code } = await runDbt(dbt, join(plan.paths.logs, "dbt.log"), session);
  if (code === 0) await recordDeps(plan);
  await isolateNaming(plan);
  return code;
}

async function runDbt(
  dbt: Command,
  logFile: string,
  { situation: { launcher }, context, runner }: Session,
): Promise<Ended> {
  echo(dbt, context);
  const started = Date.now();
  const ended = await runner.run(dbt, {
    onSlow: () => context.out.status("dbt is still ending what it runs; Ctrl-C again kills it"),
  });
  if (ended.code !== 0) {
    for (const hint of hintsFor(await lastRunLog(logFile, started), launcher.version)) {
      context.out.warn(hint);
    }
  }
  return ended;
}

/** Say which relations of a run lie outside the build after all; 2 when there are any. */
function reportStrays(
  plan: IsolatedPlan,
  situation: Situation,
  dbt: Command,
  { results, manifest }: {
    results: Parameters<typeof findStrays>[0];
    manifest: readonly ManifestNode[];
  },
  { out }: Context,
): number {
  const strays = findStrays(results, manifest, limitsOf(plan, situation, dbt.env));
  if (strays.length === 0) return 0;
  out.error(
    [
      `dbt wrote outside the schemas of ${plan.environment}@${plan.commit.short}:`,
      ...strays.map(({ id, relation }) => `  ${id} → ${relation}`),
    ].join("\n"),
    ["Look at these relations: they may belong to live schemas."],
  );
  return 2;
}

/** Whether a run builds its nodes from a part of their rows. */
function isSampled({ environment, passthrough }: Situation): boolean {
  return ["empty", "sample", "event-time-start", "event-time-end"].some((name) =>
    isGiven(passthrough, name) || environment.args.has(name)
  );
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

function echo(command: Command, { out }: Context): void {
  out.status(out.paint("dim", `$ ${quoteCommand([command.program, ...command.args])}`));
}
