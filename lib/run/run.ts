/**
 * Runs dbt for a plan: straight for a plain run; for an isolated one prepared, guarded, recorded and checked afterwards.
 * @module
 */
import { join } from "@std/path";
import type { Context } from "../base/context.ts";
import { asWord } from "../dbt/argument.ts";
import { varsJson } from "../dbt/argv.ts";
import { beganNodes, hintsFor, lastRunLog } from "../dbt/log.ts";
import type { ManifestNode } from "../dbt/manifest/nodes.ts";
import { readManifest } from "../dbt/manifest/read.ts";
import { dbtVariable, withoutDbtVariables } from "../dbt/profile.ts";
import { readRunResults } from "../dbt/run_results.ts";
import type { DbtRunner } from "../dbt/runner.ts";
import { isFile, removeAll, removeTemporaries } from "../base/files.ts";
import type { Command, Ended } from "../base/process.ts";
import { distinctSchemas } from "../base/relation.ts";
import { type Clearance, guard, limitsOf } from "../isolated/escape/guard.ts";
import { Warehouse } from "../warehouse/warehouse.ts";
import { findStrays } from "../isolated/escape/verdict.ts";
import { resolveComparison, type Resolved } from "../compare/comparison.ts";
import { writeLiveProfile } from "../places/live_profile.ts";
import { withLock } from "../store/lock.ts";
import { dotFolder } from "../store/paths.ts";
import { recordPackagesBegun } from "../isolated/packages.ts";
import { shellLine } from "./paste.ts";
import { hashOfVars, placeOf } from "../isolated/fingerprint.ts";
import type { IsolatedPlan, Plan } from "./plan/plan.ts";
import {
  isolateNaming,
  prepareWorktree,
  recordDeps,
  sayHowToKill,
  writeBuildRecord,
  writeProfile,
} from "../isolated/prepare.ts";
import {
  heldBy,
  keepManifest,
  placesOf,
  progressNow,
  progressOf,
  readRecord,
  settleRecord,
  withBaseline,
  withResults,
} from "../store/record.ts";
import { clearHalfSeeded, type SeedPlan, seedTables } from "./seed/fill.ts";
import type { Situation } from "../places/situation.ts";
import { makeRunner } from "../places/warmth.ts";

/** What the user decided about a run. */
export interface RunOptions {
  /** Whether `dbt deps` may run before it. */
  deps: boolean;
  /** Whether nodes may be written outside the build, after a question. */
  allowEscape: boolean;
  /** Whether dbt is started anew, whatever server runs. */
  cold: boolean;
  /** Whether what dbt prints goes to stderr, because stdout is another command's. */
  stdoutToStderr?: boolean;
  /** Called when a signal came while dbt ran, whatever dbt made of it. */
  onInterrupt?: () => void;
}

/** What every step of a run needs. */
interface Session {
  situation: Situation;
  context: Context;
  runner: DbtRunner;
  stdoutToStderr: boolean;
  onInterrupt: () => void;
}

/** What is known of a command that needs no check. */
const UNCHECKED = { allowed: new Set<string>(), parsed: false };

/** Commands whose results are what a build holds. */
const BUILDING = ["build", "clone", "retry", "run", "seed", "snapshot", "test"];

/** Run a plan. Gives dbt's exit code. */
export async function runPlan(
  plan: Plan,
  situation: Situation,
  options: RunOptions,
  context: Context,
): Promise<number> {
  const runner = await makeRunner({
    situation,
    dbtEnv: plan.dbt.env,
    source: plan.isolated?.source,
    cold: options.cold,
  }, context);
  const { onInterrupt = () => {}, stdoutToStderr = false } = options;
  const session = { situation, context, runner, stdoutToStderr, onInterrupt };
  if (plan.isolated !== undefined) {
    return await runIsolated(plan, plan.isolated, options, session);
  }
  if (plan.live !== undefined) await writeLiveProfile(plan.live);
  const logs = join(situation.project.folder, "logs", "dbt.log");
  const found = await compared(plan, plan.dbt, `dot ${situation.command.name}`, session);
  return "code" in found ? found.code : (await runDbt(found.run, undefined, logs, session)).code;
}

/** The run, narrowed to what is modified where that is asked for. */
async function compared(
  { comparison }: Plan,
  dbt: Command,
  doing: string,
  { context, runner, situation: { git, project } }: Session,
): Promise<Resolved> {
  if (comparison === undefined) return { run: dbt };
  const scratch = join(dotFolder(git?.root ?? project.folder), "control", "modified");
  return await resolveComparison(comparison, dbt, { doing, runner, scratch }, context);
}

