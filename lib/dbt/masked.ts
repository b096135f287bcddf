/**
 * Values as they may be shown: without what looks like a secret.
 * @module
 */
import { readYamlArgument, toJson, valueOf, YamlFloat, type YamlValue } from "../base/yaml.ts";
import { DotError } from "../base/errors.ts";
import { asWord } from "./argument.ts";
import { hasJinja } from "./jinja.ts";
import { hasLiteralParts, isSecret, isSecretName, isSecretText } from "./secrets.ts";

/** What stands in a secret's place. */
export const MASK = "***";

/** What takes a secret's place; `path` are the names that lead to it, the outermost first. */
export type Replacement = (secret: YamlValue, path: readonly string[]) => YamlValue;

/** A value under a name, with each secret in it masked: by its name, or by what it looks like. */
export function masked(
  name: string,
  value: YamlValue,
  replace: Replacement = () => MASK,
): YamlValue {
  return replaced([name], value, replace);
}

function replaced(path: readonly string[], value: YamlValue, replace: Replacement): YamlValue {
  const name = path.at(-1) ?? "";
  if (value === null || typeof value === "boolean") return value;
  if (isSecretName(name) && !isJinja(value)) return replace(value, path);
  if (Array.isArray(value)) return value.map((item) => replaced(path, item, replace));
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [key, replaced([...path, key], item, replace)]));
  }
  const text = asWord(value);
  return isSecret(name, text) || isSecretText(text) ? replace(value, path) : value;
}

/** A mapping of dbt's command line (`--vars`, `--args`), with each secret in it replaced, as JSON; as it stands where it has none. */
export function maskedMapping(text: string, replace: Replacement = () => MASK): string {
  let found = 0;
  const counting: Replacement = (secret, path) => {
    found++;
    return replace(secret, path);
  };
  let node;
  try {
    node = readYamlArgument(text, "");
  } catch (error) {
    if (!(error instanceof DotError)) throw error;
    // dbt refuses it; what it was to say, nobody knows.
    return MASK;
  }
  if (node === undefined || node.kind !== "map") {
    return isSecretText(text) ? asWord(replace(text, [])) : text;
  }
  const given = valueOf(node);
  if (!(given instanceof Map)) return text;
  const shown = new Map(
    [...given].map(([name, value]) => [name, masked(name, value, counting)] as const),
  );
  return found === 0 ? text : toJson(shown);
}

/** A value for `JSON.stringify`. Integers that JavaScript would round become text, as does what JSON has no number for. */
export function plain(value: YamlValue): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value instanceof YamlFloat) {
    const number = Number(value.text);
    return Number.isFinite(number) ? number : value.text;
  }
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  }
  return value;
}

/** Jinja says where a secret is, and is none. */
function isJinja(value: YamlValue): boolean {
  return typeof value === "string" && hasJinja(value) && !hasLiteralParts(value);
}
