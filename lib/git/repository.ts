/**
 * A git repository that was found: the value through which git is asked.
 * @module
 */
import type { Result } from "../base/process.ts";
import { failed, type GitOptions, type Installed, runGit } from "./command.ts";

/** What `git rev-parse` tells of a repository; paths are absolute. */
export interface Found {
  /** The root of the working tree. */
  root: string;
  /** The folder that all worktrees of the repository share. */
  commonDir: string;
  /** The repository's own exclude file. */
  excludeFile: string;
  /** The index of the working tree. */
  indexFile: string;
}

/** A git repository, and how git is run in it. */
export class Repository {
  /** The root of the working tree. */
  readonly root: string;
  /** The folder that all worktrees of the repository share. */
  readonly commonDir: string;
  /** The repository's own exclude file. */
  readonly excludeFile: string;
  /** The index of the working tree. */
  readonly indexFile: string;
  readonly #installed: Installed;
  /** Variables for all of its commands, over those that git always gets. */
  #env: Readonly<Record<string, string>> = {};

  /** A repository that was found. */
  constructor(installed: Installed, { commonDir, excludeFile, indexFile, root }: Found) {
    this.#installed = installed;
    this.root = root;
    this.commonDir = commonDir;
    this.excludeFile = excludeFile;
    this.indexFile = indexFile;
  }

  /** The folder that git is started in. */
  get cwd(): string {
    return this.#installed.cwd;
  }

  /** The variables that dot was started with, but for git's own. */
  get env(): Readonly<Record<string, string>> {
    return this.#installed.env;
  }

  /** Let all further commands have variables; gives back what was there before. */
  protected setEnv(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const before = this.#env;
    this.#env = env;
    return before;
  }

  /** Run a git command silently; its answer, whatever its exit code: for what may well be no. */
  run(args: readonly string[], options: GitOptions = {}): Promise<Result> {
    return runGit(this.#installed, args, { ...options, env: { ...this.#env, ...options.env } });
  }

  /** Run a git command silently; what it printed. Throws a DotError in git's words when it fails. */
  async read(args: readonly string[], options: GitOptions = {}): Promise<string> {
    const result = await this.run(args, options);
    if (result.code !== 0) throw failed(args[0] ?? "", result);
    return result.stdout;
  }
}
