/**
 * The options of dbt's commands, as data: which commands of which dbt take them, what kind of value, and which variable stands for
 * them. Read off `dbt.cli.main` of dbt 1 and off what dbt 2 says of itself; a test holds it to every dbt that the tests install.
 * @module
 */

/**
 * What an option takes: `switch` nothing, `toggle` nothing but has a `--no-` form, `value` one word,
 * `list` any number of words, `mapping` YAML.
 */
export type OptionKind = "switch" | "toggle" | "value" | "list" | "mapping";

/** The versions of dbt in which its options changed, in their order. */
export const VERSIONS = ["1.8", "1.9", "1.10", "1.11", "1.12", "2.0-preview", "2.0"] as const;

/** A version of dbt, as far as its options go. */
export type Version = typeof VERSIONS[number];

/** The commands that take an option; an empty list: none any more. */
export type Takers = "every" | readonly string[];

/** The commands that take something from a version on, besides those that took it before. dbt 2 begins anew. */
export type Taken = Readonly<Partial<Record<Version, Takers>>>;

/** One option of dbt. */
export interface DbtOption {
  /** The long name, without dashes. */
  name: string;
  kind: OptionKind;
  /** Other long names. */
  aliases: readonly string[];
  /** The one-letter form. */
  short?: string;
  /** Who takes it. What dbt takes and does nothing with, but warn, it does not take. */
  taken: Taken;
  /** Who takes it, and not its `--no-` form. */
  onlyAsserted?: Taken;
  /** The variable that stands for it, without what all of dbt's begin with; undefined where none does. */
  variable: string | undefined;
  /** Of a `value`, what it must be, where dbt takes no other: a whole number, or one of these words in any case. */
  takes?: "integer" | readonly string[];
  /** What one of these words is called by the dbt of a major version that knows it by another name. */
  spelled?: Readonly<Record<1 | 2, Readonly<Record<string, string>>>>;
}

type More = Partial<Omit<DbtOption, "name" | "kind" | "taken">>;

/** The name of an option in dbt's variables, without what all of them begin with. */
export function variableOf(option: string): string {
  return option.toUpperCase().replaceAll("-", "_");
}

const option = (taken: Taken, name: string, kind: OptionKind, more: More = {}): DbtOption => ({
  name,
  kind,
  aliases: [],
  taken,
  variable: variableOf(name),
  ...more,
});

/** What each dbt has. */
const both = (commands: Takers): Taken => ({ "1.8": commands, "2.0-preview": commands });
const in1 = (commands: Takers, since: Version = "1.8"): Taken => ({ [since]: commands });
const in2 = (commands: Takers): Taken => ({ "2.0-preview": commands });
const EVERY = both("every");
const EVERY_1 = in1("every");
const EVERY_1_10 = in1("every", "1.10");
const EVERY_1_12 = in1("every", "1.12");
const EVERY_2 = in2("every");

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
const PATHED = [...new Set([...SELECTING, ...THREADED, "clean", "docs serve"])];
const TYPED: Taken = {
  "1.8": ["build", "clone", ...LIST],
  "1.9": ["test"],
  "2.0-preview": ["build", "compile", ...LIST, "show"],
  "2.0": ["test"],
};
const SHOWING_2 = ["build", "compile", "run", "show", "test"];
const CACHING_2 = ["build", "run", "seed", "snapshot", "test"];
const SQLPARSED = SELECTING.filter((name) => name !== "clone" && !LIST.includes(name));

const INTEGER: More = { takes: "integer" };
/** No variable stands for it: one of that name is the user's own. */
const BARE: More = { variable: undefined };
// What any dbt takes.
const FORMAT: More = {
  takes: ["text", "debug", "json", "default", "otel"],
  spelled: { 1: {}, 2: { debug: "text" } },
};
const LEVEL: More = {
  takes: ["debug", "info", "warn", "error", "none", "off", "trace"],
  spelled: { 1: { off: "none", trace: "debug" }, 2: { none: "off" } },
};
const INDIRECT: More = { takes: ["eager", "cautious", "buildable", "empty"] };
const COMPUTE: More = { takes: ["remote", "inline", "sidecar", "service"] };

