/**
 * A git repository: its commits and refs, and the files in them. Only this folder knows git's arguments.
 * @module
 */
import { isAbsolute, join, resolve } from "@std/path";
import { DotError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { failed } from "./command.ts";
import { readRefs, readSubjects, type Ref, splitBatch } from "./output.ts";
import { query, type Result } from "../base/process.ts";
import { findOnPath } from "../base/programs.ts";
import { Repository } from "./repository.ts";
import { commitWorkingTree, NOBODYS_ADDRESS } from "./working_tree.ts";

/**
 * What a hook sets for git itself (`git rev-parse --local-env-vars`): it would send our commands to the caller's index.
 */
const HOOK_VARIABLES = [
  "GIT_COMMON_DIR",
  "GIT_DIR",
  "GIT_INDEX_FILE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_PREFIX",
  "GIT_WORK_TREE",
];

/** What stands for the working tree where a revision is asked for. */
const WORKING_TREE = ".";
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

/** A git repository, asked and changed through the git command line. */
export class Git extends Repository {
  /** Open the repository around a folder; undefined when there is none, or no git. */
  static async find(cwd: string, env: Record<string, string>): Promise<Git | undefined> {
    const program = await findOnPath("git", env, cwd);
    if (program === undefined) return undefined;
    const opened = await Git.#open(program, cwd, env);
    return opened instanceof Git ? opened : undefined;
  }

  /** Open the repository around a folder. Throws a DotError when there is none, or no git. */
  static async require(cwd: string, env: Record<string, string>): Promise<Git> {
    const program = await findOnPath("git", env, cwd);
    if (program === undefined) {
      throw new DotError("git is not installed, or not on PATH", {
        hints: ["An isolated build needs it: https://git-scm.com/downloads"],
      });
    }
    const opened = await Git.#open(program, cwd, env);
    if (opened instanceof Git) return opened;
    if (/not a git repository/.test(opened.stderr)) {
      throw new DotError(`${cwd} is not in a git repository`, {
        hints: [
          "`@<ref>` builds a commit: run dot inside the repository, or make one with `git init`.",
        ],
      });
    }
    throw failed("rev-parse", opened);
  }

  static async #open(
    program: string,
    cwd: string,
    env: Record<string, string>,
  ): Promise<Git | Result> {
    const clean: Record<string, string> = { ...env, LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" };
    for (const name of HOOK_VARIABLES) delete clean[name];
    const result = await query({
      program,
      args: ["rev-parse", "--show-toplevel", "--git-common-dir", "--git-path", "info/exclude"],
      cwd,
      env: clean,
    });
    const [root, commonDir, exclude] = result.stdout.split("\n");
    if (result.code !== 0 || !root || !commonDir || !exclude) return result;
    const at = (path: string) => isAbsolute(path) ? path : resolve(cwd, path);
    return new Git(program, cwd, clean, resolve(root), at(commonDir), at(exclude));
  }

  /**
   * The commit that a revision names, tags peeled; `.` is the working tree as a commit. Throws a DotError that names the
   * revision when there is none.
   */
  async resolveCommit(revision: string): Promise<Commit> {
    if (revision === WORKING_TREE) return await (this.#uncommitted ??= this.#workingTree());
    // A plain name needs one process, not two: only a range or an expression could mean more than one commit.
    const plain = /^\w[\w./+-]*(?:~\d*)?$/.test(revision) && !revision.includes("..");
    const direct = plain ? await this.#showCommit(revision) : undefined;
    if (direct !== undefined) return direct;
    const object = await this.run([
      "rev-parse",
      "--verify",
      "--quiet",
      "--end-of-options",
      revision,
    ]);
    // `--quiet` without a message, an empty line for `-`: whatever is no hash is no object.
    const hash = object.stdout.trim().split("\n").at(-1) ?? "";
    if (object.code !== 0 || !/^[0-9a-f]{40,64}$/.test(hash)) {
      throw await this.#unresolved(revision);
    }
    const shown = await this.#showCommit(hash);
    if (shown !== undefined) return shown;
    const type = await this.run(["cat-file", "-t", hash]);
    if (type.code !== 0) throw await this.#missing(revision, hash);
    throw new DotError(`\`${revision}\` is a ${type.stdout.trim()}, not a commit`, {
      hints: ["Name a commit, branch or tag."],
    });
  }

  /** The working tree as a commit: what it holds now is what it holds for the whole of this run. */
  #uncommitted: Promise<Commit> | undefined;

  async #workingTree(): Promise<Commit> {
    const commit = await this.#showCommit(
      await commitWorkingTree(this, { ignored: await this.isIgnored(".dot/") }),
    );
    if (commit === undefined) throw new DotError("git made no commit of the working tree");
    return commit;
  }

  /**
   * Let what dot adds to the repository go into a folder that is removed afterwards, for a run that must leave nothing.
   */
  async keepNothing(): Promise<AsyncDisposable> {
    const folder = await Deno.makeTempDir({ prefix: "dot-" });
    this.env["GIT_OBJECT_DIRECTORY"] = folder;
    this.env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = join(this.commonDir, "objects");
    return { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
  }

  /** Whether git understands a text as a commit. */
  async isRevision(revision: string): Promise<boolean> {
    const found = await this.run([
      "rev-parse",
      "--verify",
      "--quiet",
      "--end-of-options",
      revision,
    ]);
    return found.code === 0;
  }

  async #showCommit(revision: string): Promise<Commit | undefined> {
    const shown = await this.run([
      "rev-list",
      "--no-walk",
      "--max-count=1",
      "--format=%h%n%ae%n%P%n%s",
      "--end-of-options",
      revision,
      "--",
    ]);
    const [first = "", short = "", author = "", parents = "", subject = ""] = shown.stdout.split(
      "\n",
    );
    const hash = /^commit ([0-9a-f]+)$/.exec(first)?.[1];
    if (shown.code !== 0 || hash === undefined) return undefined;
    // What a terminal would take for a command is no part of a text.
    const plain = subject.replace(/\p{Cc}/gu, "");
    return {
      hash,
      short,
      subject: plain,
      uncommitted: author === NOBODYS_ADDRESS && parents === "",
    };
  }

  /** The subjects of commits, by hash; a commit that is not in the repository any more has none. */
  async subjects(commits: readonly string[]): Promise<Map<string, string>> {
    if (commits.length === 0) return new Map();
    const args = ["rev-list", "--no-walk=unsorted", "--ignore-missing", "--format=%H%x00%s"];
    const result = await query({
      program: this.program,
      args: [...args, "--stdin"],
      cwd: this.cwd,
      // A partial clone would ask its server for what is gone.
      env: { ...this.env, GIT_NO_LAZY_FETCH: "1" },
    }, commits.map((commit) => `${commit}\n`).join(""));
    if (result.code !== 0) throw failed("rev-list", result);
    return readSubjects(result.stdout);
  }

  /** The branches and tags of the repository, by the commit that each points at. */
  async refs(): Promise<Map<string, Ref[]>> {
    const format = "--format=%(objectname) %(*objectname) %(symref) %(refname)";
    const places = ["refs/heads", "refs/tags", "refs/remotes"];
    const result = await this.run(["for-each-ref", format, ...places]);
    if (result.code !== 0) throw failed("for-each-ref", result);
    return readRefs(result.stdout);
  }

  /** The branch that others are merged into: what origin says, else `main`, else `master`; its full name. */
  async defaultBranch(): Promise<string | undefined> {
    const names = ["refs/remotes/origin/HEAD", "refs/heads/main", "refs/heads/master"];
    const result = await this.run(["for-each-ref", "--format=%(refname)", ...names]);
    const found = new Set(result.stdout.split("\n"));
    return names.find((name) => found.has(name));
  }

  /** The commit at which two histories part, as a hash; undefined where they have none in common. */
  async mergeBase(one: string, other: string): Promise<string | undefined> {
    const result = await this.run(["merge-base", "--end-of-options", one, other]);
    if (result.code === 0) return result.stdout.trim();
    if (result.code === 1) return undefined;
    throw failed("merge-base", result);
  }

  /** How many commits lie between an ancestor and a commit; undefined where it is none. */
  async distance(ancestor: string, commit: string): Promise<number | undefined> {
    const [far, count] = await Promise.all([
      this.run(["merge-base", "--is-ancestor", ancestor, commit]),
      this.run(["rev-list", "--count", `${ancestor}..${commit}`]),
    ]);
    return far.code === 0 && count.code === 0 ? Number(count.stdout.trim()) : undefined;
  }

  /** Whether history is cut off in this clone. */
  async isShallow(): Promise<boolean> {
    return await this.#isShallow();
  }

  /** Those of some commits that cannot be reached from a ref, or, without one, from any; those that are gone too. */
  async unreachable(commits: readonly string[], ref?: string): Promise<Set<string>> {
    if (commits.length === 0) return new Set();
    const input = commits.map((commit) => `${commit}\n`).join("");
    const [listed, there] = await Promise.all([
      this.run(
        // A worktree of its own, as every build has, is no reason to keep a commit.
        ["rev-list", "--ignore-missing", "--single-worktree", "--stdin", "--not", ref ?? "--all"],
        input,
      ),
      this.subjects(commits),
    ]);
    if (listed.code !== 0) throw failed("rev-list", listed);
    const far = new Set(listed.stdout.split("\n"));
    return new Set(commits.filter((commit) => far.has(commit) || !there.has(commit)));
  }

  /** The commits that abbreviated hashes name, with the time of each in milliseconds; what names none is left out. */
  async commitsNamed(
    hashes: readonly string[],
  ): Promise<Map<string, { hash: string; at: number }>> {
    if (hashes.length === 0) return new Map();
    const checked = await this.run(
      ["cat-file", "--batch-check=%(objectname) %(objecttype)"],
      hashes.map((hash) => `${hash}^{commit}\n`).join(""),
    );
    if (checked.code !== 0) throw failed("cat-file", checked);
    const lines = checked.stdout.split("\n");
    const found = hashes.flatMap((name, at) => {
      const hash = /^([0-9a-f]{40,64}) commit$/.exec(lines[at] ?? "")?.[1];
      return hash?.startsWith(name) === true ? [{ name, hash }] : [];
    });
    if (found.length === 0) return new Map();
    const shown = await this.run(
      ["rev-list", "--no-walk=unsorted", "--format=%H %ct", "--stdin"],
      found.map(({ hash }) => `${hash}\n`).join(""),
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
  async renames(folder: string, limit: number): Promise<[string, string][]> {
    const result = await this.run([
      "-C",
      this.root,
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

  /** What readFiles has read: the files of a commit never change. */
  readonly #texts = new Map<string, string | undefined>();

  /**
   * The texts of files at a commit, in order; undefined for one that is not there. Paths that will be asked for later
   * may be read `ahead`: each process counts.
   */
  async readFiles(
    commit: string,
    paths: readonly string[],
    ahead: readonly string[] = [],
  ): Promise<(string | undefined)[]> {
    // `cat-file --batch` takes one name a line: a path with a newline in it cannot be asked for.
    const nameOf = (path: string) => `${commit}:${path.replaceAll("\n", " ")}`;
    const names = paths.map(nameOf);
    if (names.some((name) => !this.#texts.has(name))) {
      const wanted = [...new Set([...names, ...ahead.map(nameOf)])];
      const result = await this.run(
        ["cat-file", "--batch"],
        wanted.map((name) => `${name}\n`).join(""),
      );
      if (result.code !== 0) throw failed("cat-file", result);
      const texts = splitBatch(result.bytes, wanted.length);
      wanted.forEach((name, at) => this.#texts.set(name, texts[at]));
    }
    return names.map((name) => this.#texts.get(name));
  }

  /** What was asked ahead of its use, while something else was read: each process takes a while. */
  readonly #ahead = new Map<string, Promise<boolean>>();

  /** Begin to ask whether git ignores a folder, and whether it tracks anything in it. */
  askAhead(folder: string): void {
    for (
      const [question, answer] of [
        [`ignores ${folder}/`, this.#isIgnored(`${folder}/`)],
        [`tracks ${folder}`, this.#isTracked(folder)],
      ] as const
    ) {
      // Whoever wants the answer gets the error as well.
      answer.catch(() => {});
      this.#ahead.set(question, answer);
    }
  }

  /** Whether the ignore files name a path; it need not exist, and may be tracked all the same. */
  isIgnored(path: string): Promise<boolean> {
    return this.#ahead.get(`ignores ${path}`) ?? this.#isIgnored(path);
  }

  /** Whether git tracks anything at or below a path, relative to the root. */
  isTracked(path: string): Promise<boolean> {
    return this.#ahead.get(`tracks ${path}`) ?? this.#isTracked(path);
  }

  async #isIgnored(path: string): Promise<boolean> {
    const args = ["check-ignore", "--quiet", "--no-index", "--", path];
    const result = await this.run(["-C", this.root, ...args]);
    return result.code === 0;
  }

  async #isTracked(path: string): Promise<boolean> {
    const result = await this.run(["-C", this.root, "ls-files", "-z", "--", path]);
    return result.stdout !== "";
  }

  /** The hash of a file at a commit; undefined where there is none. The path is relative to the root. */
  async blob(commit: string, path: string): Promise<string | undefined> {
    const found = await this.run(["rev-parse", "--verify", "--quiet", `${commit}:${path}`]);
    return found.code === 0 ? found.stdout.trim() : undefined;
  }

  /** The paths at a commit that end in a name, installed packages left out. */
  async filesNamed(commit: string, name: string): Promise<string[]> {
    const result = await this.run(
      ["-C", this.root, "ls-tree", "-r", "-z", "--name-only", commit],
    );
    return result.stdout.split("\0").filter((path) =>
      (path === name || path.endsWith(`/${name}`)) && !path.includes("dbt_packages/")
    );
  }

  async #unresolved(revision: string): Promise<DotError> {
    if (/^[0-9a-f]{7,64}$/i.test(revision)) return await this.#missing(revision, revision);
    const listed = await this.run(
      ["for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes"],
    );
    const names = listed.stdout.split("\n").filter((name) => name !== "");
    const remote = names.find((name) => name.endsWith(`/${revision}`));
    const near = remote ?? nearest(revision, names);
    const hints = near === undefined ? [] : [`Did you mean \`${near}\`?`];
    if (await this.#isShallow()) hints.push(SHALLOW);
    else if (near === undefined) hints.push("If it is new on the server: git fetch");
    return new DotError(`git finds no commit for \`${revision}\``, { hints });
  }

  async #missing(revision: string, hash: string): Promise<DotError> {
    const hints = await this.#isShallow()
      ? [SHALLOW, `Or only this commit: git fetch origin ${hash}`]
      : ["If it is on the server: git fetch"];
    return new DotError(`the commit \`${revision}\` is not in this repository`, { hints });
  }

  async #isShallow(): Promise<boolean> {
    const result = await this.run(["rev-parse", "--is-shallow-repository"]);
    return result.stdout.trim() === "true";
  }
}

const SHALLOW = "This clone is shallow. Get the whole history: git fetch --unshallow";
