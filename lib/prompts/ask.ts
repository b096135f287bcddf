/**
 * The one form of question that dot asks at its start.
 * @module
 */
import type { Context } from "../context.ts";

/** One letter: yes, no, or never again. */
export function askYesNoNever(question: string, { out }: Context): "yes" | "no" | "never" {
  const answer = (out.ask(`${question} [y/N/e(never)] `) ?? "").trim().toLowerCase();
  if (answer === "y" || answer === "yes") return "yes";
  return answer === "e" || answer === "never" ? "never" : "no";
}
