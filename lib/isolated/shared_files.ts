/**
 * Files that builds read from the live project (`+shared-files`): data that git does not track, and that lies in no worktree.
 * @module
 */
import { dirname, join, relative, resolve } from "@std/path";
import { DotError } from "../base/errors.ts";
import { entryAt, liesIn, makeFolder, readObject, sha256, writeFile } from "../base/files.ts";
import type { Git } from "../git/git.ts";
import { isOutside } from "../places/project.ts";
import type { BuildPaths } from "../store/paths.ts";
import { filesAt, findsFile } from "./files.ts";

/** A file of the live project. */
export interface SharedFile {
  /** Its path in the repository, with `/`. */
  path: string;
  /** Where it is. */
  live: string;
  /** What tells one state of it from another: its size, and its time in milliseconds. */
  state: readonly [bytes: number, time: number];
}

/**
 * The files that patterns name, seen from the folder that dbt runs in. Sorted. Throws a DotError for a pattern that leaves the
 * repository.
 */
export async function findShared(
  { root }: Git,
  cwd: string,
  patterns: readonly string[],
): Promise<SharedFile[]> {
  const found = new Map<string, SharedFile>();
  for (const pattern of patterns) {
    const from = relative(cwd, resolve(cwd, pattern));
    const outside = leadsOutside(root, cwd, pattern);
    if (outside !== undefined) {
      throw new DotError(outside.why, {
        code: "DOT021",
        hints: outside.hints,
      });
    }
    for await (const file of filesAt(cwd, from)) {
      const live = resolve(cwd, file);
      const { mtime, size } = await Deno.stat(live);
      const path = relative(root, live).replaceAll("\\", "/");
      found.set(path, { path, live, state: [size, mtime?.getTime() ?? 0] });
    }
  }
  return [...found.values()].sort((a, b) => a.path < b.path ? -1 : 1);
}

/** What is wrong with a pattern, in words. */
export interface PatternFault {
  why: string;
  hints: string[];
  /** Whether it can never find a file; else there may be one some day. */
  never: boolean;
}

/** What is wrong with a pattern, seen from the folder that dbt runs in; undefined where it finds a file. */
export async function faultOfPattern(
  { root }: Git,
  cwd: string,
  pattern: string,
): Promise<PatternFault | undefined> {
  const outside = leadsOutside(root, cwd, pattern);
  if (outside !== undefined) return outside;
  if (await findsFile(cwd, relative(cwd, resolve(cwd, pattern)))) return undefined;
  const part = /\[[^\]]*\]|\{[^}]*\}/.exec(pattern)?.[0];
  if (part === undefined) {
    return {
      never: false,
      why: `\`+shared-files\` names ${pattern}, and no file there is called so`,
      hints: [`It is seen from ${cwd}.`],
    };
  }
  return {
    never: true,
    why:
      `\`+shared-files\` names ${pattern}, in which ${part} stands for itself, and there is no such file`,
    hints: ["A pattern knows `*`, `?` and `**`; a list may hold several patterns."],
  };
}

function leadsOutside(root: string, cwd: string, pattern: string): PatternFault | undefined {
  const fixed = relative(cwd, resolve(cwd, pattern)).split(/[*?]/)[0] ?? "";
  if (!isOutside(root, resolve(cwd, fixed))) return undefined;
  return {
    never: true,
    why: `\`+shared-files\` names ${pattern}, which lies outside the repository`,
    hints: [
      `Name files below ${root}, seen from ${cwd}. An absolute path in a model needs no sharing.`,
    ],
  };
}

/** Hash of the files that a build reads from the live project, as they are now. */
export async function hashOfShared(files: readonly SharedFile[]): Promise<string> {
  return await sha256(JSON.stringify(files.map(({ path, state }) => [path, ...state])));
}

/** The paths that dot put into a worktree for other files to be read there. */
export async function readShared({ sharedFile }: BuildPaths): Promise<ReadonlySet<string>> {
  const { paths } = await readObject(sharedFile);
  return new Set(Array.isArray(paths) ? paths.filter((path) => typeof path === "string") : []);
}

/**
 * Let files of the live project be read in a worktree, where the commit has none of that name. What is put there is recorded first,
 * so that it is known as dot's own wherever this is broken off. The caller holds the build's lock.
 */
export async function placeShared(build: BuildPaths, files: readonly SharedFile[]): Promise<void> {
  const before = await readShared(build);
  const names = new Set(files.map(({ path }) => path));
  // Another environment of the commit shares them, not this one.
  for (const path of before) {
    const at = join(build.worktree, path);
    if (names.has(path) || !await liesIn(build.worktree, path)) continue;
    if (isOurs(await entryAt(at))) await Deno.remove(at);
  }
  if (files.length === 0) return;
  const wanted: SharedFile[] = [];
  for (const file of files) {
    const there = await entryAt(join(build.worktree, file.path));
    if (there === undefined || before.has(file.path)) wanted.push(file);
  }
  const paths = [...new Set([...before, ...wanted.map(({ path }) => path)])].sort();
  if (paths.length > before.size) {
    await writeFile(build.sharedFile, JSON.stringify({ paths }) + "\n");
  }
  for (const { live, path } of wanted) {
    const at = join(build.worktree, path);
    if (!await liesIn(build.worktree, path)) {
      throw new DotError(`a link leads ${path} out of the worktree: ${build.worktree}`, {
        code: "DOT032",
        hints: [`To build from the commit again, remove ${build.folder}: dot makes it anew.`],
      });
    }
    const there = await entryAt(at);
    // What a run wrote in its place is the run's.
    if (there !== undefined && !isOurs(there) || await leadsTo(at, live)) continue;
    if (there !== undefined) await Deno.remove(at);
    await placeFile(live, at);
  }
}

/** Whether what is at a path of ours is still ours. Windows lets not everybody make links: a file there may be our own copy. */
function isOurs(there: Deno.FileInfo | undefined): boolean {
  return there !== undefined && (there.isSymlink || Deno.build.os === "windows");
}

async function placeFile(live: string, at: string): Promise<void> {
  await makeFolder(dirname(at));
  for (const way of [Deno.symlink, Deno.link]) {
    try {
      return await way(live, at);
    } catch (error) {
      // Windows lets not everybody make links, and no file system links to another.
      if (error instanceof Deno.errors.AlreadyExists) throw error;
    }
  }
  await Deno.copyFile(live, at);
}

/** Whether a link leads to a file. A second name or a copy of it is made anew: it may be of what the file was before. */
async function leadsTo(at: string, live: string): Promise<boolean> {
  try {
    return await Deno.readLink(at) === live;
  } catch {
    return false;
  }
}
