/**
 * A git repository as the rest of dot asks it: every question in one value. Only this folder knows git's arguments.
 * @module
 */
import { isAbsolute, join, resolve } from "@std/path";
import { DotError } from "../base/errors.ts";
import type { Result } from "../base/process.ts";
import { findOnPath } from "../base/programs.ts";
import { failed, runGit } from "./command.ts";
import { defaultBranch, targetBranch } from "./default_branch.ts";
import * as history from "./history.ts";
import type { Ref, Removed } from "./output.ts";
import { gitEnvironment } from "./pinned.ts";
import { Repository } from "./repository.ts";
import { type Commit, isRevision, resolveRevision, showCommit } from "./revisions.ts";
import { Tracking } from "./tracking.ts";
import { Tree } from "./tree.ts";
import { commitWorkingTree, isClean } from "./working_tree.ts";

export type { Commit };

/** The environment variables of a run. */
type Env = Record<string, string>;

/** What stands for the working tree where a revision is asked for. */
const WORKING_TREE = ".";

/** A git repository, asked and changed through the git command line. */
export class Git extends Repository {
  /** What was found around a folder, for as long as there is its environment: one run of dot. */
  static readonly #opened = new WeakMap<Env, Map<string, Promise<Git | Result | undefined>>>();

  readonly #tree = new Tree(this);
  readonly #tracking = new Tracking(this);
  /** By revision and by hash: what a revision names, and what the working tree holds, stays so for the whole of a run. */
  readonly #commits = new Map<string, Promise<Commit>>();

  /** Open the repository around a folder, once for each environment; undefined when there is none, or no git. */
  static async find(cwd: string, env: Env): Promise<Git | undefined> {
    const opened = await Git.#open(cwd, env);
    return opened instanceof Git ? opened : undefined;
  }

  /** Open the repository around a folder, once for each environment. Throws a DotError when there is none, or no git. */
  static async require(cwd: string, env: Env): Promise<Git> {
    const opened = await Git.#open(cwd, env);
    if (opened === undefined) {
      throw new DotError("git is not installed, or not on PATH", {
        code: "DOT025",
        hints: ["An isolated build needs it: https://git-scm.com/downloads"],
      });
    }
    if (opened instanceof Git) return opened;
    if (/not a git repository/.test(opened.stderr)) {
      throw new DotError(`${cwd} is not in a git repository`, {
        code: "DOT027",
        hints: [
          "`@<ref>` builds a commit: run dot inside the repository, or make one with `git init`.",
        ],
      });
    }
    throw failed("rev-parse", opened);
  }

