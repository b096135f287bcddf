/**
 * Shell completions, made from the tables of commands and flags. Pure: tables in, scripts out.
 * All four scripts do the same: they collect the words before the cursor that are no flags, and offer what may
 * follow.
 * @module
 */
import type { DbtCommand } from "../../dbt/commands.ts";
import type { OwnCommand } from "../help.ts";
import { bash } from "./bash.ts";
import { fish } from "./fish.ts";
import { grammarOf } from "./grammar.ts";
import { powershell } from "./powershell.ts";
import { zsh } from "./zsh.ts";

/** The script that completes `dot` in a shell. Throws when the shell is none of `SHELLS`. */
export function completionScript(
  shell: string,
  dbt: readonly DbtCommand[],
  own: readonly OwnCommand[],
): string {
  const grammar = grammarOf(dbt, own);
  switch (shell) {
    case "bash":
      return bash(grammar);
    case "zsh":
      return zsh(grammar);
    case "fish":
      return fish(grammar);
    case "powershell":
      return powershell(grammar);
  }
  throw new RangeError(`no completions for ${shell}`);
}
