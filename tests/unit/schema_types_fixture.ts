/** Types for the test of the schemas that are made from types. */
import type { Count as Amount } from "../../lib/base/json.ts";
import type { Place as Spot } from "../../lib/diff/result.ts";

interface Base {
  /** From the base. */
  base?: string | undefined;
}

/**
 * All that a schema
 * can say.
 */
export interface Whole extends Base {
  readonly texts: readonly string[];
  amount: Amount;
  mixed: (string | number | null)[];
  /**
   * In words.
   * @format date
   */
  one: "a" | "b" | null;
  yes: true;
  pair: [from: string, to: Spot];
  version: typeof VERSION;
  byName: Readonly<Record<string, Whole | null>>;
  anything: unknown;
}

/** Of this shape. */
export const VERSION = 3;

export interface WithMethod {
  run(): void;
}

export interface WithMap {
  map: Map<string, string>;
}

export interface WithTag {
  /** @maximum 5 */
  count: number;
}

export interface WithFunction {
  run: () => void;
}

/** It has the name of another type in another file. */
export interface Place {
  here: boolean;
}

export interface Twice {
  spot: Spot;
  place: Place;
}
