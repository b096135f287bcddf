/**
 * The commit's files: made once, checked before every use, repaired where nothing can be lost, refused otherwise.
 * @module
 */
import { join } from "@std/path";
import { DotError } from "../base/errors.ts";
import { isFolder, liesIn, makeFolder, readIfThere, removeAll, writeFile } from "../base/files.ts";
import type { Commit, Git } from "../git/git.ts";
import { addWorktree, lfsPointers, repairWorktree, worktreeState } from "../git/worktrees.ts";
import type { WorktreeState } from "../git/output.ts";
import type { Output } from "../base/output.ts";
import { quote } from "../base/shell.ts";
import type { BuildPaths } from "../store/paths.ts";
import { isLeft, type Owning, putBack, readChanges, wasKilled } from "./changes.ts";
import { changedInSubmodules, fillSubmodules } from "./submodules.ts";

/** How many changed paths an error lists. */
const SHOWN = 5;

/** Whose a changed path of a worktree is. */
export interface Owners extends Owning {
  /** What somebody put where git does not look, and dbt does. */
  hidden: () => Promise<readonly string[]>;
  /** The lock of the environment that the caller holds, if it does. */
  holds: string | undefined;
}

/**
 * Make the worktree of a commit, or make sure that the one there is that commit, unchanged. Files that a run wrote beside the
 * project are let be; those of the commit that it changed are put back, and named.
 * The caller holds the build's lock. Throws a DotError where the worktree was edited.
 */
export async function ensureWorktree(
  git: Git,
  build: BuildPaths,
  commit: Commit,
  owners: Owners,
  out: Output,
): Promise<void> {
  const recorded = (await readIfThere(build.commitFile))?.trim();
  if (recorded === commit.hash && await isFolder(build.worktree)) {
    let state = await look(git, build, commit, owners);
    if (state === undefined) {
      await repairWorktree(git, build.worktree);
      state = await look(git, build, commit, owners);
    }
    if (state !== undefined) {
      const changed = await check(state, build, commit, owners);
      if (changed.length === 0) return;
      const aside = await putBack(git, build, changed);
      out.warn(`a run had changed files of ${commit.short}, which are put back: ${list(changed)}`, [
        `What it made of them is kept in ${aside}`,
      ]);
      return;
    }
    const aside = await setAside(build.worktree);
    out.warn(`the worktree of ${commit.short} had lost its repository; dot makes it again`, [
      `The old one is kept in ${aside}`,
    ]);
  }
  await make(git, build, commit, out);
}

/** How a worktree stands, with what git does not look into. */
interface State extends WorktreeState {
  /** What is changed in submodules. */
  inside: readonly string[];
  hidden: readonly string[];
}

/** Ask git all of it at once; undefined where the folder is no worktree any more. */
async function look(
  git: Git,
  build: BuildPaths,
  { hash }: Commit,
  { hidden }: Owners,
): Promise<State | undefined> {
  const [state, ...others] = await Promise.allSettled([
    worktreeState(git, build.worktree),
    changedInSubmodules(git, build, hash, { missing: true }),
    hidden(),
  ]);
  const found = valueOf(state);
  // What is no worktree answers none of the others.
  if (found === undefined) return undefined;
  return { ...found, inside: valueOf(others[0]), hidden: valueOf(others[1]) };
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

async function make(git: Git, build: BuildPaths, commit: Commit, out: Output): Promise<void> {
  // Whatever is left of a build without its `commit` file was never finished, nor used.
  await removeAll(build.commitFile);
  await removeAll(build.depsFile);
  await removeAll(build.worktree);
  await makeFolder(build.folder, 0o700);
  await addWorktree(git, build.worktree, commit.hash);
  await fillSubmodules(git, build, commit, out);
  const pointers = await lfsPointers(git, build.worktree);
  if (pointers.length > 0) {
    out.warn(
      `${commit.short} holds files of Git LFS that are not here: ${list(pointers)}`,
      [`Install Git LFS (\`git lfs install\`), then remove ${build.folder} and run this again.`],
    );
  }
  await writeFile(build.commitFile, commit.hash + "\n");
}

/** The files of the commit that a run changed. Throws a DotError where anybody else did, or the worktree is on another commit. */
async function check(
  state: State,
  build: BuildPaths,
  commit: Commit,
  { holds, isOwn, isRead }: Owners,
): Promise<string[]> {
  const again = `To build from the commit again, remove ${build.folder}: dot makes it anew.`;
  if (state.head !== commit.hash) {
    throw new DotError(
      `the worktree of ${commit.short} is on another commit, ${
        state.head.slice(0, 12)
      }: ${build.worktree}`,
      {
        code: "DOT032",
        hints: [
          `If nothing there is worth keeping: git -C ${
            quote(build.worktree)
          } checkout --detach ${commit.hash}`,
          again,
        ],
      },
    );
  }
  const edited: string[] = [];
  const byRun: string[] = [];
  const besides = [...state.untracked.filter(isRead), ...state.inside, ...state.hidden];
  // What git sees changed as well is looked at below.
  for (const path of new Set(besides).difference(new Set(state.changed))) {
    if (!await isOwn(path)) edited.push(path);
  }
  const runs = state.changed.length === 0 ? undefined : await readChanges(build);
  for (const path of state.changed) {
    if (runs === undefined || await isOwn(path)) continue;
    const isRuns = !isRead(path) && await liesIn(build.worktree, path) &&
      (await isLeft(runs, build.worktree, path) || await wasKilled(runs, path, holds));
    (isRuns ? byRun : edited).push(path);
  }
  if (edited.length > 0) {
    throw new DotError(
      `the worktree of ${commit.short} was edited, so it is not that commit any more: ${
        list(edited)
      }`,
      {
        code: "DOT032",
        hints: [`See what changed: git -C ${quote(build.worktree)} status`, again],
      },
    );
  }
  return byRun;
}

async function setAside(path: string): Promise<string> {
  for (let number = 1;; number++) {
    const aside = `${path}.old-${number}`;
    if (await isFolder(aside)) continue;
    await Deno.rename(path, aside);
    return aside;
  }
}

function list(paths: readonly string[]): string {
  const shown = paths.slice(0, SHOWN).join(", ");
  return paths.length > SHOWN ? `${shown} and ${paths.length - SHOWN} more` : shown;
}

/** The folder of the dbt project inside a worktree. */
export function projectIn(worktree: string, relativeProject: string): string {
  return relativeProject === "" ? worktree : join(worktree, relativeProject);
}
