/**
 * The question before a change.
 * @module
 */
import type { Context } from "../base/context.ts";
import { DotError } from "../base/errors.ts";
import { isAgreed } from "../base/question.ts";

/** Whether the user agrees to what was shown. Throws a DotError where nobody can answer. */
export function confirm(question: string, command: string, { interactive, out }: Context): boolean {
  if (!interactive) {
    throw new DotError(`${command} asks before it changes anything, and nobody can answer here`, {
      hints: ["--yes answers for you; --dry-run shows what would be done."],
      exitCode: 1,
      code: "DOT014",
    });
  }
  return isAgreed(question, out);
}
