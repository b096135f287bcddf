/**
 * A run whose results are recorded: what the build holds before dbt starts, and what it holds afterwards.
 * @module
 */
import { distinctSchemas, type Schema } from "../base/relation.ts";
import { join } from "@std/path";
import type { Context } from "../base/context.ts";
import { isFile } from "../base/files.ts";
import type { Command, Ended } from "../base/process.ts";
import { lengthOf, ranNoNode } from "../dbt/log.ts";
import type { ManifestNode } from "../dbt/manifest/nodes.ts";
import { readManifest } from "../dbt/manifest/read.ts";
import { findDbtOption, SAMPLING } from "../dbt/options.ts";
import { dbtVariable } from "../dbt/profile.ts";
import { readRunResults, type RunResult } from "../dbt/run_results.ts";
import { type Clearance, limitsOf } from "../isolated/escape/guard.ts";
import { findEscapes } from "../isolated/escape/verdict.ts";
import type { Isolated } from "../isolated/isolate.ts";
import { noteBegin, partsOf, recordChanges } from "../isolated/owners.ts";
import { recordInstalled } from "../isolated/prepare.ts";
import { connectionOf } from "../places/connection.ts";
import { controlFolder } from "../store/paths.ts";
import { isGood, progressOf, schemasOf, withoutReaders, withResults } from "../store/history.ts";
import { keepManifest } from "../store/manifests.ts";
import { beginRecord, cutOffRecord, finishRecord, isCutOff, writeRecord } from "../store/record.ts";
import { Warehouse } from "../warehouse/warehouse.ts";
import { beginning, madeWithParsed } from "./beginning.ts";
import { clearHalfSeeded, type SeedPlan, seedTables } from "./seed/fill.ts";
import { doingOf, runDbt, type Session } from "./session.ts";

/** Commands whose results are what a build holds. */
const BUILDING = ["build", "clone", "retry", "run", "seed", "snapshot", "test"];
/** Commands that may write to the build. */
const WRITING = [...BUILDING, "run-operation"];

/** A run that begins with the rows of another place. */
type Filling = SeedPlan & { select: readonly string[] | undefined };

/** What is known of the project before dbt runs. */
interface Known extends Pick<Clearance, "allowed" | "parsed"> {
  /** The variables of the system that it reads; undefined where nobody looked. */
  variables: readonly string[] | undefined;
}

/** Run dbt between two records: one that says that it runs, one that says what it left. Gives its exit code. */
export async function runRecorded(
  dbt: Command,
  isolated: Isolated,
  session: Session,
  { allowed, parsed, variables }: Known,
  filling: Filling | undefined,
): Promise<number> {
  const { command } = session.plan.run;
  const { build, paths, place } = isolated;
  const logFile = join(paths.logs, "dbt.log");
  // What only reads leaves the record as it is, and makes no build.
  if (!WRITING.includes(command.name)) {
    return (await runNoted(dbt, logFile, isolated, session)).code;
  }
  const builds = BUILDING.includes(command.name);
  const { storeFailures } = limitsOf(isolated, dbt.env);
  const nodesNow = async () => (await readManifest(paths.target))?.nodes;
  const checked = builds && parsed ? await nodesNow() : undefined;
  const { before, held, record } = await beginning(dbt, isolated, session, {
    builds,
    checked,
    variables,
  });
  // What a macro may have written is not known by node.
  if (!builds && before !== undefined) {
    return (await runNoted(dbt, logFile, isolated, session)).code;
  }
  // Whatever was ever written there stays known, also when dbt is killed.
  const schemasWith = (manifest: readonly ManifestNode[]) =>
    distinctSchemas(before?.schemas ?? [], schemasOf(manifest, build.short, { storeFailures }));
  const begun = await beginRecord(paths.record, {
    ...record,
    schemas: schemasWith(checked ?? []),
  });
  if (!builds) {
    await finishRecord(paths.record, begun);
    return (await runNoted(dbt, logFile, isolated, session)).code;
  }
  // Where dbt came to no node the build is what it was, whatever it was made with.
  const untouched = async (schemas: Schema[]) => {
    if (before === undefined) await finishRecord(paths.record, { ...begun, schemas });
    else await writeRecord(paths.record, { ...before, schemas });
  };
  if (filling !== undefined || await isFile(paths.seeding)) {
    const failed = await fillFirst(isolated, dbt, filling, session, async () => {
      // Half filled tables are what a kill leaves: the next run drops them.
      if (await isFile(paths.seeding)) return;
      await untouched(schemasWith(await nodesNow() ?? []));
    });
    if (failed !== 0) return failed;
  }
  const [started, logged] = [Date.now(), await lengthOf(logFile)];
  const { code, interrupted } = await runNoted(dbt, logFile, isolated, session);
  const results = await readRunResults(paths.target, started);
  const manifest = await nodesNow() ?? [];
  const schemas = schemasWith(manifest);
  const unknown = results === undefined || interrupted;
  // What a cut off run left is only told by one that ends.
  const whole = before !== undefined && !isCutOff(before);
  // dbt 2 has results, all of them errors, where it could not connect.
  const failed = !unknown && results.some(ran) && !results.some(({ status }) => isGood(status));
  const isUntouched = !unknown && whole && !results.some(ran) ||
    (unknown || failed) && await ranNoNode(logFile, logged);
  if (isUntouched) {
    await untouched(schemas);
    return code;
  }
  if (unknown) {
    const progress = manifest.length === 0 ? begun.progress : progressOf(manifest, {});
    await cutOffRecord(paths.record, { ...begun, schemas, progress, nodes: {} });
    return code;
  }
  await keepManifest(paths);
  const sampled = command.name === "retry" ? held.sampled : isSampled(place, dbt.env);
  const nodes = withoutReaders(withResults(held.nodes, results, { sampled }), {
    before: held.nodes,
    ran: new Set(results.filter(ran).map(({ id }) => id)),
    parents: await parentsIn(paths.target),
  });
  const progress = progressOf(manifest, nodes);
  const made_with = command.name === "test"
    ? begun.made_with
    : await madeWithParsed(begun.made_with, isolated, variables);
  await finishRecord(paths.record, { ...begun, made_with, sampled, schemas, progress, nodes });
  const others = results.filter(({ id }) => !allowed.has(id));
  return code || reportEscapes(isolated, dbt, { results: others, manifest }, session.context);
}

