/**
 * Refs, and how commits stand to each other.
 * @module
 */
import { failed, misread } from "./command.ts";
import {
  readRefs,
  readRemoved,
  readRenames,
  readSubjects,
  type Ref,
  type Removed,
} from "./output.ts";
import type { Repository } from "./repository.ts";

/** The subjects of commits, by hash; a commit that is not in the repository any more has none. */
export async function subjects(
  git: Repository,
  commits: readonly string[],
): Promise<Map<string, string>> {
  if (commits.length === 0) return new Map();
  const args = ["rev-list", "--no-walk=unsorted", "--ignore-missing", "--format=%H%x00%s"];
  const listed = await git.read([...args, "--stdin"], {
    input: lines(commits),
    // A partial clone would ask its server for what is gone.
    env: { GIT_NO_LAZY_FETCH: "1" },
  });
  return readSubjects(listed);
}

/** The branches and tags of the repository, by the commit that each points at. */
export async function refs(git: Repository): Promise<Map<string, Ref[]>> {
  const format = "--format=%(objectname) %(*objectname) %(symref) %(refname)";
  const places = ["refs/heads", "refs/tags", "refs/remotes"];
  return readRefs(await git.read(["for-each-ref", format, ...places]));
}

/** The ref that a symbolic one, such as `refs/remotes/origin/HEAD`, stands for; any other as it is. */
export async function symbolicName(git: Repository, ref: string): Promise<string> {
  const listed = await git.read(["for-each-ref", "--format=%(symref)", ref]);
  return listed.trim() || ref;
}

/** The commit at which two histories part, as a hash; undefined where they have none in common. */
export async function mergeBase(
  git: Repository,
  one: string,
  other: string,
): Promise<string | undefined> {
  const result = await git.run(["merge-base", "--end-of-options", one, other]);
  if (result.code === 0 && /^[0-9a-f]{40,64}\n/.test(result.stdout)) return result.stdout.trim();
  if (result.code === 1) return undefined;
  throw failed("merge-base", result);
}

/** How many commits lie between an ancestor and a commit; undefined where it is none, or not in the repository. */
export async function distance(
  git: Repository,
  ancestor: string,
  commit: string,
): Promise<number | undefined> {
  const [far, count] = await Promise.all([
    git.run(["merge-base", "--is-ancestor", ancestor, commit]),
    git.run(["rev-list", "--count", `${ancestor}..${commit}`]),
  ]);
  if (far.code !== 0) return undefined;
  if (!/^\d+\n$/.test(count.stdout)) throw failed("rev-list", count);
  return Number(count.stdout);
}

/** Whether history is cut off in this clone. */
export async function isShallow(git: Repository): Promise<boolean> {
  const answer = (await git.read(["rev-parse", "--is-shallow-repository"])).trim();
  if (answer !== "true" && answer !== "false") throw misread("rev-parse", answer);
  return answer === "true";
}

/** Those of some commits that cannot be reached from a ref, or, without one, from any; those that are gone too. */
export async function unreachable(
  git: Repository,
  commits: readonly string[],
  ref?: string,
): Promise<Set<string>> {
  if (commits.length === 0) return new Set();
  const [listed, there] = await Promise.all([
    git.read(
      // A worktree of its own, as every build has, is no reason to keep a commit.
      ["rev-list", "--ignore-missing", "--single-worktree", "--stdin", "--not", ref ?? "--all"],
      { input: lines(commits) },
    ),
    subjects(git, commits),
  ]);
  const far = new Set(listed.split("\n"));
  return new Set(commits.filter((commit) => far.has(commit) || !there.has(commit)));
}

/** The commits that abbreviated hashes name, with the time of each in milliseconds; what names none is left out. */
export async function commitsNamed(
  git: Repository,
  hashes: readonly string[],
): Promise<Map<string, { hash: string; at: number }>> {
  if (hashes.length === 0) return new Map();
  const checked = await git.read(["cat-file", "--batch-check=%(objectname) %(objecttype)"], {
    input: lines(hashes.map((hash) => `${hash}^{commit}`)),
  });
  const answers = checked.split("\n").slice(0, -1);
  if (answers.length !== hashes.length) throw misread("cat-file", checked);
  const found = hashes.flatMap((name, at) => {
    const answer = answers[at] ?? "";
    const hash = /^([0-9a-f]{40,64}) commit$/.exec(answer)?.[1];
    // The hash of a tag leads to a commit that has another.
    if (hash !== undefined) return hash.startsWith(name) ? [{ name, hash }] : [];
    if (/ (?:missing|ambiguous)$/.test(answer)) return [];
    throw misread("cat-file", answer);
  });
  if (found.length === 0) return new Map();
  const shown = await git.read(["rev-list", "--no-walk=unsorted", "--format=%H %ct", "--stdin"], {
    input: lines(found.map(({ hash }) => hash)),
  });
  const times = new Map(
    [...shown.matchAll(/^([0-9a-f]{40,64}) (\d+)$/gm)].map(([, hash = "", seconds]) => [
      hash,
      Number(seconds) * 1000,
    ]),
  );
  return new Map(found.map(({ name, hash }) => {
    const at = times.get(hash);
    if (at === undefined) throw misread("rev-list", shown);
    return [name, { hash, at }];
  }));
}

/** The names that files got in renames, the newest first: `[old, new]`, relative to the root. */
export async function renames(
  git: Repository,
  folder: string,
  limit: number,
): Promise<[string, string][]> {
  const result = await git.run([
    "log",
    `--max-count=${limit}`,
    "--diff-filter=R",
    "--find-renames",
    "--name-status",
    "--format=",
    "-z",
    "--",
    folder === "" ? "." : folder,
  ], { at: git.root });
  if (result.code !== 0) {
    // Before the first commit there is no history.
    if ((await git.run(["rev-parse", "--verify", "--quiet", "HEAD"])).code !== 0) return [];
    throw failed("log", result);
  }
  return readRenames(result.stdout);
}

/** What was removed from files below folders, relative to the root, in so many commits; nothing before the first commit. */
export async function removed(
  git: Repository,
  folders: readonly string[],
  limit: number,
): Promise<Removed[]> {
  const result = await git.run([
    "log",
    `--max-count=${limit}`,
    "--no-merges",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--text",
    "--patch",
    "--unified=0",
    "--format=",
    "--",
    ...folders,
  ], { at: git.root, env: { GIT_LITERAL_PATHSPECS: "1" } });
  if (result.code === 0) return readRemoved(result.stdout);
  if ((await git.run(["rev-parse", "--verify", "--quiet", "HEAD"])).code !== 0) return [];
  throw failed("log", result);
}

function lines(words: readonly string[]): string {
  return words.map((word) => `${word}\n`).join("");
}