  static #open(cwd: string, env: Env): Promise<Git | Result | undefined> {
    const known = Git.#opened.get(env) ?? new Map<string, Promise<Git | Result | undefined>>();
    Git.#opened.set(env, known);
    const opened = known.get(cwd) ?? Git.#look(cwd, env);
    known.set(cwd, opened);
    return opened;
  }

  static async #look(cwd: string, env: Env): Promise<Git | Result | undefined> {
    const program = await findOnPath("git", env, cwd);
    if (program === undefined) return undefined;
    const installed = { program, cwd, env: gitEnvironment(env) };
    const paths = ["info/exclude", "index"].flatMap((path) => ["--git-path", path]);
    const args = ["rev-parse", "--show-toplevel", "--git-common-dir", ...paths];
    const result = await runGit(installed, args);
    const [root, commonDir, exclude, index] = result.stdout.split("\n");
    if (result.code !== 0 || !root || !commonDir || !exclude || !index) return result;
    const at = (path: string) => isAbsolute(path) ? path : resolve(cwd, path);
    return new Git(installed, {
      root: resolve(root),
      commonDir: at(commonDir),
      excludeFile: at(exclude),
      indexFile: at(index),
    });
  }

  /**
   * Let what dot adds to the repository go into a folder that is removed afterwards, for a run that must leave nothing.
   */
  async keepNothing(): Promise<AsyncDisposable> {
    const folder = await Deno.makeTempDir({ prefix: "dot-" });
    const before = this.setEnv({
      GIT_OBJECT_DIRECTORY: folder,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: join(this.commonDir, "objects"),
    });
    return {
      [Symbol.asyncDispose]: () => {
        this.setEnv(before);
        return Deno.remove(folder, { recursive: true });
      },
    };
  }

  /**
   * The commit that a revision names, tags peeled; `.` is the working tree as a commit. Throws a DotError that names the
   * revision when there is none.
   */
  async resolveCommit(revision: string): Promise<Commit> {
    const found = this.#commits.get(revision) ??
      (revision === WORKING_TREE ? this.#workingTree() : resolveRevision(this, revision));
    this.#commits.set(revision, found);
    const commit = await found;
    this.#commits.set(commit.hash, found);
    return commit;
  }

  /** The commit that holds the files of the working tree: the one that is checked out, where nothing differs from it. */
  async filesNow(): Promise<Commit> {
    return await this.resolveCommit(await this.isClean() ? "HEAD" : WORKING_TREE);
  }

  async #workingTree(): Promise<Commit> {
    const hash = await commitWorkingTree(this, { ignored: await this.isIgnored(".dot/") });
    const commit = await showCommit(this, hash);
    if (commit === undefined) {
      throw new DotError("git made no commit of the working tree", { code: "DOT029" });
    }
    return commit;
  }

  /** Whether git understands a text as a commit. */
  isRevision(revision: string): Promise<boolean> {
    return isRevision(this, revision);
  }

  /** The subjects of commits, by hash; a commit that is not in the repository any more has none. */
  subjects(commits: readonly string[]): Promise<Map<string, string>> {
    return history.subjects(this, commits);
  }

  /** The branches and tags of the repository, by the commit that each points at. */
  refs(): Promise<Map<string, Ref[]>> {
    return history.refs(this);
  }

  /**
   * The branch that others are merged into, by its full name; undefined where there is none. Throws a DotError where a CI names
   * one that is not in this clone.
   */
  defaultBranch(): Promise<string | undefined> {
    return defaultBranch(this);
  }

  /** The branch that the CI's request is to be merged into, by its full name, if there is one. Throws as well. */
  targetBranch(): Promise<string | undefined> {
    return targetBranch(this);
  }

  /** The ref that a symbolic one stands for; any other as it is. */
  symbolicName(ref: string): Promise<string> {
    return history.symbolicName(this, ref);
  }

  /** Whether the files of the working tree are those of the commit that is checked out. */
  isClean(): Promise<boolean> {
    return isClean(this);
  }

  /** The commit at which two histories part, as a hash; undefined where they have none in common. */
  mergeBase(one: string, other: string): Promise<string | undefined> {
    return history.mergeBase(this, one, other);
  }

  /** How many commits lie between an ancestor and a commit; undefined where it is none. */
  distance(ancestor: string, commit: string): Promise<number | undefined> {
    return history.distance(this, ancestor, commit);
  }

  /** Whether history is cut off in this clone. */
  isShallow(): Promise<boolean> {
    return history.isShallow(this);
  }

  /** Those of some commits that cannot be reached from a ref, or, without one, from any; those that are gone too. */
  unreachable(commits: readonly string[], ref?: string): Promise<Set<string>> {
    return history.unreachable(this, commits, ref);
  }

  /** The commits that abbreviated hashes name, with the time of each in milliseconds; what names none is left out. */
  commitsNamed(hashes: readonly string[]): Promise<Map<string, { hash: string; at: number }>> {
    return history.commitsNamed(this, hashes);
  }

  /** The names that files got in renames, the newest first: `[old, new]`, relative to the root. */
  renames(folder: string, limit: number): Promise<[string, string][]> {
    return history.renames(this, folder, limit);
  }

  /** What was removed from files below folders, relative to the root, in so many commits. */
  removed(folders: readonly string[], limit: number): Promise<Removed[]> {
    return history.removed(this, folders, limit);
  }

  /**
   * The texts of files at a commit, in order; undefined for one that is not there. Paths that will be asked for later
   * may be read `ahead`: each process counts.
   */
  readFiles(
    commit: string,
    paths: readonly string[],
    ahead: readonly string[] = [],
  ): Promise<(string | undefined)[]> {
    return this.#tree.read(commit, paths, ahead);
  }

  /**
   * The paths of the files, links and submodules that are not the same at two commits, relative to the root; those that lead to one by
   * links of the later commit, too.
   */
  changedPaths(one: string, other: string): Promise<string[]> {
    return this.#tree.changed(one, other);
  }

  /** The paths at a commit that end in a name, installed packages left out. */
  filesNamed(commit: string, name: string): Promise<string[]> {
    return this.#tree.named(commit, name);
  }

  /** Begin to ask whether git ignores a folder, and whether it tracks anything in it. */
  askAhead(folder: string): void {
    this.#tracking.askAhead(folder);
  }

  /** Ask anew from here on: what git ignores has changed. */
  forgetIgnored(): void {
    this.#tracking.forget();
  }

  /** Whether the ignore files name a path; it need not exist, and may be tracked all the same. */
  isIgnored(path: string): Promise<boolean> {
    return this.#tracking.isIgnored(path);
  }

  /** Whether git tracks anything at or below a path, relative to the root. */
  isTracked(path: string): Promise<boolean> {
    return this.#tracking.isTracked(path);
  }
}
