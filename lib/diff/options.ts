/**
 * What is asked of a comparison, and what the warehouse is asked for it.
 * @module
 */
import { textsOf } from "../config/settings.ts";
import { adapterOf } from "../dbt/adapters.ts";
import { globSource } from "../base/glob.ts";
import type { CompareOptions } from "../warehouse/compare.ts";
import type { DiffOptions } from "./result.ts";
import type { Side } from "./sides.ts";
import type { Format } from "./views/index.ts";

/** What may differ, for `--fail-on`. */
export const KINDS = ["added", "removed", "changed", "schema"] as const;

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

/** The names in a text: `a, b`. */
export function listIn(text: string): string[] {
  return text.split(",").map((part) => part.trim()).filter((part) => part !== "");
}
