/**
 * The forms of question that dot asks.
 * @module
 */
import type { Context } from "../base/context.ts";
import { DotError } from "../base/errors.ts";

/** One letter: yes, no, or never again. */
export function askYesNoNever(question: string, { out }: Context): "yes" | "no" | "never" {
  const answer = (out.ask(`${question} [y/N/e(never)] `) ?? "").trim().toLowerCase();
  if (answer === "y" || answer === "yes") return "yes";
  return answer === "e" || answer === "never" ? "never" : "no";
}

/** Whether the user agrees to what was shown. Throws a DotError where nobody can answer. */
export function confirm(question: string, command: string, { interactive, out }: Context): boolean {
  if (!interactive) {
    throw new DotError(`${command} asks before it changes anything, and nobody can answer here`, {
      hints: ["--yes answers for you; --dry-run shows what would be done."],
      exitCode: 1,
    });
  }
  return /^y(?:es)?$/i.test((out.ask(`${question} [y/N] `) ?? "").trim());
}
