/**
 * The working tree as a commit.
 * @module
 */
import { join } from "@std/path";
import { isAbsent } from "../base/errors.ts";
import { failed } from "./command.ts";
import { clearMarks } from "./marks.ts";
import type { Repository } from "./repository.ts";

/** The subject of a commit of the working tree. */
const UNCOMMITTED = "Uncommitted files";
/** By which such a commit is known again. */
export const NOBODYS_ADDRESS = "dot@localhost";
/** Who made it and when: the same for all. */
const NOBODY: Record<string, string> = Object.fromEntries(
  ["AUTHOR", "COMMITTER"].flatMap((role) => [
    [`GIT_${role}_NAME`, "dot"],
    [`GIT_${role}_EMAIL`, NOBODYS_ADDRESS],
    [`GIT_${role}_DATE`, "@0 +0000"],
  ]),
);

/**
 * Make a commit of the working tree: uncommitted and untracked files, ignored ones not. Made through an index of its own,
 * with no parent, name or time in it, so that the same files are the same commit. No ref points at it: a worktree keeps
 * it. Gives its hash. `ignored` tells whether git ignores `.dot/`.
 */
export function commitWorkingTree(
  git: Repository,
  { ignored }: { ignored: boolean },
): Promise<string> {
  return withOwnIndex(async (index) => {
    const run = async (args: string[], env: Record<string, string> = {}): Promise<string> => {
      const result = await git.run(args, { at: git.root, env: { ...env, GIT_INDEX_FILE: index } });
      if (result.code !== 0) throw failed(`${args[0]} for the working tree`, result);
      return result.stdout.trim();
    };
    if (await copyIndex(git.indexFile, index)) await clearMarks(git, index);
    // git refuses to leave out by name what it ignores anyway.
    const own = ignored ? [] : [":(exclude).dot"];
    await run(["add", "--all", "--", ".", ...own]);
    const tree = await run(["write-tree"]);
    return await run(["commit-tree", "-m", UNCOMMITTED, tree], NOBODY);
  });
}

/** Whether the files of the working tree are those of the commit that is checked out; `.dot/` aside. */
export function isClean(git: Repository): Promise<boolean> {
  return withOwnIndex(async (index) => {
    const copied = await copyIndex(git.indexFile, index);
    const seen = async (env: Record<string, string> = {}): Promise<boolean> => {
      const args = ["status", "--porcelain", "-z", "--untracked-files=all", "--no-renames"];
      const listed = await git.read(args, { at: git.root, env });
      return listed.split("\0").every((line) => line === "" || line.startsWith("?? .dot/"));
    };
    // Marks are rare: what the user's index shows and whether it has any is asked at once.
    const [clean, marked] = await Promise.all([seen(), copied && clearMarks(git, index)]);
    return clean && (!marked || await seen({ GIT_INDEX_FILE: index }));
  });
}

/** Do something with an index that only dot knows, which is not there yet. */
async function withOwnIndex<T>(action: (index: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "dot-" });
  try {
    return await action(join(folder, "index"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Copy an index; false where there is none. What it knows of the files need not be read again. It keeps its time, by which git tells
 * the files that may have changed since without looking it.
 */
export async function copyIndex(from: string, to: string): Promise<boolean> {
  try {
    const { atime, mtime } = await Deno.stat(from);
    await Deno.copyFile(from, to);
    await Deno.utime(to, atime ?? 0, mtime ?? 0);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
