/**
 * One commit for one environment, as it is built beside all others: where it lies, its profile, its packages, and what
 * dot sets on every dbt command there. Serves the build itself, the base of a comparison and the sides of a diff. Reads, and
 * writes nothing.
 * @module
 */
import { join } from "@std/path";
import { DotError } from "../base/errors.ts";
import { realOrSame } from "../base/files.ts";
import { type Command, toCommand } from "../base/process.ts";
import type { YamlValue } from "../base/yaml.ts";
import { runsDeps, schemaOf, textsOf } from "../config/settings.ts";
import { dbtArgv } from "../dbt/argv.ts";
import { requireDbtCommand } from "../dbt/commands.ts";
import { type IsolatedProfile, isolateProfile } from "../dbt/isolated_profile.ts";
import { keptAt } from "../dbt/launcher_folder.ts";
import { variableOf } from "../dbt/options.ts";
import { isGiven, NOTHING_GIVEN } from "../dbt/passthrough.ts";
import { dbtVariable, type ProfileTarget } from "../dbt/profile.ts";
import { yamlSecretsFor } from "../dbt/yaml_secrets.ts";
import type { Commit, Git } from "../git/git.ts";
import type { Place } from "../places/place.ts";
import { hasKey, profileQuery } from "../places/profile.ts";
import { fileIn, isOutside, PROJECT_FILE, PROJECT_FILES } from "../places/project.ts";
import { suffixOf } from "../store/naming.ts";
import {
  type BuildPaths,
  buildPaths,
  type EnvironmentPaths,
  environmentPaths,
  findBuild,
} from "../store/paths.ts";
import { isolatedEnv } from "./environment.ts";
import { hasPackages, packagesFolder, packagesHash, packageVariables } from "./packages.ts";
import { findShared, type SharedFile } from "./shared_files.ts";
import { projectIn } from "./worktree.ts";

/** One commit for one environment. */
export interface Isolated {
  place: Place;
  git: Git;
  commit: Commit;
  environment: string;
  build: BuildPaths;
  paths: EnvironmentPaths;
  source: ProfileTarget;
  profile: IsolatedProfile;
  /** The project's folder in the repository. */
  project: string;
  /** The commit's dbt_project.yml. */
  projectText: string;
  packages: Packages;
  /** What it reads from the live project (`+shared-files`). */
  shared: readonly SharedFile[];
  /** What dot sets on every dbt command there. */
  fixed: ReadonlyMap<string, YamlValue>;
  /** The folder that dbt runs in: a relative path of a model means the commit's file. */
  cwd: string;
  /** The variables that keep its launcher at the live project; undefined where dbt must run there itself. */
  launching: Readonly<Record<string, string>> | undefined;
  /** The environment that dbt gets there. */
  env: Record<string, string>;
}

/** The packages of the commit's project. */
export interface Packages {
  /** Whether it has any. */
  any: boolean;
  /** Whether the environment wants them to be installed (`+deps`). */
  wanted: boolean;
  /** Hash of its package files. */
  hash: string;
  /** The variables of the system that these read. */
  variables: readonly string[];
  /** Where they are installed, relative to the project. */
  folder: string;
}

/**
 * Isolate a place that has a commit; in `builds`, where it may not lie among the others. Throws a DotError for what cannot be
 * isolated.
 */
