/**
 * A git repository that was found: the value through which git is asked.
 * @module
 */
import { query, type Result } from "../base/process.ts";

/** A git repository, and the one way to run git in it. */
export class Repository {
  /** Of what `git rev-parse` tells; paths are absolute. */
  constructor(
    readonly program: string,
    /** The folder that commands run in. */
    readonly cwd: string,
    readonly env: Record<string, string>,
    /** The root of the working tree. */
    readonly root: string,
    /** The folder that all worktrees of the repository share. */
    readonly commonDir: string,
    /** The repository's own exclude file. */
    readonly excludeFile: string,
  ) {}

  /** Run a git command silently, in the folder that git was opened in. */
  run(args: string[], input?: string): Promise<Result> {
    return query({ program: this.program, args, cwd: this.cwd, env: this.env }, input);
  }
}
