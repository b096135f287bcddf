/**
 * Puts dbt's command line together. Pure: settings, variables and the user's own words in, words out.
 * @module
 */
import type { Setting } from "../base/setting.ts";
import { DotError } from "../base/errors.ts";
import { readYamlArgument, toJson, valueOf, type YamlValue } from "../base/yaml.ts";
import { argumentWords } from "./argument.ts";
import type { DbtCommand } from "./commands.ts";
import type { Launcher } from "./launcher.ts";
import { findDbtOption, takes, takesNegated } from "./options.ts";
import { givenValue, isGiven, type Passthrough, without } from "./passthrough.ts";

/** What a dbt command line is made of. */
export interface ArgvParts {
  launcher: Launcher;
  command: DbtCommand;
  /** What dot decides: these stand whatever the settings or the user's words say. */
  fixed: ReadonlyMap<string, YamlValue>;
  /** The environment's arguments: the user's words win over them. */
  settings: ReadonlyMap<string, Setting>;
  /** All variables, merged; undefined leaves the user's words as they are. */
  vars: ReadonlyMap<string, Setting> | undefined;
  /** The user's words after `--`. */
  passthrough: Passthrough;
}

/** The words of dbt's command line, the program first. */
export function dbtArgv(parts: ArgvParts): [string, ...string[]] {
  const { launcher, command, fixed, passthrough } = parts;
  const vars = parts.vars !== undefined && parts.vars.size > 0 ? parts.vars : undefined;
  const words: string[] = [];
  const add = (name: string, value: YamlValue) => {
    const option = findDbtOption(name);
    if (option === undefined || !takes(command.name, option, launcher)) return;
    if (value === false && !takesNegated(command.name, option, launcher)) return;
    words.push(...argumentWords(option, value, launcher.major >= 2 ? 2 : 1));
  };
  for (const [name, value] of fixed) add(name, value);
  if (vars !== undefined) words.push("--vars", varsJson(vars));
  for (const [name, { value }] of parts.settings) {
    if (!fixed.has(name) && !isOverridden(name, passthrough)) add(name, value);
  }
  const dropped = [...fixed.keys(), ...vars === undefined ? [] : ["vars"]];
  const [program, ...start] = launcher.words;
  return [
    program,
    ...start,
    ...command.name.split(" "),
    ...words,
    ...without(passthrough, dropped),
  ];
}

/** What of the environment this dbt has no use for with its command, though another dbt has, in the order of the settings. */
export function unusable(
  { command, fixed, launcher, passthrough, settings }: Omit<ArgvParts, "vars">,
): Map<string, Setting> {
  const left = [...settings].filter(([name, { value }]) => {
    const option = findDbtOption(name);
    if (option === undefined || value === null || fixed.has(name)) return false;
    if (option.kind === "switch" && value === false) return false;
    return !isOverridden(name, passthrough) &&
      takes(command.name, option) && !takes(command.name, option, launcher);
  });
  return new Map(left);
}

/** The variables as the JSON that dbt's `--vars` takes. */
export function varsJson(vars: ReadonlyMap<string, Setting>): string {
  return toJson(new Map([...vars].map(([name, { value }]) => [name, value])));
}

/** The variables of the environment with the user's own `--vars` over them. */
export function mergeVars(
  vars: ReadonlyMap<string, Setting>,
  passthrough: Passthrough,
): Map<string, Setting> {
  const merged = new Map(vars);
  const given = givenValue(passthrough, "vars");
  if (given === undefined) return merged;
  const node = readYamlArgument(given, "--vars");
  if (node === undefined) return merged;
  if (node.kind !== "map") {
    throw new DotError("--vars must be a mapping", {
      code: "DOT010",
      hints: [`For example: --vars '{"name": "value"}'`],
    });
  }
  for (const { key, value } of node.entries) {
    merged.set(key.text, { value: valueOf(value), at: key.at });
  }
  return merged;
}

/** The variables as Jinja in a profile reads them. */
export function varsAsText(vars: ReadonlyMap<string, Setting>): Map<string, string> {
  return new Map(
    [...vars].map(([name, { value }]) => [name, typeof value === "string" ? value : toJson(value)]),
  );
}

/** Whether the user's words take the place of a setting. `--select` and `--selector` exclude each other in dbt. */
export function isOverridden(name: string, passthrough: Passthrough): boolean {
  if (isGiven(passthrough, name)) return true;
  if (name === "selector") return isGiven(passthrough, "select");
  return name === "select" && isGiven(passthrough, "selector");
}
