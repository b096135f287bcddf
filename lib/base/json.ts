/**
 * What programs read: one object, with the version of its form. Its names are in `snake_case`, its times in ISO 8601.
 * @module
 */

/** The text of a result. A new version is one that a program must be changed for. */
export function jsonOf(result: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ version: 1, ...result }, null, 2);
}
