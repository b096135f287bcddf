/**
 * Finds the files of a project and of its packages that dbt reads and that can matter. What dot cannot look into is named,
 * so that nobody takes it for nothing.
 * @module
 */
import { join, resolve } from "@std/path";
import { isAbsent } from "../../base/errors.ts";
import { namesIn, readIfThere } from "../../base/files.ts";
import { walk } from "../../base/walk.ts";
import type { Git } from "../../git/git.ts";
import { filesMatching, trackedFiles } from "../../git/worktrees.ts";
import { isOutside, PROJECT_FILE } from "../../places/project.ts";
import { isRead, leavesProject, makesNode, mayLead, type Reads, readsOf } from "./reads.ts";

/** The files of one project. */
export interface Sources {
  /** Its folder, a real path. */
  root: string;
  /** What dbt reads of it. */
  reads: Reads;
  /** Its files that dbt reads and that can matter, relative to it. */
  paths: string[];
  /** The names of all files that nodes are made from, in small letters and without their endings. */
  made: string[];
  /** What dot cannot look into, relative to it. */
  unreadable: string[];
  /** Whether they are the same as long as the commit is: nothing leads out of the worktree. */
  lasts: boolean;
}

/** A package, and the name that its files are shown by: `dbt_packages/<folder>`. */
export interface PackageSources extends Sources {
  name: string;
}

/**
 * Words without which no file can matter; for git grep, case ignored. Every dbt_project.yml has a name, so that a search
 * which does not find the project's own is known to be blind.
 */
const WORDS = [
  "^([{][[:space:]]*)?[\"']?name[\"']?[[:space:]]*:",
  "generate_(schema|database|alias)_name",
  "target_(schema|database|dataset|project|catalog)",
  "store_failures",
  "snapshot",
  "(schema|dataset|database|project|catalog)[\"']?[[:space:]]*[:=]",
  "[*][*]",
  "config",
  "builtins|context|render",
  "[\\\\]",
  "env_var",
  "(pre|post)[-_]hook",
  "on-run-",
  "run_query",
  "statement",
  "external",
  "location",
  "%[-+]?[[:space:]]*(macro|materialization)[[:space:]]",
  // A value in YAML that may come to anything, and ends of lines that only dbt's reader of it knows.
  "[:-][[:space:]]*[\"']?[{][{%]",
  "\u0085|\u2028|\u2029",
];
const ENDINGS = ["sql", "yml", "yaml", "py"];

/** The files of the commit's own project, as git tracks them. */
export async function ownSources(
  git: Git,
  { root, worktree }: { root: string; worktree: string },
): Promise<Sources> {
  const reads = await readsAt(root);
  const matching = await filesMatching(git, root, WORDS, ENDINGS);
  const tracked = await trackedFiles(git, root);
  const links = tracked.filter(({ isFile, path }) => !isFile && mayLead(reads, path))
    .map(({ path }) => path);
  const made = namesMade(reads, tracked.map(({ path }) => path));
  const found = new Set(matching.filter((path) => isRead(reads, path)));
  // Names in Python have more spellings than words can tell.
  for (const { isFile, path } of tracked) {
    if (isFile && /\.py$/i.test(path) && isRead(reads, path)) found.add(path);
  }
  const unreadable: string[] = [];
  if (!found.has(PROJECT_FILE) && !links.includes(PROJECT_FILE)) unreadable.push(PROJECT_FILE);
  // What Jinja comes to is a doubt of its own.
  const elsewhere = reads.folders.map(({ path }) => path).filter((path) => leavesProject(path));
  let lasts = true;
  for (const path of [...links, ...elsewhere]) {
    const real = await realOf(join(root, path));
    if (real === undefined) continue;
    if (real === "unreadable") {
      unreadable.push(path);
      continue;
    }
    if (isOutside(worktree, real)) lasts = false;
    if (!(await Deno.stat(real)).isDirectory) {
      if (isRead(reads, path)) found.add(path);
      continue;
    }
    const below = await filesBelow(root, path);
    if (below === undefined) unreadable.push(path);
    for (const file of below ?? []) if (isRead(reads, file)) found.add(file);
  }
  if (elsewhere.length > 0) lasts = false;
  return { root, reads, paths: [...found], made, unreadable, lasts };
}

/** Whether a project reads the folder of its packages as its own: all of it, then, whatever the packages say. */
export async function readsPackages(root: string, packages: string): Promise<boolean> {
  return isRead(await readsAt(root), `${packages}/package.sql`);
}

/** The packages that are installed in a folder. */
export interface Packages {
  folder: string;
  /** The folder as the project names it. */
  shown: string;
  /** Whether all of their files count. */
  whole: boolean;
}

/** The files of packages. */
export async function packageSources(
  { folder, shown, whole }: Packages,
): Promise<PackageSources[]> {
  const found: PackageSources[] = [];
  for (const name of await namesIn(folder)) {
    const root = await realOf(join(folder, name));
    if (root === undefined) continue;
    const as = { root: folder, reads: readsOf(undefined), paths: [], made: [], lasts: false };
    if (root === "unreadable") found.push({ ...as, unreadable: [name], name: shown });
    else if ((await Deno.stat(root)).isDirectory) {
      found.push({ ...await sourcesIn(root, whole), name: `${shown}/${name}` });
    }
  }
  return found;
}

/** What tells whether the files of the packages are the same as before, without reading them. */
export async function statesOf({ folder, whole }: Packages): Promise<string[]> {
  const states = await Promise.all((await namesIn(folder)).map(async (name) => {
    const root = join(folder, name);
    const { paths, unreadable } = await sourcesIn(root, whole);
    const files = await Promise.all(paths.map(async (path) => {
      const info = await Deno.stat(join(root, path)).catch(() => undefined);
      return [path, info?.size, info?.mtime?.getTime(), info?.ctime?.getTime()].join(" ");
    }));
    return [name, ...files.sort(), ...unreadable];
  }));
  return states.flat();
}

/** The files of a project that lies in a folder, whether git tracks them or not. */
async function sourcesIn(root: string, whole: boolean): Promise<Sources> {
  const reads = whole ? readsOf(undefined) : await readsAt(root);
  const paths = new Set([PROJECT_FILE]);
  const made: string[] = [];
  const unreadable: string[] = [];
  for (const { path } of reads.folders) {
    const below = await filesBelow(root, path);
    if (below === undefined) unreadable.push(path);
    made.push(...namesMade(reads, below ?? []));
    for (const file of below ?? []) if (isRead(reads, file)) paths.add(file);
  }
  return { root, reads, paths: [...paths], made, unreadable, lasts: true };
}

function namesMade(reads: Reads, paths: readonly string[]): string[] {
  return paths.filter((path) => makesNode(reads, path))
    .map((path) => path.replace(/^.*\/|\.\w+$/g, "").toLowerCase());
}

async function readsAt(root: string): Promise<Reads> {
  return readsOf(await readIfThere(join(root, PROJECT_FILE)).catch(() => undefined));
}

/** The files below a folder, links followed, relative to `root`; undefined where dot may not look. */
async function filesBelow(root: string, folder: string): Promise<string[] | undefined> {
  const found: string[] = [];
  try {
    for await (const { entries } of walk(resolve(root, folder), { followLinks: true })) {
      for (const { kind, path } of entries) {
        if (kind === "file") found.push(folder === "" ? path : `${folder}/${path}`);
      }
    }
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
  return found;
}

/** Where a path leads; undefined where nothing is there. */
async function realOf(path: string): Promise<string | undefined | "unreadable"> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    return isAbsent(error) ? undefined : "unreadable";
  }
}
