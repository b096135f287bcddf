/**
 * What a revision names: git's own words for a commit, resolved to one.
 * @module
 */
import { DotError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { quote } from "../base/shell.ts";
import { misread } from "./command.ts";
import { isShallow } from "./history.ts";
import type { Repository } from "./repository.ts";
import { NOBODYS_ADDRESS } from "./working_tree.ts";

/** A commit that a spec names. */
export interface Commit {
  /** The full hash. */
  hash: string;
  /** As git shortens it today. */
  short: string;
  subject: string;
  /** Whether it is one of dot's own, of a working tree. */
  uncommitted: boolean;
}

/** What is said in a clone without its whole history. */
export const SHALLOW = "This clone is shallow. Get the whole history: git fetch --unshallow";

/** What may be the name of a branch, and nothing of a revision besides. */
const BRANCH = /^\w[\w./+-]*$/;

/** The command that gets a branch of origin's. */
export function fetchOf(branch: string): string {
  const refs = `${branch}:refs/remotes/origin/${branch}`;
  return `git fetch origin ${quote(refs)}`;
}

/** Whether a plain fetch gets no other branches than those that are named: `clone --single-branch`, and `--depth`. */
async function fetchesOne(git: Repository): Promise<boolean> {
  const listed = await git.run(["config", "--get-all", "remote.origin.fetch"]);
  return listed.code === 0 && !listed.stdout.includes("*");
}

/**
 * The commit that a revision names, tags peeled; a branch that is not here as origin has it, as in the clones of a CI. Throws a
 * DotError that names the revision when there is none.
 */
export async function resolveRevision(git: Repository, revision: string): Promise<Commit> {
  // A plain name needs one process, not two: only a range or an expression could mean more than one commit.
  const plain = /^\w[\w./+-]*(?:~\d*)?$/.test(revision) && !revision.includes("..");
  const direct = plain ? await showCommit(git, revision) : undefined;
  if (direct !== undefined) return direct;
  const remote = plain ? await showCommit(git, `refs/remotes/origin/${revision}`) : undefined;
  if (remote !== undefined) return remote;
  const object = await verify(git, revision);
  // `--quiet` without a message, an empty line for `-`: whatever is no hash is no object.
  const hash = object.stdout.trim().split("\n").at(-1) ?? "";
  if (object.code !== 0 || !/^[0-9a-f]{40,64}$/.test(hash)) {
    const elsewhere = await ofOrigin(git, revision);
    if (elsewhere !== undefined) return elsewhere;
    throw await unresolved(git, revision);
  }
  const shown = await showCommit(git, hash);
  if (shown !== undefined) return shown;
  const type = await git.run(["cat-file", "-t", hash]);
  if (type.code !== 0) throw await missing(git, revision, hash);
  throw new DotError(`\`${revision}\` is a ${type.stdout.trim()}, not a commit`, {
    code: "DOT028",
    hints: ["Name a commit, branch or tag."],
  });
}

/** Whether git understands a text as a commit, or origin has a branch of that name. */
export async function isRevision(git: Repository, revision: string): Promise<boolean> {
  const found = await Promise.all(
    [revision, `refs/remotes/origin/${revision}`].map((one) => verify(git, one)),
  );
  return found.some(({ code }) => code === 0);
}

/** What is known of a commit; undefined where the revision names none. */
export async function showCommit(git: Repository, revision: string): Promise<Commit | undefined> {
  const shown = await git.run([
    "rev-list",
    "--no-walk",
    "--max-count=1",
    "--format=%h%n%ae%n%P%n%s",
    "--end-of-options",
    revision,
    "--",
  ]);
  // A revision may name what is no commit: then git lists none.
  if (shown.code !== 0 || shown.stdout === "") return undefined;
  const [first = "", short = "", author = "", parents = "", subject = ""] = shown.stdout.split(
    "\n",
  );
  const hash = /^commit ([0-9a-f]+)$/.exec(first)?.[1];
  if (hash === undefined || !hash.startsWith(short) || short === "") {
    throw misread("rev-list", shown.stdout);
  }
  // What a terminal would take for a command is no part of a text.
  const plain = subject.replace(/\p{Cc}/gu, "");
  return {
    hash,
    short,
    subject: plain,
    uncommitted: author === NOBODYS_ADDRESS && parents === "",
  };
}

/** The commit of a branch that only origin has, whatever letters its name has. */
async function ofOrigin(git: Repository, name: string): Promise<Commit | undefined> {
  const ref = `refs/remotes/origin/${name}`;
  const listed = await git.read(["for-each-ref", "--format=%(refname)", "refs/remotes/origin"]);
  return listed.split("\n").includes(ref) ? await showCommit(git, ref) : undefined;
}

function verify(git: Repository, revision: string) {
  return git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", revision]);
}

async function unresolved(git: Repository, revision: string): Promise<DotError> {
  if (/^[0-9a-f]{7,64}$/i.test(revision)) return await missing(git, revision, revision);
  const listed = await git.read(
    ["for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes"],
  );
  const names = listed.split("\n").filter((name) => name !== "");
  const remote = names.find((name) => name.endsWith(`/${revision}`));
  const near = remote ?? nearest(revision, names);
  const hints = near === undefined ? [] : [`Did you mean \`${near}\`?`];
  const fetched = BRANCH.test(revision) && await fetchesOne(git);
  if (fetched) {
    hints.push(`This clone has one branch of origin only. Get another: ${fetchOf(revision)}`);
  }
  if (await isShallow(git)) hints.push(SHALLOW);
  else if (near === undefined && !fetched) hints.push("If it is new on the server: git fetch");
  return new DotError(`git finds no commit for \`${revision}\``, { code: "DOT028", hints });
}

async function missing(git: Repository, revision: string, hash: string): Promise<DotError> {
  const hints = await isShallow(git)
    ? [SHALLOW, `Or only this commit: git fetch origin ${hash}`]
    : ["If it is on the server: git fetch"];
  return new DotError(`the commit \`${revision}\` is not in this repository`, {
    code: "DOT028",
    hints,
  });
}
