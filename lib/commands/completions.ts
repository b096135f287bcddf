/**
 * Prints the completions of a shell.
 * @module
 */
import { join } from "@std/path";
import { nameOf, readInventory } from "../store/inventory.ts";
import { locate } from "../places/project.ts";
import { completionScript } from "../cli/completions/completions.ts";
import { BUILDS_WORD, ENVIRONMENTS_WORD, SHELLS } from "../cli/completions/grammar.ts";
import { ENVIRONMENTS_FILE, parseEnvironments, USER_FILE } from "../config/environments.ts";
import { environmentNames } from "../config/layers.ts";
import type { Context } from "../base/context.ts";
import { DBT_COMMANDS } from "../dbt/commands.ts";
import { UsageError } from "../base/errors.ts";
import { readIfThere } from "../base/files.ts";
import { Git } from "../git/git.ts";
import { type OwnCommand, table } from "../cli/help.ts";
import { suggest } from "../base/nearest.ts";

/** `dot completions <shell>`. `own` are the commands that dot has besides dbt's. */
export async function runCompletions(
  words: readonly string[],
  wantsHelp: boolean,
  own: readonly OwnCommand[],
  context: Context,
): Promise<number> {
  const { out } = context;
  const [shell, extra] = words;
  if (wantsHelp) {
    out.result(help());
    return 0;
  }
  if (shell === ENVIRONMENTS_WORD) {
    for (const name of await environments(context)) out.result(name);
    return 0;
  }
  if (shell === BUILDS_WORD) {
    for (const name of await builds(context)) out.result(name);
    return 0;
  }
  const names = SHELLS.map(({ name }) => name);
  if (shell === undefined) {
    throw new UsageError("`completions` needs a shell", {
      hints: [`Shells: ${names.join(", ")}. For example: dot completions bash`],
    });
  }
  if (!names.includes(shell)) {
    throw new UsageError(`dot has no completions for \`${shell}\``, {
      hints: suggest(shell, names, "Shells"),
    });
  }
  if (extra !== undefined) throw new UsageError(`unexpected \`${extra}\` after \`${shell}\``);
  out.result(completionScript(shell, DBT_COMMANDS, own).trimEnd());
  return 0;
}

function help(): string {
  return [
    "Print a script that completes commands, flags, environments and, after `@`, git refs.",
    "",
    "Usage: dot completions <shell>",
    "",
    "In the start-up file of your shell:",
    "",
    ...table(SHELLS.map(({ name, summary }) => [name, summary])),
  ].join("\n");
}

/** The environments that the files here define; a file that is missing or broken has none. */
async function environments({ cwd, env }: Context): Promise<string[]> {
  const { configFolder } = await locate(cwd, env, undefined, undefined);
  const files = await Promise.all([ENVIRONMENTS_FILE, USER_FILE].map(async (name) => {
    try {
      const text = await readIfThere(join(configFolder, name));
      return text === undefined ? [] : [parseEnvironments(text, name)];
    } catch {
      return [];
    }
  }));
  return environmentNames(files.flat());
}

/** The isolated builds that are there, newest first; none outside a repository. */
async function builds({ cwd, env }: Context): Promise<string[]> {
  const git = await Git.find(cwd, env);
  return git === undefined ? [] : (await readInventory(git)).builds.map(nameOf);
}
