/**
 * The submodules of a commit, and the files of a commit of one.
 * @module
 */
import { failed, type GitOptions } from "./command.ts";
import { join } from "@std/path";
import { removeAll } from "../base/files.ts";
import type { Repository } from "./repository.ts";
import { copyIndex } from "./working_tree.ts";

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

/** The files of a commit of another git folder, as they lie in a folder, and the index that knows them. */
export interface Export {
  gitDir: string;
  commit: string;
  /** The folder that they lie in. */
  into: string;
  /** A file of its own, for this commit only. */
  index: string;
}

/** Write the files of a commit of another git folder. The index that it leaves knows them again. */
export async function exportTree(git: Repository, tree: Export): Promise<void> {
  // What is left of one that was killed would stand in the way.
  for (const file of [tree.index, `${tree.index}.lock`]) await removeAll(file);
  const options = optionsFor(tree);
  await git.read(["read-tree", tree.commit], options);
  await git.read(["checkout-index", "--all", "--force", "--quiet", "--index"], options);
}

/**
 * The files in the folder of an export that are not as in its commit, new ones included; relative to the folder. Writes
 * nothing beside it: whoever asks may hold no lock.
 */
export async function changedSince(git: Repository, tree: Export): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "dot-" });
  try {
    const index = join(folder, "index");
    const options = optionsFor({ ...tree, index });
    if (!await copyIndex(tree.index, index)) await git.read(["read-tree", tree.commit], options);
    // 1 means that files differ, which is asked next.
    const refreshed = await git.run(["update-index", "-q", "--refresh"], options);
    if (refreshed.code > 1) throw failed("update-index", refreshed);
    const [changed, added] = await Promise.all([
      git.read(["diff-files", "--name-only", "--ignore-submodules=all", "-z"], options),
      git.read(["ls-files", "--others", "--exclude-standard", "-z"], options),
    ]);
    return [...new Set(`${changed}${added}`.split("\0"))].filter((path) => path !== "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function optionsFor({ gitDir, index, into }: Export): GitOptions {
  return {
    at: into,
    gitDir,
    workTree: into,
    env: { GIT_INDEX_FILE: index },
    settings: { "core.bare": "false" },
  };
}
