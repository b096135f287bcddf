/**
 * Shows the help of a command, or explains the code of an error.
 * @module
 */
import { CODE_NAMES, CODES, findCode } from "../../base/codes.ts";
import type { Context } from "../../base/context.ts";
import { UsageError } from "../../base/errors.ts";
import { suggest } from "../../base/nearest.ts";
import type { Entry } from "../../cli/command.ts";
import { helpFor } from "../../cli/help.ts";
import type { Arguments, NoFlags } from "../../cli/flags.ts";

/** Run it. */
export async function runHelp(
  { words }: Arguments<NoFlags>,
  { out }: Context,
  entries: readonly Entry[],
): Promise<number> {
  const [first = ""] = words;
  out.result(/^dot\d/i.test(first) ? explain(first) : await helpFor(words, entries));
  return 0;
}

/** What a code means, and what to do. Throws a UsageError for one that there is not. */
function explain(text: string): string {
  const code = findCode(text);
  if (code === undefined) {
    throw new UsageError(`no error of dot's has the code \`${text}\``, {
      hints: suggest(text.toUpperCase(), CODE_NAMES, "Codes"),
      code: "DOT012",
    });
  }
  const { means, remedy, title } = CODES[code];
  return [`${code}: ${title}`, "", means, "", remedy].join("\n");
}