/** Every option that a dbt command takes. */
export const DBT_OPTIONS: readonly DbtOption[] = [
  option(EVERY_1, "cache-selected-only", "toggle"),
  option(EVERY_2, "compute", "value", COMPUTE),
  option(EVERY, "debug", "toggle", { short: "d", onlyAsserted: EVERY_2 }),
  option(EVERY, "defer", "toggle", { onlyAsserted: in2(["clone"]) }),
  option(EVERY, "defer-state", "value"),
  option(EVERY_2, "dirty", "switch"),
  option({ "1.8": "every", "1.9": [] }, "enable-legacy-logger", "toggle"),
  option(EVERY, "fail-fast", "toggle", { short: "x" }),
  option(EVERY, "favor-state", "toggle"),
  option(EVERY_1_12, "hints-enabled", "toggle"),
  option(EVERY_2, "index-dir", "value"),
  option(EVERY, "indirect-selection", "value", INDIRECT),
  option(EVERY_2, "invocation-id", "value"),
  option(EVERY_1, "log-cache-events", "toggle"),
  option(EVERY, "log-file-max-bytes", "value", INTEGER),
  option(EVERY, "log-format", "value", FORMAT),
  option(EVERY, "log-format-file", "value", FORMAT),
  option(EVERY, "log-level", "value", LEVEL),
  option(EVERY, "log-level-file", "value", LEVEL),
  option(EVERY, "log-path", "value"),
  option(EVERY_1, "macro-debugging", "toggle"),
  option(EVERY_2, "manage-state", "toggle"),
  option({ "1.12": "every", "2.0-preview": "every" }, "maximum-seed-size-mib", "value"),
  option(EVERY_2, "metadata-dir", "value"),
  option(EVERY_2, "otel-file-name", "value"),
  option(EVERY_2, "otel-parquet-file-name", "value"),
  option(EVERY_2, "packages-install-path", "value"),
  option(EVERY_2, "parent-span-id", "value"),
  option(EVERY_2, "partial-load", "toggle"),
  option(EVERY, "partial-parse", "toggle"),
  option(EVERY_1, "partial-parse-file-diff", "toggle"),
  option(EVERY_1, "partial-parse-file-path", "value"),
  option(EVERY_1, "populate-cache", "toggle"),
  option(EVERY_1, "print", "toggle"),
  option(EVERY_1, "printer-width", "value", INTEGER),
  option(EVERY, "profile", "value"),
  option(EVERY, "profiles-dir", "value"),
  option(EVERY, "project-dir", "value"),
  option(EVERY, "quiet", "toggle", { short: "q" }),
  option(EVERY_1, "record-timing-info", "value", { ...BARE, short: "r" }),
  option(EVERY, "send-anonymous-usage-stats", "toggle"),
  option(EVERY_1_10, "show-all-deprecations", "toggle", BARE),
  option(EVERY_1, "single-threaded", "toggle"),
  option(EVERY_1_12, "snowflake-projects-otel", "toggle"),
  option(EVERY, "state", "value"),
  option(EVERY_1, "static-parser", "toggle"),
  option(EVERY, "target", "value", { short: "t" }),
  option(EVERY_1_10, "upload-to-artifacts-ingest-api", "toggle"),
  option(EVERY_1, "use-colors", "toggle"),
  option(EVERY_1, "use-colors-file", "toggle"),
  option(EVERY_1, "use-experimental-parser", "toggle"),
  option(EVERY_1_10, "use-fast-test-edges", "toggle"),
  option(EVERY_2, "use-v2-compatible-package-downloads", "switch"),
  option(EVERY_1_12, "use-v2-parser", "toggle"),
  option(EVERY_1_12, "v2-parser", "value"),
  option(EVERY, "vars", "mapping", BARE),
  option(EVERY_1, "version", "switch", { ...BARE, short: "V" }),
  option(EVERY, "version-check", "toggle"),
  option(EVERY, "warn-error", "switch"),
  option(EVERY, "warn-error-options", "mapping"),
  option(EVERY_2, "write-catalog", "switch"),
  option(EVERY_2, "write-index", "switch", { variable: "USE_INDEX" }),
  option(EVERY, "write-json", "toggle"),
  option(EVERY_2, "write-lineage", "switch"),
  option(EVERY_2, "write-metadata", "switch"),
  option(both(["deps"]), "add-package", "value", BARE),
  option(both(["deps"]), "lock", "switch", BARE),
  option(in1(["deps"]), "source", "value", BARE),
  option(both(["deps"]), "upgrade", "switch", BARE),
  option(both(["run-operation"]), "args", "mapping", BARE),
  option(
    { "1.12": ["run-operation"], "2.0-preview": ["run-operation"] },
    "sql",
    "value",
    BARE,
  ),
  option(in1(["docs serve"]), "browser", "toggle", BARE),
  option(both(["docs serve"]), "host", "value"),
  option(in2(["docs serve"]), "no-open", "switch", BARE),
  option(both(["docs serve"]), "port", "value", { ...BARE, ...INTEGER }),
  option(in1(["clean"]), "clean-project-files-only", "toggle"),
  option(in1(["docs generate"]), "compile", "toggle", BARE),
  option(in1(["docs generate"]), "empty-catalog", "switch", BARE),
  option(in1(["docs generate"]), "static", "switch", BARE),
  option(in1(["debug"]), "config-dir", "switch", BARE),
  option(both(["debug"]), "connection", "switch", BARE),
  option(
    {
      "1.8": ["build", "compile", "run"],
      "1.9": ["snapshot"],
      "1.12": ["seed"],
      "2.0-preview": ["build", "compile", "run", "seed", "snapshot"],
    },
    "empty",
    "toggle",
  ),
  option({ "1.9": ["build", "run"], "2.0-preview": ["build", "run"] }, "event-time-end", "value"),
  option({ "1.9": ["build", "run"], "2.0-preview": ["build", "run"] }, "event-time-start", "value"),
  option({ "1.10": ["build", "run"], "2.0-preview": ["build", "run"] }, "sample", "value"),
  option(in2(SHOWING_2), "sampled", "list", BARE),
  option(in2(SHOWING_2), "with-sample", "value", BARE),
  option(both(SELECTING), "exclude", "list", BARE),
  option(TYPED, "exclude-resource-types", "list", { aliases: ["exclude-resource-type"] }),
  option(in1(["build"]), "export-saved-queries", "toggle"),
  option(in2(CACHING_2), "force-node-selection", "switch", BARE),
  option(
    {
      "1.8": ["build", "clone", "compile", "retry", "run", "seed", "show"],
      "2.0-preview": ["build", "clone", "compile", "run", "seed"],
    },
    "full-refresh",
    "switch",
    { short: "f" },
  ),
  option(in1(["build"]), "include-saved-query", "toggle"),
  option(in1(["compile"]), "inject-ephemeral-ctes", "toggle", BARE),
  option(both(["compile", "show"]), "inline", "value", BARE),
  option(in1(["show"], "1.9"), "inline-direct", "value", BARE),
  option(both(["compile", "show"]), "introspect", "toggle"),
  option({ "1.8": ["show"], "2.0-preview": SHOWING_2 }, "limit", "value", { ...BARE, ...INTEGER }),
  option(
    {
      "1.8": ["compile", ...LIST, "show", "source freshness"],
      "2.0-preview": [...SHOWING_2, ...LIST],
    },
    "output",
    "value",
    { ...BARE, short: "o" },
  ),
  option(both(LIST), "output-keys", "list", BARE),
  option(TYPED, "resource-types", "list", { aliases: ["resource-type"] }),
  option(in2(CACHING_2), "run-cache-mode", "value", BARE),
  option(both(SELECTING), "select", "list", { ...BARE, aliases: ["models", "model"], short: "s" }),
  option(both(SELECTING), "selector", "value", BARE),
  option(in1(["build", "seed"]), "show", "switch", BARE),
  option(in2(["source freshness"]), "check-all", "switch", BARE),
  option(in2(["show"]), "unchecked", "switch", BARE),
  option(in2(["init"]), "fusion-upgrade", "switch", BARE),
  option(in2(["init"]), "project-name", "value", BARE),
  option(in1(["init"], "1.12"), "skip-debug", "switch", BARE),
  option(both(["init"]), "skip-profile-setup", "switch", { ...BARE, short: "s" }),
  option(in1(SQLPARSED, "1.11"), "sqlparse", "mapping"),
  option(
    in2(["build", "compile", "retry", "run", "seed", "show", "snapshot", "test"]),
    "static-analysis",
    "value",
  ),
  option(both(["build", "test"]), "store-failures", "switch"),
  option(both(PATHED), "target-path", "value"),
  option(both(THREADED), "threads", "value", { ...BARE, ...INTEGER }),
];
