/**
 * Runs git: the one place that does, and what is said when it fails.
 * @module
 */
import { DotError } from "../base/errors.ts";
import { query, type Result } from "../base/process.ts";
import { PINNED_SETTINGS } from "./pinned.ts";

/** A git, the folder that it is started in, and its environment. */
export interface Installed {
  readonly program: string;
  readonly cwd: string;
  /** As gitEnvironment() gives it. */
  readonly env: Readonly<Record<string, string>>;
}

/** How one command of git's is run. */
export interface GitOptions {
  /** The folder that it works in, if not the one that git is started in. */
  at?: string;
  /** A git folder and a working tree in place of those that git would find. */
  gitDir?: string;
  workTree?: string;
  /** What it reads on its stdin. */
  input?: string;
  /** Variables over those that git always gets. */
  env?: Readonly<Record<string, string>>;
  /** Settings over the pinned ones. */
  settings?: Readonly<Record<string, string>>;
}

/** Run a git command silently; its answer, whatever its exit code. */
export function runGit(
  { cwd, env, program }: Installed,
  args: readonly string[],
  { at, gitDir, input, settings = {}, workTree, ...more }: GitOptions = {},
): Promise<Result> {
  const words = [
    ...Object.entries({ ...PINNED_SETTINGS, ...settings })
      .flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ...at === undefined ? [] : ["-C", at],
    ...gitDir === undefined ? [] : [`--git-dir=${gitDir}`],
    ...workTree === undefined ? [] : [`--work-tree=${workTree}`],
    ...args,
  ];
  return query({ program, args: words, cwd, env: { ...env, ...more.env } }, input);
}

/** The error for a git command that failed, in git's words; by its name, such as `worktree add`. */
export function failed(what: string, result: Result, hints: string[] = []): DotError {
  const words = (result.stderr || result.stdout).trim() || `exit code ${result.code}`;
  return new DotError(`git ${what} failed: ${words}`, { code: "DOT029", hints, exitCode: 1 });
}

/** The error for an answer that is not what git's manual says: nothing must be read out of it. */
export function misread(what: string, answer: string): DotError {
  const shown = JSON.stringify(answer.length > 80 ? `${answer.slice(0, 80)}…` : answer);
  return new DotError(`dot does not understand what git ${what} says: ${shown}`, {
    code: "DOT029",
    exitCode: 1,
  });
}
