/** Two tables that are to be compared: their columns, rows and keys, whatever they came from. */

/** A value of a table, as a text that its type reads; where the type is opaque, as an SQL expression. */
export type Cell = string | null;

/** The earlier side, or the later. */
export type Side = 0 | 1;
/** One of each side, the earlier first. */
export type Both<T> = [T, T];
/** Both sides, to go through. */
export const SIDES = [0, 1] as const;

/** In what two values of a column are compared: equal values have the same `canonical` text there. */
export type Domain =
  | { kind: "number"; whole: boolean }
  | { kind: "float"; single: boolean }
  | { kind: "text"; padded: boolean }
  | { kind: "label" }
  | { kind: "number as text" }
  | { kind: "boolean" }
  | { kind: "boolean as number" }
  | { kind: "date" }
  | { kind: "instant"; digits: number }
  | { kind: "time" }
  | { kind: "json" }
  | { kind: "opaque" };

/** A column of either side or of both; null where a side lacks it. */
export interface Column {
  names: Both<string | null>;
  types: Both<string | null>;
  domain: Domain;
}

/** The last of the places that a key is taken from. */
export const TESTS = "unique and not_null tests";
/** The places that a key is taken from, the first one first. */
export const SOURCES = ["--key", "primary key", "unique_key", TESTS] as const;
/** One of these places. */
export type Source = typeof SOURCES[number];

/** Two tables that are to be compared. */
export interface Pair {
  name: string;
  about: string;
  columns: Column[];
  /** The columns of each side, as they stand in its table. */
  order: Both<number[]>;
  /** The rows of each side, with a cell for every one of `columns`. */
  rows: Both<Cell[][]>;
  /** Where a key is told, by positions in `columns`. */
  keys: { source: Source; columns: number[] }[];
}

/** The key that counts. */
export function keyOf(pair: Pair): Pair["keys"][number] | undefined {
  return pair.keys.toSorted((a, b) => SOURCES.indexOf(a.source) - SOURCES.indexOf(b.source))[0];
}

/** The cell of a column in a row. */
export function cellAt(row: Cell[], at: number): Cell {
  return row[at] ?? null;
}

/** A column by its position; throws where there is none. */
export function columnAt(pair: Pair, at: number): Column {
  const found = pair.columns[at];
  if (found === undefined) throw new Error(`${pair.name} has no column ${at}`);
  return found;
}

/** The name that a column goes by: that of the later side, where it has one. */
export function nameOf(column: Column): string {
  return column.names[1] ?? column.names[0] ?? "";
}
