/**
 * The submodules of a commit, and the files of a commit of one.
 * @module
 */
import { query } from "../base/process.ts";
import { failed, PLAIN } from "./command.ts";
import type { Repository } from "./repository.ts";

/** A submodule of a commit. */
export interface Submodule {
  name: string;
  /** Its folder, relative to the repository's root. */
  path: string;
  /** The commit it is pinned to. */
  hash: string;
}

/** The submodules of a commit. */
export async function submodules(git: Repository, commit: string): Promise<Submodule[]> {
  const config = await git.run(
    [
      "config",
      "--blob",
      `${commit}:.gitmodules`,
      "--null",
      "--get-regexp",
      "^submodule\\..*\\.path$",
    ],
  );
  if (config.code !== 0) return [];
  const found: Submodule[] = [];
  for (const entry of config.stdout.split("\0")) {
    const at = entry.indexOf("\n");
    if (at === -1) continue;
    const name = entry.slice("submodule.".length, at - ".path".length);
    const path = entry.slice(at + 1);
    const listed = await git.run(["-C", git.root, "ls-tree", "-z", commit, "--", path]);
    const hash = /^160000 commit ([0-9a-f]+)\t/.exec(listed.stdout)?.[1];
    if (hash !== undefined) found.push({ name, path, hash });
  }
  return found;
}

/** Whether a git folder (of a submodule) has a commit. */
export async function hasCommit(git: Repository, gitDir: string, commit: string): Promise<boolean> {
  const result = await git.run([
    `--git-dir=${gitDir}`,
    "cat-file",
    "-e",
    `${commit}^{commit}`,
  ]);
  return result.code === 0;
}

/** The submodules of a commit of another git folder, by path. */
export async function submodulePaths(
  git: Repository,
  gitDir: string,
  commit: string,
): Promise<string[]> {
  const listed = await git.run([`--git-dir=${gitDir}`, "ls-tree", "-r", "-z", commit]);
  return listed.stdout.split("\0").flatMap((entry) =>
    /^160000 commit \S+\t(.+)$/s.exec(entry)?.[1] ?? []
  );
}

/** Write the files of a commit of another git folder below `into`, through an index at a path of its own. */
export async function exportTree(
  git: Repository,
  gitDir: string,
  commit: string,
  into: string,
  index: string,
): Promise<void> {
  try {
    const env = { ...git.env, GIT_INDEX_FILE: index };
    for (
      const args of [["read-tree", commit], ["checkout-index", "--all", "--force", "--quiet"]]
    ) {
      const result = await query({
        program: git.program,
        args: [
          ...PLAIN,
          "-c",
          "core.bare=false",
          `--git-dir=${gitDir}`,
          `--work-tree=${into}`,
          ...args,
        ],
        cwd: into,
        env,
      });
      if (result.code !== 0) throw failed(args[0] ?? "", result);
    }
  } finally {
    await Deno.remove(index).catch(() => {});
  }
}
