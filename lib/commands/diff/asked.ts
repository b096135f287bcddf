/**
 * What is asked of a comparison, and how it is shown, read off the flags and checked.
 * @module
 */
import { UsageError } from "../../base/errors.ts";
import { suggest } from "../../base/nearest.ts";
import type { Arguments } from "../../cli/flags.ts";
import { type Asked, KINDS, listIn, type Showing } from "../../diff/options.ts";
import { FORMATS } from "../../diff/views/index.ts";
import type { FLAGS } from "./flags.ts";

/** How many rows of each kind are shown. */
const SAMPLES = 5;

/** What is given for the flags of `dot diff`. */
type DiffFlags = Arguments<typeof FLAGS>["flags"];

/** Read what is shown. Throws a UsageError. */
export function readShowing(flags: DiffFlags): Showing {
  const failOn = flags["fail-on"];
  return {
    format: oneOf(flags.format ?? "text", FORMATS, "format"),
    output: flags.output,
    failOn: failOn !== undefined
      ? namesIn(failOn, "fail-on").map((word) => oneOf(word, KINDS, "fail-on"))
      : flags["exit-code"]
      ? KINDS
      : [],
  };
}

/** Read what is asked. Throws a UsageError for what makes no sense. */
export function readAsked(flags: DiffFlags): Asked {
  const { build, key, rows, since, where } = flags;
  if (build && flags["no-build"]) {
    throw new UsageError("--build and --no-build say two things: leave out one", {
      code: "DOT009",
    });
  }
  return {
    key: key === undefined ? null : namesIn(key, "key"),
    where: where ?? null,
    since: since === undefined ? null : { column: since[0], value: since[1] },
    limit: countIn(flags, "limit", 1) ?? null,
    tolerance: numberIn(flags, "tolerance"),
    relative_tolerance: numberIn(flags, "relative-tolerance"),
    ignore_case: flags["ignore-case"],
    trim: flags.trim,
    exclude_columns: listIn(flags["exclude-columns"] ?? ""),
    samples: countIn(flags, "samples", 0) ?? SAMPLES,
    build: build ? true : flags["no-build"] ? false : undefined,
    rows,
  };
}

function namesIn(text: string, flag: string): string[] {
  const names = listIn(text);
  if (names.length > 0) return names;
  throw new UsageError(`--${flag} ${text} names nothing`, {
    hints: ["Is a variable of a script empty?"],
    code: "DOT004",
  });
}

function oneOf<T extends string>(word: string, all: readonly T[], flag: string): T {
  const found = all.find((one) => one === word);
  if (found !== undefined) return found;
  throw new UsageError(`--${flag}: there is no \`${word}\``, {
    hints: suggest(word, all, "There are"),
    code: "DOT010",
  });
}

function countIn(
  flags: DiffFlags,
  name: "limit" | "samples",
  least: number,
): number | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text) && Number(text) >= least) return Number(text);
  throw new UsageError(`--${name} ${text} is no count`, {
    hints: [`Give a whole number from ${least} on: --${name} 100`],
    code: "DOT010",
  });
}

function numberIn(flags: DiffFlags, name: "tolerance" | "relative-tolerance"): number | null {
  const text = flags[name];
  if (text === undefined) return null;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new UsageError(`--${name} ${text} is no number from 0 on`, {
    hints: [`As in --${name} 1e-9`],
    code: "DOT010",
  });
}
