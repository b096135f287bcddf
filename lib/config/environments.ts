/**
 * The environments files: `dot_environments.yml` and, over it, `dot_environments.user.yml`.
 * @module
 */
import { FileError, type Position } from "../base/errors.ts";
import { suggest } from "../base/nearest.ts";
import type { Setting } from "../base/setting.ts";
import { get, isNull, readYaml, typeName, valueOf, type YamlMap } from "../base/yaml.ts";
import { readBody } from "./body.ts";
import { chainOf, mergeMappings } from "./extend.ts";
import type { Body, Environment, EnvironmentsFile, Layer } from "./layers.ts";
import { checkName } from "./names.ts";
import { collecting, raise, type Report } from "./report.ts";

/** The team's file. */
export const ENVIRONMENTS_FILE = "dot_environments.yml";
/** One person's file, not committed. */
export const USER_FILE = "dot_environments.user.yml";

/**
 * Read an environments file; an empty one sets nothing. What is wrong in it is thrown as a FileError, or, with another
 * `report`, given to that, one fault after the other.
 */
export function parseEnvironments(
  text: string,
  file: string,
  report: Report = raise,
): EnvironmentsFile {
  const environments = new Map<string, Body>();
  const result: EnvironmentsFile = { file, environments };
  const root = collecting(report, () => readYaml(text, file));
  if (root === undefined || isNull(root)) return result;
  if (root.kind !== "map") {
    report(
      new FileError(root.at, "the top level must be a mapping", {
        code: "DOT021",
        hints: ["It holds one key, `environment:`."],
      }),
    );
    return result;
  }
  for (const { key } of root.entries) {
    if (key.text === "environment") continue;
    report(
      key.text === "vars"
        ? new FileError(key.at, "`vars` does not belong at the top level of this file", {
          code: "DOT021",
          hints: [
            "Declare variables in dot_vars.yml, and set their values under `environment: <name>: vars:`.",
          ],
        })
        : new FileError(key.at, `unknown key \`${key.text}\``, {
          code: "DOT021",
          hints: suggest(key.text, ["environment"], "The only key here"),
        }),
    );
  }
  const section = get(root, "environment");
  if (section === undefined || isNull(section)) return result;
  if (section.kind !== "map") {
    report(new FileError(section.at, "`environment` must be a mapping", { code: "DOT021" }));
    return result;
  }
  for (const { key, value } of section.entries) {
    if (key.text === "default") {
      if (isNull(value)) continue;
      const name = valueOf(value);
      if (typeof name === "string") {
        result.default = { name, at: value.at };
        continue;
      }
      const found = typeName(name);
      report(
        new FileError(value.at, `\`default\` must be an environment's name, not ${found}`, {
          code: "DOT021",
        }),
      );
      continue;
    }
    const body = readBody(key.text, isNull(value) ? emptyMap(value.at) : value, report);
    if (key.text === "all") {
      result.all = body;
      continue;
    }
    collecting(report, () => {
      checkName(key.text, (why) => new FileError(key.at, why, { code: "DOT021" }));
      // They name folders, and some systems do not tell case.
      const twin = [...environments.keys()].find((name) => same(name, key.text));
      if (twin !== undefined) {
        throw new FileError(key.at, `\`${key.text}\` and \`${twin}\` differ only in case`, {
          code: "DOT021",
        });
      }
    });
    environments.set(key.text, body);
  }
  return result;
}

/**
 * Merge what the files say of an environment; later files win, and in each the environment wins over what it extends,
 * and that over `all`. `vars` merge by name; mappings among them merge key by key with those of an extended environment.
 * A name of `undefined` gives what `all` says… of nothing: no environment, no settings.
 * Throws a FileError where it extends what is not there, or itself.
 */
export function resolveEnvironment(
  files: readonly EnvironmentsFile[],
  name: string | undefined,
): Environment {
  const args = new Map<string, Setting>();
  const vars = new Map<string, Setting>();
  const settings = new Map<string, Setting>();
  if (name === undefined) return { name, extended: [], args, vars, settings };
  const chain = chainOf(files, name);
  /** Which environment gave a variable. */
  const givers = new Map<string, string | undefined>();
  for (const file of files) {
    const layers: [string | undefined, Layer | undefined][] = [
      [undefined, file.all],
      ...chain.map((each): [string, Layer | undefined] => [each, file.environments.get(each)]),
    ];
    for (const [giver, layer] of layers) {
      if (layer === undefined) continue;
      for (const [key, setting] of layer.args) args.set(key, setting);
      for (const [key, setting] of layer.settings) settings.set(key, setting);
      for (const [key, setting] of layer.vars) {
        const below = vars.get(key);
        const other = givers.get(key);
        const merges = below !== undefined && giver !== undefined && other !== undefined &&
          other !== giver;
        vars.set(key, merges ? mergeMappings(below, setting) : setting);
        givers.set(key, giver);
      }
    }
  }
  // What another environment extends is not this one's.
  const own = files.findLast((file) => file.environments.get(name)?.extended !== undefined);
  const said = own?.environments.get(name)?.settings.get("extend");
  if (said === undefined) settings.delete("extend");
  else settings.set("extend", said);
  for (const map of [args, settings]) {
    for (const [key, setting] of map) if (setting.value === null) map.delete(key);
  }
  return { name, extended: chain.slice(0, -1), args, vars, settings };
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function emptyMap(at: Position): YamlMap {
  return { kind: "map", at, entries: [] };
}
