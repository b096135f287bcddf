/**
 * Patterns of names as people write them.
 * @module
 */

/** A glob as the text of a regular expression: `*` is anything, `?` one character, the rest is itself. */
export function globSource(glob: string): string {
  return glob.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
}
