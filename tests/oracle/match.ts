/** Which rows of two tables belong together, and what of them differs: by brute force. */
import type { Group } from "./group.ts";
import { type Both, type Cell, cellAt, columnAt, type Domain, keyOf, type Pair } from "./pair.ts";
import { within } from "./tolerance.ts";
import { canonical, shown } from "./value.ts";

/** A row in samples, by the names of its columns, as comparable text. */
export type Seen = string;

/** Of the rows in which a column differs: how many there are, were NULL before, are NULL after. */
export type Counts = [changed: number, fromNull: number, toNull: number];

/** What came of matching the rows. */
export interface Found {
  added: Cell[][];
  removed: Cell[][];
  changed: Seen[];
  counts: Map<number, Counts>;
}

/** Rows belong together that have the same key. */
export function byKey(
  pair: Pair,
  group: Group,
  rows: Both<Cell[][]>,
  compared: number[],
  inKey: Set<number>,
  keyText: (row: Cell[]) => string | null,
): Found {
  const before = new Map(rows[0].map((row) => [keyText(row), row]));
  const after = new Map(rows[1].map((row) => [keyText(row), row]));
  const found: Found = {
    added: rows[1].filter((row) => !before.has(keyText(row))),
    removed: rows[0].filter((row) => !after.has(keyText(row))),
    changed: [],
    counts: new Map(),
  };
  for (const [text, old] of before) {
    const row = after.get(text);
    if (row === undefined) continue;
    const columns: [string, Cell, Cell][] = [];
    for (const at of compared) {
      if (inKey.has(at)) continue;
      const { domain, names } = columnAt(pair, at);
      const [a, b] = [cellAt(old, at), cellAt(row, at)];
      if (same(domain, a, b, group)) continue;
      const counts = found.counts.get(at) ?? [0, 0, 0];
      counts[0]++;
      if (a === null) counts[1]++;
      if (b === null) counts[2]++;
      found.counts.set(at, counts);
      columns.push([names[1] ?? "", shown(domain, a, group), shown(domain, b, group)]);
    }
    if (columns.length > 0) found.changed.push(changedText(pair, group, row, columns));
  }
  return found;
}

function changedText(
  pair: Pair,
  group: Group,
  row: Cell[],
  columns: [string, Cell, Cell][],
): Seen {
  const key = (keyOf(pair)?.columns ?? []).map((at) => {
    const { domain, names } = columnAt(pair, at);
    return [names[1] ?? "", shown(domain, cellAt(row, at), group)];
  });
  return JSON.stringify([key, columns.sort(([a], [b]) => a < b ? -1 : 1)]);
}

function same(domain: Domain, a: Cell, b: Cell, group: Group): boolean {
  if (a === null || b === null) return a === b;
  return canonical(domain, a, group) === canonical(domain, b, group) ||
    within(domain, a, b, group);
}

/** Rows belong together that are the same; `text` is the same for these, and only these. */
export function byRows(rows: Both<Cell[][]>, text: (row: Cell[]) => string): Found {
  const counts = new Map<string, number>();
  for (const row of rows[0]) counts.set(text(row), (counts.get(text(row)) ?? 0) + 1);
  // What is left of the earlier side's count pairs rows off one by one.
  const left = new Map(counts);
  const added = rows[1].filter((row) => {
    const count = left.get(text(row)) ?? 0;
    left.set(text(row), count - 1);
    return count <= 0;
  });
  const removed = rows[0].filter((row) => {
    const count = left.get(text(row)) ?? 0;
    left.set(text(row), count - 1);
    return count > 0;
  });
  return { added, removed, changed: [], counts: new Map() };
}
