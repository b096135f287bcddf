/**
 * Removes the folders of builds, so that no half of one looks like a whole.
 * @module
 */
import { dirname, join, SEPARATOR } from "@std/path";
import { isFolder, namesIn, removeAll } from "../base/files.ts";
import type { Git } from "../git/git.ts";
import { removeWorktree } from "../git/worktrees.ts";
import { tryLock } from "../store/lock.ts";
import type { BuildPaths } from "../store/paths.ts";
import type { Item } from "./items.ts";

/** What a folder is called while it is removed: no environment's name begins with a dot. */
const LEAVING = ".pruned-";
/** What whoever waits for a prune is told. */
export const DOING = "dot prune";

/** Remove the folder of a build; why it could not be, if so. `lock` is its own, which the caller holds. */
export async function removeEnvironment(
  { build }: Item,
  lock: Deno.FsFile | undefined,
): Promise<string | undefined> {
  if (build === undefined) return undefined;
  const { folder } = build.paths;
  const leaving = leavingIn(dirname(folder));
  try {
    // Windows moves no folder in which a file is open; elsewhere nobody may take the lock until it is moved.
    if (Deno.build.os === "windows" && lock !== undefined) close(lock);
    await Deno.rename(folder, leaving);
    await removeAll(leaving);
    return undefined;
  } catch (error) {
    return `its folder could not be removed: ${error instanceof Error ? error.message : error}`;
  }
}

function leavingIn(folder: string): string {
  return join(folder, `${LEAVING}${crypto.randomUUID().slice(0, 8)}`);
}

/** Remove a commit's folder, and say why where it could not be, when no environment of it is left; `worktrees` are all that git knows. */
export async function removeCommit(
  build: BuildPaths,
  worktrees: readonly string[],
  git: Git,
): Promise<string | undefined> {
  const left = async () =>
    (await namesIn(build.environments)).filter((name) => !name.startsWith(LEAVING));
  if ((await left()).length > 0) return undefined;
  const lock = await tryLock(build.lock, DOING);
  // Somebody makes it anew, or has removed it.
  if (lock === "held" || lock === "absent") return undefined;
  try {
    if ((await left()).length > 0) return undefined;
    // Without it the folder is unfinished, whatever is left of it.
    await removeAll(build.commitFile);
    // Half of a worktree would look as if somebody had removed the other half by hand, so it is moved out of the way.
    if (await isFolder(build.worktree)) await Deno.rename(build.worktree, leavingIn(build.folder));
    for (const path of worktrees) {
      if (path.startsWith(`${build.folder}${SEPARATOR}`)) await removeWorktree(git, path);
    }
    if (Deno.build.os === "windows") close(lock);
    await removeAll(build.folder);
    return undefined;
  } catch (error) {
    return `its worktree could not be removed: ${error instanceof Error ? error.message : error}`;
  } finally {
    close(lock);
  }
}

/** Close a file that may be closed already. */
export function close(file: Deno.FsFile): void {
  try {
    file.close();
  } catch {
    // It is closed already.
  }
}
