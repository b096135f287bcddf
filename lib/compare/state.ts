/**
 * `--state`: the manifest of another commit, parsed as the run that asks would have it, so that nothing but the code
 * differs. Kept below that commit's build, by what went into it.
 * @module
 */
import { saidBy, sayFailure } from "../dbt/said.ts";
import { dirname, join } from "@std/path";
import type { Context } from "../base/context.ts";
import { makeFolder, readIfThere, removeAll, sha256, writeFile } from "../base/files.ts";
import type { Command } from "../base/process.ts";
import type { YamlValue } from "../base/yaml.ts";
import { varsJson } from "../dbt/argv.ts";
import { type DbtCommand, requireDbtCommand } from "../dbt/commands.ts";
import { variablesIn } from "../dbt/env_var.ts";
import { hintsFor } from "../dbt/log.ts";
import { hasManifest } from "../dbt/manifest/read.ts";
import { NOTHING_GIVEN, type Passthrough } from "../dbt/passthrough.ts";
import { flagsIn, question } from "../dbt/question.ts";
import type { DbtRunner } from "../dbt/runner.ts";
import { readEditHashes } from "../isolated/escape/edits.ts";
import { isolate, type Isolated } from "../isolated/isolate.ts";
import { prepareWorktree, readScan, recordInstalled } from "../isolated/prepare.ts";
import { projectIn } from "../isolated/worktree.ts";
import {
  type LiveProfile,
  liveProfileOf,
  withLiveProfile,
  writeLiveProfile,
} from "../places/live_profile.ts";
import type { Place } from "../places/place.ts";
import { withLock } from "../store/lock.ts";
import { type BuildPaths, plainPaths } from "../store/paths.ts";
import { LISTING } from "../dbt/listing.ts";

/** By which a dbt that the user has look for packages elsewhere is kept at those of the commit. */
const PACKAGES = "packages-install-path";

/** What decides how the project of a run is parsed. */
export interface Asking {
  /** The place that asks: its dbt, and its variables. */
  place: Place;
  profilesDir: string;
  profile: string;
  target: string;
  /** The text of the profile. */
  profileText: string;
  /** The environment that dbt gets. */
  env: Record<string, string>;
  /** Whether the run's worktree has the naming shim where it needs one. */
  shimmed: boolean;
  /** The profile in `profilesDir`, where dot has to write it for this parse. */
  live?: LiveProfile | undefined;
}

/** A manifest of another commit that a run needs. */
export interface StatePlan {
  /** The commit's worktree and packages. */
  base: Isolated;
  /** The commit's folders, in which all of it lies. */
  root: BuildPaths;
  asking: Asking;
  /** The folder with the manifest, for dbt's `--state`. */
  folder: string;
  /** Parses the project into a folder. */
  parseInto: (target: string) => Command;
  /** The same commit, parsed with other variables. */
  under: (vars: Place["vars"]) => Promise<StatePlan>;
  /** Lists what some words select, compared with another manifest's folder; the manifest is there by then. */
  list: (passthrough: Passthrough, state: string) => Command;
}

/** A run with the live profile of a place, or dot's copy of it, as one that asks for a manifest. */
export async function askingLive(place: Place): Promise<Asking> {
  const live = await liveProfileOf(place);
  const source = await place.live().target();
  return {
    place,
    profilesDir: live?.folder ?? dirname(source.file),
    profile: source.profile,
    target: source.target,
    profileText: live?.text ?? await readIfThere(source.file) ?? "",
    env: live === undefined ? place.env : withLiveProfile(place.env, live),
    shimmed: false,
    live,
  };
}

/** Plan the manifest of an environment's live schemas: a commit as a plain run of that environment has it. */
export async function planLiveState(place: Place): Promise<StatePlan> {
  return await planState(await isolate(place), await askingLive(place));
}