export async function isolate(place: Place, builds?: string): Promise<Isolated> {
  const { commit, environment, git, launcher, project } = place;
  if (commit === undefined || git === undefined) throw new Error("there is no commit to isolate");
  const inside = await place.path();
  const at = (name: string) => fileIn(inside, name);
  const texts = await git.readFiles(commit.hash, PROJECT_FILES.map(at));
  const byName = new Map(PROJECT_FILES.map((name, index) => [name, texts[index]]));
  const projectText = byName.get(PROJECT_FILE);
  if (projectText === undefined) {
    throw new DotError(
      `the commit ${commit.short} (${commit.subject}) has no ${at(PROJECT_FILE)}`,
      { code: "DOT026", hints: await whereItIs(git, commit) },
    );
  }
  const source = await place.target();
  const name = await place.name();
  const build = builds === undefined
    ? await findBuild(git, commit, inside)
    : buildPaths(builds, commit.short, "");
  const folder = projectIn(build.worktree, inside);
  const launching = keptAt(launcher, project.cwd);
  const profile = isolateProfile(source, {
    suffix: suffixOf(build.short),
    base: schemaOf(environment),
    keepConfig: launcher.major < 2 && !hasKey(projectText, "flags"),
    scope: profileQuery(place, []),
    folder: launching === undefined ? undefined : project.cwd,
    yamlSecrets: yamlSecretsFor(launcher, place.env),
  });
  const paths = environmentPaths(build, name);
  const installed = packagesFolder(projectText, place.scope);
  const packages = {
    any: hasPackages(byName, launcher.major),
    wanted: runsDeps(environment),
    hash: await packagesHash(byName, launcher.version ?? launcher.words.join(" "), place.env),
    variables: packageVariables(byName),
    folder: installed ?? "dbt_packages",
  };
  if (packages.any && (installed === undefined || isOutside(folder, installed))) {
    const why = installed === undefined
      ? `\`packages-install-path\` of ${commit.short} can only be rendered by dbt: it may lie outside the project`
      : `\`packages-install-path: ${installed}\` of ${commit.short} lies outside the project`;
    throw new DotError(`${why}, and \`dbt deps\` would replace the packages of other runs there`, {
      code: "DOT031",
      hints: ["An isolated build needs a path inside the project, such as `dbt_packages`."],
    });
  }
  return {
    place,
    git,
    commit,
    environment: name,
    build,
    paths,
    source,
    profile,
    project: inside,
    projectText,
    packages,
    shared: await findShared(
      git,
      await realOrSame(project.cwd),
      textsOf(environment, "shared-files"),
    ),
    fixed: new Map<string, YamlValue>([
      ["project-dir", folder],
      ["profiles-dir", paths.folder],
      ["profile", source.profile],
      ["target", source.target],
      ["target-path", paths.target],
      ["log-path", paths.logs],
      ...movesPackages(place)
        ? [["packages-install-path", join(folder, packages.folder)] as const]
        : [],
    ]),
    cwd: launching === undefined ? project.cwd : projectIn(build.worktree, await place.runsIn()),
    launching,
    env: isolatedEnv({ ...launching, ...place.env, ...profile.secrets }, {
      paths,
      project,
      suffix: suffixOf(build.short),
    }),
  };
}

/** Whether the user has a dbt that takes such a word look for packages elsewhere; those of a build are its own. */
function movesPackages({ environment, env, given }: Place): boolean {
  const name = "packages-install-path";
  return environment.args.has(name) || isGiven(given, name) ||
    dbtVariable(env, variableOf(name)) !== undefined;
}

/** What installs the packages of a commit. */
export function depsCommand({ cwd, env, fixed, place: { launcher, vars } }: Isolated): Command {
  const words = dbtArgv({
    launcher,
    command: requireDbtCommand("deps"),
    fixed,
    settings: new Map(),
    vars,
    passthrough: NOTHING_GIVEN,
  });
  return toCommand(words, cwd, env);
}

/** Where a commit has dbt projects, for those who look at the wrong place. */
async function whereItIs(git: Git, commit: Commit): Promise<string[]> {
  const found = await git.filesNamed(commit.hash, PROJECT_FILE);
  if (found.length === 0) return ["Choose a commit that holds a dbt project."];
  const folders = found.map((path) => `${path.slice(0, -PROJECT_FILE.length)}` || "its root");
  return [`It has one in ${folders.slice(0, 5).join(", ")}: run dot there.`];
}
