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

/**
 * Whether a name may be another one mistyped: one letter is missing, too much, another or in another place, or two are in a long
 * name that stands for one that is `unset`. Names that differ in digits only are told apart on purpose.
 */
export function isSlipOf(typed: string, name: string, { unset }: { unset: boolean }): boolean {
  const [a, b] = [typed, name].map((text) => text.toLowerCase());
  if (a === undefined || b === undefined || typed === name || name.length < 4) return false;
  if (a.replace(/\d+/g, "") === b.replace(/\d+/g, "") && a !== b) return false;
  const distance = levenshteinDistance(a, b);
  return distance <= 1 || isSwapped(a, b) || unset && name.length >= 8 && distance <= 2;
}

function isSwapped(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  const at = [...a].findIndex((letter, index) => letter !== b[index]);
  return a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}

/** A hint list with the nearest name, or with all names when none is near. */
export function suggest(typed: string, names: readonly string[], what: string): string[] {
  const near = nearest(typed, names);
  if (near !== undefined) return [`Did you mean \`${near}\`?`];
  return names.length === 0 ? [] : [`${what}: ${names.join(", ")}.`];
}
