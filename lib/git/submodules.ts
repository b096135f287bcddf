/**
 * The submodules of a commit, and the files of a commit of one.
 * @module
 */
import { failed } from "./command.ts";
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
  const file = `${commit}:.gitmodules`;
  const pattern = "^submodule\\..*\\.path$";
  const config = await git.run(["config", "--blob", file, "--null", "--get-regexp", pattern]);
  // 1 means that nothing matched.
  if (config.code === 1) return [];
  if (config.code !== 0) {
    const there = await git.run(["cat-file", "-e", file]);
    if (there.code !== 0) return [];
    throw failed("config", config);
  }
  const found: Submodule[] = [];
  for (const entry of config.stdout.split("\0")) {
    const at = entry.indexOf("\n");
    if (at === -1) continue;
    const name = entry.slice("submodule.".length, at - ".path".length);
    const path = entry.slice(at + 1);
    const listed = await git.read(["ls-tree", "-z", commit, "--", path], { at: git.root });
    const hash = /^160000 commit ([0-9a-f]+)\t/.exec(listed)?.[1];
    if (hash !== undefined) found.push({ name, path, hash });
  }
  return found;
}

/** Whether a git folder (of a submodule) has a commit. */
export async function hasCommit(git: Repository, gitDir: string, commit: string): Promise<boolean> {
  return (await git.run(["cat-file", "-e", `${commit}^{commit}`], { gitDir })).code === 0;
}

/** The submodules of a commit of another git folder, by path. */
export async function submodulePaths(
  git: Repository,
  gitDir: string,
  commit: string,
): Promise<string[]> {
  const listed = await git.read(["ls-tree", "-r", "-z", commit], { gitDir });
  return listed.split("\0").flatMap((entry) => /^160000 commit \S+\t(.+)$/s.exec(entry)?.[1] ?? []);
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
    const options = {
      at: into,
      gitDir,
      workTree: into,
      env: { GIT_INDEX_FILE: index },
      settings: { "core.bare": "false" },
    };
    await git.read(["read-tree", commit], options);
    await git.read(["checkout-index", "--all", "--force", "--quiet"], options);
  } finally {
    await Deno.remove(index).catch(() => {});
  }
}
