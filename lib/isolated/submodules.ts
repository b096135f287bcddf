/**
 * Fills the submodules of a worktree from the repository's own copies of them: no network, no change of its config.
 * @module
 */
import { isAbsolute, join, resolve } from "@std/path";
import { makeFolder, readIfThere } from "../base/files.ts";
import type { Commit, Git } from "../git/git.ts";
import { exportTree, hasCommit, submodulePaths, submodules } from "../git/submodules.ts";
import type { Output } from "../base/output.ts";
import { quote } from "../base/shell.ts";

/** Write the files of each submodule at the commit that is pinned; warn of those that are not in this clone. */
export async function fillSubmodules(
  git: Git,
  worktree: string,
  commit: Commit,
  out: Output,
): Promise<void> {
  for (const { name, path, hash } of await submodules(git, commit.hash)) {
    const gitDir = await findGitDir(git, name, path, hash);
    if (gitDir === undefined) {
      out.warn(
        `the submodule ${path} of ${commit.short} is not in this clone, so its files are missing`,
        [
          `Get it: git submodule update --init -- ${quote(path)} && git -C ${
            quote(path)
          } fetch origin ${hash}`,
          `Then remove ${join(worktree, "..")} and run this again.`,
        ],
      );
      continue;
    }
    const into = join(worktree, path);
    await makeFolder(into);
    await exportTree(git, gitDir, hash, into, join(worktree, "..", "index"));
    for (const below of await submodulePaths(git, gitDir, hash)) {
      out.warn(
        `the submodule ${path}/${below} of ${commit.short} lies in another one; its files are missing`,
        [
          "dot fills the submodules of the repository itself.",
        ],
      );
    }
  }
}

async function findGitDir(
  git: Git,
  name: string,
  path: string,
  hash: string,
): Promise<string | undefined> {
  const candidates = [join(git.commonDir, "modules", name)];
  const checkedOut = join(git.root, path);
  // A checked-out submodule has a `.git` file that points to its git folder, or, of old, the folder itself.
  const link = await readIfThere(join(checkedOut, ".git")).catch(() => undefined);
  const target = /^gitdir: (.*)/.exec(link ?? "")?.[1]?.trim();
  if (target !== undefined) {
    candidates.push(isAbsolute(target) ? target : resolve(checkedOut, target));
  } else candidates.push(join(checkedOut, ".git"));
  for (const candidate of candidates) {
    if (await hasCommit(git, candidate, hash)) return candidate;
  }
  return undefined;
}
