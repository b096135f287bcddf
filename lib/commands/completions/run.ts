/**
 * Prints the completions of a shell.
 * @module
 */
import { join } from "@std/path";
import { nameOf, readInventory } from "../../store/inventory.ts";
import { locate } from "../../places/project.ts";
import { completionScript } from "../../cli/completions/completions.ts";
import { grammarOf } from "../../cli/completions/grammar.ts";
import { ENVIRONMENTS_FILE, parseEnvironments, USER_FILE } from "../../config/environments.ts";
import { environmentNames } from "../../config/layers.ts";
import type { Context } from "../../base/context.ts";
import { UsageError } from "../../base/errors.ts";
import { readIfThere } from "../../base/files.ts";
import { Git } from "../../git/git.ts";
import { type Entry, loadCommands } from "../../cli/command.ts";
import type { Arguments, NoFlags } from "../../cli/flags.ts";
import { BUILDS_WORD, ENVIRONMENTS_WORD, SHELLS } from "./shells.ts";

/** `dot completions <shell>`. */
export async function runCompletions(
  { words: [word] }: Arguments<NoFlags>,
  context: Context,
  entries: readonly Entry[],
): Promise<number> {
  const { out } = context;
  if (word === ENVIRONMENTS_WORD) {
    for (const name of await environments(context)) out.result(name);
    return 0;
  }
  if (word === BUILDS_WORD) {
    for (const name of await builds(context)) out.result(name);
    return 0;
  }
  const shell = SHELLS.find(({ name }) => name === word);
  if (shell === undefined) {
    throw new UsageError("`completions` needs a shell", {
      hints: [
        `Shells: ${SHELLS.map(({ name }) => name).join(", ")}. For example: dot completions bash`,
      ],
      code: "DOT011",
    });
  }
  const grammar = grammarOf(await loadCommands(entries), {
    environments: `completions ${ENVIRONMENTS_WORD}`,
    builds: `completions ${BUILDS_WORD}`,
  });
  out.result(completionScript(shell.name, grammar, shell.summary).trimEnd());
  return 0;
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
