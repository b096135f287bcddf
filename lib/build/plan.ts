/**
 * Turns a situation into what will run: the exact dbt commands, and what an isolated build puts in place for them.
 * Reads, and writes nothing: a dry run ends here.
 * @module
 */
import { dirname, isAbsolute, join, resolve } from "@std/path";
import { asWord } from "../dbt/argument.ts";
import { type ArgvParts, dbtArgv, mergeVars } from "../dbt/argv.ts";
import { dbtEnvironment } from "../dbt/dotenv.ts";
import { findDbtCommand } from "../dbt/commands.ts";
import { type IsolatedProfile, isolateProfile } from "../dbt/isolated_profile.ts";
import { givenValue, isGiven } from "../dbt/passthrough.ts";
import {
  dbtVariable,
  findProfileTarget,
  type ProfileTarget,
  withoutDbtVariables,
} from "../dbt/profile.ts";
import type { Setting } from "../config/environments.ts";
import { checkFolderName } from "../config/names.ts";
import { runsDeps, schemaOf } from "../config/settings.ts";
import { DotError, UsageError } from "../errors.ts";
import { readIfThere } from "../files.ts";
import type { Commit, Git } from "../git.ts";
import type { Command } from "../process.ts";
import type { YamlValue } from "../yaml.ts";
import { findBaseline } from "./baseline.ts";
import { type ComparedRun, type Comparison, planComparison } from "./comparison.ts";
import { SUFFIX_VARIABLE } from "./isolation/shim.ts";
import { type LiveProfile, liveProfileOf, withLiveProfile } from "./live_profile.ts";
import { hasPackages, packagesFolder, packagesHash, PROJECT_FILES } from "./packages.ts";
import { type BuildPaths, type EnvironmentPaths, environmentPaths, findBuild } from "./paths.ts";
import { PROJECT_FILE } from "./project.ts";
import {
  hasKey,
  liveTarget,
  profileOrNothing,
  profileQuery,
  projectProfile,
} from "./project_profile.ts";
import type { BuildName } from "./record.ts";
import { type ComparedWith, isOutside, pathInRepository, type Situation } from "./situation.ts";
import type { SeedPlan } from "./seed_from.ts";
import { planSeed } from "./seed_plan.ts";
import { type Asking, planState, type StatePlan } from "./state.ts";
import { projectIn } from "./worktree.ts";

/** What a run comes down to. */
export interface Plan {
  /** The dbt command that was asked for. */
  dbt: Command;
  /** What must be in place for it, for an isolated run. */
  isolated: IsolatedPlan | undefined;
  /** The profile that must be in place for a plain run of an environment with a schema of its own. */
  live?: LiveProfile | undefined;
  /** What the user should know before it runs. */
  warnings: Warning[];
  /** What it is compared with. */
  comparison: Comparison | undefined;
  /** What its incremental models and snapshots begin with. */
  seed?: SeedPlan | undefined;
}

/** Something to know before a run. */
export interface Warning {
  message: string;
  hints: string[];
}

/** One commit for one environment. */
export interface IsolatedPlan {
  git: Git;
  commit: Commit;
  environment: string;
  build: BuildPaths;
  paths: EnvironmentPaths;
  source: ProfileTarget;
  profile: IsolatedProfile;
  /** The project's folder in the repository. */
  project: string;
  packages: PackagePlan;
  /** What dot sets on every dbt command of this build. */
  fixed: ReadonlyMap<string, YamlValue>;
  /** The build that it reads what is not selected from. */
  baseline: BuildName | undefined;
  /** The environment's arguments, as this build takes them. */
  settings: ReadonlyMap<string, Setting>;
}

/** The packages of the commit's project. */
export interface PackagePlan {
  /** Whether it has any. */
  any: boolean;
  /** Whether the environment wants them to be installed (`+deps`). */
  wanted: boolean;
  /** Hash of its package files. */
  hash: string;
  /** Where they are installed, relative to the project. */
  folder: string;
  /** What installs them. */
  deps: Command;
}

/** Plan a run. Throws a DotError when it cannot be done. */
export async function makePlan(
  situation: Situation,
  env: Record<string, string>,
): Promise<Plan> {
  const { git, commit, launcher, project } = situation;
  const seen = await dbtEnvironment(launcher, project.cwd, env);
  if (commit !== undefined && git !== undefined) {
    return await planIsolated(situation, git, commit, seen);
  }
  return await planPlain(situation, seen);
}

