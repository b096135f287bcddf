/** How SQL is written. */

/** A name in the quotes of SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
