/**
 * Refs, and how commits stand to each other.
 * @module
 */
import { query } from "../base/process.ts";
import { failed } from "./command.ts";
import { readRefs, readSubjects, type Ref } from "./output.ts";
import type { Repository } from "./repository.ts";

/** The subjects of commits, by hash; a commit that is not in the repository any more has none. */
export async function subjects(
  git: Repository,
  commits: readonly string[],
): Promise<Map<string, string>> {
  if (commits.length === 0) return new Map();
  const args = ["rev-list", "--no-walk=unsorted", "--ignore-missing", "--format=%H%x00%s"];
  const result = await query({
    program: git.program,
    args: [...args, "--stdin"],
    cwd: git.cwd,
    // A partial clone would ask its server for what is gone.
    env: { ...git.env, GIT_NO_LAZY_FETCH: "1" },
  }, lines(commits));
  if (result.code !== 0) throw failed("rev-list", result);
  return readSubjects(result.stdout);
}

/** The branches and tags of the repository, by the commit that each points at. */
export async function refs(git: Repository): Promise<Map<string, Ref[]>> {
  const format = "--format=%(objectname) %(*objectname) %(symref) %(refname)";
  const places = ["refs/heads", "refs/tags", "refs/remotes"];
  const result = await git.run(["for-each-ref", format, ...places]);
  if (result.code !== 0) throw failed("for-each-ref", result);
  return readRefs(result.stdout);
}

/** The branch that others are merged into: what origin says, else `main`, else `master`; its full name. */
export async function defaultBranch(git: Repository): Promise<string | undefined> {
  const names = ["refs/remotes/origin/HEAD", "refs/heads/main", "refs/heads/master"];
  const result = await git.run(["for-each-ref", "--format=%(refname)", ...names]);
  const found = new Set(result.stdout.split("\n"));
  return names.find((name) => found.has(name));
}

/** The commit at which two histories part, as a hash; undefined where they have none in common. */
export async function mergeBase(
  git: Repository,
  one: string,
  other: string,
): Promise<string | undefined> {
  const result = await git.run(["merge-base", "--end-of-options", one, other]);
  if (result.code === 0) return result.stdout.trim();
  if (result.code === 1) return undefined;
  throw failed("merge-base", result);
}

/** How many commits lie between an ancestor and a commit; undefined where it is none. */
export async function distance(
  git: Repository,
  ancestor: string,
  commit: string,
): Promise<number | undefined> {
  const [far, count] = await Promise.all([
    git.run(["merge-base", "--is-ancestor", ancestor, commit]),
    git.run(["rev-list", "--count", `${ancestor}..${commit}`]),
  ]);
  return far.code === 0 && count.code === 0 ? Number(count.stdout.trim()) : undefined;
}

/** Whether history is cut off in this clone. */
export async function isShallow(git: Repository): Promise<boolean> {
  const result = await git.run(["rev-parse", "--is-shallow-repository"]);
  return result.stdout.trim() === "true";
}

/** Those of some commits that cannot be reached from a ref, or, without one, from any; those that are gone too. */
export async function unreachable(
  git: Repository,
  commits: readonly string[],
  ref?: string,
): Promise<Set<string>> {
  if (commits.length === 0) return new Set();
  const [listed, there] = await Promise.all([
    git.run(
      // A worktree of its own, as every build has, is no reason to keep a commit.
      ["rev-list", "--ignore-missing", "--single-worktree", "--stdin", "--not", ref ?? "--all"],
      lines(commits),
    ),
    subjects(git, commits),
  ]);
  if (listed.code !== 0) throw failed("rev-list", listed);
  const far = new Set(listed.stdout.split("\n"));
  return new Set(commits.filter((commit) => far.has(commit) || !there.has(commit)));
}

/** The commits that abbreviated hashes name, with the time of each in milliseconds; what names none is left out. */
export async function commitsNamed(
  git: Repository,
  hashes: readonly string[],
): Promise<Map<string, { hash: string; at: number }>> {
  if (hashes.length === 0) return new Map();
  const checked = await git.run(
    ["cat-file", "--batch-check=%(objectname) %(objecttype)"],
    lines(hashes.map((hash) => `${hash}^{commit}`)),
  );
  if (checked.code !== 0) throw failed("cat-file", checked);
  const answers = checked.stdout.split("\n");
  const found = hashes.flatMap((name, at) => {
    const hash = /^([0-9a-f]{40,64}) commit$/.exec(answers[at] ?? "")?.[1];
    return hash?.startsWith(name) === true ? [{ name, hash }] : [];
  });
  if (found.length === 0) return new Map();
  const shown = await git.run(
    ["rev-list", "--no-walk=unsorted", "--format=%H %ct", "--stdin"],
    lines(found.map(({ hash }) => hash)),
  );
  if (shown.code !== 0) throw failed("rev-list", shown);
  const times = new Map(
    [...shown.stdout.matchAll(/^([0-9a-f]{40,64}) (\d+)$/gm)].map(([, hash = "", seconds]) => [
      hash,
      Number(seconds) * 1000,
    ]),
  );
  return new Map(found.map(({ name, hash }) => [name, { hash, at: times.get(hash) ?? 0 }]));
}

/** The names that files got in renames, the newest first: `[old, new]`, relative to the root. */
export async function renames(
  git: Repository,
  folder: string,
  limit: number,
): Promise<[string, string][]> {
  const result = await git.run([
    "-C",
    git.root,
    "log",
    `--max-count=${limit}`,
    "--diff-filter=R",
    "--find-renames",
    "--name-status",
    "--format=",
    "-z",
    "--",
    folder === "" ? "." : folder,
  ]);
  const words = result.code === 0 ? result.stdout.split("\0") : [];
  const found: [string, string][] = [];
  for (let at = 0; at + 2 < words.length; at += 3) {
    found.push([words[at + 1] ?? "", words[at + 2] ?? ""]);
  }
  return found;
}

function lines(words: readonly string[]): string {
  return words.map((word) => `${word}\n`).join("");
}
