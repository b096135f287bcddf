/**
 * What a run is compared with: the other commit's manifest, what is selected because of it, and where the rest is read
 * from.
 * @module
 */
import { dbtFailure } from "../dbt/said.ts";
import { join } from "@std/path";
import type { Context } from "../base/context.ts";
import { type ArgvParts, dbtArgv } from "../dbt/argv.ts";
import { type DbtCommand, requireDbtCommand } from "../dbt/commands.ts";
import { listedIds, LISTING } from "../dbt/listing.ts";
import { needManifest } from "../dbt/manifest/read.ts";
import { isGiven } from "../dbt/passthrough.ts";
import { isStrict, question } from "../dbt/question.ts";
import type { DbtRunner } from "../dbt/runner.ts";
import { UsageError } from "../base/errors.ts";
import type { Commit } from "../git/git.ts";
import { type Command, toCommand } from "../base/process.ts";
import type { YamlValue } from "../base/yaml.ts";
import {
  EVERYTHING,
  MODIFIED,
  nearestBuild,
  restFrom,
  selectionFor,
  typesOf,
  usersSelection,
} from "./selection.ts";
import type { MadeWith } from "../store/made_with.ts";
import type { BuildName } from "../store/record.ts";
import { hashOfInputs } from "../isolated/fingerprint.ts";
import type { Isolated } from "../isolated/isolate.ts";
import type { Place } from "../places/place.ts";
import { hashOfWarehouse } from "../places/server.ts";
import { ensureState, planLiveState, type StatePlan } from "./state.ts";
import { nameOf } from "../store/inventory.ts";
import type { Read } from "../store/reading.ts";
import { findDifferences } from "./differences.ts";
import { changedSystem, systemReaders } from "./system.ts";
import { changedBy, changedVariables, withOwnVariables } from "./variables.ts";

/** What a run is compared with. */
export interface Comparison {
  state: StatePlan;
  /** The options that dbt gets because of it. */
  fixed: ReadonlyMap<string, YamlValue>;
  /** The build that what is not selected is read from, where dot chose it. */
  baseline: BuildName | undefined;
  /** The live place that it is read from, where dot chose that. */
  live: StatePlan | undefined;
  /** What dbt reads because of it. */
  reads: readonly Read[];
  /** Undefined where the user selects by dbt's own words. */
  modified: Modified | undefined;
}

/** What `--modified` comes down to. */
export interface Modified {
  base: Commit;
  /** Says where what is not selected comes from. */
  rest: string;
  /** The variables whose values differ. */
  variables: readonly string[];
  /** Those of the system that the build which the rest is read from was made with other values of. */
  system: readonly string[];
  /** The base with its own variables; undefined where they are those of the run. */
  own: StatePlan | undefined;
  /** The folder into which dbt writes the manifest of what is to be built; undefined where dot has none for it. */
  manifest: string | undefined;
  /** Whether what they need is taken along. */
  upstream: boolean;
  /** Whether dbt may miss what is modified, so that dot looks as well: dbt 2 does not follow macros into macros. */
  misses: boolean;
  /** Whether dbt takes it for an error that a word of a selection selects nothing. */
  strict: boolean;
  /** The words of a selection, with the nodes that read those variables; `modified` where dbt finds any that is. */
  select: (readers: readonly string[], modified?: boolean) => string[];
  /** The types of node that the command takes; all where there are none. */
  types: readonly string[];
  /** Lists what is selected; `target` is the folder for dbt's parse. */
  list: (select: readonly string[], target: string) => Command;
  /** Parses what is to be built. */
  parse: (target: string) => Command;
  /** The run itself. */
  run: (select: readonly string[]) => Command;
}

/** A run of dbt, as far as it is decided. */
export interface ComparedRun {
  parts: Omit<ArgvParts, "command">;
  cwd: string;
  env: Record<string, string>;
  /** The flags that its files set; see `flagsIn`. */
  flags: ReadonlySet<string>;
}

/** What a run is compared with, and what that depends on. */
export interface ComparisonRequest {
  command: DbtCommand;
  place: Place;
  /** The commit to compare with. */
  other: { place: Place; commit: Commit; modified: boolean };
  state: StatePlan;
  /** Whether dot is told what the rest is read from (`--defer`). */
  defers: boolean;
  /** The live place that `+defer` names; undefined where it names none. */
  deferTo: Place | undefined;
  /** Where dbt may write the manifest of what is built; undefined where dot has no folder for it. */
  manifest: string | undefined;
}

