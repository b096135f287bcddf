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

/** What dbt said, without the traces of its own code, and of dbt 2 without its headings and what it says of the node of a schema. */
export function withoutTraces(text: string): string {
  const lines = text.split("\n");
  const trace = lines.findIndex((line) => /\bTraceback \(most recent call last\):/.test(line));
  const kept = lines.slice(0, trace === -1 ? undefined : trace)
    .map((line) => line.replace(MARK_OF_2, ""));
  return withoutFrame(kept.join("\n"));
}

/** What dbt said, without the headings and traces of dbt 2 around it. */
function withoutFrame(text: string): string {
  const kept = text.split("\n").filter((line) => !FRAME_OF_2.test(line));
  return kept.join("\n").replace(/\n{3,}/g, "\n\n").trim();
}

/** A frame of Rust's, a heading, and what ends a run. */
const FRAME_OF_2 =
  /^\s+\d+: \S+(?:::\S+)*$|^\s+at \.?\/\S+:\d+(?::\d+)?$|^\s*\d+: <unknown>$|^={10,} ?[\w ]*={10,}$|^suggestion: Run 'dbt deps'|^dbt-fusion \d|^\s+Loading \S*profiles\.yml$|^(?:Finished|Processed:|Summary:) /;
const MARK_OF_2 =
  /^\[error\] (?:\[\w+ \(dbt13\d\d\)\]: (?:Failed to create schema '[^']*' in database '[^']*' in remote for [\w.]+: )?)?(?=\S)/;

/**
 * Say that dbt could not do what dot asked, below all that dbt said, which passes through but for the headings of dbt 2; `what`
 * says so. Gives the exit code, which is never 0.
 */
export function sayFailure(
  what: string,
  result: Pick<Result, "code" | "stderr" | "stdout">,
  out: Output,
  hints: string[],
): number {
  const said = withoutFrame(saidBy(result));
  if (said !== "") out.passOn(said);
  out.error(what, hints, "DOT015");
  return result.code || 2;
}

/**
 * The error of a dbt that could not do what dot asked; `what` says so. `version` is dbt's, `said` what is shown of it, `file` the
 * DuckDB file of its profile.
 */
export function dbtFailure(
  what: string,
  result: Pick<Result, "code" | "stderr" | "stdout">,
  { file, said = withoutTraces(saidBy(result)), version }: {
    said?: string;
    version?: string | undefined;
    file?: string | undefined;
  } = {},
): DotError {
  return new DotError(said === "" ? what : `${what}:\n${said}`, {
    code: "DOT015",
    exitCode: result.code || 2,
    hints: hintsFor(saidBy(result), version, file),
  });
}

/** What to say when dbt does not end at once after Ctrl-C. */
export function sayHowToKill(out: Output): void {
  out.status("dbt is still ending what it runs; Ctrl-C again kills it");
}
