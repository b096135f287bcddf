/**
 * What dot asks dbt itself. Here alone is said what stands in such a question whatever the user set on the command line, in the
 * environment, in `flags:` of dbt_project.yml or in `config:` of profiles.yml.
 * @module
 */
import type { Command } from "../base/process.ts";
import { get, readYaml, valueOf, type YamlMap, type YamlValue } from "../base/yaml.ts";
import { type ArgvParts, dbtArgv, isOverridden } from "./argv.ts";
import {
  DBT_OPTIONS,
  findDbtOption,
  PARTIAL,
  takes,
  variableOf,
  type WhichDbt,
} from "./options.ts";
import { isGiven, onlyOptions, type Passthrough } from "./passthrough.ts";
import { dbtVariable, unsetDbtVariables } from "./profile.ts";

/** What dbt prints and logs, and when it gives up. With null what the user set is kept away: no file of a project can set it. */
const PINNED: readonly (readonly [string, YamlValue])[] = [
  ["quiet", true],
  ["print", true],
  ["debug", false],
  ["log-format", "text"],
  ["log-level", "info"],
  ["log-format-file", "default"],
  ["log-level-file", "debug"],
  ["log-cache-events", false],
  ["macro-debugging", null],
  ["use-colors", false],
  ["use-colors-file", false],
  ["printer-width", 80n],
  ["show-all-deprecations", null],
  ["fail-fast", false],
  ["partial-parse", true],
  ["partial-parse-file-diff", true],
  ["partial-parse-file-path", null],
  ["record-timing-info", null],
  ["upload-to-artifacts-ingest-api", null],
  ["version", null],
];

/** What dbt 2 warns of, parses anew without, and by which it reads a part of the project alone. */
const KEPT_FROM_2 = ["debug", "partial-parse", ...PARTIAL];

/** Options that make errors of warnings. */
const STRICT = ["warn-error", "warn-error-options"];

/** Options that say which nodes a command means, and what it reads the others from. */
const SELECTING: ReadonlySet<string> = new Set([
  ...["select", "exclude", "selector", "resource-types", "exclude-resource-types"],
  ...["indirect-selection", "state", "defer", "defer-state", "favor-state"],
]);

/** Older names of variables, by the options whose words dbt lets them stand over. */
const OLD_VARIABLES: readonly (readonly [string, string])[] = [
  ["print", "NO_PRINT"],
  ["state", "ARTIFACT_STATE_PATH"],
  ["defer", "DEFER_TO_STATE"],
  ["favor-state", "FAVOR_STATE_MODE"],
];

/** What a question is asked with. */
export interface Asked {
  cwd: string;
  env: Record<string, string>;
  /** The flags that dbt reads from files; see `flagsIn`. */
  flags: ReadonlySet<string>;
  /**
   * The command whose selection the answer mirrors: what the user sets to select counts as far as that command takes it. Without
   * one only what the question itself says selects.
   */
  like?: string;
  /**
   * Whether warnings are errors where the user wants that: in what dbt does in the place of the user's own run, which then reuses
   * the parse, and would not warn again.
   */
  strict?: boolean;
}

