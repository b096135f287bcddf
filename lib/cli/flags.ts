/**
 * dot's flags, declared once: parsing, help and completion read them here.
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { optionOfWord } from "../dbt/options.ts";
import { FORMATS } from "../diff/views/index.ts";

/** One flag of dot's. */
export interface Flag {
  /** Its long name, without dashes. */
  name: string;
  short?: string;
  /** What its value is, in words for the help; without it the flag takes none. */
  value?: string;
  /** What its second value is, for a flag that takes two. */
  second?: string;
  summary: string;
  /** Only commands that can defer take it. */
  compares?: boolean;
}

/** Flags that every command has. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  { name: "verbose", short: "v", summary: "Say more, and show where an error comes from" },
  { name: "quiet", short: "q", summary: "Say nothing but warnings and errors" },
  { name: "help", short: "h", summary: "Show this help" },
  { name: "version", summary: "Show dot's version" },
];

const BASE: Flag = {
  name: "base",
  value: "ref",
  summary: "Another branch or commit than the default branch",
};
const COLD: Flag = { name: "cold", summary: "Start dbt anew, not through a warm server" };

/** Flags of the commands that run dbt. */
export const DBT_FLAGS: readonly Flag[] = [
  {
    name: "defer",
    value: "env@ref",
    summary: "Read what is not selected from that isolated build (dbt's --defer)",
    compares: true,
  },
  {
    name: "state",
    value: "env@ref",
    summary: "Compare with that commit: dbt's --state, parsed where it was not",
    compares: true,
  },
  {
    name: "modified",
    summary:
      "Select what is modified since the merge base with the default branch, and all behind it",
    compares: true,
  },
  {
    name: "base",
    value: "ref",
    summary: "With --modified: another branch or commit",
    compares: true,
  },
  {
    name: "seed-from",
    value: "env[@ref]",
    summary: "Begin incremental models and snapshots of a fresh build with what is there",
    compares: true,
  },
  { name: "dry-run", summary: "Print the dbt commands and change nothing" },
  { name: "no-deps", summary: "Do not run `dbt deps` for an isolated build" },
  {
    name: "live-config",
    summary: "Take the environment from the working tree, not from the commit",
  },
  { name: "disable-prompts", summary: "Ask nothing" },
  COLD,
  { name: "yes", short: "y", summary: "Write to a protected environment without a question" },
  {
    name: "allow-escape",
    summary: "Ask, and then run, where nodes would be written outside the build",
  },
];

/** Flags of `dot builds`. */
export const BUILDS_FLAGS: readonly Flag[] = [
  { name: "offline", summary: "Do not ask the warehouse which schemas are there" },
  { name: "json", summary: "Print JSON, for programs" },
];

const CHANGING_FLAGS: readonly Flag[] = [
  { name: "yes", short: "y", summary: "Do not ask" },
  { name: "dry-run", summary: "Show what would be done, and change nothing" },
];

const ASKING_FLAGS: readonly Flag[] = [
  { name: "json", summary: "Print JSON, for programs" },
  COLD,
];

/** Flags of `dot diff`. */
export const DIFF_FLAGS: readonly Flag[] = [
  { name: "all", summary: "All models, not only those whose code differs and those behind them" },
  BASE,
  { name: "build", summary: "Build what is missing, without a question" },
  { name: "no-build", summary: "Build nothing: compare what is there" },
  { name: "key", value: "columns", summary: "What tells rows apart: a, or a,b" },
  { name: "where", value: "sql", summary: "Only rows of both sides for which this holds" },
  {
    name: "since",
    value: "column",
    second: "value",
    summary: "Only rows of both sides with this value or a later one",
  },
  { name: "limit", value: "count", summary: "Only the first so many keys of both sides together" },
  { name: "tolerance", value: "number", summary: "Numbers this near to each other are equal" },
  {
    name: "relative-tolerance",
    value: "number",
    summary: "The same, as a part of the larger of the two",
  },
  { name: "ignore-case", summary: "Texts that differ in case alone are equal" },
  { name: "trim", summary: "Spaces around a text do not count" },
  {
    name: "exclude-columns",
    value: "names",
    summary: "Columns that are not compared: loaded_at,_*",
  },
  { name: "samples", value: "count", summary: "How many rows of each kind to show (5)" },
  {
    name: "rows",
    value: "file",
    summary: "Write all rows that differ to a .csv, .jsonl or .parquet",
  },
  {
    name: "format",
    value: FORMATS.join("|"),
    summary: "How to show the result (text)",
  },
  { name: "output", value: "file", summary: "Where to write it, instead of to stdout" },
  { name: "exit-code", summary: "End with 1 when anything differs" },
  {
    name: "fail-on",
    value: "kinds",
    summary: "End with 1 when there are such: added,removed,changed,schema",
  },
  { name: "last", summary: "Show the last result again, without a query" },
  COLD,
];

/** Flags of `dot env`. */
export const ENV_FLAGS: readonly Flag[] = [
  { name: "check", summary: "Check all environments and variables; end with 2 when one is wrong" },
  { name: "json", summary: "Print JSON, for programs" },
];

