/**
 * What is asked of a comparison, read off the command line and checked.
 * @module
 */
import { textsOf } from "../config/settings.ts";
import { adapterOf } from "../dbt/adapters.ts";
import { UsageError } from "../base/errors.ts";
import type { Arguments } from "../cli/flags.ts";
import { globSource } from "../base/glob.ts";
import { suggest } from "../base/nearest.ts";
import type { CompareOptions } from "../warehouse/compare.ts";
import type { DiffOptions } from "./result.ts";
import type { Side } from "./sides.ts";
import { type Format, FORMATS } from "./views/index.ts";

/** What may differ, for `--fail-on`. */
export const KINDS = ["added", "removed", "changed", "schema"] as const;

/** A kind of difference. */
export type Kind = typeof KINDS[number];

/** How many rows of each kind are shown. */
const SAMPLES = 5;

/** How the result is shown, and what ends with 1. */
export interface Showing {
  format: Format;
  output: string | undefined;
  /** Empty where nothing ends with 1. */
  failOn: readonly Kind[];
}

/** What is asked of the comparison, without the columns that the settings exclude. */
export interface Asked extends DiffOptions {
  /** Undefined where the user is to be asked. */
  build: boolean | undefined;
  /** Where all rows that differ are written. */
  rows: string | undefined;
}

/** Read what is shown. Throws a UsageError. */
export function readShowing({ switches, values }: Arguments): Showing {
  const format = oneOf(values.get("format") ?? "text", FORMATS, "format");
  const failOn = values.get("fail-on");
  return {
    format,
    output: values.get("output"),
    failOn: failOn !== undefined
      ? namesIn(failOn, "fail-on").map((word) => oneOf(word, KINDS, "fail-on"))
      : switches.has("exit-code")
      ? KINDS
      : [],
  };
}

/** Read what is asked. Throws a UsageError for what makes no sense. */
export function readAsked({ seconds, switches, values }: Arguments): Asked {
  if (switches.has("build") && switches.has("no-build")) {
    throw new UsageError("--build and --no-build say two things: leave out one");
  }
  const since = values.get("since");
  const key = values.get("key");
  return {
    key: key === undefined ? null : namesIn(key, "key"),
    where: values.get("where") ?? null,
    since: since === undefined ? null : { column: since, value: seconds.get("since") ?? "" },
    limit: countIn(values, "limit", 1) ?? null,
    tolerance: numberIn(values, "tolerance"),
    relative_tolerance: numberIn(values, "relative-tolerance"),
    ignore_case: switches.has("ignore-case"),
    trim: switches.has("trim"),
    exclude_columns: listIn(values.get("exclude-columns") ?? ""),
    samples: countIn(values, "samples", 0) ?? SAMPLES,
    build: switches.has("build") ? true : switches.has("no-build") ? false : undefined,
    rows: values.get("rows"),
  };
}

/** The same, with what the later side's environment excludes (`+diff-exclude`). */
export function withSettings(
  { build: _, exclude_columns: own, rows: __, ...asked }: Asked,
  { place }: Side,
): DiffOptions {
  const settings = textsOf(place.environment, "diff-exclude").flatMap(listIn);
  return { ...asked, exclude_columns: [...new Set([...own, ...settings])] };
}

/** What the warehouse is asked with. */
export function compareOptions(
  options: DiffOptions,
  { adapter, rows }: { adapter: string; rows: boolean },
): CompareOptions {
  return {
    key: options.key ?? undefined,
    exclude: options.exclude_columns.map(globSource),
    where: options.where ?? undefined,
    since: options.since ?? undefined,
    limit: options.limit ?? undefined,
    tolerance: options.tolerance === null ? undefined : inSql(options.tolerance),
    relativeTolerance: options.relative_tolerance === null
      ? undefined
      : inSql(options.relative_tolerance),
    ignoreCase: options.ignore_case,
    trim: options.trim,
    samples: options.samples,
    rows,
    folds: adapterOf(adapter).folds,
  };
}

/** Without an exponent where that is no long number: engines take one for a float. */
function inSql(value: number): string {
  const text = String(value);
  if (!text.includes("e")) return text;
  const plain = value.toFixed(30).replace(/0+$/, "");
  return Number(plain) === value ? plain : text;
}

function listIn(text: string): string[] {
  return text.split(",").map((part) => part.trim()).filter((part) => part !== "");
}

function namesIn(text: string, flag: string): string[] {
  const names = listIn(text);
  if (names.length > 0) return names;
  throw new UsageError(`--${flag} ${text} names nothing`, {
    hints: ["Is a variable of a script empty?"],
  });
}

function oneOf<T extends string>(word: string, all: readonly T[], flag: string): T {
  const found = all.find((one) => one === word);
  if (found !== undefined) return found;
  throw new UsageError(`--${flag}: there is no \`${word}\``, {
    hints: suggest(word, all, "There are"),
  });
}

function countIn(
  values: ReadonlyMap<string, string>,
  name: string,
  least: number,
): number | undefined {
  const text = values.get(name);
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text) && Number(text) >= least) return Number(text);
  throw new UsageError(`--${name} ${text} is no count`, {
    hints: [`Give a whole number from ${least} on: --${name} 100`],
  });
}

function numberIn(values: ReadonlyMap<string, string>, name: string): number | null {
  const text = values.get(name);
  if (text === undefined) return null;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new UsageError(`--${name} ${text} is no number from 0 on`, {
    hints: [`As in --${name} 1e-9`],
  });
}
