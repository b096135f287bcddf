/**
 * Plans what a run is compared with: the other commit's manifest, what is selected because of it, and where the rest is read
 * from.
 * @module
 */
import { type ArgvParts, dbtArgv } from "../dbt/argv.ts";
import { type DbtCommand, requireDbtCommand } from "../dbt/commands.ts";
import { LISTING } from "../dbt/listing.ts";
import { isGiven } from "../dbt/passthrough.ts";
import { isStrict, question } from "../dbt/question.ts";
import { UsageError } from "../base/errors.ts";
import type { Commit } from "../git/git.ts";
import { type Command, toCommand } from "../base/process.ts";
import type { YamlValue } from "../base/yaml.ts";
import { nearestBuild, restFrom, selectionFor, typesOf, usersSelection } from "./selection.ts";
import type { MadeWith } from "../store/made_with.ts";
import type { BuildName } from "../store/record.ts";
import { hashOfInputs } from "../isolated/fingerprint.ts";
import type { Isolated } from "../isolated/isolate.ts";
import type { Place } from "../places/place.ts";
import { hashOfWarehouse } from "../places/server.ts";
import { planLiveState, type StatePlan } from "./state.ts";
import { nameOf } from "../store/inventory.ts";
import type { Read } from "../store/reading.ts";
import { changedSystem } from "./system.ts";
import { changedVariables, withOwnVariables } from "./variables.ts";

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
  /** Both sides, of which files may differ that dbt does not read. */
  places: { head: Place; base: Place };
  /** The words of a selection, with those for what dbt does not compare; `modified` where dbt finds any that is. */
  select: (unseen: readonly string[], modified?: boolean) => string[];
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
      places: { head: place, base: other.place },
      select: (unseen, modified = true) => selectionFor(users, unseen, { modified, upstream }),
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