async function planPlain(situation: Situation, env: Record<string, string>): Promise<Plan> {
  const { command, environment, passthrough, project, vars } = situation;
  const settings = new Map(environment.args);
  const set = (name: string, value: string) => {
    const at = environment.args.get(name)?.at ?? { file: "", line: 0, column: 0 };
    settings.set(name, { value, at });
  };
  const profilesDir = settings.get("profiles-dir");
  if (profilesDir !== undefined) {
    set("profiles-dir", resolve(situation.located.configFolder, asWord(profilesDir.value)));
  }
  if (settings.has("project-dir")) set("project-dir", project.folder);
  const hasTarget = settings.has("target") || isGiven(passthrough, "target");
  if (environment.name !== undefined && !hasTarget) {
    try {
      const found = await liveTarget(situation, env);
      set("profile", found.profile);
      set("target", found.target);
    } catch (error) {
      // What runs without a profile must not fail for want of one.
      const tolerant = !command.needsProfile || command.name === "debug";
      if (!tolerant || !(error instanceof DotError)) throw error;
    }
  }
  const { fixed, warnings } = await deferral(situation, undefined, env);
  const comparing = situation.state !== undefined;
  if (fixed.size > 0 || comparing) settings.delete("defer-state");
  if (comparing) settings.delete("state");
  // Only an isolated build has a suffix.
  const { [SUFFIX_VARIABLE]: _, ...plainEnv } = fixed.size === 0 && !comparing
    ? env
    : withoutDbtVariables(env, BASELINE_VARIABLES);
  const live = await planLiveProfile(situation, env);
  const childEnv = live === undefined ? plainEnv : withLiveProfile(plainEnv, live);
  const parts: Omit<ArgvParts, "command"> = {
    launcher: situation.launcher,
    fixed: new Map<string, YamlValue>([
      ...live === undefined ? [] : [
        ["profiles-dir", live.folder] as const,
        ["profile", live.source.profile] as const,
        ["target", live.source.target] as const,
      ],
      ...fixed,
    ]),
    settings,
    vars: environment.vars.size === 0 ? undefined : vars,
    passthrough,
  };
  const comparison = comparing
    ? await comparePlain(situation, env, { parts, cwd: project.cwd, env: childEnv }, live)
    : undefined;
  const all = { ...parts, fixed: new Map([...parts.fixed, ...comparison?.fixed ?? []]) };
  const dbt = toCommand(dbtArgv({ ...all, command }), project.cwd, childEnv);
  return { dbt, isolated: undefined, live, warnings, comparison };
}

/** The profile of an environment with a schema of its own; undefined where the user's own serves, or none is needed. */
async function planLiveProfile(
  situation: Situation,
  env: Record<string, string>,
): Promise<LiveProfile | undefined> {
  const { command, environment } = situation;
  if (!command.needsProfile || schemaOf(environment) === undefined) return undefined;
  try {
    return await liveProfileOf(situation, await liveTarget(situation, env), env);
  } catch (error) {
    // It says itself what is wrong with a profile.
    if (command.name === "debug" && error instanceof DotError) return undefined;
    throw error;
  }
}

/** What a plain run is compared with: the base is parsed with the live profile. */
async function comparePlain(
  situation: Situation,
  env: Record<string, string>,
  run: ComparedRun,
  live: LiveProfile | undefined,
): Promise<Comparison | undefined> {
  const { git, state, project } = situation;
  if (git === undefined || state === undefined) return undefined;
  const source = await liveTarget(situation, env);
  const asking: Asking = {
    profilesDir: live?.folder ?? dirname(source.file),
    profile: source.profile,
    target: source.target,
    profileText: live?.text ?? await readIfThere(source.file) ?? "",
    env: run.env,
    shimmed: false,
  };
  const base = await planBase(situation, git, env);
  return await planComparison(situation, run, {
    state: await planState(situation, base, asking),
    environment: situation.environment.name ?? source.target,
    live: planDeferTo(situation, git, env),
    headText: await readIfThere(join(project.folder, PROJECT_FILE)),
    manifest: undefined,
  });
}

/** Plans the manifest of the live schemas that `+defer` names. */
function planDeferTo(
  situation: Situation,
  git: Git,
  env: Record<string, string>,
): (() => Promise<StatePlan>) | undefined {
  const { deferTo: environment, state } = situation;
  if (environment === undefined || state === undefined) return undefined;
  return () => planLiveState(situation, { environment, commit: state.commit }, git, env);
}

