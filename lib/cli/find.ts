/**
 * Finds the command that a command line means, whatever flags stand before and between its words.
 * @module
 */
import type { Command } from "./command.ts";
import { type Flag, type Flags, GLOBAL_FLAGS } from "./flags.ts";
import { ownWords } from "./line.ts";

/** The flags of all commands together. */
export function flagsOf(commands: readonly Command[]): Flags {
  return Object.assign({}, GLOBAL_FLAGS, ...commands.map(({ known }) => known));
}

/** The words of a command line that are neither flags nor their values. A flag takes as many values in every command. */
export function plainWords(argv: readonly string[], commands: readonly Command[]): string[] {
  const flags = flagsOf(commands);
  const words: string[] = [];
  const own = ownWords(argv);
  for (let at = 0; at < own.length; at++) {
    const word = own[at] ?? "";
    if (!word.startsWith("-") || word === "-") {
      words.push(word);
      continue;
    }
    const [name = "", inline] = word.replace(/^--/, "").split("=", 2);
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    at += Math.max(0, valuesOf(flag) - (inline === undefined ? 0 : 1));
  }
  return words;
}

function valuesOf(flag: Flag | undefined): number {
  if (flag?.value === undefined) return 0;
  return flag.second === undefined ? 1 : 2;
}

/** The command whose words stand at the front; one of two words before one of the first alone. */
export function findCommand(
  words: readonly string[],
  commands: readonly Command[],
): Command | undefined {
  const named = (count: number) =>
    commands.find(({ name }) => name === words.slice(0, count).join(" "));
  return named(2) ?? named(1);
}

/** The commands of two words whose first is this one. */
export function groupOf(word: string | undefined, commands: readonly Command[]): Command[] {
  return commands.filter(({ name }) => name.startsWith(`${word} `));
}
