/**
 * Files that git was told not to look at: marked by `update-index --assume-unchanged` or `--skip-worktree`, the latter by a
 * sparse checkout too.
 * @module
 */
import { dirname, join } from "@std/path";
import { entryAt } from "../base/files.ts";
import { failed } from "./command.ts";
import { readMarks } from "./output.ts";
import type { Repository } from "./repository.ts";

/**
 * Let an index say again what the files on disk are. A file that a sparse checkout left out of the working tree stays as the index
 * has it. Gives whether any mark went.
 */
export async function clearMarks(git: Repository, index: string): Promise<boolean> {
  const options = { at: git.root, env: { GIT_INDEX_FILE: index } };
  const { assumed, skipped } = readMarks(await git.read(["ls-files", "-v", "-z"], options));
  const clear = async (flag: string, paths: string[]): Promise<boolean> => {
    if (paths.length === 0) return false;
    const input = paths.map((path) => `${path}\0`).join("");
    const result = await git.run(["update-index", flag, "-z", "--stdin"], { ...options, input });
    if (result.code !== 0) throw failed("update-index", result);
    return true;
  };
  const one = await clear("--no-assume-unchanged", assumed);
  const other = await clear("--no-skip-worktree", await onDisk(git.root, skipped));
  return one || other;
}

/** Those of some paths below a root at which something is. A sparse checkout leaves out whole folders: one look tells of each. */
async function onDisk(root: string, paths: readonly string[]): Promise<string[]> {
  const folders = new Map<string, Promise<boolean>>([[".", Promise.resolve(true)]]);
  const isThere = (folder: string): Promise<boolean> => {
    const known = folders.get(folder) ?? look(folder);
    folders.set(folder, known);
    return known;
  };
  const look = async (path: string): Promise<boolean> =>
    await isThere(dirname(path)) && await entryAt(join(root, path)) !== undefined;
  const found: string[] = [];
  for (const path of paths) if (await look(path)) found.push(path);
  return found;
}
