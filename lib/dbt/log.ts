/**
 * Reads dbt's own log: for hints, and to tell whether a run came to a node at all.
 * @module
 */
import { isAbsent } from "../base/errors.ts";

/** How much of the end of a log is looked at, in bytes. */
const TAIL = 64 * 1024;

/** The end of what dbt logged of its last run, if that began after `since` (milliseconds); else nothing. */
export async function lastRunLog(logFile: string, since: number): Promise<string> {
  const text = await readLog(
    logFile,
    // File systems round times down.
    ({ mtime, size }) =>
      mtime !== null && mtime.getTime() >= since - 1000 ? Math.max(0, size - TAIL) : size,
  );
  return lastRunIn(text);
}

/** How long a log is, in bytes. */
export async function lengthOf(logFile: string): Promise<number> {
  return (await infoOf(logFile))?.size ?? 0;
}

/**
 * Whether dbt logged that its last run ended before it came to a node; `length` is that of the log before the run: what stood there is
 * another command's. False where nobody can tell: dbt 1 says so at the level of debugging, dbt 2 at that of information.
 */
export async function ranNoNode(logFile: string, length: number): Promise<boolean> {
  // A shorter one was begun anew meanwhile.
  const text = await readLog(logFile, ({ size }) => size < length ? 0 : length);
  return isUntouched(lastRunIn(text));
}

/** Whether the log of a run says that it came to no node. */
function isUntouched(log: string): boolean {
  // So ends a run of dbt 2; what panicked says nothing of its end. Without its beginning, it does not say all.
  if (/^={10,} Execution Summary ={10,}$/m.test(log)) {
    return /^={10,} \S+ \| /.test(log) &&
      !/\]:\s+Started (?:rendering|analyzing|running|hook)\b|Query executed on node (?!unknown\b)/
        .test(log);
  }
  const tells = /Running with dbt=1\./.test(log) && /\[debug\s*\]|"level": ?"debug"/.test(log);
  return tells &&
    !/Began (?:running|executing|compiling) node (?!operation\.)|\b\d+ of \d+ START\b/.test(log);
}

/** The line that dbt writes before each run, with its time and id; in a log of JSON, the first line of a run. */
const HEADER = /^={10,} \S+ \| [\w-]{8,} ={10,}$|^\{[^\n]*"MainReportVersion"/gm;

/** What of a log is of the last run in it, from its header on; all of it where there is none. */
function lastRunIn(text: string): string {
  return text.slice([...text.matchAll(HEADER)].at(-1)?.index ?? 0);
}

/** What a log holds from some byte on; nothing where there is no log. */
async function readLog(
  logFile: string,
  startOf: (info: Deno.FileInfo) => number,
): Promise<string> {
  const info = await infoOf(logFile);
  // To read a pipe may never end.
  if (info?.isFile !== true) return "";
  const file = await Deno.open(logFile);
  try {
    await file.seek(startOf(info), Deno.SeekMode.Start);
    return new TextDecoder().decode(await new Response(file.readable).bytes());
  } finally {
    // What is read to its end is closed already.
    try {
      file.close();
    } catch { /* It is. */ }
  }
}

async function infoOf(logFile: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(logFile);
  } catch (error) {
    if (isAbsent(error)) return undefined;
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
