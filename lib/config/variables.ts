/**
 * `dot_vars.yml`: what variables a project has, and which values they may take.
 * @module
 */
import { DotError, FileError, type Position } from "../errors.ts";
import { nearest, suggest } from "../nearest.ts";
import { get, isNull, readYaml, toJson, typeName, valueOf, type YamlValue } from "../yaml.ts";
import type { Setting } from "./environments.ts";

/** The file's name. */
export const VARIABLES_FILE = "dot_vars.yml";

/** What is declared of one variable. */
export interface VariableSpec {
  description: string | undefined;
  values: readonly YamlValue[] | undefined;
  /** Whether it takes only `values`. */
  strict: boolean;
  /** Whether every environment must set it. */
  required: boolean;
  at: Position;
}

const KEYS = ["description", "values", "strict", "required"];

/** Read the declarations of a file. Throws a FileError for what is wrong in it. */
export function parseVariables(text: string, file: string): ReadonlyMap<string, VariableSpec> {
  const specs = new Map<string, VariableSpec>();
  const root = readYaml(text, file);
  if (root === undefined || isNull(root)) return specs;
  if (root.kind !== "map") throw new FileError(root.at, "the top level must be a mapping");
  for (const { key } of root.entries) {
    if (key.text === "vars") continue;
    throw new FileError(key.at, `unknown key \`${key.text}\``, {
      hints: suggest(key.text, ["vars"], "The only key here"),
    });
  }
  const section = get(root, "vars");
  if (section === undefined || isNull(section)) return specs;
  if (section.kind !== "map") throw new FileError(section.at, "`vars` must be a mapping");
  for (const { key, value } of section.entries) {
    specs.set(key.text, readSpec(key.text, value, key.at));
  }
  return specs;
}

/**
 * Check the variables of a run against their declarations; undeclared ones pass.
 * Throws a FileError or DotError that names variable, environment, place and allowed values.
 */
export function checkVariables(
  specs: ReadonlyMap<string, VariableSpec>,
  vars: ReadonlyMap<string, Setting>,
  environment: string | undefined,
): void {
  const where = environment === undefined
    ? "without an environment"
    : `for environment \`${environment}\``;
  for (const [name, spec] of specs) {
    const setting = vars.get(name);
    if (setting === undefined) {
      if (!spec.required) continue;
      const near = nearest(name, [...vars.keys()].filter((set) => !specs.has(set)));
      throw new DotError(`the required variable \`${name}\` is not set ${where}`, {
        hints: [
          `It is declared in ${spec.at.file}:${spec.at.line}. Set it under \`vars:\` of the environment, or: -- --vars '{"${name}": …}'`,
          ...(near === undefined ? [] : [`\`${near}\` is set: is that the one?`]),
        ],
      });
    }
    if (!spec.strict) continue;
    const allowed = spec.values ?? [];
    const found = toJson(setting.value);
    if (allowed.some((value) => sameValue(value, setting.value))) continue;
    const loose = allowed.find((value) => looksLike(value, setting.value));
    throw new FileError(
      setting.at,
      `the variable \`${name}\` has the value ${found} ${where}; allowed: ${
        allowed.map(toJson).join(", ")
      }`,
      {
        hints: loose === undefined ? [`It is declared in ${spec.at.file}:${spec.at.line}.`] : [
          `${found} is ${typeName(setting.value)}, but ${toJson(loose)} is ${
            typeName(loose)
          }: mind the quotes.`,
        ],
      },
    );
  }
}

function readSpec(
  name: string,
  node: NonNullable<ReturnType<typeof readYaml>>,
  at: Position,
): VariableSpec {
  const spec: VariableSpec = {
    description: undefined,
    values: undefined,
    strict: false,
    required: false,
    at,
  };
  if (isNull(node)) return spec;
  if (node.kind !== "map") {
    throw new FileError(node.at, `the declaration of \`${name}\` must be a mapping`, {
      hints: [`Its keys: ${KEYS.join(", ")}. Values are set in dot_environments.yml.`],
    });
  }
  for (const { key, value } of node.entries) {
    const given = valueOf(value);
    const fail = (wanted: string) =>
      new FileError(
        value.at,
        `\`${key.text}\` of \`${name}\` must be ${wanted}, not ${typeName(given)}`,
      );
    if (given === null && KEYS.includes(key.text)) continue;
    switch (key.text) {
      case "description":
        if (typeof given !== "string") throw fail("text");
        spec.description = given;
        break;
      case "values":
        if (!Array.isArray(given)) throw fail("a list");
        spec.values = given;
        break;
      case "strict":
        if (typeof given !== "boolean") throw fail("true or false");
        spec.strict = given;
        break;
      case "required":
        if (typeof given !== "boolean") throw fail("true or false");
        spec.required = given;
        break;
      default:
        throw new FileError(
          key.at,
          `unknown key \`${key.text}\` in the declaration of \`${name}\``,
          {
            hints: suggest(key.text, KEYS, "Keys"),
          },
        );
    }
  }
  if (spec.strict && (spec.values === undefined || spec.values.length === 0)) {
    throw new FileError(at, `\`${name}\` is strict but lists no \`values\``, {
      hints: ["List what it may be under `values:`, or drop `strict`."],
    });
  }
  return spec;
}

function sameValue(a: YamlValue, b: YamlValue): boolean {
  return typeName(a) === typeName(b) && toJson(a) === toJson(b);
}

/** Equal but for the type: `1`, `"1"`; `yes`, `"true"`. */
function looksLike(a: YamlValue, b: YamlValue): boolean {
  const bare = (value: YamlValue) =>
    (typeof value === "string" ? value : toJson(value)).toLowerCase().replace(/\.0$/, "");
  return bare(a) === bare(b);
}