/** Plan it. Reads, and writes nothing. */
export async function planComparison(
  { command, defers, deferTo, manifest, other, place, state }: ComparisonRequest,
  asked: ComparedRun,
): Promise<Comparison> {
  const { cwd, env, parts } = asked;
  const { given } = place;
  if (isGiven(given, "state")) {
    throw new UsageError("dot's --state, or --modified, and dbt's own --state name two things", {
      hints: ["Leave out one of them."],
      code: "DOT009",
    });
  }
  const fixed = new Map<string, YamlValue>([["state", state.folder]]);
  const parsed: Read = { build: state.root, built: undefined };
  if (!other.modified) {
    return {
      ...{ state, fixed, baseline: undefined, live: undefined, modified: undefined },
      reads: [parsed],
    };
  }
  const users = usersSelection(place);
  const own = defers || isGiven(given, "defer") || isGiven(given, "defer-state") ||
    parts.settings.has("defer");
  const { git } = state.base;
  const environment = await place.name();
  const build = own ? undefined : await nearestBuild(git, {
    commit: other.commit.hash,
    environment,
    project: state.base.project,
    suits: await suitsRun(place, state.base),
  });
  const live = own || build !== undefined || deferTo === undefined
    ? undefined
    : await planLiveState(deferTo);
  const rest = build === undefined ? live?.folder : build.paths.state;
  const reads: Read[] = [
    parsed,
    ...build === undefined
      ? []
      : [{ build: build.build, built: { name: nameOf(build), paths: build.paths } }],
    ...live === undefined ? [] : [{ build: live.root, built: undefined }],
  ];
  if (rest !== undefined) {
    fixed.set("defer", true);
    fixed.set("favor-state", true);
    fixed.set("defer-state", rest);
  }
  const toRun = (words: readonly [string, ...string[]]) => toCommand(words, cwd, env);
  const all = new Map([...parts.fixed, ...fixed]);
  const upstream = !own && rest === undefined;
  const variables = await changedVariables(place, other.place);
  const system = await changedSystem(build?.record?.made_with, place);
  return {
    state,
    fixed,
    baseline: build?.commit === undefined ? undefined : { environment, commit: build.commit },
    live,
    reads,
    modified: {
      base: other.commit,
      rest: own ? "" : restFrom(build, live === undefined ? undefined : deferTo?.environment.name),
      variables,
      system,
      own: variables.length === 0 ? undefined : await withOwnVariables(state, other.place),
      manifest,
      upstream,
      misses: place.launcher.major >= 2,
      strict: isStrict(parts, asked),
      select: (readers, modified = true) => selectionFor(users, readers, { modified, upstream }),
      types: typesOf(command.name),
      run: (select) =>
        toRun(
          dbtArgv({ ...parts, command, fixed: new Map([...all, ["select", [...select]]]) }),
        ),
      parse: (target) => parseQuestion(asked, target),
      list: (select, target) =>
        listQuestion(command, { ...asked, parts: { ...parts, fixed: all } }, select, target),
    },
  };
}

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
  comparison: Comparison,
  dbt: Command,
  { doing, runner, scratch }: { doing: string; runner: DbtRunner; scratch: string },
  context: Context,
): Promise<Resolved> {
  const { out } = context;
  const code = await ensureState(comparison.state, { doing, runner }, context);
  if (code !== 0) return { code };
  const { live, modified } = comparison;
  if (modified === undefined) return { run: dbt };
  const found = live === undefined ? 0 : await ensureState(live, { doing, runner }, context);
  if (found !== 0) return { code: found };
  const target = modified.manifest ?? join(scratch, "live");
  let readers: string[] = [];
  if (modified.own !== undefined || modified.system.length > 0) {
    await ask(runner, modified.parse(target));
  }
  if (modified.own !== undefined) {
    const own = await ensureState(modified.own, { doing, runner }, context);
    if (own !== 0) return { code: own };
    const changed = changedBy({
      head: await needManifest(target),
      base: await needManifest(comparison.state.folder),
      own: await needManifest(modified.own.folder),
    }, modified.variables);
    readers = wordsIn(changed);
  }
  if (modified.system.length > 0) {
    const { base } = comparison.state;
    const read = await systemReaders(await needManifest(target), modified.system, base);
    readers = read.all ? [EVERYTHING] : [...new Set([...readers, ...wordsIn(read.entries)])].sort();
  }
  const differ = readers.length > 0;
  const listed = async (select: readonly string[]) =>
    listedIds(await ask(runner, modified.list(select, target)));
  let select = modified.select(readers);
  let ids = await listed(select);
  if (modified.misses) {
    // What stands behind another one is listed, and what it needs itself may not be.
    const found = modified.upstream ? await listed([MODIFIED]) : ids;
    const missed = await missedBy(found, comparison.state.folder, target, modified.types);
    if (missed.length > 0) {
      readers = [...new Set([...readers, ...missed])].sort();
      select = modified.select(readers);
      ids = await listed(select);
    }
  }
  const since = `${modified.base.short} (${modified.base.subject})`;
  if (ids.length === 0) {
    out.status(`nothing is modified since ${since}`);
    return { code: 0 };
  }
  // The word is dot's, so it must not end the user's run.
  const useless = modified.strict && readers.length > 0 &&
    (await listed(modified.select([]))).length === 0;
  if (useless) select = modified.select(readers, false);
  const count = ids.length === 1 ? "1 node is" : `${ids.length} nodes are`;
  out.status(`since ${since}, ${count} modified or behind one that is`);
  if (differ) {
    out.status(`values differ of ${[...modified.variables, ...modified.system].join(", ")}`);
  }
  if (modified.rest !== "") out.status(modified.rest);
  return { run: modified.run(select), select };
}

