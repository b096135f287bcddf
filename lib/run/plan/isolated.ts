/**
 * Plans an isolated run, and the commits that a run is compared with, which are planned as if they were built.
 * @module
 */
import { dirname, isAbsolute, join, resolve } from "@std/path";
import { asWord } from "../../dbt/argument.ts";
import { dbtArgv, mergeVars } from "../../dbt/argv.ts";
import { findDbtCommand } from "../../dbt/commands.ts";
import { isolateProfile } from "../../dbt/isolated_profile.ts";
import { givenValue, isGiven, onlyProfile } from "../../dbt/passthrough.ts";
import { findProfileTarget, type ProfileTarget, withoutDbtVariables } from "../../dbt/profile.ts";
import { checkFolderName } from "../../config/names.ts";
import { runsDeps, schemaOf } from "../../config/settings.ts";
import { DotError, UsageError } from "../../base/errors.ts";
import { readIfThere, realOrSame } from "../../base/files.ts";
import type { Commit, Git } from "../../git/git.ts";
import { toCommand } from "../../base/process.ts";
import type { YamlValue } from "../../base/yaml.ts";
import { planComparison } from "../../compare/comparison.ts";
import { SUFFIX_VARIABLE } from "../../isolated/escape/shim.ts";
import { type LiveProfile, liveProfileOf, withLiveProfile } from "../../places/live_profile.ts";
import {
  hasPackages,
  packagesFolder,
  packagesHash,
  PROJECT_FILES,
} from "../../isolated/packages.ts";
import { type EnvironmentPaths, environmentPaths, findBuild } from "../../store/paths.ts";
import { fileIn, PROJECT_FILE } from "../../places/project.ts";
import {
  hasKey,
  liveTarget,
  profileOrNothing,
  profileQuery,
  projectProfile,
} from "../../places/profile.ts";
import { planSeed } from "../seed/plan.ts";
import {
  type ComparedWith,
  isOutside,
  pathInRepository,
  type Situation,
} from "../../places/situation.ts";
import { type Asking, planState, type StatePlan } from "../../compare/state.ts";
import { projectIn } from "../../isolated/worktree.ts";
import { BASELINE_VARIABLES, deferral, wantsDefer } from "../../compare/deferral.ts";
import type { IsolatedPlan, Plan } from "./plan.ts";

/** Plan it. Throws a DotError when it cannot be done. */
export async function planIsolated(
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
  const at = (name: string) => fileIn(inside, name);
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
      manifest: paths.target,
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

/** Plans the manifest of the live schemas that `+defer` names. */
export function planDeferTo(
  situation: Situation,
  git: Git,
  env: Record<string, string>,
): (() => Promise<StatePlan>) | undefined {
  const { deferTo: environment, state } = situation;
  if (environment === undefined || state === undefined) return undefined;
  return () => planLiveState(situation, { environment, commit: state.commit }, git, env);
}

/** Plan the manifest of an environment's live schemas: a commit as a plain run of that environment has it. */
export async function planLiveState(
  situation: Situation,
  { commit, environment }: Pick<ComparedWith, "commit" | "environment">,
  git: Git,
  env: Record<string, string>,
): Promise<StatePlan> {
  const there: Situation = {
    ...situation,
    environment,
    vars: mergeVars(environment.vars, situation.passthrough),
    passthrough: onlyProfile(situation.passthrough),
    state: { commit, environment, modified: false },
  };
  const source = await liveTarget(there, env);
  const live = await liveProfileOf(there, source, env);
  const asking = await askingLive(
    source,
    live === undefined ? env : withLiveProfile(env, live),
    live,
  );
  return await planState(there, await planBase(there, git, env), { ...asking, live });
}

/** A run with the live profile, or dot's copy of it, as one that asks for a manifest. */
export async function askingLive(
  source: ProfileTarget,
  env: Record<string, string>,
  live?: LiveProfile,
): Promise<Asking> {
  return {
    profilesDir: live?.folder ?? dirname(source.file),
    profile: source.profile,
    target: source.target,
    profileText: live?.text ?? await readIfThere(source.file) ?? "",
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
      passthrough: onlyProfile(situation.passthrough),
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
