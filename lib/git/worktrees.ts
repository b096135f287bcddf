/**
 * Worktrees, and what git knows of the files in them.
 * @module
 */
import { join, resolve } from "@std/path";
import { isFile, readIfThere } from "../base/files.ts";
import { failed, misread } from "./command.ts";
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

/** What git says of a worktree that another git is making. */
const BEING_MADE = /failed to read \S*[/\\]worktrees[/\\]\S+[/\\](?:commondir|gitdir|HEAD)/;
const TRIES = 40;
/** How long to wait for that one, in milliseconds. */
const PAUSE = 25;

/** Make a worktree of a commit, whatever stale entry there is for the same path. */
export async function addWorktree(git: Repository, path: string, commit: string): Promise<void> {
  const add = () =>
    git.run(
      ["worktree", "add", "--quiet", "--detach", "--force", "--force", path, commit],
      {
        // Several processes write the files, which takes half the time for thousands of them.
        settings: { "checkout.workers": String(Math.max(4, navigator.hardwareConcurrency)) },
      },
    );
  let result = await add();
  // git reads what it keeps of all worktrees, and ends where another git is just writing that of a new one.
  for (let again = 0; again < TRIES && BEING_MADE.test(result.stderr); again++) {
    await new Promise((done) => setTimeout(done, PAUSE));
    result = await add();
  }
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
  const result = await git.run([
    "status",
    "--porcelain=v2",
    "--branch",
    "-z",
    "--untracked-files=all",
    "--ignore-submodules=all",
    "--no-renames",
  ], {
    at: path,
    env: {
      // Without optional locks git would hash every file again and again while the index is as young as they are.
      GIT_OPTIONAL_LOCKS: "1",
      GIT_CEILING_DIRECTORIES: resolve(path, ".."),
    },
  });
  if (result.code === 0) return readStatus(result.stdout);
  if (/not a git repository/.test(result.stderr)) return undefined;
  throw failed("status", result);
}

/** Files below folders of a worktree that git ignores. */
export async function ignoredFiles(
  git: Repository,
  worktree: string,
  folders: readonly string[],
): Promise<string[]> {
  if (folders.length === 0) return [];
  const args = ["ls-files", "--others", "--ignored", "--exclude-standard", "-z", "--"];
  const listed = await git.read([...args, ...folders], {
    at: worktree,
    env: { GIT_LITERAL_PATHSPECS: "1" },
  });
  return splitPaths(listed);
}

/** Put tracked files of a worktree back to what its commit has. */
export async function restoreFiles(
  git: Repository,
  worktree: string,
  paths: readonly string[],
): Promise<void> {
  await git.read(["checkout", "--force", "HEAD", "--", ...paths], {
    at: worktree,
    env: { GIT_LITERAL_PATHSPECS: "1" },
  });
}

/** Tracked files below a folder with one of the endings and one of the patterns (POSIX, case ignored) in them. */
export async function filesMatching(
  git: Repository,
  folder: string,
  patterns: readonly string[],
  endings: readonly string[],
): Promise<string[]> {
  const result = await git.run([
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
  ], { at: folder });
  // 1 means that nothing matched.
  if (result.code > 1) throw failed("grep", result);
  return splitPaths(result.stdout);
}

/** A path that git tracks. */
export interface Tracked {
  path: string;
  /** Whether it is a file, and no link or submodule, into which no search of the tracked files looks. */
  isFile: boolean;
}

/** What git tracks below a folder. */
export async function trackedFiles(git: Repository, folder: string): Promise<Tracked[]> {
  const listed = await git.read(["ls-files", "--stage", "-z"], { at: folder });
  return splitPaths(listed).map((line) => {
    const [, mode = "", path] = /^(\d{6}) [0-9a-f]+ \d\t(.+)$/s.exec(line) ?? [];
    if (path === undefined) throw misread("ls-files", line);
    return { path, isFile: mode !== "120000" && mode !== "160000" };
  });
}

/** Paths in a worktree that Git LFS should have filled, and that hold a pointer instead. */
export async function lfsPointers(git: Repository, worktree: string): Promise<string[]> {
  const used = await git.run(
    ["grep", "--quiet", "--cached", "-e", "filter=lfs", "--", ":(glob)**/.gitattributes"],
    { at: worktree },
  );
  if (used.code > 1) throw failed("grep", used);
  if (used.code === 1) return [];
  const listed = await git.read(["ls-files", "-z", "--", ":(attr:filter=lfs)"], { at: worktree });
  const pointers: string[] = [];
  for (const path of splitPaths(listed)) {
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

function splitPaths(text: string): string[] {
  return text.split("\0").filter((path) => path !== "");
}