/** Plan the manifest of an environment's live schemas: a commit as a plain run of that environment has it. */
async function planLiveState(
  situation: Situation,
  { commit, environment }: Pick<ComparedWith, "commit" | "environment">,
  git: Git,
  env: Record<string, string>,
): Promise<StatePlan> {
  const there: Situation = {
    ...situation,
    environment,
    vars: mergeVars(environment.vars, situation.passthrough),
    passthrough: { words: [], options: [] },
    state: { commit, environment, modified: false },
  };
  const source = await liveTarget(there, env);
  const live = await liveProfileOf(there, source, env);
  return await planState(there, await planBase(there, git, env), {
    profilesDir: live?.folder ?? dirname(source.file),
    profile: source.profile,
    target: source.target,
    profileText: live?.text ?? await readIfThere(source.file) ?? "",
    env: live === undefined ? env : withLiveProfile(env, live),
    shimmed: false,
    live,
  });
}

/** A run with the live profile, as one that asks for a manifest. */
export async function askingLive(
  source: ProfileTarget,
  env: Record<string, string>,
): Promise<Asking> {
  return {
    profilesDir: dirname(source.file),
    profile: source.profile,
    target: source.target,
    profileText: await readIfThere(source.file) ?? "",
    env,
    shimmed: false,
  };
}

/** The commit that a run is compared with, as if it were built. */
export async function planBase(
  situation: Situation,
  git: Git,
  env: Record<string, string>,
): Promise<IsolatedPlan> {
  const { state } = situation;
  const command = findDbtCommand("parse");
  if (state === undefined || command === undefined) throw new Error("nothing to compare with");
  const { isolated } = await planIsolated(
    {
      ...situation,
      command,
      commit: state.commit,
      environment: state.environment,
      passthrough: { words: [], options: [] },
      baseline: undefined,
      state: undefined,
      deferTo: undefined,
      seedFrom: undefined,
    },
    git,
    state.commit,
    env,
  );
  if (isolated === undefined) throw new Error("a commit has no plan");
  return isolated;
}

