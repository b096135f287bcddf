/**
 * Finds the command that a command line means, whatever flags stand before and between its words.
 * @module
 */
import { type Command, type Entry, type Listed, loadCommands } from "./command.ts";
import { type Flag, type Flags, GLOBAL_FLAGS } from "./flags.ts";
import { ownWords } from "./line.ts";

/** The flags of all commands together. */
export function flagsOf(commands: readonly Command[]): Flags {
  return Object.assign({}, GLOBAL_FLAGS, ...commands.map(({ known }) => known));
}

/** The words of a command line that are neither flags nor their values. A flag takes as many values in every command. */
export function plainWords(argv: readonly string[], flags: Flags): string[] {
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

/** What a list has for the words at the front; an entry of two words before one of the first alone. */
export function named<T extends Listed>(
  words: readonly string[],
  listed: readonly T[],
): T | undefined {
  const of = (count: number) => listed.find(({ name }) => name === words.slice(0, count).join(" "));
  return of(2) ?? of(1);
}

/** The entries of two words whose first is this one. */
export function groupOf<T extends Listed>(word: string | undefined, listed: readonly T[]): T[] {
  return listed.filter(({ name }) => name.startsWith(`${word} `));
}

/** The command that a command line means. Where its first word tells, no other is loaded; nor are they for the flags of all. */
export async function findCommand(
  argv: readonly string[],
  entries: readonly Entry[],
): Promise<Command | undefined> {
  const [first = ""] = argv;
  if (plainWords(argv, GLOBAL_FLAGS).length === 0) return undefined;
  const meant = entries.filter(({ name }) => name === first || name.startsWith(`${first} `));
  const commands = await loadCommands(meant.length > 0 ? meant : entries);
  return named(plainWords(argv, flagsOf(commands)), commands);
}
