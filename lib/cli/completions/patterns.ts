/**
 * What the scripts of bash and zsh have in common.
 * @module
 */

/** A pattern for lines that are one of the words, in bash and zsh. */
export function exact(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(" | ");
}

/** A pattern for lines that begin with one of the words. */
export function led(words: readonly string[]): string {
  return words.map((word) => `"${word} "*`).join(" | ");
}
