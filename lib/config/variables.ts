/**
 * `dot_vars.yml`: what variables a project has, and which values they may take.
 * @module
 */
import { DotError, FileError, type Position } from "../base/errors.ts";
import { isSlipOf, nearest, suggest } from "../base/nearest.ts";
import { get, isNull, readYaml, toJson, typeName, valueOf, type YamlValue } from "../base/yaml.ts";
import { masked } from "../dbt/masked.ts";
import type { Setting } from "../base/setting.ts";
import { collecting, raise, type Report } from "./report.ts";

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

/** The keys of a declaration, and what they mean. */
export const VARIABLE_KEYS = {
  description: "What the variable is for",
  values: "The values that it may have; only these, where it is strict",
  strict: "Whether it takes no other value (default: false)",
  required: "Whether every environment must set it (default: false)",
};

const KEYS = Object.keys(VARIABLE_KEYS);

/**
 * Read the declarations of a file. What is wrong in it is thrown as a FileError, or, with another `report`, given to
 * that, one fault after the other.
 */
export function parseVariables(
  text: string,
  file: string,
  report: Report = raise,
): ReadonlyMap<string, VariableSpec> {
  const specs = new Map<string, VariableSpec>();
  const root = collecting(report, () => readYaml(text, file));
  if (root === undefined || isNull(root)) return specs;
  if (root.kind !== "map") {
    report(new FileError(root.at, "the top level must be a mapping", { code: "DOT021" }));
    return specs;
  }
  for (const { key } of root.entries) {
    if (key.text === "vars") continue;
    report(
      new FileError(key.at, `unknown key \`${key.text}\``, {
        code: "DOT021",
        hints: suggest(key.text, ["vars"], "The only key here"),
      }),
    );
  }
  const section = get(root, "vars");
  if (section === undefined || isNull(section)) return specs;
  if (section.kind !== "map") {
    report(new FileError(section.at, "`vars` must be a mapping", { code: "DOT021" }));
    return specs;
  }
  for (const { key, value } of section.entries) {
    if (key.text.startsWith("+")) {
      report(
        new FileError(
          key.at,
          `\`${key.text}\` cannot be a variable: keys with a \`+\` are dot's own settings`,
          { code: "DOT021" },
        ),
      );
      continue;
    }
    collecting(report, () => specs.set(key.text, readSpec(key.text, value, key.at, report)));
  }
  return specs;
}

/**
 * Check the variables of a run against their declarations; undeclared ones pass. What is wrong is thrown as a FileError or
 * DotError that names variable, environment, place and allowed values, or given to another `report`, one fault after the
 * other.
 */
export function checkVariables(
  specs: ReadonlyMap<string, VariableSpec>,
  vars: ReadonlyMap<string, Setting>,
  environment: string | undefined,
  report: Report = raise,
): void {
  const where = environment === undefined
    ? "without an environment"
    : `for environment \`${environment}\``;
  for (const [name, spec] of specs) {
    const setting = vars.get(name);
    if (setting === undefined) {
      if (!spec.required) continue;
      const near = nearest(name, [...vars.keys()].filter((set) => !specs.has(set)));
      report(
        new DotError(`the required variable \`${name}\` is not set ${where}`, {
          code: "DOT024",
          hints: [
            `It is declared in ${spec.at.file}:${spec.at.line}. Set it under \`vars:\` of the environment, or: -- --vars '{"${name}": …}'`,
            ...(near === undefined ? [] : [`\`${near}\` is set: is that the one?`]),
          ],
        }),
      );
      continue;
    }
    if (!spec.strict) continue;
    const allowed = spec.values ?? [];
    if (allowed.some((value) => sameValue(value, setting.value))) continue;
    report(notAllowed(name, spec, setting, where));
  }
}

/**
 * Report each variable of a run that is not declared, and whose name is so near a declared one that it may be mistyped. None where
 * nothing is declared, and none that an error of `checkVariables` names.
 */
