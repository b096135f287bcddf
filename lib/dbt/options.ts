/**
 * The options of dbt's commands, as data: which command takes which, and what kind of value, for dbt 1.8 to 2.0.
 * Read off `dbt.cli.main` of 1.8 and 1.11 and off the source of 2.0.
 * @module
 */

/**
 * What an option takes: `switch` nothing, `toggle` nothing but has a `--no-` form, `value` one word,
 * `list` any number of words, `mapping` YAML.
 */
export type OptionKind = "switch" | "toggle" | "value" | "list" | "mapping";

/** One option of dbt. */
export interface DbtOption {
  /** The long name, without dashes. */
  name: string;
  kind: OptionKind;
  /** Other long names. */
  aliases: readonly string[];
  /** The one-letter form. */
  short?: string;
  /** The commands that take it; undefined: all of them. */
  commands?: readonly string[];
  /** Whether dbt 2 warns that it does nothing. */
  ignoredBy2: boolean;
  /** Of a `value`, what it must be, where dbt takes no other: a whole number, or one of these words in any case. */
  takes?: "integer" | readonly string[];
}

type More = Partial<Pick<DbtOption, "aliases" | "short" | "ignoredBy2" | "takes">>;

const everywhere = (name: string, kind: OptionKind, more: More = {}): DbtOption => ({
  name,
  kind,
  aliases: [],
  ignoredBy2: false,
  ...more,
});

const only = (
  commands: readonly string[],
  name: string,
  kind: OptionKind,
  more: More = {},
): DbtOption => ({ ...everywhere(name, kind, more), commands });

const LIST = ["list", "ls"];
const SELECTING = [
  "build",
  "clone",
  "compile",
  "docs generate",
  ...LIST,
  "run",
  "seed",
  "show",
  "snapshot",
  "source freshness",
  "test",
];
const THREADED = [
  ...SELECTING.filter((name) => !LIST.includes(name)),
  "parse",
  "retry",
  "run-operation",
];
const TYPED = ["build", "clone", ...LIST, "test"];
const PATHED = [...new Set([...SELECTING, ...THREADED, "clean", "docs serve"])];
const REFRESHING = ["build", "clone", "compile", "retry", "run", "seed", "show"];
const IGNORED: More = { ignoredBy2: true };
const INTEGER: More = { takes: "integer" };
// What any dbt takes.
const FORMAT: More = { takes: ["text", "debug", "json", "default", "otel"] };
const LEVEL: More = { takes: ["debug", "info", "warn", "error", "none", "off", "trace"] };
const INDIRECT: More = { takes: ["eager", "cautious", "buildable", "empty"] };

