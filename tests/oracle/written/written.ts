/** Pairs that are written by hand, for what chance would not meet. */
import {
  type Both,
  type Cell,
  type Domain,
  type Pair,
  type Side,
  SIDES,
  type Source,
} from "../pair.ts";
import type { Engine } from "../types.ts";

/** A column of both sides, or where its names or types are two, of each; a name is null where the side lacks it. */
export type Column = [
  names: string | Both<string | null>,
  types: string | Both<string>,
  domain: Domain,
];

/** A pair as it is written. */
export interface Written {
  /** The group of options that it is compared by; the one without any, where none is named. */
  group?: string;
  columns: Column[];
  before: Cell[][];
  after: Cell[][];
  /** The columns of the key, by their positions. */
  key?: number[];
  source?: Source;
  only?: Engine;
}

/** Decimals. */
export const NUMBER: Domain = { kind: "number", whole: false };
/** Integers. */
export const WHOLES: Domain = { kind: "number", whole: true };
/** Texts. */
export const WORDS: Domain = { kind: "text", padded: false };
/** Floating numbers of double precision. */
export const FLOAT: Domain = { kind: "float", single: false };

/** Rows that are written `cell; cell / cell; cell`, with `~` for NULL and `''` for the empty text. */
export function grid(text: string): Cell[][] {
  const cell = (word: string) => word === "~" ? null : word === "''" ? "" : word;
  return text.split(" / ").map((row) => row.split("; ").map(cell));
}

/** The pair that is written. */
export function writtenPair(name: string, about: string, written: Written): Pair {
  const columns = written.columns.map(([names, types, domain]) => {
    const both: Both<string | null> = typeof names === "string" ? [names, names] : names;
    const own: Both<string | null> = typeof types === "string" ? [types, types] : [...types];
    for (const side of SIDES) if (both[side] === null) own[side] = null;
    return { names: both, types: own, domain };
  });
  const there = (side: Side) =>
    columns.flatMap(({ names }, at) => names[side] === null ? [] : [at]);
  return {
    ...{ name, about, columns, order: [there(0), there(1)], rows: [written.before, written.after] },
    keys: written.key === undefined
      ? []
      : [{ source: written.source ?? "unique_key", columns: written.key }],
  };
}
