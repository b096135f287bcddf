/**
 * JSON: what others wrote, taken for what it should be, where something else counts as nothing; and what dot writes
 * for programs, one object whose names are in `snake_case` and whose times are in ISO 8601.
 * @module
 */

/**
 * A whole number from 0 on.
 * @asType integer
 * @minimum 0
 */
export type Count = number;

/** The text of a result for programs. A new version is one that a program must be changed for; it stands first. */
export function jsonOf(result: { readonly version: number }): string {
  return JSON.stringify(result, null, 2);
}

/** An object out of JSON. */
export type JsonObject = Record<string, unknown>;

/** Whether a value is an object with keys. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text as a JSON object; undefined when it is none. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** An object; an empty one for what is none. */
export function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** A text; an empty one for what is none. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A list; an empty one for what is none. */
export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The texts in a list. */
export function texts(value: unknown): string[] {
  return list(value).filter((one) => typeof one === "string");
}

/** All texts in a piece of JSON, however deep. */
export function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** The objects in a list. */
export function objects(value: unknown): JsonObject[] {
  return list(value).filter(isObject);
}

/** The keys of an object whose values are objects, with these. */
export function entries(value: unknown): [string, JsonObject][] {
  return Object.entries(asObject(value)).filter((entry): entry is [string, JsonObject] =>
    isObject(entry[1])
  );
}
