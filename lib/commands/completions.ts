/**
 * Prints shell completions.
 * @module
 */
import type { Context } from "../context.ts";

/** `dot completions <shell>`. */
export function runCompletions(
  _words: readonly string[],
  _help: boolean,
  _context: Context,
): number {
  return 0;
}
