/**
 * What dbt said when dot asked it in silence, for the user to read once it is needed.
 * @module
 */
import { DotError } from "../base/errors.ts";
import type { Output } from "../base/output.ts";
import type { Result } from "../base/process.ts";
import { hintsFor } from "./log.ts";

/** Both of dbt's streams, its results first. */
export function saidBy({ stderr, stdout }: Pick<Result, "stderr" | "stdout">): string {
  return `${stdout}\n${stderr}`.trim();
}

/**
 * Say that dbt could not do what dot asked, below all that dbt said, which passes through untouched; `what` says so. Gives the
 * exit code, which is never 0.
 */
export function sayFailure(
  what: string,
  result: Pick<Result, "code" | "stderr" | "stdout">,
  out: Output,
  hints: string[],
): number {
  const said = saidBy(result);
  if (said !== "") out.passOn(said);
  out.error(what, hints, "DOT015");
  return result.code || 2;
}

/** The error of a dbt that could not do what dot asked; `what` says so. `version` is dbt's, `said` what is shown of it. */
export function dbtFailure(
  what: string,
  result: Pick<Result, "code" | "stderr" | "stdout">,
  { said = saidBy(result), version }: { said?: string; version?: string | undefined } = {},
): DotError {
  return new DotError(said === "" ? what : `${what}:\n${said}`, {
    code: "DOT015",
    exitCode: result.code || 2,
    hints: hintsFor(said, version),
  });
}

/** What to say when dbt does not end at once after Ctrl-C. */
export function sayHowToKill(out: Output): void {
  out.status("dbt is still ending what it runs; Ctrl-C again kills it");
}
