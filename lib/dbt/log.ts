/**
 * Reads dbt's own log, for hints only.
 * @module
 */
import { isAbsent } from "../base/errors.ts";

/** How much of the end of a log is looked at, in bytes. */
const TAIL = 64 * 1024;

/** The end of what dbt logged of its last run, if that began after `since` (milliseconds); else nothing. */
export async function lastRunLog(logFile: string, since: number): Promise<string> {
  return (await readLog(logFile, since, TAIL)).text;
}

/**
 * Whether dbt logged that its last run, which began after `since` (milliseconds), ended before it came to a node. False where
 * nobody can tell: dbt 1 says so at the level of debugging, dbt 2 at that of information.
 */
export async function ranNoNode(logFile: string, since: number): Promise<boolean> {
  const log = await readLog(logFile, since, Infinity);
  return isUntouched(log.text) && !(log.begun < since);
}

/** Whether the log of a run says that it came to no node. */
export function isUntouched(log: string): boolean {
  // So ends a run of dbt 2; what panicked says nothing of its end.
  if (/^={10,} Execution Summary ={10,}$/m.test(log)) {
    return !/\]:\s+Started (?:rendering|analyzing|running|hook)\b|Query executed on node (?!unknown\b)/
      .test(log);
  }
  const tells = /Running with dbt=1\./.test(log) && /\[debug\s*\]|"level": ?"debug"/.test(log);
  return tells &&
    !/Began (?:running|executing|compiling) node (?!operation\.)|\b\d+ of \d+ START\b/.test(log);
}

/** The line that dbt writes before each run, with its time and id; before the first line of a run in a log of JSON, nothing. */
const HEADER = /^={10,} (\S+) \| [\w-]{8,} ={10,}$|(?=^\{[^\n]*"MainReportVersion")/gm;

/** What is read of a log. */
interface Logged {
  text: string;
  /** When the run began, in milliseconds, as dbt 2 says it; else not a number. A run that logs nothing may follow another at once. */
  begun: number;
}

const NOTHING: Logged = { text: "", begun: NaN };

async function readLog(logFile: string, since: number, most: number): Promise<Logged> {
  try {
    const { isFile, mtime, size } = await Deno.stat(logFile);
    // To read a pipe may never end. File systems round times down.
    if (!isFile || mtime === null || mtime.getTime() < since - 1000) return NOTHING;
    const file = await Deno.open(logFile);
    try {
      await file.seek(Math.max(0, size - most), Deno.SeekMode.Start);
      const bytes = await new Response(file.readable).bytes();
      const text = new TextDecoder().decode(bytes);
      const header = [...text.matchAll(HEADER)].at(-1);
      if (header === undefined) return { text, begun: NaN };
      const [line, time = ""] = header;
      return { text: text.slice(header.index + line.length), begun: Date.parse(time) };
    } finally {
      // What is read to its end is closed already.
      try {
        file.close();
      } catch { /* It is. */ }
    }
  } catch (error) {
    if (isAbsent(error)) return NOTHING;
    throw error;
  }
}

/** Hints for a run that failed, by what dbt logged. `version` is dbt's, `file` the DuckDB file of its profile. */
export function hintsFor(log: string, version: string | undefined, file?: string): string[] {
  const hints: string[] = [];
  if (cannotParse(log)) {
    hints.push(
      `dbt${
        version === undefined ? "" : ` ${version}`
      } does not accept this project. If it was written for another dbt, name one: DOT_DBT=/path/to/dbt`,
    );
  }
  if (STRICTER.test(log)) {
    hints.push(
      "dbt 2 refuses keys that dbt 1 passes over: DBT_ENGINE_BETA_PARSING=1 makes warnings of these errors.",
    );
  }
  const experimental = /The '(\w+)' adapter is not yet supported by dbt/.exec(log)?.[1];
  if (experimental !== undefined) {
    hints.push(`For dbt 2 with ${experimental}: DBT_ALLOW_EXPERIMENTAL_ADAPTERS=true`);
  }
  if (/missing field `command`\s+--> \S*run_results\.json/.test(log)) {
    hints.push(
      "dbt 2 cannot retry a run of dbt 1: name that dbt (DOT_DBT=/path/to/dbt), or select what is to run again: -- --select …",
    );
  }
  if (/Trying to read a database file with version number \d+, but we can only read/.test(log)) {
    const reader = version === undefined ? "this dbt" : `dbt ${version}`;
    hints.push(
      `${
        file === undefined ? "A DuckDB file of the profile" : `The DuckDB file ${file}`
      } was made by a newer DuckDB than ${reader} reads: name the dbt that made it (DOT_DBT=/path/to/dbt), or move the file away and build anew.`,
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

/** What dbt 1 says of a project that it cannot read. Its other runtime errors are mostly the connection's. */
const REFUSED =
  /Encountered an error:?\s*[^\n]*\s*(?:(?:Parsing|Compilation|Schema) Error|Runtime Error\s+at path)|version of dbt is not supported|requires dbt version/i;
/** An error of dbt 2: its code, and what it says. */
const ERROR_OF_2 = /\[error *\]:? \[\w+ \(dbt(\d{4})\)\]:? ([^\n]*(?:\n\s+-->[^\n]*)?)/gi;
/**
 * Its codes for what stands in the project: not those of anything (1000), of a file that it looks for (1001), of the command line
 * (1007), of the connection (1011), of the state (1150), of Jinja when it runs (1501), of the database (13xx), of a selection (16xx).
 */
const CODES_OF_PARSING = /^(?:10(?!00|01|07|11)\d\d|11(?!50)\d\d|1502)$/;
/** Codes of dbt 2 for keys, arguments and files that dbt 1 takes, or only warns of. */
const STRICTER =
  /\[error *\]:? \[\w+ \(dbt(?:1059|1060|1159)\)\]|\[error *\]:? \[\w+ \(dbt1013\)\]:? Invalid /;
/** What it says in the same words of the user's environment. */
const OTHER_FAULT =
  /Env var required but not provided|package\(s\) installed in|could not find a macro|adapter is not yet supported by dbt|target '[^']*' not found in profile|no profiles\.yml found|--> \S*(?:run_results\.json|profiles\.yml)/i;

/** Whether dbt could not read the project: a parsing error, or a project that asks for another dbt version. */
function cannotParse(log: string): boolean {
  if (REFUSED.test(log) && !OTHER_FAULT.test(log)) return true;
  return [...log.matchAll(ERROR_OF_2)].some(([, code = "", said = ""]) =>
    CODES_OF_PARSING.test(code) && !OTHER_FAULT.test(said)
  );
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