/** Run dbt, and note what it leaves in the worktree. */
async function runNoted(
  dbt: Command,
  logFile: string,
  isolated: Isolated,
  session: Session,
): Promise<Ended> {
  // It may run for days, beside commands that build.
  if (session.plan.run.command.name === "docs serve") return await runDbt(dbt, logFile, session);
  const parts = await partsOf(isolated);
  await noteBegin(isolated, parts);
  const ended = await runDbt(dbt, logFile, session);
  // What a signal cut off may be half of it: the next run installs it anew.
  if (!ended.interrupted) await recordInstalled(isolated);
  await recordChanges(isolated, parts);
  return ended;
}

/** What the nodes of the last manifest read. */
async function parentsIn(target: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const project = (await readManifest(target))?.data ?? new Map();
  return new Map([...project].map(([id, { parents }]) => [id, parents]));
}

/** Whether a result is of a node that dbt came to. */
function ran({ id, status }: RunResult): boolean {
  return status !== "skipped" && status !== "no-op" && !id.startsWith("operation.");
}

/** Where a run begins with the rows of another place, copy them. `onFailure` is called where that ends the run. */
async function fillFirst(
  { git, paths, place, source }: Isolated,
  { env }: Command,
  filling: Filling | undefined,
  { context, plan, runner }: Session,
  onFailure: () => Promise<void>,
): Promise<number> {
  const warehouse = new Warehouse(connectionOf(place, source, {
    runner,
    env,
    profilesDir: paths.folder,
    folder: join(controlFolder(git.root), "seed"),
  }));
  let code = 1;
  try {
    await clearHalfSeeded(paths, warehouse);
    code = filling === undefined ? 0 : await seedTables(
      filling,
      filling.select,
      { doing: doingOf(plan), runner, warehouse },
      context,
    );
  } finally {
    if (code !== 0) await onFailure();
  }
  return code;
}

/** Say which relations of a run lie outside the build after all; 2 when there are any. */
function reportEscapes(
  isolated: Isolated,
  dbt: Command,
  { results, manifest }: {
    results: Parameters<typeof findEscapes>[0];
    manifest: readonly ManifestNode[];
  },
  { out }: Context,
): number {
  const escapes = findEscapes(results, manifest, limitsOf(isolated, dbt.env));
  if (escapes.length === 0) return 0;
  out.error(
    [
      `dbt wrote outside the schemas of ${isolated.environment}@${isolated.commit.short}:`,
      ...escapes.map(({ id, relation }) => `  ${id} → ${relation}`),
    ].join("\n"),
    ["Look at these relations: they may belong to live schemas."],
    "DOT017",
  );
  return 2;
}

/** Whether a run builds its nodes from a part of their rows. */
function isSampled(
  { environment, given }: Isolated["place"],
  env: Record<string, string>,
): boolean {
  return SAMPLING.some((name) => {
    const word = given.options.findLast(({ option }) => option.name === name);
    if (word !== undefined) return !word.negated;
    const setting = environment.args.get(name)?.value;
    if (setting !== undefined) return setting !== false;
    const named = findDbtOption(name)?.variable;
    const variable = named && dbtVariable(env, named);
    return variable !== undefined && !/^(?:0|false|no|off|n|f)$/i.test(variable);
  });
}
