/**
 * Reads what one body of an environments file says: dbt's arguments, variables, and dot's own settings.
 * @module
 */
import { FileError, type Position } from "../base/errors.ts";
import { suggest } from "../base/nearest.ts";
import type { Setting } from "../base/setting.ts";
import { isNull, typeName, valueOf, type YamlNode } from "../base/yaml.ts";
import { checkValue } from "../dbt/argument.ts";
import { DBT_OPTION_NAMES, findDbtOption } from "../dbt/options.ts";
import type { Body, Extended } from "./layers.ts";
import { checkName } from "./names.ts";
import { collecting, type Report } from "./report.ts";
import { findSetting, SETTINGS } from "./settings.ts";

/** Read the body of an environment, or of `all`. Each fault is given to `report`. */
export function readBody(name: string, body: YamlNode, report: Report): Body {
  const args = new Map<string, Setting>();
  const vars = new Map<string, Setting>();
  const settings = new Map<string, Setting>();
  const result: Body = { args, vars, settings, extended: undefined };
  if (body.kind !== "map") {
    const found = typeName(valueOf(body));
    report(
      new FileError(body.at, `\`${name}\` must be a mapping, not ${found}`, { code: "DOT021" }),
    );
    return result;
  }
  for (const { key, value } of body.entries) {
    collecting(report, () => {
      if (key.text === "vars") {
        readVars(name, value, vars, report);
        return;
      }
      if (key.text.startsWith("+")) {
        const setting = readSetting(key.text, key.at, value);
        if (setting === "extend") result.extended = readExtended(name, key.at, value);
        else checkDefer(name, setting, value);
        settings.set(setting, { value: valueOf(value), at: value.at });
        return;
      }
      const option = findDbtOption(key.text);
      if (option === undefined || option.name === "version") {
        throw new FileError(key.at, `no dbt command has an option \`${key.text}\``, {
          code: "DOT021",
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
    });
  }
  return result;
}

function readVars(
  name: string,
  body: YamlNode,
  vars: Map<string, Setting>,
  report: Report,
): void {
  if (isNull(body)) return;
  if (body.kind !== "map") {
    throw new FileError(body.at, `\`vars\` of \`${name}\` must be a mapping`, { code: "DOT021" });
  }
  for (const { key, value } of body.entries) {
    if (key.text.startsWith("+")) {
      report(
        new FileError(
          key.at,
          `\`${key.text}\` is no variable: keys with a \`+\` are dot's own settings`,
          {
            code: "DOT021",
            hints: findSetting(key.text.slice(1)) === undefined
              ? ["Name the variable without the `+`."]
              : [`Write it beside \`vars:\` of \`${name}\`, not below it.`],
          },
        ),
      );
      continue;
    }
    vars.set(key.text, { value: valueOf(value), at: key.at });
  }
}

/** The environments that `+extend` names, each with its place. Throws a FileError for what nothing can extend. */
function readExtended(name: string, at: Position, value: YamlNode): Extended[] {
  if (name === "all") {
    throw new FileError(at, "`all` cannot extend an environment: it counts for every one", {
      code: "DOT021",
      hints: ["Write `+extend` under the environments that it is for."],
    });
  }
  if (isNull(value)) return [];
  const nodes = value.kind === "list" ? value.items : [value];
  return nodes.map((node) => {
    const extended = { name: String(valueOf(node)), at: node.at };
    if (extended.name === "all") {
      throw new FileError(
        node.at,
        "`all` counts for every environment: there is no need to extend it",
        { code: "DOT021" },
      );
    }
    checkName(extended.name, (why) => new FileError(node.at, why, { code: "DOT021" }));
    return extended;
  });
}

function checkDefer(name: string, setting: string, value: YamlNode): void {
  if (setting !== "defer" || valueOf(value) !== name) return;
  throw new FileError(value.at, `\`${name}\` cannot defer to itself`, { code: "DOT021" });
}

/** The name of one of dot's settings. Throws a FileError for an unknown one, or a value of another kind. */
function readSetting(key: string, at: Position, value: YamlNode): string {
  const name = key.slice(1);
  const spec = findSetting(name);
  if (spec === undefined) {
    throw new FileError(at, `dot has no setting \`${key}\``, {
      code: "DOT021",
      hints: suggest(key, SETTINGS.map((setting) => `+${setting.name}`), "Settings"),
    });
  }
  const given = valueOf(value);
  if (given === null || spec.accepts(given)) return name;
  const shown = typeof given === "string" ? `\`${given}\`` : typeName(given);
  throw new FileError(value.at, `\`${key}\` takes ${spec.takes}, not ${shown}`, { code: "DOT021" });
}
