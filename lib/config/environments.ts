/**
 * The environments files: `dot_environments.yml` and, over it, `dot_environments.user.yml`.
 * @module
 */
import { type DotError, FileError, type Position } from "../errors.ts";
import { suggest } from "../nearest.ts";
import {
  get,
  isNull,
  readYaml,
  typeName,
  valueOf,
  type YamlMap,
  type YamlNode,
  type YamlValue,
} from "../yaml.ts";
import { DBT_OPTION_NAMES, findDbtOption } from "../dbt/options.ts";
import { checkValue } from "../dbt/argument.ts";
import { findSetting, SETTINGS } from "./settings.ts";

/** The team's file. */
export const ENVIRONMENTS_FILE = "dot_environments.yml";
/** One person's file, not committed. */
export const USER_FILE = "dot_environments.user.yml";

/** A value with the place that set it. */
export interface Setting {
  value: YamlValue;
  at: Position;
}

/** What one body of one file sets. */
export interface Layer {
  /** dbt arguments by their long names. */
  args: ReadonlyMap<string, Setting>;
  vars: ReadonlyMap<string, Setting>;
  /** dot's own settings, by their names without the `+`. */
  settings: ReadonlyMap<string, Setting>;
}

/** One environments file. */
export interface EnvironmentsFile {
  file: string;
  default?: { name: string; at: Position };
  all?: Layer;
  environments: ReadonlyMap<string, Layer>;
}

/** An environment with everything that applies to it. */
export interface Environment extends Layer {
  /** Undefined when none is named and none is the default. */
  name: string | undefined;
}

/** Names with a meaning of their own under `environment:`. */
export const RESERVED = ["default", "all"];

/** Read an environments file. Throws a FileError for what is wrong in it; an empty file sets nothing. */
export function parseEnvironments(text: string, file: string): EnvironmentsFile {
  const environments = new Map<string, Layer>();
  const result: EnvironmentsFile = { file, environments };
  const root = readYaml(text, file);
  if (root === undefined || isNull(root)) return result;
  if (root.kind !== "map") {
    throw new FileError(root.at, "the top level must be a mapping", {
      hints: ["It holds one key, `environment:`."],
    });
  }
  for (const { key } of root.entries) {
    if (key.text === "environment") continue;
    if (key.text === "vars") {
      throw new FileError(key.at, "`vars` does not belong at the top level of this file", {
        hints: [
          "Declare variables in dot_vars.yml, and set their values under `environment: <name>: vars:`.",
        ],
      });
    }
    throw new FileError(key.at, `unknown key \`${key.text}\``, {
      hints: suggest(key.text, ["environment"], "The only key here"),
    });
  }
  const section = get(root, "environment");
  if (section === undefined || isNull(section)) return result;
  if (section.kind !== "map") throw new FileError(section.at, "`environment` must be a mapping");
  for (const { key, value } of section.entries) {
    if (key.text === "default") {
      if (isNull(value)) continue;
      const name = valueOf(value);
      if (typeof name !== "string") {
        const found = typeName(name);
        throw new FileError(value.at, `\`default\` must be an environment's name, not ${found}`);
      }
      result.default = { name, at: value.at };
      continue;
    }
    const layer = readLayer(key.text, isNull(value) ? emptyMap(value.at) : value);
    if (key.text === "all") {
      result.all = layer;
      continue;
    }
    checkName(key.text, (why) => new FileError(key.at, why));
    // They name folders, and some systems do not tell case.
    const twin = [...environments.keys()].find((name) => same(name, key.text));
    if (twin !== undefined) {
      throw new FileError(key.at, `\`${key.text}\` and \`${twin}\` differ only in case`);
    }
    environments.set(key.text, layer);
  }
  return result;
}

/** Refuse a name that cannot be an environment's. Throws what `fail` makes of the reason. */
export function checkName(name: string, fail: (why: string) => DotError): void {
  if (RESERVED.includes(name)) {
    throw fail(`\`${name}\` is not an environment: it is a key of its own in ${ENVIRONMENTS_FILE}`);
  }
  checkFolderName(name, fail);
}

/**
 * Refuse a name that cannot be a folder on every system: environments, or targets in their place, name folders under
 * `.dot/`. Throws what `fail` makes of the reason.
 */
