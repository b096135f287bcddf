/**
 * Shell completions, made from the commands. Pure: commands in, scripts out.
 * All four scripts do the same: they collect the words before the cursor that are no flags, and offer what may
 * follow.
 * @module
 */
import { bash } from "./bash.ts";
import { fish } from "./fish.ts";
import type { Grammar, Shell } from "./grammar.ts";
import { powershell } from "./powershell.ts";
import { zsh } from "./zsh.ts";

const SCRIPTS: Readonly<Record<Shell, (grammar: Grammar, install: string) => string>> = {
  bash,
  zsh,
  fish,
  powershell,
};

/** The script that completes `dot` in a shell; `install` is the line that installs it. */
export function completionScript(shell: Shell, grammar: Grammar, install: string): string {
  return SCRIPTS[shell](grammar, install);
}
