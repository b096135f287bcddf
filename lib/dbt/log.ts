/**
 * Reads dbt's own log, for hints only.
 * @module
 */
import { isAbsent } from "../base/errors.ts";

/** How much of the end of a log is looked at, in bytes. */
const TAIL = 64 * 1024;

/** What dbt logged of its last run, if that began after `since` (milliseconds); else nothing. */
export async function lastRunLog(logFile: string, since: number): Promise<string> {
  try {
    const { mtime, size } = await Deno.stat(logFile);
    // File systems round times down.
    if (mtime === null || mtime.getTime() < since - 1000) return "";
    const file = await Deno.open(logFile);
    try {
      await file.seek(Math.max(0, size - TAIL), Deno.SeekMode.Start);
      const bytes = new Uint8Array(Math.min(size, TAIL));
      const count = await file.read(bytes) ?? 0;
      // dbt writes a line of `=` before each run.
      return new TextDecoder().decode(bytes.subarray(0, count)).split(/^={10,}/m).at(-1) ?? "";
    } finally {
      file.close();
    }
  } catch (error) {
    if (isAbsent(error)) return "";
    throw error;
  }
}

/** Whether dbt came so far as to run nodes. */
export function beganNodes(log: string): boolean {
  return /Concurrency: \d+ threads?/.test(log);
}

/** Hints for a run that failed, by what dbt logged. `version` is dbt's. */
export function hintsFor(log: string, version: string | undefined): string[] {
  const hints: string[] = [];
  if (cannotParse(log)) {
    hints.push(
      `dbt${
        version === undefined ? "" : ` ${version}`
      } does not accept this project. If it was written for another dbt, name one: DOT_DBT=/path/to/dbt`,
    );
  }
  if (/package\(s\) installed in/.test(log)) hints.push("The packages are not installed: dot deps");
  const holder = lockHolder(log);
  if (holder !== undefined) {
    hints.push(
      `The DuckDB file ${holder.file} is in use by ${holder.program} (process ${holder.pid}), and takes one process at a time: wait for it, or end it.`,
    );
  }
  return hints;
}

/** What dbt says of a project that it cannot read. Its other runtime errors are mostly the connection's. */
const REFUSED =
  /Encountered an error:?\s*[^\n]*\s*(?:(?:Parsing|Compilation|Schema) Error|Runtime Error\s+at path)|version of dbt is not supported|requires dbt version|\bdbt1\d{3}\b/i;
/** What it says in the same words of the user's environment. */
const OTHER_FAULT =
  /Env var required but not provided|package\(s\) installed in|could not find a macro/i;

/** Whether dbt could not read the project: a parsing error, or a project that asks for another dbt version. */
function cannotParse(log: string): boolean {
  return REFUSED.test(log) && !OTHER_FAULT.test(log);
}

/** Who holds the lock on a DuckDB file that a run could not open. */
export function lockHolder(
  log: string,
): { file: string; program: string; pid: string } | undefined {
  // Windows words it otherwise.
  const found =
    /Cannot open file "([^"]+)"[\s\S]*?already open in\s+(.+?) \(PID (\d+)\)/.exec(log) ??
      /Could not set lock on file "([^"]+)": Conflicting lock is held in (.+?) \(PID (\d+)\)/.exec(
        log,
      );
  const [, file, program, pid] = found ?? [];
  if (file === undefined || program === undefined || pid === undefined) return undefined;
  return { file, program, pid };
}
