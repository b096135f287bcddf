/**
 * Values as they may be shown: without what looks like a secret.
 * @module
 */
import { asWord } from "../dbt/argument.ts";
import { isSecret, isSecretName } from "../dbt/secrets.ts";
import { YamlFloat, type YamlValue } from "../base/yaml.ts";

/** What stands in a secret's place. */
export const MASK = "***";

/** A value under a name, with each secret in it masked: by its name, or by what it looks like. */
export function masked(name: string, value: YamlValue): YamlValue {
  if (value === null || typeof value === "boolean") return value;
  if (isSecretName(name) && !isJinja(value)) return MASK;
  if (Array.isArray(value)) return value.map((item) => masked(name, item));
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [key, masked(key, item)]));
  }
  return isSecret(name, asWord(value)) ? MASK : value;
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
  return typeof value === "string" && /\{\{|\{%/.test(value) && !isSecret("", value);
}
