/**
 * Reads dbt's own log, for hints only.
 * @module
 */
import { isAbsent } from "../errors.ts";

/** How much of the end of a log is looked at, in bytes. */
const TAIL = 64 * 1024;

/** What dbt says of a project that it cannot read. Its other runtime errors are mostly the connection's. */
const REFUSED =
  /Encountered an error:\s*(?:\S+\s+)?(?:(?:Parsing|Compilation|Schema) Error|Runtime Error\s+at path)|This version of dbt is not supported|requires dbt version|dbt1\d{3}/;
/** What it says in the same words of the user's environment. */
const OTHER_FAULT = /Env var required but not provided/;

/**
 * Whether the last run ended because dbt could not read the project: a parsing error, or a project that asks for
 * another dbt version. `since` is the start of the run, in milliseconds.
 */
export async function cannotParse(logFile: string, since: number): Promise<boolean> {
  try {
    const { mtime, size } = await Deno.stat(logFile);
    if (mtime === null || mtime.getTime() < since - 1000) return false;
    const file = await Deno.open(logFile);
    try {
      await file.seek(Math.max(0, size - TAIL), Deno.SeekMode.Start);
      const bytes = new Uint8Array(Math.min(size, TAIL));
      await file.read(bytes);
      const text = new TextDecoder().decode(bytes);
      // dbt writes a line of `=` before each run.
      const last = text.split(/^={10,}/m).at(-1) ?? "";
      return REFUSED.test(last) && !OTHER_FAULT.test(last);
    } finally {
      file.close();
    }
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
