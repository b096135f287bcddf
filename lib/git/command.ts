/**
 * What every git command of dot's has, and what is said when one fails.
 * @module
 */
import { DotError } from "../base/errors.ts";
import type { Result } from "../base/process.ts";

/** Settings of the user's that must not reach dot's own worktrees: hooks, watchers and partial checkouts. */
export const PLAIN = [
  "-c",
  `core.hooksPath=${Deno.build.os === "windows" ? "NUL" : "/dev/null"}`,
  "-c",
  "core.fsmonitor=false",
  "-c",
  "core.sparseCheckout=false",
  "-c",
  "core.longPaths=true",
  "-c",
  "core.quotePath=false",
];

/** The error for a git command that failed, in git's words. */
export function failed(what: string, result: Result, hints: string[] = []): DotError {
  const words = (result.stderr || result.stdout).trim() || `exit code ${result.code}`;
  return new DotError(`git ${what} failed: ${words}`, { hints, exitCode: 1 });
}
