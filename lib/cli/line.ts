/**
 * Reads a command line by the flags that may stand there.
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../base/errors.ts";
import type { Flags, Line, Value } from "./flags.ts";

/** A flag that nobody declared. */
export interface UnknownFlag {
  /** As typed. */
  readonly unknown: string;
  /** The words before it that are no flags. */
  readonly before: readonly string[];
}

/** The words before `--`. */
export function ownWords(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end === -1 ? argv : argv.slice(0, end);
}

/** Read a command line by the flags that may stand there. Throws a UsageError for a flag without its value. */
export function readLine(argv: readonly string[], flags: Flags): Line | UnknownFlag {
  const own = [...ownWords(argv)];
  const rest = argv.slice(own.length + 1);
  const seconds = takeSeconds(own, flags);
  const named = Object.entries(flags);
  const valued = named.filter(([, flag]) => flag.value !== undefined);
  const plain = named.filter(([, flag]) => flag.value === undefined).map(([name]) => name);
  let unknown: string | undefined;
  const parsed = parseArgs(own, {
    boolean: plain,
    string: ["_", ...valued.map(([name]) => name)],
    alias: Object.fromEntries(
      named.flatMap(([name, { short }]) => short === undefined ? [] : [[name, short]]),
    ),
    unknown: (word) => {
      if (!word.startsWith("-") || word === "-") return true;
      unknown ??= word;
      return false;
    },
  });
  if (unknown !== undefined) {
    const before = own.slice(0, own.indexOf(unknown)).filter((word) => !word.startsWith("-"));
    return { unknown, before };
  }
  const values = new Map<string, Value>();
  for (const name of plain) if (parsed[name] === true) values.set(name, true);
  for (const [name, { second, value }] of valued) {
    const given = parsed[name];
    if (given === undefined) continue;
    if (typeof given !== "string" || given === "") throw withoutValue(name, value, second);
    values.set(name, second === undefined ? given : [given, seconds.get(name) ?? ""]);
  }
  return { words: parsed._.map(String), values, rest };
}

/** Take the second values of flags out of the words, and give them. */
function takeSeconds(own: string[], flags: Flags): Map<string, string> {
  const seconds = new Map<string, string>();
  for (const [name, { second, value }] of Object.entries(flags)) {
    if (second === undefined) continue;
    for (let at = 0; at < own.length; at++) {
      const word = own[at] ?? "";
      const inline = word.startsWith(`--${name}=`);
      if (!inline && word !== `--${name}`) continue;
      const [taken] = own.splice(at + (inline ? 1 : 2), 1);
      if (taken === undefined || taken === "") throw withoutValue(name, value, second);
      seconds.set(name, taken);
    }
  }
  return seconds;
}

function withoutValue(
  name: string,
  value: string | undefined,
  second: string | undefined,
): UsageError {
  return new UsageError(
    second === undefined
      ? `--${name} needs a value: --${name} <${value}>`
      : `--${name} needs two values: --${name} <${value}> <${second}>`,
    { code: "DOT004" },
  );
}
