/**
 * What a run is compared with: the other commit's manifest, what is selected because of it, and where the rest is read
 * from.
 * @module
 */
import { dbtFailure } from "../dbt/said.ts";
import { join } from "@std/path";
import type { Context } from "../base/context.ts";
import { type ArgvParts, dbtArgv, isOverridden } from "../dbt/argv.ts";
import { type DbtCommand, requireDbtCommand } from "../dbt/commands.ts";
import { listedIds, LISTING } from "../dbt/listing.ts";
import { readManifest } from "../dbt/manifest/read.ts";
import { readersOfVariables } from "../dbt/manifest/readers.ts";
import { findDbtOption, takes } from "../dbt/options.ts";
import { isGiven, onlyOptions } from "../dbt/passthrough.ts";
import type { DbtRunner } from "../dbt/runner.ts";
import { UsageError } from "../base/errors.ts";
import type { Commit } from "../git/git.ts";
import { type Command, toCommand } from "../base/process.ts";
import type { YamlValue } from "../base/yaml.ts";
import {
  changedVariables,
  nearestBuild,
  restFrom,
  selectionFor,
  typesOf,
  usersSelection,
} from "./selection.ts";
import type { BuildName } from "../store/record.ts";
import type { Place } from "../places/place.ts";
import { ensureState, planLiveState, type StatePlan } from "./state.ts";
import { nameOf } from "../store/inventory.ts";
import type { Read } from "../store/reading.ts";

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
  /** The folder into which dbt writes the manifest of what is to be built; undefined where that is the project's own. */
  manifest: string | undefined;
  /** The words of a selection, with the nodes that read those variables. */
  select: (readers: readonly string[]) => string[];
  /** Lists what is selected. */
  list: (select: readonly string[], target: string | undefined) => Command;
  /** Parses what is to be built. */
  parse: (target: string | undefined) => Command;
  /** The run itself. */
  run: (select: readonly string[]) => Command;
}

/** A run of dbt, as far as it is decided. */
export interface ComparedRun {
  parts: Omit<ArgvParts, "command">;
  cwd: string;
  env: Record<string, string>;
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
  /** The dbt_project.yml of what is built. */
  headText: string | undefined;
  /** Where dbt writes the manifest of what is built; undefined where that is the project's own. */
  manifest: string | undefined;
}

/** Plan it. Reads, and writes nothing. */
export async function planComparison(
  { command, defers, deferTo, headText, manifest, other, place, state }: ComparisonRequest,
  { cwd, env, parts }: ComparedRun,
): Promise<Comparison> {
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
  return {
    state,
    fixed,
    baseline: build?.commit === undefined ? undefined : { environment, commit: build.commit },
    live,
    reads,
    modified: {
      base: other.commit,
      rest: own ? "" : restFrom(build, live === undefined ? undefined : deferTo?.environment.name),
      variables: changedVariables(place, other.place.environment, {
        head: headText,
        base: state.base.projectText,
      }),
      manifest,
      select: (readers) => selectionFor(users, readers, { upstream }),
      run: (select) =>
        toRun(
          dbtArgv({ ...parts, command, fixed: new Map([...all, ["select", [...select]]]) }),
        ),
      parse: (target) => toRun(parseWords(parts, target)),
      list: (select, target) => toRun(listWords(command, { ...parts, fixed: all }, select, target)),
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
  const target = modified.manifest === undefined ? join(scratch, "live") : undefined;
  let readers: string[] = [];
  if (modified.variables.length > 0) {
    await ask(runner, modified.parse(target));
    const manifest = await readManifest(modified.manifest ?? join(scratch, "live"));
    const readBy = manifest && readersOfVariables(manifest, modified.variables);
    readers = [...readBy?.values() ?? []].sort();
  }
  const select = modified.select(readers);
  const ids = listedIds(await ask(runner, modified.list(select, target)));
  const since = `${modified.base.short} (${modified.base.subject})`;
  if (ids.length === 0) {
    out.status(`nothing is modified since ${since}`);
    return { code: 0 };
  }
  const count = ids.length === 1 ? "1 node is" : `${ids.length} nodes are`;
  out.status(`since ${since}, ${count} modified or behind one that is`);
  if (readers.length > 0) out.status(`values differ of ${modified.variables.join(", ")}`);
  if (modified.rest !== "") out.status(modified.rest);
  return { run: modified.run(select), select };
}

async function ask(runner: DbtRunner, command: Command): Promise<string> {
  await runner.expectMore();
  const result = await runner.query(command);
  if (result.code === 0) return result.stdout;
  throw dbtFailure("dbt could not tell what is modified", result);
}

function parseWords(
  parts: Omit<ArgvParts, "command">,
  target: string | undefined,
): [string, ...string[]] {
  const command = requireDbtCommand("parse");
  const fixed = new Map([...parts.fixed].filter(([key]) => !/state|defer/.test(key)));
  if (target !== undefined) fixed.set("target-path", target);
  return dbtArgv({ ...parts, command, fixed, passthrough: onlyTaken(parts, "parse") });
}

/**
 * Words that list what a run would build: what the user and the environment select, or the selection that is given.
 */
export function listWords(
  command: DbtCommand,
  parts: Omit<ArgvParts, "command">,
  select: readonly string[] | undefined,
  target: string | undefined,
): [string, ...string[]] {
  const ls = requireDbtCommand("ls");
  const fixed = new Map<string, YamlValue>([
    ...parts.fixed,
    ...select === undefined ? [] : [["select", [...select]] satisfies [string, YamlValue]],
    ...LISTING,
  ]);
  if (target !== undefined) fixed.set("target-path", target);
  const types = typesOf(command.name);
  if (types.length > 0) fixed.set("resource-types", types);
  // What the command itself does not take must not narrow the list.
  const settings = new Map(
    [...parts.settings].filter(([key]) => {
      const option = findDbtOption(key);
      return option !== undefined && takes(command.name, option) &&
        !isOverridden(key, parts.passthrough);
    }),
  );
  return dbtArgv({ ...parts, command: ls, fixed, settings, passthrough: onlyTaken(parts, "ls") });
}

/** The user's own words, as far as another command takes them, but for some options. */
export function onlyTaken(
  { passthrough }: Omit<ArgvParts, "command">,
  command: string,
  without: readonly string[] = [],
): ArgvParts["passthrough"] {
  return onlyOptions(
    passthrough,
    (option) => takes(command, option) && !without.includes(option.name),
  );
}
