/**
 * Worktrees, and what git knows of the files in them.
 * @module
 */
import { join, resolve } from "@std/path";
import { isFile, readIfThere } from "../base/files.ts";
import { query } from "../base/process.ts";
import { failed, PLAIN } from "./command.ts";
import type { Repository } from "./repository.ts";
import { readStatus, type WorktreeState } from "./output.ts";

/** The folders of all worktrees that git knows, whether they are there or not. */
export async function listWorktrees(git: Repository): Promise<string[]> {
  const result = await git.run(["worktree", "list", "--porcelain"]);
  if (result.code !== 0) throw failed("worktree list", result);
  return [...result.stdout.matchAll(/^worktree (.+)$/gm)].map(([, path = ""]) => resolve(path));
}

/** Remove a worktree and what git knows of it; false when git does not know it. */
export async function removeWorktree(git: Repository, path: string): Promise<boolean> {
  const result = await git.run(["worktree", "remove", "--force", "--force", path]);
  return result.code === 0;
}

/** Make a worktree of a commit, whatever stale entry there is for the same path. */
export async function addWorktree(git: Repository, path: string, commit: string): Promise<void> {
  const result = await git.run(
    [
      ...PLAIN,
      // Several processes write the files, which takes half the time for thousands of them.
      "-c",
      `checkout.workers=${Math.max(4, navigator.hardwareConcurrency)}`,
      "worktree",
      "add",
      "--quiet",
      "--detach",
      "--force",
      "--force",
      path,
      commit,
    ],
  );
  if (result.code === 0) return;
  const hints = /lfs/i.test(result.stderr)
    ? [
      "The commit holds files of Git LFS: install it (`git lfs install`) and fetch them (`git lfs fetch`).",
    ]
    : [];
  throw failed("worktree add", result, hints);
}

/** Mend the links between the repository and a worktree that was moved. */
export async function repairWorktree(git: Repository, path: string): Promise<void> {
  await git.run(["worktree", "repair", path]);
}

/** Whether somebody locked a worktree, so that it stays (`git worktree lock`). */
export async function isLocked(path: string): Promise<boolean> {
  const folder = /^gitdir: (.+)$/m.exec(await readIfThere(join(path, ".git")) ?? "")?.[1];
  return folder !== undefined && await isFile(resolve(path, folder, "locked"));
}

/** How a worktree stands; undefined when the folder is no worktree of this repository. */
export async function worktreeState(
  git: Repository,
  path: string,
): Promise<WorktreeState | undefined> {
  const args = [
    "status",
    "--porcelain=v2",
    "--branch",
    "-z",
    "--untracked-files=all",
    "--ignore-submodules=all",
  ];
  // Without optional locks git would hash every file again and again while the index is as young as they are.
  const env = {
    ...git.env,
    GIT_OPTIONAL_LOCKS: "1",
    GIT_CEILING_DIRECTORIES: resolve(path, ".."),
  };
  const result = await query({
    program: git.program,
    args: [...PLAIN, "-C", path, ...args, "--no-renames"],
    cwd: git.cwd,
    env,
  });
  return result.code === 0 ? readStatus(result.stdout) : undefined;
}

/** Tracked files below a folder with one of the endings and one of the patterns (POSIX, case ignored) in them. */
export async function filesMatching(
  git: Repository,
  folder: string,
  patterns: readonly string[],
  endings: readonly string[],
): Promise<string[]> {
  const result = await git.run([
    "-c",
    "grep.fullName=false",
    "-c",
    "submodule.recurse=false",
    "-C",
    folder,
    "grep",
    "--files-with-matches",
    "-z",
    // What an attribute calls binary, dbt reads all the same.
    "--text",
    "--ignore-case",
    "--extended-regexp",
    ...patterns.flatMap((pattern) => ["-e", pattern]),
    "--",
    ...endings.map((ending) => `:(glob,icase)**/*.${ending}`),
  ]);
  // 1 means that nothing matched.
  if (result.code > 1) throw failed("grep", result);
  return result.stdout.split("\0").filter((path) => path !== "");
}

/** Tracked links and submodules below a folder: what a search of the tracked files does not look into. */
export async function linksAndSubmodules(git: Repository, folder: string): Promise<string[]> {
  const result = await git.run(["-C", folder, "ls-files", "--stage", "-z"]);
  if (result.code !== 0) throw failed("ls-files", result);
  return result.stdout.split("\0").flatMap((line) =>
    /^(?:120000|160000) [^\t]*\t(.+)$/s.exec(line)?.[1] ?? []
  );
}

/** Paths in a worktree that Git LFS should have filled, and that hold a pointer instead. */
export async function lfsPointers(git: Repository, worktree: string): Promise<string[]> {
  const used = await git.run(
    [
      "-C",
      worktree,
      "grep",
      "--quiet",
      "--cached",
      "-e",
      "filter=lfs",
      "--",
      ":(glob)**/.gitattributes",
    ],
  );
  if (used.code !== 0) return [];
  const listed = await git.run([
    "-C",
    worktree,
    "ls-files",
    "-z",
    "--",
    ":(attr:filter=lfs)",
  ]);
  const pointers: string[] = [];
  for (const path of listed.stdout.split("\0").filter((path) => path !== "")) {
    const file = await Deno.open(join(worktree, path)).catch(() => undefined);
    if (file === undefined) continue;
    const head = new Uint8Array(40);
    const count = await file.read(head);
    file.close();
    const text = new TextDecoder().decode(head.subarray(0, count ?? 0));
    if (text.startsWith("version https://git-lfs")) pointers.push(path);
  }
  return pointers;
}