/** Flags of `dot prune`. */
export const PRUNE_FLAGS: readonly Flag[] = [
  { name: "older-than", value: "age", summary: "Builds last built longer ago: 36h, 14d, 2w" },
  { name: "keep", value: "count", summary: "All but the newest so many of each environment" },
  {
    name: "merged",
    summary: "Builds of commits that are in the default branch, and that no branch points at",
  },
  { name: "unreachable", summary: "Builds of commits that are in no branch or tag any more" },
  { name: "all", summary: "All builds" },
  {
    name: "warehouse",
    summary: "Also builds of the environment that have no folder here, by their schemas' names",
  },
  { name: "force", summary: "Also edited worktrees, and folders whose schemas are nowhere" },
  ...CHANGING_FLAGS,
  ...ASKING_FLAGS,
];

/** Flags of `dot state`. */
export const STATE_FLAGS: readonly Flag[] = [
  BASE,
  ...ASKING_FLAGS,
];

/** Flags of `dot tidy`. */
export const TIDY_FLAGS: readonly Flag[] = [
  { name: "drop", summary: "Drop them, after a question" },
  { name: "exit-code", summary: "End with 1 when there are any" },
  ...CHANGING_FLAGS,
  ...ASKING_FLAGS,
];

/** A command line, read. */
export interface Arguments {
  /** Words that are no flags, in order. */
  words: string[];
  /** The names of the switches given. */
  switches: ReadonlySet<string>;
  /** The values given, by flag. */
  values: ReadonlyMap<string, string>;
  /** The second values of flags that take two. */
  seconds: ReadonlyMap<string, string>;
  /** What follows `--`. */
  rest: string[];
}

/**
 * Read a command line. Throws a UsageError for a flag that dot does not have, with the nearest that it has. `ownCommand` is the
 * command where it is one of dot's own, which hands nothing to dbt.
 */
export function parseFlags(
  argv: readonly string[],
  flags: readonly Flag[],
  ownCommand?: string,
): Arguments {
  const end = argv.indexOf("--");
  const { own, seconds } = takeSeconds(end === -1 ? argv : argv.slice(0, end), flags);
  const rest = end === -1 ? [] : argv.slice(end + 1);
  const valued = flags.filter((flag) => flag.value !== undefined);
  const plain = flags.filter((flag) => flag.value === undefined);
  const parsed = parseArgs(own, {
    boolean: plain.map((flag) => flag.name),
    string: ["_", ...valued.map((flag) => flag.name)],
    alias: Object.fromEntries(
      flags.flatMap((flag) => flag.short === undefined ? [] : [[flag.name, flag.short]]),
    ),
    unknown: (word) => {
      if (word.startsWith("-") && word !== "-") throw unknownFlag(word, flags, own, ownCommand);
      return true;
    },
  });
  const values = new Map<string, string>();
  for (const { name, value } of valued) {
    const given = parsed[name];
    if (given === undefined) continue;
    if (typeof given !== "string" || given === "") {
      throw new UsageError(`--${name} needs a value: --${name} <${value}>`);
    }
    values.set(name, given);
  }
  const switches = new Set(plain.map((flag) => flag.name).filter((name) => parsed[name] === true));
  return { words: parsed._.map(String), switches, values, seconds, rest };
}

/** The words without the second values of flags, and those. */
function takeSeconds(
  argv: readonly string[],
  flags: readonly Flag[],
): { own: string[]; seconds: Map<string, string> } {
  const own = [...argv];
  const seconds = new Map<string, string>();
  for (const { name, second, value } of flags) {
    const at = second === undefined ? -1 : own.indexOf(`--${name}`);
    if (at === -1) continue;
    const [taken] = own.splice(at + 2, 1);
    if (taken === undefined || taken === "") {
      throw new UsageError(`--${name} needs two values: --${name} <${value}> <${second}>`);
    }
    seconds.set(name, taken);
  }
  return { own, seconds };
}

function unknownFlag(
  word: string,
  flags: readonly Flag[],
  argv: readonly string[],
  ownCommand: string | undefined,
): UsageError {
  const name = word.replace(/^-+/, "").replace(/=.*$/s, "");
  const hints: string[] = [];
  const near = nearest(name, flags.map((flag) => flag.name));
  if (near !== undefined) hints.push(`Did you mean \`--${near}\`?`);
  if (ownCommand !== undefined) {
    if (near === undefined) hints.push(`Its flags: dot ${ownCommand} --help`);
    return new UsageError(`unknown flag \`${word}\``, { hints });
  }
  const words = argv.slice(0, argv.indexOf(word)).filter((other) => !other.startsWith("-"));
  const [command = "build", target = "dev"] = words;
  const option = optionOfWord(word, command);
  if (option !== undefined) {
    const value = ["switch", "toggle"].includes(option.kind) || word.includes("=") ? "" : " …";
    hints.push(
      `\`${word}\` is dbt's: put it after \`--\`, as in \`dot ${command} ${target} -- ${word}${value}\`.`,
    );
  } else if (near === undefined) {
    hints.push("dot's flags: dot --help. Arguments for dbt go after `--`.");
  }
  return new UsageError(`unknown flag \`${word}\``, { hints });
}
