/**
 * "Did you mean …?": the one way in which dot suggests a name.
 * @module
 */
import { closestString, levenshteinDistance } from "@std/text";

/** The name nearest to what was typed, if one is near enough to have been meant. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  if (names.length === 0 || typed === "") return undefined;
  const longer = typed.length > 2 ? names.filter((name) => name.startsWith(typed)) : [];
  if (longer.length > 0) return closestString(typed, longer);
  const found = closestString(typed, names);
  const distance = levenshteinDistance(typed.toLowerCase(), found.toLowerCase());
  const allowed = typed.length <= 3 ? 1 : Math.max(2, Math.floor(found.length / 3));
  return distance <= allowed ? found : undefined;
}

/** A hint list with the nearest name, or with all names when none is near. */
export function suggest(typed: string, names: readonly string[], what: string): string[] {
  const near = nearest(typed, names);
  if (near !== undefined) return [`Did you mean \`${near}\`?`];
  return names.length === 0 ? [] : [`${what}: ${names.join(", ")}.`];
}
