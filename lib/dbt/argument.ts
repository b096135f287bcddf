/**
 * Turns settings into dbt's arguments: `threads: 12`, `full-refresh: true`, `select: [a, b]`.
 * @module
 */
import { FileError, type Position } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { toJson, typeName, YamlFloat, type YamlValue } from "../base/yaml.ts";
import type { DbtOption } from "./options.ts";

/** Throws a FileError when dbt could make nothing of a value. */
export function checkValue(option: DbtOption, value: YamlValue, at: Position): void {
  if (value === null) return;
  const found = typeName(value);
  const fail = (wanted: string) =>
    new FileError(at, `\`${option.name}\` takes ${wanted}, not ${found}`, { code: "DOT021" });
  switch (option.kind) {
    case "switch":
    case "toggle":
      if (typeof value !== "boolean") throw fail("true or false");
      return;
    case "value":
      if (Array.isArray(value) || value instanceof Map) throw fail("one value");
      if (typeof value === "boolean") throw fail("a value");
      checkWord(option, value, at);
      return;
    case "list":
      if (value instanceof Map || typeof value === "boolean") {
        throw fail("a value or a list of values");
      }
      if (!Array.isArray(value)) return;
      for (const item of value) {
        if (
          Array.isArray(item) || item instanceof Map || item === null || typeof item === "boolean"
        ) {
          throw new FileError(
            at,
            `\`${option.name}\` takes a list of words, not of ${typeName(item)}`,
            { code: "DOT021" },
          );
        }
      }
      return;
    case "mapping":
      if (!(value instanceof Map) && typeof value !== "string") throw fail("a mapping");
  }
}

function checkWord({ name, takes }: DbtOption, value: YamlValue, at: Position): void {
  if (takes === undefined) return;
  const word = asWord(value).trim();
  const fine = takes === "integer" ? /^[-+]?\d+$/.test(word) : takes.includes(word.toLowerCase());
  if (fine) return;
  const near = takes === "integer" ? undefined : nearest(word, takes);
  const wanted = takes === "integer" ? "a whole number" : `one of ${takes.join(", ")}`;
  throw new FileError(at, `\`${name}\` takes ${wanted}, not \`${word}\``, {
    code: "DOT021",
    hints: near === undefined ? [] : [`Did you mean \`${near}\`?`],
  });
}

/** The words that give an option a value, as the dbt of a major version spells it. */
export function argumentWords(option: DbtOption, value: YamlValue, major: 1 | 2): string[] {
  const flag = `--${option.name}`;
  if (value === null) return [];
  if (typeof value === "boolean") {
    if (value) return [flag];
    return option.kind === "toggle" ? [`--no-${option.name}`] : [];
  }
  if (option.kind === "mapping") return [flag, typeof value === "string" ? value : toJson(value)];
  if (Array.isArray(value)) return value.flatMap((item) => [flag, asWord(item)]);
  const word = asWord(value);
  return [flag, option.spelled?.[major][word.trim().toLowerCase()] ?? word];
}

/** A scalar as a word of a command line. */
export function asWord(value: YamlValue): string {
  if (typeof value === "string") return value;
  return value instanceof YamlFloat ? value.text : toJson(value);
}