async function runIsolated(
  whole: Plan,
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
  const prepare = () =>
    prepareWorktree(plan, {
      doing,
      deps,
      scan: command.needsPackages,
      runner,
      announce: ({ packages }) => echo(packages.deps, "deps", plan, context),
    }, context);
  const prepared = await prepare();
  if (prepared.code !== 0) return prepared.code;
  const begin = async () => {
    // While this waited a prune may have cleared the worktree away.
    const { code, scan } = await isFile(build.commitFile) ? prepared : await prepare();
    if (code !== 0) return code;
    // The server holds no lock, and replaces no manifest.
    if (command.name !== "docs serve") {
      await removeTemporaries(paths.folder);
      await settleRecord(paths, build.short);
    }
    await writeProfile(plan);
    const found = await compared(whole, whole.dbt, doing, session);
    if ("code" in found) return found.code;
    const dbt = found.run;
    if (command.name === "deps") {
      return await withLock(build.lock, doing, out, () => runDeps(dbt, plan, session));
    }
    const seed = whole.seed && { ...whole.seed, select: found.select };
    if (scan === undefined) return await runRecorded(dbt, plan, session, UNCHECKED, seed);
    // Whoever held the lock before may have installed packages anew, without the shim.
    const now = plan.packages.any
      ? await withLock(build.lock, doing, out, () => isolateNaming(plan))
      : scan;
    const clear = await guard(plan, now, dbt, { ...session, allowEscape });
    if (clear.code !== 0) return clear.code;
    const sure = clear.parsed ? reusingParse(dbt, situation) : dbt;
    return await runRecorded(sure, plan, session, clear, seed);
  };
  // The server only reads, and may run for days.
  if (command.name === "docs serve") return await begin();
  return await withLock(paths.lock, doing, out, begin);
}

/** The command, made to use the parse that was checked: a project may name its schemas by dbt's own flags. */
function reusingParse(dbt: Command, { command, launcher }: Situation): Command {
  if (launcher.major >= 2) return dbt;
  const env = withoutDbtVariables(dbt.env, ["PARTIAL_PARSE"]);
  const kept = dbt.args.filter((word) => !/^--(?:no-)?partial-parse$/.test(word));
  const start = launcher.words.length - 1 + command.name.split(" ").length;
  return { ...dbt, env, args: kept.toSpliced(start, 0, "--partial-parse") };
}

/** Run dbt between two records: one that says that it runs, one that says what it left. */
async function runRecorded(
  dbt: Command,
  plan: IsolatedPlan,
  session: Session,
  { allowed, parsed }: Pick<Clearance, "allowed" | "parsed">,
  seed: (SeedPlan & { select: readonly string[] | undefined }) | undefined,
): Promise<number> {
  const { situation, context } = session;
  const { command, launcher } = situation;
  const { build, commit, paths } = plan;
  const logFile = join(paths.logs, "dbt.log");
  // It may run for days, beside commands that build.
  if (command.name === "docs serve") return (await runDbt(dbt, plan, logFile, session)).code;
  const place = await placeOf(plan, dbt.env);
  const given = await hashOfVars(situation.vars);
  const last = await readRecord(paths, build.short);
  const before = last?.commit === commit.hash ? last : undefined;
  // Tests make nothing that other values could have made otherwise.
  const vars = command.name === "test" ? before?.vars ?? given : given;
  const held = heldBy(before, { commit: commit.hash, place, vars });
  const builds = BUILDING.includes(command.name);
  const { storeFailures } = limitsOf(plan, situation, dbt.env);
  // Whatever was ever written there stays known, also when dbt is killed.
  const placesWith = (manifest: readonly ManifestNode[]) =>
    distinctSchemas(before?.places ?? [], placesOf(manifest, build.short, storeFailures));
  const nodesNow = async () => (await readManifest(paths.target))?.nodes;
  const checked = builds && parsed ? await nodesNow() : undefined;
  const record = {
    ...held,
    command: command.name,
    dbt: launcher.version,
    place,
    vars,
    places: placesWith(checked ?? []),
    defersTo: withBaseline(before?.defersTo ?? [], builds ? plan.baseline : undefined),
    progress: checked === undefined ? progressNow(before, held) : progressOf(checked, held.nodes),
  };
  await writeBuildRecord(plan, { ...record, running: builds });
  if (builds && (seed !== undefined || await isFile(paths.seeding))) {
    const failed = await seedFirst(plan, dbt, seed, session, async () => {
      // Half filled tables are what a kill leaves: the next run drops them.
      if (await isFile(paths.seeding)) return;
      const places = placesWith(await nodesNow() ?? []);
      await writeBuildRecord(plan, { ...record, places, running: false });
    });
    if (failed !== 0) return failed;
  }
  const started = Date.now();
  const { code, interrupted } = await runDbt(dbt, plan, logFile, session);
  if (!builds) return code;
  const results = await readRunResults(paths.target, started);
  const manifest = await nodesNow() ?? [];
  const places = placesWith(manifest);
  if (results === undefined || interrupted) {
    // Where dbt never came to the nodes they are what they were; else nobody knows.
    const untouched = !interrupted && !beganNodes(await lastRunLog(logFile, started));
    const nodes = untouched ? held.nodes : {};
    await writeBuildRecord(plan, {
      ...record,
      running: false,
      places,
      progress: manifest.length === 0 ? record.progress : progressOf(manifest, nodes),
      nodes,
    });
    return code;
  }
  await keepManifest(paths);
  const sampled = command.name === "retry" ? held.sampled : isSampled(situation, dbt.env);
  const nodes = withResults(held.nodes, results, sampled);
  const progress = progressOf(manifest, nodes);
  await writeBuildRecord(plan, { ...record, running: false, sampled, places, progress, nodes });
  const others = results.filter(({ id }) => !allowed.has(id));
  const strays = reportStrays(plan, situation, dbt, { results: others, manifest }, context);
  return code || strays;
}

