/**
 * Questions that are answered by a letter. Whether somebody can answer is the caller's to know.
 * @module
 */
import type { Output } from "./output.ts";

/** Yes or no: `y`, `yes`, in capitals or not, is yes; nothing typed is `otherwise`; the end of the input is no. */
export function isAgreed(question: string, out: Output, otherwise: "yes" | "no" = "no"): boolean {
  const answer = letters(`${question} ${otherwise === "yes" ? "[Y/n]" : "[y/N]"} `, out);
  if (answer === "") return otherwise === "yes";
  return answer !== undefined && YES.includes(answer);
}

/** Yes, no, or never ask again: `y`, `yes`, `e`, `never`; everything else is no. */
export function askYesNoNever(question: string, out: Output): "yes" | "no" | "never" {
  const answer = letters(`${question} [y/N/e(never)] `, out) ?? "";
  if (YES.includes(answer)) return "yes";
  return answer === "e" || answer === "never" ? "never" : "no";
}

const YES = ["y", "yes"];

function letters(question: string, out: Output): string | undefined {
  return out.ask(question)?.trim().toLowerCase();
}