/** dbt's names for what differs and is not listed, of some types of node; `head` is the folder into which dbt wrote the list's manifest. */
async function missedBy(
  listed: readonly string[],
  base: string,
  head: string,
  types: readonly string[],
): Promise<string[]> {
  const manifest = await needManifest(head);
  const found = findDifferences({ base: await needManifest(base), head: manifest }, new Set());
  return found
    .filter(({ change, id }) =>
      change !== "removed" && !listed.includes(id) &&
      (types.length === 0 || types.includes(id.split(".")[0] ?? ""))
    )
    .flatMap(({ id }) => manifest.texts.get(id)?.selection ?? []);
}

/** dbt's words for what differs, each once. */
function wordsIn(changed: ReadonlyMap<string, string | undefined>): string[] {
  return [...new Set([...changed.values()].filter((word) => word !== undefined))].sort();
}

async function ask(runner: DbtRunner, command: Command): Promise<string> {
  await runner.expectMore();
  const result = await runner.query(command);
  if (result.code === 0) return result.stdout;
  throw dbtFailure("dbt could not tell what is modified", result);
}

function parseQuestion({ parts, ...asked }: ComparedRun, target: string): Command {
  const fixed = [...parts.fixed].filter(([key]) => !/state|defer/.test(key));
  return question({
    ...parts,
    command: requireDbtCommand("parse"),
    fixed: new Map<string, YamlValue>([...fixed, ["target-path", target], ["write-json", true]]),
  }, asked);
}

/** Lists what a run would build: what the user and the environment select, or the selection that is given. */
export function listQuestion(
  command: DbtCommand,
  { parts, ...asked }: ComparedRun,
  select: readonly string[] | undefined,
  target: string,
): Command {
  const types = typesOf(command.name);
  return question({
    ...parts,
    command: requireDbtCommand("ls"),
    fixed: new Map<string, YamlValue>([
      ...parts.fixed,
      ...select === undefined ? [] : [["select", [...select]]] satisfies [string, YamlValue][],
      ["target-path", target],
      ["write-json", true],
      ...types.length === 0 ? [] : [["resource-types", types]] satisfies [string, YamlValue][],
      ...LISTING,
    ]),
  }, { ...asked, like: command.name });
}

/** Tells whether a build lies where the run's would, and was made with its variables, or with those that the base has. */
async function suitsRun(place: Place, base: Isolated): Promise<(madeWith: MadeWith) => boolean> {
  const { shared } = base;
  const inputs = [await hashOfInputs(base), await hashOfInputs({ place, shared })];
  const warehouse = await hashOfWarehouse(await place.target(), place.scope);
  return (made) => made.warehouse_hash === warehouse && inputs.includes(made.vars_hash);
}
