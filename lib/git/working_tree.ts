/**
 * The working tree as a commit.
 * @module
 */
import { join, resolve } from "@std/path";
import { isAbsent } from "../base/errors.ts";
import { failed } from "./command.ts";
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
export async function commitWorkingTree(
  git: Repository,
  { ignored }: { ignored: boolean },
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "dot-" });
  const index = join(folder, "index");
  const run = async (args: string[], env: Record<string, string> = {}): Promise<string> => {
    const result = await git.run(args, { at: git.root, env: { ...env, GIT_INDEX_FILE: index } });
    if (result.code !== 0) throw failed(`${args[0]} for the working tree`, result);
    return result.stdout.trim();
  };
  try {
    const users = await git.read(["rev-parse", "--git-path", "index"]);
    await copyIndex(resolve(git.cwd, users.trim()), index);
    // git refuses to leave out by name what it ignores anyway.
    const own = ignored ? [] : [":(exclude).dot"];
    await run(["add", "--all", "--", ".", ...own]);
    const tree = await run(["write-tree"]);
    return await run(["commit-tree", "-m", UNCOMMITTED, tree], NOBODY);
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
