/**
 * What is asked of a comparison, and what the warehouse is asked for it.
 * @module
 */
import { textsOf } from "../config/settings.ts";
import { findAdapter } from "../dbt/adapters.ts";
import { globSource } from "../base/glob.ts";
import type { CompareOptions } from "../warehouse/compare.ts";
import type { DiffOptions } from "./result.ts";
import type { Side } from "./sides.ts";

/** The forms in which a result is shown. */
export const FORMATS = ["text", "json", "markdown", "html"] as const;
/** What may differ, for `--fail-on`. */
export const KINDS = ["added", "removed", "changed", "schema"] as const;

/** A form. */
export type Format = typeof FORMATS[number];
/** A kind of difference. */
export type Kind = typeof KINDS[number];

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

/** The same, with what the later side's environment excludes (`+diff-exclude`). */
export function withSettings(
  { build: _, excludeColumns, rows: __, ...asked }: Asked,
  { situation }: Side,
): DiffOptions {
  const settings = textsOf(situation.environment, "diff-exclude").flatMap(listIn);
  return { ...asked, excludeColumns: [...new Set([...excludeColumns, ...settings])] };
}

/** What the warehouse is asked with. */
export function compareOptions(
  options: DiffOptions,
  { adapter, rows }: { adapter: string; rows: boolean },
): CompareOptions {
  return {
    key: options.key ?? undefined,
    exclude: options.excludeColumns.map(globSource),
    where: options.where ?? undefined,
    since: options.since ?? undefined,
    limit: options.limit ?? undefined,
    tolerance: options.tolerance === null ? undefined : inSql(options.tolerance),
    relativeTolerance: options.relativeTolerance === null
      ? undefined
      : inSql(options.relativeTolerance),
    ignoreCase: options.ignoreCase,
    trim: options.trim,
    samples: options.samples,
    rows,
    folds: findAdapter(adapter)?.folds === true,
  };
}

/** Without an exponent where that is no long number: engines take one for a float. */
function inSql(value: number): string {
  const text = String(value);
  if (!text.includes("e")) return text;
  const plain = value.toFixed(30).replace(/0+$/, "");
  return Number(plain) === value ? plain : text;
}

/** The names in a text: `a, b`. */
export function listIn(text: string): string[] {
  return text.split(",").map((part) => part.trim()).filter((part) => part !== "");
}