async function planIsolated(
  situation: Situation,
  git: Git,
  commit: Commit,
  env: Record<string, string>,
): Promise<Plan> {
  const { command, environment, launcher, passthrough, project, vars } = situation;
  if (command.name === "init") {
    throw new UsageError("`dbt init` starts a project: it has no commit to run at", {
      hints: ["Leave out the `@<ref>`."],
    });
  }
  if (command.name === "deps" && isGiven(passthrough, "add-package")) {
    throw new UsageError("--add-package changes packages.yml, and a commit does not change", {
      hints: ["Add it in the working tree: dot deps -- --add-package …"],
    });
  }
  for (const name of ["target-path", "log-path"]) {
    if (!isGiven(passthrough, name)) continue;
    throw new UsageError(`--${name} cannot be given for an isolated build: its folders are dot's`, {
      hints: ["Leave it out; they lie in .dot/build/<short>/env/<environment>/."],
    });
  }
  const inside = pathInRepository(git, await realOrSame(project.folder));
  const at = (name: string) => inside === "" ? name : `${inside}/${name}`;
  const texts = await git.readFiles(commit.hash, PROJECT_FILES.map(at));
  const byName = new Map(PROJECT_FILES.map((name, index) => [name, texts[index]]));
  const projectText = byName.get(PROJECT_FILE);
  if (projectText === undefined) {
    throw new DotError(
      `the commit ${commit.short} (${commit.subject}) has no ${at(PROJECT_FILE)}`,
      {
        hints: await whereItIs(git, commit),
      },
    );
  }
  const label = `${commit.short}:${at(PROJECT_FILE)}`;
  const liveText = await readIfThere(join(project.folder, PROJECT_FILE));
  const profiles = [
    projectProfile(projectText, label),
    liveText === undefined ? undefined : profileOrNothing(liveText, project.folder),
  ];
  const query = profileQuery(situation, env, profiles);
  const source = await findProfileTarget(query);
  const name = environmentName(situation, source);
  const build = await findBuild(git, commit, inside);
  const profile = isolateProfile(source, {
    short: build.short,
    base: schemaOf(environment),
    keepConfig: launcher.major < 2 && !hasKey(projectText, "flags"),
    scope: query,
  });
  const paths = environmentPaths(build, name);
  const folder = projectIn(build.worktree, inside);
  const deferred = await deferral(situation, paths, env, name);
  const fixed = new Map<string, YamlValue>([
    ["project-dir", folder],
    ["profiles-dir", paths.folder],
    ["profile", source.profile],
    ["target", source.target],
    ["target-path", paths.target],
    ["log-path", paths.logs],
    ...deferred.fixed,
  ]);
  if (launcher.major >= 2 && !fixed.has("defer") && !wantsDefer(situation, env)) {
    fixed.set("defer", false);
  }
  const settings = new Map(environment.args);
  for (const key of ["state", "defer-state"]) {
    // dbt sees a relative state from the project's folder, which is the worktree here.
    const given = givenValue(passthrough, key);
    const setting = settings.get(key);
    if (given !== undefined && !fixed.has(key)) fixed.set(key, resolve(project.folder, given));
    else if (setting !== undefined) {
      settings.set(key, { ...setting, value: resolve(project.folder, asWord(setting.value)) });
    }
  }
  // What dbt writes there is what dot records of the build.
  if (isGiven(passthrough, "write-json") || settings.has("write-json")) {
    fixed.set("write-json", true);
  }
  if (deferred.fixed.size > 0 || situation.state !== undefined) settings.delete("defer-state");
  const childEnv = {
    ...isolatedEnv(
      deferred.fixed.size === 0 && situation.state === undefined
        ? env
        : withoutDbtVariables(env, BASELINE_VARIABLES),
      profile.secrets,
      paths,
      project.folder,
    ),
    [SUFFIX_VARIABLE]: `_${build.short}`,
  };
  const parts = { launcher, settings, vars, passthrough };
  const comparison = situation.state === undefined ? undefined : await planComparison(
    situation,
    { parts: { ...parts, fixed }, cwd: project.cwd, env: childEnv },
    {
      state: await planState(situation, await planBase(situation, git, env), {
        profilesDir: paths.folder,
        profile: source.profile,
        target: source.target,
        profileText: profile.text,
        env: childEnv,
        shimmed: true,
      }),
      environment: name,
      live: planDeferTo(situation, git, env),
      headText: projectText,
      manifest: join(paths.target, "manifest.json"),
    },
  );
  for (const [key, value] of comparison?.fixed ?? []) fixed.set(key, value);
  const seed = situation.seedFrom === undefined ? undefined : await planSeed(
    situation,
    situation.seedFrom,
    { parts: { ...parts, fixed }, cwd: project.cwd, env: childEnv },
    { git, headText: projectText, liveEnv: env, paths, project: inside, source },
    (place) => planLiveState(situation, place, git, env),
  );
  const deps = findDbtCommand("deps") ?? command;
  const folderOfPackages = packagesFolder(projectText);
  const any = hasPackages(byName);
  if (any && isOutside(folder, folderOfPackages)) {
    throw new DotError(
      `\`packages-install-path: ${folderOfPackages}\` of ${commit.short} lies outside the project, so \`dbt deps\` would replace the packages of other runs`,
      { hints: ["An isolated build needs a path inside the project, such as `dbt_packages`."] },
    );
  }
  const depsFixed = new Map(
    [...fixed].filter(([key]) => !/^(?:defer|state|defer-state|favor-state)$/.test(key)),
  );
  return {
    dbt: toCommand(dbtArgv({ ...parts, command, fixed }), project.cwd, childEnv),
    warnings: deferred.warnings,
    comparison,
    seed,
    isolated: {
      git,
      commit,
      environment: name,
      build,
      paths,
      source,
      profile,
      project: inside,
      fixed,
      baseline: deferred.baseline ?? comparison?.baseline,
      settings,
      packages: {
        any,
        wanted: runsDeps(environment),
        hash: await packagesHash(byName, launcher.version ?? launcher.words.join(" ")),
        folder: folderOfPackages,
        deps: toCommand(
          dbtArgv({
            launcher,
            command: deps,
            fixed: depsFixed,
            settings: new Map(),
            vars,
            passthrough: { words: [], options: [] },
          }),
          project.cwd,
          childEnv,
        ),
      },
    },
  };
}

/** Where a commit has dbt projects, for those who look at the wrong place. */
async function whereItIs(git: Git, commit: Commit): Promise<string[]> {
  const found = await git.filesNamed(commit.hash, PROJECT_FILE);
  if (found.length === 0) return ["Choose a commit that holds a dbt project."];
  const folders = found.map((path) => `${path.slice(0, -PROJECT_FILE.length)}` || "its root");
  return [`It has one in ${folders.slice(0, 5).join(", ")}: run dot there.`];
}

