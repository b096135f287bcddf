/**
 * Values as JSON, which every YAML loader reads back as the same value.
 * @module
 */
import { YamlFloat, type YamlValue } from "./values.ts";

/** A value as JSON on one line, which YAML 1.1 and 1.2 loaders read back as the same value. */
export function toJson(value: YamlValue): string {
  if (value === null) return "null";
  if (typeof value === "string") return jsonText(value);
  if (value instanceof YamlFloat) return value.text;
  if (Array.isArray(value)) return `[${value.map(toJson).join(", ")}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([key, item]) => `${jsonText(key)}: ${toJson(item)}`).join(", ")}}`;
  }
  return String(value);
}

/** A text in double quotes, with escapes for what PyYAML refuses to read as it is. */
export function jsonText(text: string): string {
  return JSON.stringify(text).replace(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, (char) => {
    return "\\u" + char.charCodeAt(0).toString(16).padStart(4, "0");
  });
}