/** Every option that a dbt command takes. */
export const DBT_OPTIONS: readonly DbtOption[] = [
  everywhere("cache-selected-only", "toggle", IGNORED),
  everywhere("debug", "toggle", { short: "d" }),
  everywhere("defer", "toggle"),
  everywhere("defer-state", "value"),
  everywhere("enable-legacy-logger", "toggle", IGNORED),
  everywhere("fail-fast", "toggle", { short: "x" }),
  everywhere("favor-state", "toggle"),
  everywhere("hints-enabled", "toggle", IGNORED),
  everywhere("indirect-selection", "value", INDIRECT),
  everywhere("log-cache-events", "toggle", IGNORED),
  everywhere("log-file-max-bytes", "value", INTEGER),
  everywhere("log-format", "value", FORMAT),
  everywhere("log-format-file", "value", FORMAT),
  everywhere("log-level", "value", LEVEL),
  everywhere("log-level-file", "value", LEVEL),
  everywhere("log-path", "value"),
  everywhere("macro-debugging", "toggle", IGNORED),
  everywhere("maximum-seed-size-mib", "value", IGNORED),
  everywhere("partial-parse", "toggle", IGNORED),
  everywhere("partial-parse-file-diff", "toggle", IGNORED),
  everywhere("partial-parse-file-path", "value", IGNORED),
  everywhere("populate-cache", "toggle", IGNORED),
  everywhere("print", "toggle", IGNORED),
  everywhere("printer-width", "value", { ...IGNORED, ...INTEGER }),
  everywhere("profile", "value"),
  everywhere("profiles-dir", "value"),
  everywhere("project-dir", "value"),
  everywhere("quiet", "toggle", { short: "q" }),
  everywhere("record-timing-info", "value", { short: "r", ignoredBy2: true }),
  everywhere("send-anonymous-usage-stats", "toggle"),
  everywhere("show-all-deprecations", "toggle", IGNORED),
  everywhere("single-threaded", "toggle", IGNORED),
  everywhere("snowflake-projects-otel", "toggle", IGNORED),
  everywhere("state", "value"),
  everywhere("static-parser", "toggle", IGNORED),
  everywhere("target", "value", { short: "t" }),
  everywhere("upload-to-artifacts-ingest-api", "toggle", IGNORED),
  everywhere("use-colors", "toggle", IGNORED),
  everywhere("use-colors-file", "toggle", IGNORED),
  everywhere("use-experimental-parser", "toggle", IGNORED),
  everywhere("use-fast-test-edges", "toggle", IGNORED),
  everywhere("use-v2-parser", "toggle", IGNORED),
  everywhere("v2-parser", "value", IGNORED),
  everywhere("vars", "mapping"),
  everywhere("version", "switch", { short: "V" }),
  everywhere("version-check", "toggle"),
  everywhere("warn-error", "switch"),
  everywhere("warn-error-options", "mapping"),
  everywhere("write-json", "toggle"),
  only(["deps"], "add-package", "value"),
  only(["deps"], "lock", "switch"),
  only(["deps"], "source", "value", IGNORED),
  only(["deps"], "upgrade", "switch"),
  only(["run-operation"], "args", "mapping"),
  only(["run-operation"], "sql", "value", IGNORED),
  only(["docs serve"], "browser", "toggle"),
  only(["docs serve"], "host", "value"),
  only(["docs serve"], "port", "value", INTEGER),
  only(["clean"], "clean-project-files-only", "toggle"),
  only(["docs generate"], "compile", "toggle"),
  only(["docs generate"], "empty-catalog", "switch", IGNORED),
  only(["docs generate"], "static", "switch"),
  only(["debug"], "config-dir", "switch", IGNORED),
  only(["debug"], "connection", "switch"),
  only(["build", "compile", "run", "seed", "snapshot"], "empty", "toggle"),
  only(["build", "run"], "event-time-end", "value"),
  only(["build", "run"], "event-time-start", "value"),
  only(["build", "run"], "sample", "value"),
  only(SELECTING, "exclude", "list"),
  only(TYPED, "exclude-resource-types", "list", { aliases: ["exclude-resource-type"] }),
  only(["build"], "export-saved-queries", "toggle"),
  only(REFRESHING, "full-refresh", "switch", { short: "f" }),
  only(["build"], "include-saved-query", "toggle"),
  only(["compile"], "inject-ephemeral-ctes", "toggle"),
  only(["compile", "show"], "inline", "value"),
  only(["show"], "inline-direct", "value", IGNORED),
  only(["compile", "show"], "introspect", "toggle"),
  only(["show"], "limit", "value", INTEGER),
  only(["compile", ...LIST, "show", "source freshness"], "output", "value", { short: "o" }),
  only(LIST, "output-keys", "list"),
  only(TYPED, "resource-types", "list", { aliases: ["resource-type"] }),
  only(SELECTING, "select", "list", { aliases: ["models", "model"], short: "s" }),
  only(SELECTING, "selector", "value"),
  only(["build", "seed"], "show", "switch"),
  only(["init"], "skip-debug", "switch", IGNORED),
  only(["init"], "skip-profile-setup", "switch", { short: "s" }),
  only(
    SELECTING.filter((name) => name !== "clone" && !LIST.includes(name)),
    "sqlparse",
    "mapping",
    IGNORED,
  ),
  only(
    ["build", "compile", "retry", "run", "seed", "show", "snapshot", "test"],
    "static-analysis",
    "value",
  ),
  only(["build", "test"], "store-failures", "switch"),
  only(PATHED, "target-path", "value"),
  only(THREADED, "threads", "value", INTEGER),
];

/** Every long name of an option, aliases included. */
export const DBT_OPTION_NAMES: readonly string[] = DBT_OPTIONS.flatMap((
  option,
) => [option.name, ...option.aliases]);

/** The option with this long name or alias. */
export function findDbtOption(name: string): DbtOption | undefined {
  return DBT_OPTIONS.find((option) => option.name === name || option.aliases.includes(name));
}

/** Whether a command takes an option. */
export function takes(command: string, option: DbtOption): boolean {
  return option.commands === undefined || option.commands.includes(command);
}

/** The option that a word of dbt's command line names (`--target=x`, `--no-defer`, `-t`, `-tx`), if one. */
export function optionOfWord(word: string, command: string): DbtOption | undefined {
  const long = /^--(?:no-)?([^=]+)/.exec(word);
  if (long?.[1] !== undefined) {
    return findDbtOption(word.replace(/^--/, "").replace(/=.*$/s, "")) ?? findDbtOption(long[1]);
  }
  const letter = /^-(?!-)(.)/.exec(word)?.[1];
  if (letter === undefined) return undefined;
  if (letter === "m") return findDbtOption("select");
  return DBT_OPTIONS.find((option) => option.short === letter && takes(command, option));
}

/**
 * Options that take a path, with what a relative one is seen from in a plain run: the project, or the folder that dbt runs in.
 */
export const PATH_OPTIONS = {
  state: "folder",
  "defer-state": "folder",
  "record-timing-info": "cwd",
  "partial-parse-file-path": "cwd",
} as const;

/** The name of an option in dbt's variables, without what all of them begin with. */
export function variableOf(option: string): string {
  return option.toUpperCase().replaceAll("-", "_");
}
