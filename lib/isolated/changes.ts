/**
 * What runs left in a worktree besides their relations: a model or hook may write files. New ones are let be; a file of the
 * commit that a run changed is put back before the next one.
 * @module
 */
import { dirname, join } from "@std/path";
import { DotError, isAbsent } from "../base/errors.ts";
import {
  entryAt,
  isFile,
  liesIn,
  makeFolder,
  namesIn,
  readObject,
  removeAll,
  writeFile,
} from "../base/files.ts";
import { asObject } from "../base/json.ts";
import type { Git } from "../git/git.ts";
import { restoreFiles, worktreeState } from "../git/worktrees.ts";
import { tryLock } from "../store/lock.ts";
import type { BuildPaths, EnvironmentPaths } from "../store/paths.ts";

/** What says that a file is as a run left it: its size and time; `gone` where the run removed it. */
type Mark = string;

/** What is known of the runs in a worktree. */
export interface RunChanges {
  /** The files that runs left, by path in the worktree. */
  left: ReadonlyMap<string, readonly Mark[]>;
  /** The locks of the environments whose last run has not said what it left. */
  unsaid: readonly string[];
}

/** Whose the paths of a worktree are. */
export interface Owning {
  /** Whether it is dot's or dbt's own. */
  isOwn: (path: string) => Promise<boolean>;
  /** Whether dbt reads it as a part of the project: then it is nobody's to change. */
  isRead: (path: string) => boolean;
}

/** Say that a run begins, and what somebody has put there before: whatever it changes is its own, also when it is killed. */
export async function beginChanges(
  git: Git,
  build: BuildPaths,
  { changes }: EnvironmentPaths,
  owning: Owning,
): Promise<void> {
  const known = await readChanges(build);
  const { running, there: before } = await readObject(changes);
  const there: Record<string, Mark> = {};
  for (const [path, mark] of await marked(git, build.worktree, owning) ?? []) {
    // What came while a run was killed is that run's.
    const ofKilled = running === true && asObject(before)[path] !== mark;
    if (!ofKilled && known.left.get(path)?.includes(mark) !== true) there[path] = mark;
  }
  await writeFile(changes, JSON.stringify({ running: true, there }) + "\n");
}

/** Say what a run left in the worktree. */
export async function endChanges(
  git: Git,
  { worktree }: BuildPaths,
  { changes }: EnvironmentPaths,
  owning: Owning,
): Promise<void> {
  const { there } = await readObject(changes);
  const before = asObject(there);
  const after = await marked(git, worktree, owning);
  // Nobody can tell: it stays unsaid.
  if (after === undefined) return;
  const files = Object.fromEntries(after.filter(([path, mark]) => before[path] !== mark));
  if (Object.keys(files).length === 0) await removeAll(changes);
  else await writeFile(changes, JSON.stringify({ files }) + "\n");
}

/** What differs from the commit and dbt does not read, with marks. */
async function marked(
  git: Git,
  worktree: string,
  { isOwn, isRead }: Owning,
): Promise<[path: string, mark: Mark][] | undefined> {
  const state = await worktreeState(git, worktree);
  if (state === undefined) return undefined;
  const found: [string, Mark][] = [];
  for (const path of [...state.changed, ...state.untracked].sort()) {
    if (isRead(path) || await isOwn(path)) continue;
    found.push([path, await markOf(join(worktree, path))]);
  }
  return found;
}

/** What is known of the runs in a build's worktree, in all of its environments. */
export async function readChanges({ environments }: BuildPaths): Promise<RunChanges> {
  const left = new Map<string, Mark[]>();
  const unsaid: string[] = [];
  for (const name of await namesIn(environments)) {
    const file = join(environments, name, "changes.json");
    if (!await isFile(file)) continue;
    const { files } = await readObject(file);
    if (typeof files !== "object" || files === null) {
      unsaid.push(join(environments, name, "lock"));
      continue;
    }
    for (const [path, mark] of Object.entries(files)) {
      if (typeof mark === "string") left.set(path, [...left.get(path) ?? [], mark]);
    }
  }
  return { left, unsaid };
}

/** Whether a file of the worktree is as a run left it. */
export async function isLeft(
  { left }: RunChanges,
  worktree: string,
  path: string,
): Promise<boolean> {
  const marks = left.get(path);
  return marks !== undefined && await liesIn(worktree, path) &&
    marks.includes(await markOf(join(worktree, path)));
}

/**
 * Whether a run that did not say what it left was killed; `holds` is the lock of an environment that the caller has. Throws a
 * DotError where one is at work.
 */
export async function wasKilled(
  { unsaid }: RunChanges,
  path: string,
  holds: string | undefined,
): Promise<boolean> {
  for (const lock of unsaid) {
    if (lock === holds) continue;
    const file = await tryLock(lock, "dot");
    if (file === "held") {
      throw new DotError(`a run that is at work in this worktree has changed ${path}`, {
        code: "DOT038",
        hints: ["Run this again when it is done: the file is then put back."],
      });
    }
    if (file !== "absent") file.close();
  }
  return unsaid.length > 0;
}

/** Put files of the commit back. What a run made of them is kept in a folder beside the worktree, which is given. */
export async function putBack(
  git: Git,
  { folder, worktree }: BuildPaths,
  paths: readonly string[],
): Promise<string> {
  const taken = new Set(await namesIn(folder));
  let number = 1;
  while (taken.has(`changed-${number}`)) number++;
  const aside = join(folder, `changed-${number}`);
  for (const path of paths) {
    const kept = join(aside, path);
    await makeFolder(dirname(kept));
    try {
      await Deno.copyFile(join(worktree, path), kept);
    } catch (error) {
      // The run removed it.
      if (!isAbsent(error)) throw error;
    }
  }
  await restoreFiles(git, worktree, paths);
  return aside;
}

async function markOf(path: string): Promise<Mark> {
  const there = await entryAt(path);
  return there === undefined ? "gone" : `${there.size} ${there.mtime?.getTime() ?? 0}`;
}