/** Where a run begins with the rows of another place, copy them. `onFailure` is called where that ends the run. */
async function seedFirst(
  plan: IsolatedPlan,
  dbt: Command,
  seed: (SeedPlan & { select: readonly string[] | undefined }) | undefined,
  session: Session,
  onFailure: () => Promise<void>,
): Promise<number> {
  const { context, runner, situation: { command } } = session;
  const doing = `dot ${command.name} ${plan.environment}@${plan.commit.short}`;
  const warehouse = warehouseOf(plan, dbt, session);
  let code = 1;
  try {
    await clearHalfSeeded(plan.paths, warehouse);
    code = seed === undefined
      ? 0
      : await seedTables(seed, seed.select, { doing, runner, warehouse }, context);
  } finally {
    if (code !== 0) await onFailure();
  }
  return code;
}

/** The warehouse of a build, as its own profile reaches it. */
function warehouseOf(
  { git, paths, source }: IsolatedPlan,
  { cwd, env }: Command,
  { runner, situation: { environment, launcher, vars } }: Session,
): Warehouse {
  const threads = environment.args.get("threads");
  return new Warehouse({
    runner,
    launcher,
    cwd,
    env,
    profilesDir: paths.folder,
    profile: source.profile,
    target: source.target,
    adapter: source.adapter,
    words: [
      ...vars.size === 0 ? [] : ["--vars", varsJson(vars)],
      ...threads === undefined ? [] : ["--threads", asWord(threads.value)],
    ],
    folder: join(dotFolder(git.root), "control", "seed"),
  });
}

async function runDeps(
  dbt: Command,
  plan: IsolatedPlan,
  session: Session,
): Promise<number> {
  await recordPackagesBegun(plan.build.depsFile, plan.project, plan.packages.folder);
  const { code } = await runDbt(dbt, plan, join(plan.paths.logs, "dbt.log"), session);
  if (code === 0) await recordDeps(plan);
  await isolateNaming(plan);
  return code;
}

async function runDbt(
  dbt: Command,
  plan: IsolatedPlan | undefined,
  logFile: string,
  { situation: { command, launcher }, context, runner, stdoutToStderr, onInterrupt }: Session,
): Promise<Ended> {
  echo(dbt, command.name, plan, context);
  const started = Date.now();
  const ended = await runner.run(dbt, {
    onSlow: () => sayHowToKill(context.out),
    stdoutToStderr,
  });
  if (ended.interrupted) onInterrupt();
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
function isSampled({ environment, passthrough }: Situation, env: Record<string, string>): boolean {
  return ["empty", "sample", "event-time-start", "event-time-end"].some((name) => {
    const given = passthrough.options.findLast(({ option }) => option.name === name);
    if (given !== undefined) return !given.negated;
    const setting = environment.args.get(name)?.value;
    if (setting !== undefined) return setting !== false;
    const variable = dbtVariable(env, name.toUpperCase().replaceAll("-", "_"));
    return variable !== undefined && !/^(?:0|false|no|off|n|f)$/i.test(variable);
  });
}

/** dbt refuses to clean folders outside its project, so dot removes what this build's dbt made. */
async function cleanBuild(
  { build, paths }: IsolatedPlan,
  doing: string,
  { out }: Context,
): Promise<number> {
  return await withLock(paths.lock, doing, out, async () => {
    await settleRecord(paths, build.short);
    // What was checked was the parse in there.
    await removeAll(paths.verdict);
    for (const folder of [paths.target, paths.logs]) {
      await removeAll(folder);
      out.status(`removed ${folder}`);
    }
    return 0;
  });
}

function echo(
  command: Command,
  name: string,
  isolated: IsolatedPlan | undefined,
  { cwd, out }: Context,
): void {
  out.status(out.paint("dim", `$ ${shellLine(command, name, isolated, cwd)}`));
}
