/**
 * What isolated builds there are: read off `.dot/build/`, without git, dbt or a warehouse.
 * @module
 */
import { basename, dirname } from "@std/path";
import { isAbsent } from "../base/errors.ts";
import { openNow, readNow } from "../base/files.ts";
import type { Git } from "../git/git.ts";
import {
  type BuildPaths,
  buildPaths,
  buildsFolder,
  type EnvironmentPaths,
  environmentPaths,
  projectOfSuffix,
  readFolderName,
} from "./paths.ts";
import { type BuildSummary, lastChange, parseSummary } from "./record.ts";
import { readRecord } from "./settled.ts";

/** One commit, built for one environment. */
export interface Build {
  /** The commit's folders. */
  build: BuildPaths;
  /** The environment's. */
  paths: EnvironmentPaths;
  environment: string;
  /** The dbt project's folder in the repository; empty for the root. */
  project: string;
  /** The full hash; undefined where the commit's folder was never finished. */
  commit: string | undefined;
  /** Undefined where it was never built, or the record is no record of this commit. */
  record: BuildSummary | undefined;
  /** Whether a command that writes ever began in it, finished or not: without one it was parsed at most, and is no build. */
  begun: boolean;
  pinned: boolean;
  /** Whether a dot is at work on it now. */
  running: boolean;
}

/** A commit's folder in which no environment has a folder: a worktree that was made for nothing, or half made. */
export interface BareBuild {
  build: BuildPaths;
  /** The full hash; undefined where the folder was never finished. */
  commit: string | undefined;
  /** Whether a dot is at work on it now. */
  running: boolean;
}

/** All that lies in `.dot/build/`. */
export interface Inventory {
  /** Newest first. */
  builds: Build[];
  /** By name. */
  bare: BareBuild[];
}

/** Look at everything in `.dot/build/`. Writes nothing, and waits for nobody. */
export async function readInventory(git: Git): Promise<Inventory> {
  const root = buildsFolder(git.root);
  const names = foldersIn(root).filter((name) => /^[0-9a-f]{4,64}$/.test(name));
  const found = await Promise.all(names.map((name) => readCommit(root, name)));
  const builds = found.flatMap(({ builds }) => builds).sort(byAge);
  return { builds, bare: found.flatMap(({ bare }) => bare ?? []) };
}

/** How a build is called: what can be typed for it. */
export function nameOf({ build, environment }: Pick<Build, "build" | "environment">): string {
  return `${environment}@${build.short}`;
}

/** The builds that were built against each build (`--defer`), and may read it, by the folder of that one. */
export function readersOf(builds: readonly Build[]): Map<string, Build[]> {
  const key = (project: string, environment: string, commit: string) =>
    JSON.stringify([project, environment, commit]);
  const byName = new Map<string, Build[]>();
  for (const each of builds) {
    if (each.commit === undefined) continue;
    const name = key(each.project, each.environment, each.commit);
    byName.set(name, [...byName.get(name) ?? [], each]);
  }
  const readers = new Map<string, Build[]>();
  for (const reader of builds) {
    for (const { environment, commit } of reader.record?.defers_to ?? []) {
      for (const { paths } of byName.get(key(reader.project, environment, commit)) ?? []) {
        readers.set(paths.folder, [...readers.get(paths.folder) ?? [], reader]);
      }
    }
  }
  return readers;
}

/** Whether a process holds a lock of dot's. Makes no file, and keeps nobody waiting. */
async function isHeld(lock: string): Promise<boolean> {
  const file = openNow(lock);
  if (file === undefined) return false;
  try {
    // A shared lock: two who look at the same time do not take each other for work. Closing gives it back.
    return !await file.tryLock(false);
  } finally {
    file.close();
  }
}

async function readCommit(
  root: string,
  short: string,
): Promise<{ builds: Build[]; bare: BareBuild | undefined }> {
  const plain = buildPaths(root, short, "");
  const commit = asHash(readNow(plain.commitFile), short);
  const preparing = await isHeld(plain.lock);
  const folders = foldersIn(plain.environments).filter((name) => /^[^.@]/.test(name));
  const builds = await Promise.all(folders.map(async (name): Promise<Build> => {
    const { environment, projectSuffix } = readFolderName(name);
    const build = { ...plain, projectSuffix };
    const paths = environmentPaths(build, environment);
    const text = readNow(paths.record);
    const read = text === undefined
      ? undefined
      : parseSummary(text) ?? await readRecord(paths, short);
    const record = commit === undefined || read?.commit === commit ? read : undefined;
    return {
      build,
      paths,
      environment,
      project: record?.project ?? projectOfSuffix(projectSuffix),
      commit,
      record,
      // The manifest for others is kept when a command that builds has ended, so it outlives a lost record.
      begun: text !== undefined || isThere(paths.state),
      pinned: isThere(paths.pinned),
      running: preparing || await isHeld(paths.lock),
    };
  }));
  const bare = builds.length > 0 ? undefined : { build: plain, commit, running: preparing };
  return { builds, bare };
}

/** The full hash in a commit file; a folder is named after its beginning. */
function asHash(text: string | undefined, short: string): string | undefined {
  const hash = text?.trim() ?? "";
  return /^[0-9a-f]{40,64}$/.test(hash) && hash.startsWith(short) ? hash : undefined;
}

/** Newest first; without a time, last; then by name, so that the order never changes by itself. */
function byAge(a: Build, b: Build): number {
  const [first, second] = [a, b].map(({ record }) =>
    record === undefined ? "" : lastChange(record)
  );
  if (first !== second) return (first ?? "") > (second ?? "") ? -1 : 1;
  return a.paths.folder < b.paths.folder ? -1 : 1;
}

// Of small files on a local disk by the thousand, one after the other is read in a third of the time that it takes to
// ask for all of them at once.

function foldersIn(path: string): string[] {
  return entriesOf(path).filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort();
}

function entriesOf(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function isThere(path: string): boolean {
  return entriesOf(dirname(path)).some(({ name }) => name === basename(path));
}