/** The folder under `env/`: the environment's name, or, where no file defines any, the target's. */
function environmentName(
  { command, environment, environments }: Situation,
  source: ProfileTarget,
): string {
  if (environment.name !== undefined) return environment.name;
  if (environments.length > 0) {
    throw new DotError("no environment is named, and none is the default", {
      hints: [
        `Name one: dot ${command.name} ${environments[0]}@…`,
        "Or add `default: <name>` under `environment:` in dot_environments.yml.",
      ],
    });
  }
  checkFolderName(
    source.target,
    (why) => new DotError(`${why}: give the build an environment with another name`),
  );
  return source.target;
}

/** What `--defer` comes down to. */
interface Deferral {
  fixed: Map<string, YamlValue>;
  warnings: Warning[];
  baseline: BuildName | undefined;
}

/** The options that make dbt read from a baseline, and what to know of it. */
async function deferral(
  situation: Situation,
  own: EnvironmentPaths | undefined,
  env: Record<string, string>,
  ownName = situation.environment.name,
): Promise<Deferral> {
  const { baseline, git, commit, project } = situation;
  if (baseline === undefined || git === undefined) {
    return { fixed: new Map(), warnings: [], baseline: undefined };
  }
  const found = await findBaseline(git, {
    ref: baseline.ref,
    environment: baseline.environment ?? ownName ?? (await liveTarget(situation, env)).target,
    project: pathInRepository(git, await realOrSame(project.folder)),
  });
  if (found.paths.folder === own?.folder) {
    throw new UsageError(`a build cannot defer to itself (${commit?.short ?? ""})`, {
      hints: ["Defer to another commit, or leave out --defer."],
    });
  }
  for (const name of ["state", "defer-state"]) {
    if (!isGiven(situation.passthrough, name)) continue;
    throw new UsageError(`--defer and dbt's own --${name} cannot go together`, {
      hints: [`Leave out one of them: --defer sets --state to the baseline.`],
    });
  }
  const fixed = new Map<string, YamlValue>([
    ["defer", true],
    ["favor-state", true],
    [situation.state === undefined ? "state" : "defer-state", found.state],
  ]);
  if (found.missing.length === 0) return { fixed, warnings: [], baseline: found.name };
  const shown = found.missing.slice(0, 5).join(", ");
  const more = found.missing.length > 5 ? ` and ${found.missing.length - 5} more` : "";
  const message = `the baseline is not complete; it lacks ${shown}${more}`;
  const warnings = [{ message, hints: [`Build the whole: ${found.command}`] }];
  return { fixed, warnings, baseline: found.name };
}

/** Whether the user decides about deferring: dbt 2 would do it unasked. */
function wantsDefer({ environment, passthrough }: Situation, env: Record<string, string>): boolean {
  return isGiven(passthrough, "defer") || environment.args.has("defer") ||
    dbtVariable(env, "DEFER") !== undefined;
}

/** Where dbt would defer to, before the baseline that dot names. */
const BASELINE_VARIABLES = ["DEFER_STATE", "STATE"];

const OWN_VARIABLES = [
  "PROJECT_DIR",
  "PROFILES_DIR",
  "PROFILE",
  "TARGET",
  "TARGET_PATH",
  "LOG_PATH",
  "WRITE_JSON",
];

/** The environment of an isolated run: no setting of the user's reaches past the flags, secrets by name. */
function isolatedEnv(
  env: Record<string, string>,
  secrets: Record<string, string>,
  paths: EnvironmentPaths,
  project: string,
): Record<string, string> {
  const child = { ...withoutDbtVariables(env, OWN_VARIABLES), ...secrets };
  // `debug` and `deps` have no --target-path.
  child["DBT_TARGET_PATH"] = paths.target;
  for (
    const name of ["STATE", "DEFER_STATE"].flatMap((key) => [`DBT_ENGINE_${key}`, `DBT_${key}`])
  ) {
    const state = child[name];
    if (state && !isAbsolute(state)) child[name] = resolve(project, state);
  }
  return child;
}

function toCommand(
  words: readonly [string, ...string[]],
  cwd: string,
  env: Record<string, string>,
): Command {
  const [program, ...args] = words;
  return { program, args, cwd, env };
}

async function realOrSame(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch {
    return path;
  }
}