/** Plan the manifest of a base for a run. Reads, and writes nothing. */
export async function planState(isolated: Isolated, asking: Asking): Promise<StatePlan> {
  const { launcher, project, vars } = asking.place;
  const [parse, ls] = [requireDbtCommand("parse"), requireDbtCommand("ls")];
  const base = asking.shimmed ? isolated : await withoutShim(isolated);
  const key = await sha256(JSON.stringify([
    base.commit.hash,
    base.project,
    base.build.worktree,
    asking.profileText,
    asking.profile,
    asking.target,
    varsJson(vars),
    launcher.version ?? launcher.words,
    base.packages.hash,
  ]));
  const dbt = (
    command: DbtCommand,
    target: string,
    more: readonly (readonly [string, YamlValue])[],
    passthrough: Passthrough = NOTHING_GIVEN,
  ): Command => {
    return question({
      launcher,
      command,
      fixed: new Map<string, YamlValue>([
        ["project-dir", projectIn(base.build.worktree, base.project)],
        ["profiles-dir", asking.profilesDir],
        ["profile", asking.profile],
        ["target", asking.target],
        ["target-path", target],
        ["log-path", target],
        ...[...base.fixed].filter(([key]) => key === PACKAGES),
        ...more,
      ]),
      settings: new Map(),
      vars,
      passthrough,
    }, {
      cwd: project.cwd,
      env: asking.env,
      flags: flagsIn(base.projectText, asking.profileText),
    });
  };
  const folder = join(isolated.build.states, key.slice(0, 16));
  return {
    base,
    root: isolated.build,
    asking,
    folder,
    under: (vars) => planState(isolated, { ...asking, place: asking.place.with({ vars }) }),
    parseInto: (target) => dbt(parse, target, [["write-json", true]]),
    list: (passthrough, state) =>
      dbt(ls, folder, [
        ["write-json", false],
        ["state", state],
        ...LISTING,
      ], passthrough),
  };
}

/** Make sure that the manifest is there. Gives dbt's exit code, 0 when it is. */
export async function ensureState(
  { asking, base, folder, parseInto }: StatePlan,
  { doing, runner }: { doing: string; runner: DbtRunner },
  context: Context,
): Promise<number> {
  const { out } = context;
  const { code, scan } = await prepareWorktree(base, {
    locked: false,
    doing,
    deps: true,
    scan: asking.shimmed,
    runner,
    announce: () => out.status(`installing the packages of ${base.commit.short}`),
  }, context);
  if (code !== 0) return code;
  const { variables } = scan ?? await readScan(base);
  const read = new Set([...variables, ...variablesIn(asking.profileText)]);
  const names = [...read.has("*") ? Object.keys(asking.env) : read].sort();
  const inputs = await sha256(
    JSON.stringify(names.map((name) => [name, asking.env[name] ?? null])),
  );
  await makeFolder(dirname(folder), 0o700);
  return await withLock(`${folder}.lock`, doing, out, async () => {
    const there = await hasManifest(folder);
    if (there && await readIfThere(join(folder, "inputs")) === inputs) return 0;
    out.status(`parsing ${base.commit.short} to compare with it`);
    await removeAll(folder);
    const started = `${folder}.new`;
    await removeAll(started);
    await makeFolder(started, 0o700);
    if (asking.live !== undefined) await writeLiveProfile(asking.live);
    await runner.expectMore();
    const result = await runner.query(parseInto(started));
    await recordInstalled(base);
    if (result.code !== 0 || !await hasManifest(started)) {
      const what = `dbt could not parse ${base.commit.short}, so nothing can be compared with it`;
      const { version } = base.place.launcher;
      const hints = [...hintsFor(saidBy(result), version), "Compare with another commit."];
      return sayFailure(what, result, out, hints);
    }
    await writeFile(join(started, "inputs"), inputs);
    await Deno.rename(started, folder);
    return 0;
  });
}

/**
 * The same commit where its files are as they were committed. Where an isolated build has put the naming shim into the
 * worktree, a run of the working tree, which has none, would take every node that a macro names for modified.
 */
async function withoutShim(isolated: Isolated): Promise<Isolated> {
  const edits = await readEditHashes(isolated.build.editsFile);
  if (Object.keys(edits).length === 0) return isolated;
  const { packages, project } = isolated;
  const build = plainPaths(isolated.build);
  const folder = projectIn(build.worktree, project);
  const fixed = new Map([...isolated.fixed, ["project-dir", folder] as const]);
  if (fixed.has(PACKAGES)) fixed.set(PACKAGES, join(folder, packages.folder));
  return { ...isolated, build, fixed };
}
