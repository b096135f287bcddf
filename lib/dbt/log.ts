/**
 * Reads dbt's own log, for hints only.
 * @module
 */
import { isAbsent } from "../base/errors.ts";

/** How much of the end of a log is looked at, in bytes. */
const TAIL = 64 * 1024;

/** The end of what dbt logged of its last run, if that began after `since` (milliseconds); else nothing. */
export function lastRunLog(logFile: string, since: number): Promise<string> {
  return readLog(logFile, since, TAIL);
}

/**
 * Whether dbt logged that its last run, which began after `since` (milliseconds), ended before it came to a node. False where
 * nobody can tell: dbt says so at the level of debugging, and an engine that is not dbt 1 says it otherwise.
 */
export async function ranNoNode(logFile: string, since: number): Promise<boolean> {
  const log = await readLog(logFile, since, Infinity);
  return isUntouched(log);
}

/** Whether the log of a run says that it came to no node. */
export function isUntouched(log: string): boolean {
  const tells = /Running with dbt=1\./.test(log) && /\[debug\s*\]|"level": ?"debug"/.test(log);
  return tells &&
    !/Began (?:running|executing|compiling) node (?!operation\.)|\b\d+ of \d+ START\b/.test(log);
}

async function readLog(logFile: string, since: number, most: number): Promise<string> {
  try {
    const { isFile, mtime, size } = await Deno.stat(logFile);
    // To read a pipe may never end. File systems round times down.
    if (!isFile || mtime === null || mtime.getTime() < since - 1000) return "";
    const file = await Deno.open(logFile);
    try {
      await file.seek(Math.max(0, size - most), Deno.SeekMode.Start);
      const bytes = await new Response(file.readable).bytes();
      // dbt writes a line of `=` before each run.
      return new TextDecoder().decode(bytes).split(/^={10,}/m).at(-1) ?? "";
    } finally {
      // What is read to its end is closed already.
      try {
        file.close();
      } catch { /* It is. */ }
    }
  } catch (error) {
    if (isAbsent(error)) return "";
    throw error;
  }
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
