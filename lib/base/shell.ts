/**
 * Words as a POSIX shell reads them.
 * @module
 */

/** A command as a line for a POSIX shell, quoted so that it can be pasted. */
export function quoteCommand(words: readonly string[]): string {
  return words.map(quote).join(" ");
}

/** One word for a POSIX shell. */
export function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