export function checkFolderName(name: string, fail: (why: string) => DotError): void {
  const device = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name);
  // Most names are plain ones, and the other pattern takes a millisecond to compile.
  const spelled = /^\w[\w.-]*$/.test(name) ||
    /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.-]*$/u.test(name);
  if (spelled && !name.endsWith(".") && !device && name.length <= 64) return;
  throw fail(
    device
      ? `\`${name}\` cannot be an environment's name: Windows keeps it for a device`
      : `\`${name}\` cannot be an environment's name: use up to 64 letters, digits, \`_\`, \`-\` and \`.\`, beginning with a letter, digit or \`_\``,
  );
}

/** Which environment is the default, and where that is said: the later files' word over the earlier ones'. */
export function defaultSetting(
  files: readonly EnvironmentsFile[],
): EnvironmentsFile["default"] {
  return files.findLast((file) => file.default !== undefined)?.default;
}

/** The names that the files define, sorted. */
export function environmentNames(files: readonly EnvironmentsFile[]): string[] {
  return [...new Set(files.flatMap((file) => [...file.environments.keys()]))].sort();
}

/**
 * Merge what the files say of an environment; later files win, and in each the environment wins over `all`:
 * project all < project environment < user all < user environment. `vars` merge by name.
 * A name of `undefined` gives what `all` says… of nothing: no environment, no settings.
 */
export function resolveEnvironment(
  files: readonly EnvironmentsFile[],
  name: string | undefined,
): Environment {
  const args = new Map<string, Setting>();
  const vars = new Map<string, Setting>();
  const settings = new Map<string, Setting>();
  if (name === undefined) return { name, args, vars, settings };
  for (const file of files) {
    for (const layer of [file.all, file.environments.get(name)]) {
      if (layer === undefined) continue;
      for (const [key, setting] of layer.args) args.set(key, setting);
      for (const [key, setting] of layer.vars) vars.set(key, setting);
      for (const [key, setting] of layer.settings) settings.set(key, setting);
    }
  }
  for (const map of [args, settings]) {
    for (const [key, setting] of map) if (setting.value === null) map.delete(key);
  }
  return { name, args, vars, settings };
}

function readLayer(name: string, body: ReturnType<typeof readYaml>): Layer {
  const args = new Map<string, Setting>();
  const vars = new Map<string, Setting>();
  const settings = new Map<string, Setting>();
  if (body === undefined) return { args, vars, settings };
  if (body.kind !== "map") {
    throw new FileError(body.at, `\`${name}\` must be a mapping, not ${typeName(valueOf(body))}`);
  }
  for (const { key, value } of body.entries) {
    if (key.text === "vars") {
      if (isNull(value)) continue;
      if (value.kind !== "map") {
        throw new FileError(value.at, `\`vars\` of \`${name}\` must be a mapping`);
      }
      for (const entry of value.entries) {
        vars.set(entry.key.text, { value: valueOf(entry.value), at: entry.key.at });
      }
      continue;
    }
    if (key.text.startsWith("+")) {
      const spec = readSetting(key.text, key.at, value);
      settings.set(spec, { value: valueOf(value), at: value.at });
      continue;
    }
    const option = findDbtOption(key.text);
    if (option === undefined || option.name === "version") {
      throw new FileError(key.at, `no dbt command has an option \`${key.text}\``, {
        hints: suggest(
          key.text.replaceAll("_", "-").replace(/^-+/, ""),
          [...DBT_OPTION_NAMES, "vars"],
          "Keys are dbt's options by their long names, and `vars`; for example",
        ).slice(0, 1),
      });
    }
    const setting = { value: valueOf(value), at: value.at };
    checkValue(option, setting.value, value.at);
    args.set(option.name, setting);
  }
  return { args, vars, settings };
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The name of one of dot's settings. Throws a FileError for an unknown one, or a value of another kind. */
function readSetting(key: string, at: Position, value: YamlNode): string {
  const name = key.slice(1);
  const spec = findSetting(name);
  if (spec === undefined) {
    throw new FileError(at, `dot has no setting \`${key}\``, {
      hints: suggest(key, SETTINGS.map((setting) => `+${setting.name}`), "Settings"),
    });
  }
  const given = valueOf(value);
  if (given === null || spec.accepts(given)) return name;
  const shown = typeof given === "string" ? `\`${given}\`` : typeName(given);
  throw new FileError(value.at, `\`${key}\` takes ${spec.takes}, not ${shown}`);
}

function emptyMap(at: Position): YamlMap {
  return { kind: "map", at, entries: [] };
}