/** The command that asks. What `parts` fixes stands over what is pinned here. */
export function question(
  parts: ArgvParts,
  { cwd, env, flags, like, strict = false }: Asked,
): Command {
  const { command, launcher, passthrough } = parts;
  const pinned = new Map<string, YamlValue>([
    ...PINNED,
    ...launcher.major < 2 ? [] : KEPT_FROM_2.map((name) => [name, null] as const),
    ...strict ? [] : STRICT.map((name) => [name, null] as const),
    ...like === undefined ? [["indirect-selection", "eager"] as const] : [],
    ...parts.fixed,
  ]);
  const counts = (name: string) => {
    const option = findDbtOption(name);
    if (option === undefined || pinned.has(name)) return false;
    return !SELECTING.has(name) || (like !== undefined && takes(like, option, launcher));
  };
  // What the user's words replace, or the mirrored command does not take, must not narrow the answer.
  const settings = [...parts.settings].filter(([name]) => {
    const option = findDbtOption(name);
    return counts(name) && !isOverridden(name, passthrough) &&
      (like === undefined || option !== undefined && takes(like, option, launcher));
  });
  const [program, ...args] = dbtArgv({
    ...parts,
    fixed: pinned,
    settings: new Map(settings),
    passthrough: onlyTaken(passthrough, command.name, launcher),
  });
  const unset = [
    ...DBT_OPTIONS.filter(({ name }) => pinned.has(name) || SELECTING.has(name) && !counts(name))
      .flatMap(({ variable }) => variable ?? []),
    ...OLD_VARIABLES.filter(([name]) => !counts(name)).map(([, variable]) => variable),
  ];
  return {
    program,
    args,
    cwd,
    env: {
      ...withoutTracing(unsetDbtVariables(env, unset, launcher)),
      ...strict ? {} : lenience(flags),
    },
  };
}

/** Without what has a program in Rust look for the code of every warning, which takes up to a second each. */
function withoutTracing(env: Record<string, string>): Record<string, string> {
  const { RUST_BACKTRACE: _all, RUST_LIB_BACKTRACE: _errors, ...rest } = env;
  return rest;
}

/**
 * The variables by which dbt takes no warning for an error, whatever its files say. It has no option for that, and refuses to be
 * told of both flags.
 */
function lenience(flags: ReadonlySet<string>): Record<string, string> {
  return {
    ...flags.has("warn_error") ? { DBT_WARN_ERROR: "false" } : {},
    ...flags.has("warn_error_options") ? { DBT_WARN_ERROR_OPTIONS: "{}" } : {},
  };
}

/** Whether the user makes errors of warnings, in whatever way. */
export function isStrict(
  { passthrough, settings }: Pick<ArgvParts, "passthrough" | "settings">,
  { env, flags }: Pick<Asked, "env" | "flags">,
): boolean {
  return STRICT.some((name) =>
    isGiven(passthrough, name) || settings.has(name) || flags.has(name.replaceAll("-", "_")) ||
    dbtVariable(env, variableOf(name)) !== undefined
  );
}

/** The flags that dbt_project.yml and profiles.yml set for dbt, by their texts; none of a text that is no YAML. */
export function flagsIn(
  project: string | undefined,
  profiles: string | undefined,
): Set<string> {
  const names = (text: string | undefined, key: string) => {
    const flags = mapIn(text, key);
    return flags?.entries.flatMap(({ key, value }) => valueOf(value) === null ? [] : [key.text]) ??
      [];
  };
  return new Set([...names(project, "flags"), ...names(profiles, "config")]);
}

function mapIn(text: string | undefined, key: string): YamlMap | undefined {
  if (text === undefined) return undefined;
  try {
    const root = readYaml(text, "", { duplicateKeys: "last" });
    const found = root?.kind === "map" ? get(root, key) : undefined;
    return found?.kind === "map" ? found : undefined;
  } catch {
    // dbt says what is wrong with it.
    return undefined;
  }
}

/** The user's own words, as far as another command takes them, but for some options. */
export function onlyTaken(
  passthrough: Passthrough,
  command: string,
  dbt: WhichDbt,
  without: readonly string[] = [],
): Passthrough {
  return onlyOptions(
    passthrough,
    (option) => takes(command, option, dbt) && !without.includes(option.name),
  );
}

/** The user's words that select nodes. */
export function onlySelecting(passthrough: Passthrough): Passthrough {
  return onlyOptions(passthrough, ({ name }) => SELECTING.has(name));
}

/** The user's words that make errors of warnings. */
export function onlyStrict(passthrough: Passthrough): Passthrough {
  return onlyOptions(passthrough, ({ name }) => STRICT.includes(name));
}