export function checkNames(
  specs: ReadonlyMap<string, VariableSpec>,
  vars: ReadonlyMap<string, Setting>,
  report: Report,
): void {
  const unset = [...specs].flatMap(([name, { required }]) =>
    required && !vars.has(name) ? [name] : []
  );
  const undeclared = [...vars.keys()].filter((name) => !specs.has(name));
  const told = new Set(unset.map((name) => nearest(name, undeclared)));
  for (const name of undeclared) {
    const setting = vars.get(name);
    const near = [...specs.keys()].find((declared) =>
      isSlipOf(name, declared, { unset: !vars.has(declared) })
    );
    const spec = near === undefined ? undefined : specs.get(near);
    if (near === undefined || spec === undefined || setting === undefined || told.has(name)) {
      continue;
    }
    report(
      new FileError(setting.at, `the variable \`${name}\` is not declared, but \`${near}\` is`, {
        code: "DOT024",
        hints: [
          `Did you mean \`${near}\`? It is declared in ${spec.at.file}:${spec.at.line}.`,
          `If it is another one, declare it there as well: \`${name}:\` under \`vars:\`.`,
        ],
      }),
    );
  }
}

function notAllowed(
  name: string,
  { at, values }: VariableSpec,
  setting: Setting,
  where: string,
): FileError {
  const allowed = values ?? [];
  const shown = (value: YamlValue) => toJson(masked(name, value));
  if ([setting.value, ...allowed].some((value) => shown(value) !== toJson(value))) {
    return new FileError(
      setting.at,
      `the variable \`${name}\` has a value ${where} that is not among the allowed ones`,
      {
        code: "DOT024",
        hints: [`It is declared in ${at.file}:${at.line}. Secrets are not shown.`],
      },
    );
  }
  const found = toJson(setting.value);
  const loose = allowed.find((value) => looksLike(value, setting.value));
  return new FileError(
    setting.at,
    `the variable \`${name}\` has the value ${found} ${where}; allowed: ${
      allowed.map(toJson).join(", ")
    }`,
    {
      code: "DOT024",
      hints: loose === undefined ? [`It is declared in ${at.file}:${at.line}.`] : [
        `${found} is ${typeName(setting.value)}, but ${toJson(loose)} is ${
          typeName(loose)
        }: mind the quotes.`,
      ],
    },
  );
}

function readSpec(
  name: string,
  node: NonNullable<ReturnType<typeof readYaml>>,
  at: Position,
  report: Report,
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
      code: "DOT021",
      hints: [`Its keys: ${KEYS.join(", ")}. Values are set in dot_environments.yml.`],
    });
  }
  for (const { key, value } of node.entries) {
    const given = valueOf(value);
    const fail = (wanted: string) =>
      report(
        new FileError(
          value.at,
          `\`${key.text}\` of \`${name}\` must be ${wanted}, not ${typeName(given)}`,
          { code: "DOT021" },
        ),
      );
    if (given === null && KEYS.includes(key.text)) continue;
    switch (key.text) {
      case "description":
        if (typeof given !== "string") fail("text");
        else spec.description = given;
        break;
      case "values":
        if (!Array.isArray(given)) fail("a list");
        else spec.values = given;
        break;
      case "strict":
        if (typeof given !== "boolean") fail("true or false");
        else spec.strict = given;
        break;
      case "required":
        if (typeof given !== "boolean") fail("true or false");
        else spec.required = given;
        break;
      default:
        report(
          new FileError(
            key.at,
            `unknown key \`${key.text}\` in the declaration of \`${name}\``,
            { code: "DOT021", hints: suggest(key.text, KEYS, "Keys") },
          ),
        );
    }
  }
  if (spec.strict && (spec.values === undefined || spec.values.length === 0)) {
    throw new FileError(at, `\`${name}\` is strict but lists no \`values\``, {
      code: "DOT021",
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
