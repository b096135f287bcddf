/**
 * Where an isolated build lies: the layout of `.dot/build/`.
 * @module
 */
import { join } from "@std/path";
import type { Commit } from "../git.ts";
import { namesIn, readIfThere } from "../files.ts";

/** The folders of one commit. */
export interface BuildPaths {
  /** The short hash that names the folder and the schemas. */
  short: string;
  /** `.dot/build/<short>` */
  folder: string;
  /** Holds the full hash; written last. */
  commitFile: string;
  worktree: string;
  /** Says for which package files `dbt deps` has run. */
  depsFile: string;
  /** Held while the worktree and its packages are made. */
  lock: string;
}

/** The folders of one environment of a commit. */
export interface EnvironmentPaths {
  /** `.dot/build/<short>/env/<env>` */
  folder: string;
  profiles: string;
  record: string;
  target: string;
  logs: string;
  /** Held while dbt runs. */
  lock: string;
}

/** dot's own folder in a repository. */
export function dotFolder(root: string): string {
  return join(root, ".dot");
}

/**
 * The folders of a commit. A build that exists keeps its folder, however long git's short hash has grown since;
 * a short hash that names another commit's folder is made longer.
 */
export async function findBuild(root: string, commit: Commit): Promise<BuildPaths> {
  const builds = join(dotFolder(root), "build");
  const taken = new Set<string>();
  for (const name of await namesIn(builds)) {
    if (!commit.hash.startsWith(name)) continue;
    const hash = (await readIfThere(join(builds, name, "commit")))?.trim();
    if (hash === commit.hash) return buildPaths(builds, name);
    if (hash !== undefined && hash !== "") taken.add(name);
  }
  let { short } = commit;
  while (taken.has(short) && short.length < commit.hash.length) {
    short = commit.hash.slice(0, short.length + 1);
  }
  return buildPaths(builds, short);
}

/** The folders of one environment of a build. */
export function environmentPaths(build: BuildPaths, environment: string): EnvironmentPaths {
  const folder = join(build.folder, "env", environment);
  return {
    folder,
    profiles: join(folder, "profiles.yml"),
    record: join(folder, "build.json"),
    target: join(folder, "target"),
    logs: join(folder, "logs"),
    lock: join(folder, "lock"),
  };
}

function buildPaths(builds: string, short: string): BuildPaths {
  const folder = join(builds, short);
  return {
    short,
    folder,
    commitFile: join(folder, "commit"),
    worktree: join(folder, "worktree"),
    depsFile: join(folder, "deps.json"),
    lock: join(folder, "lock"),
  };
}
