/**
 * Where an isolated build lies: the layout of `.dot/build/`.
 * @module
 */
import { join } from "@std/path";
import type { Commit, Git } from "../git/git.ts";
import { namesIn, readIfThere } from "../base/files.ts";

/** The folders of one commit. */
export interface BuildPaths {
  /** What tells this dbt project's folders from another's: empty where the commit holds only one. */
  projectSuffix: string;
  /** The short hash that names the folder and the schemas. */
  short: string;
  /** `.dot/build/<short>` */
  folder: string;
  /** Holds the full hash; written last. */
  commitFile: string;
  worktree: string;
  /** Holds a folder for each environment. */
  environments: string;
  /** Holds the commit's manifests, as other runs asked for them. */
  states: string;
  /** Says for which package files `dbt deps` has run. */
  depsFile: string;
  /** What was read off the projects' text. */
  scanFile: string;
  /** The files of the worktree that dot edited. */
  editsFile: string;
  /** The files of the worktree that are read from the live project. */
  sharedFile: string;
  /** What data the project's text names. */
  dataFile: string;
  /** Keeps where the commit has submodules. */
  submodulesFile: string;
  /** Held while the worktree and its packages are made. */
  lock: string;
  /** Held by all who read what lies in here, or what was built from it; by one who removes it, alone. */
  reading: string;
}

/** The folders of one environment of a commit. */
export interface EnvironmentPaths {
  /** `.dot/build/<short>/env/<env>` */
  folder: string;
  profiles: string;
  record: string;
  target: string;
  logs: string;
  /** dbt's own of what dot asks it, where the run must not take that for its parse. */
  asked: string;
  /** Holds the manifest that others defer to. */
  state: string;
  /** What the check of the build's schemas said. */
  verdict: string;
  /** What was warned of. */
  warned: string;
  /** Is there for a build that must stay. */
  pinned: string;
  /** Names the tables that are being filled from another place. */
  seeding: string;
  /** Says what the last run left in the worktree. */
  changes: string;
  /** Says of which record a prune has begun to drop the schemas. */
  dropped: string;
  /** Held while dbt runs. */
  lock: string;
}

/** What dot's own folder is called. */
export const DOT_FOLDER = ".dot";

/** dot's own folder in a repository, or, without one, in a project. */
export function dotFolder(root: string): string {
  return join(root, DOT_FOLDER);
}

/** What was answered to dot's questions. */
export function answersFile(root: string): string {
  return join(dotFolder(root), "config.yml");
}

/** Holds what dot asks the warehouse with, in a folder for each use. */
export function controlFolder(root: string): string {
  return join(dotFolder(root), "control");
}

/** Holds what comparisons of data found. */
export function diffFolder(root: string): string {
  return join(dotFolder(root), "diff");
}

/** Holds the profile of an environment's plain runs; `project` is the project's path in the repository. */
export function liveProfileFolder(root: string, environment: string, project: string): string {
  return join(dotFolder(root), "env", environment + suffixOfProject(project));
}

/** Holds a folder for each commit that is built. */
export function buildsFolder(root: string): string {
  return join(dotFolder(root), "build");
}

/**
 * The folders of a commit, for the dbt project at a path in the repository. A build that exists keeps its folder, however
 * long git's short hash has grown since; a short hash that names another commit's folder is made longer.
 */
export async function findBuild(git: Git, commit: Commit, project: string): Promise<BuildPaths> {
  const builds = buildsFolder(git.root);
  const projectSuffix = await suffixOf(git, commit, project);
  const taken = new Set<string>();
  for (const name of await namesIn(builds)) {
    if (!commit.hash.startsWith(name)) continue;
    const hash = (await readIfThere(join(builds, name, "commit")))?.trim();
    if (hash === commit.hash) return buildPaths(builds, name, projectSuffix);
    if (hash !== undefined && hash !== "") taken.add(name);
  }
  let { short } = commit;
  while (taken.has(short) && short.length < commit.hash.length) {
    short = commit.hash.slice(0, short.length + 1);
  }
  return buildPaths(builds, short, projectSuffix);
}

/** The folders of a commit's second worktree, in which dot edits nothing. */
export function plainPaths(build: BuildPaths): BuildPaths {
  const folder = join(build.folder, "plain");
  return { ...pathsIn(folder), short: build.short, projectSuffix: build.projectSuffix };
}

/** The folders of one environment of a build. */
export function environmentPaths(build: BuildPaths, environment: string): EnvironmentPaths {
  const folder = join(build.environments, environment + build.projectSuffix);
  return {
    folder,
    profiles: join(folder, "profiles.yml"),
    record: join(folder, "build.json"),
    target: join(folder, "target"),
    logs: join(folder, "logs"),
    asked: join(folder, "asked"),
    state: join(folder, "state"),
    verdict: join(folder, "verdict.json"),
    warned: join(folder, "warned"),
    pinned: join(folder, "pinned"),
    seeding: join(folder, "seeding.json"),
    changes: join(folder, "changes.json"),
    dropped: join(folder, "dropped"),
    lock: join(folder, "lock"),
  };
}

/** `@` is in no environment's name, so it parts the name from the project's path. */
async function suffixOf(git: Git, commit: Commit, project: string): Promise<string> {
  if (project === "") return "";
  const projects = await git.filesNamed(commit.hash, "dbt_project.yml");
  if (projects.length < 2) return "";
  return suffixOfProject(project);
}

function suffixOfProject(project: string): string {
  return project === "" ? "" : `@${project.replaceAll("+", "++").replaceAll("/", "+")}`;
}

/** What the name of an environment's folder says: the environment, and the project's suffix. */
export function readFolderName(name: string): { environment: string; projectSuffix: string } {
  const at = name.indexOf("@");
  return at === -1
    ? { environment: name, projectSuffix: "" }
    : { environment: name.slice(0, at), projectSuffix: name.slice(at) };
}

/**
 * The project's path by the suffix of a folder. A folder that begins or ends in `+` reads like another one: the build's
 * record has the last word.
 */
export function projectOfSuffix(suffix: string): string {
  return suffix.slice(1).replace(/\+\+?/g, (found) => found === "+" ? "/" : "+");
}

/** The folders of the commit that a folder below `.dot/build/` is named after. */
export function buildPaths(builds: string, short: string, projectSuffix: string): BuildPaths {
  return { ...pathsIn(join(builds, short)), short, projectSuffix };
}

function pathsIn(folder: string): Omit<BuildPaths, "projectSuffix" | "short"> {
  return {
    folder,
    commitFile: join(folder, "commit"),
    worktree: join(folder, "worktree"),
    environments: join(folder, "env"),
    states: join(folder, "state"),
    depsFile: join(folder, "deps.json"),
    scanFile: join(folder, "scan.json"),
    editsFile: join(folder, "edits.json"),
    sharedFile: join(folder, "shared.json"),
    dataFile: join(folder, "data.json"),
    submodulesFile: join(folder, "submodules.json"),
    lock: join(folder, "lock"),
    reading: join(folder, "reading"),
  };
}
