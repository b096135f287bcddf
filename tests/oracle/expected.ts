/** What a comparison of two tables must find. */
import type { Sides } from "../../lib/diff/result.ts";
import { excluded, type Group } from "./group.ts";
import { byKey, byRows, type Counts, type Seen } from "./match.ts";
import { numberText } from "./number.ts";
import {
  type Both,
  type Cell,
  cellAt,
  columnAt,
  keyOf,
  nameOf,
  type Pair,
  SIDES,
  type Source,
} from "./pair.ts";
import { canonical, shown } from "./value.ts";

/** The answer of dot, as far as it is fixed. Of samples, all rows. */
export interface Expected {
  method: "key" | "rows";
  key: { columns: string[]; source: Source; nulls: Sides; duplicates: Sides } | null;
  rows: Sides & { added: number; removed: number; changed: number | null; unchanged: number };
  columns: {
    name: string;
    only: "before" | "after" | null;
    typed: Both<boolean>;
    /** Null where only a parameter of the type differs. */
    retyped: boolean | null;
    /** Null where it is a key that is excluded. */
    compared: boolean | null;
    counts: Counts | "of the key" | null;
  }[];
  reordered: boolean;
  /** Whether nothing differs in what was compared. */
  equal: boolean;
  added: Seen[];
  removed: Seen[];
  changed: Seen[];
}

/** What must come of a comparison. */
export function expected(pair: Pair, group: Group): Expected {
  const all = pair.columns.map((column, at) => ({ column, at }));
  const common = all.filter(({ column }) => column.names.every((name) => name !== null));
  const key = keyOf(pair);
  const inKey = new Set(key?.columns ?? []);
  const compared = common.filter(({ at, column }) => inKey.has(at) || !excluded(column, group));
  const canon = (row: Cell[], at: number): Cell => {
    const cell = cellAt(row, at);
    return cell === null ? null : canonical(columnAt(pair, at).domain, cell, group);
  };
  const keyText = (row: Cell[]): string | null => {
    const parts = (key?.columns ?? []).map((at) => canon(row, at));
    return parts.includes(null) ? null : JSON.stringify(parts);
  };
  const rows = bound(pair, group, keyText);
  const nulls = { before: 0, after: 0 };
  const duplicates = { before: 0, after: 0 };
  for (const side of SIDES) {
    if (key === undefined) break;
    const texts = rows[side].map(keyText);
    const whole = texts.filter((text) => text !== null);
    nulls[side === 0 ? "before" : "after"] = texts.length - whole.length;
    duplicates[side === 0 ? "before" : "after"] = whole.length - new Set(whole).size;
  }
  const keyed = key !== undefined &&
    [nulls, duplicates].every(({ before, after }) => before + after === 0);
  const seen = (row: Cell[]): Seen =>
    JSON.stringify(compared.map(({ column, at }) => [
      nameOf(column),
      shown(column.domain, cellAt(row, at), group),
    ]));
  const found = keyed
    ? byKey(pair, group, rows, compared.map(({ at }) => at), inKey, keyText)
    : byRows(rows, (row) => JSON.stringify(compared.map(({ at }) => canon(row, at))));
  const { added, changed, removed } = found;
  const later = [...pair.order[1], ...pair.order[0].filter((at) => !pair.order[1].includes(at))];
  const shared = pair.order.map((order) => order.filter((at) => common.some((c) => c.at === at)));
  return {
    method: keyed ? "key" : "rows",
    key: key === undefined ? null : {
      columns: key.columns.map((at) => nameOf(columnAt(pair, at))),
      source: key.source,
      nulls,
      duplicates,
    },
    rows: {
      before: rows[0].length,
      after: rows[1].length,
      added: added.length,
      removed: removed.length,
      changed: keyed ? changed.length : null,
      unchanged: rows[0].length - removed.length - changed.length,
    },
    columns: later.map((at) => {
      const column = columnAt(pair, at);
      const [before, after] = column.types;
      const both = column.names.every((name) => name !== null);
      const isCompared = compared.some((one) => one.at === at);
      const bare = [before, after].map((type) => type?.replace(/\(.*?\)/, "").toLowerCase());
      return {
        name: nameOf(column),
        only: both ? null : column.names[0] === null ? "after" : "before",
        typed: [before !== null, after !== null],
        retyped: !both || before === after ? false : bare[0] === bare[1] ? null : true,
        compared: inKey.has(at) && excluded(column, group) ? null : isCompared,
        counts: !isCompared || !keyed
          ? null
          : inKey.has(at)
          ? "of the key"
          : found.counts.get(at) ?? [0, 0, 0],
      };
    }),
    reordered: JSON.stringify(shared[0]) !== JSON.stringify(shared[1]),
    equal: added.length + removed.length + changed.length === 0,
    added: added.map(seen).sort(),
    removed: removed.map(seen).sort(),
    changed: changed.sort(),
  };
}

/** The rows that `--where` and `--limit` leave. */
function bound(
  pair: Pair,
  group: Group,
  keyText: (row: Cell[]) => string | null,
): Both<Cell[][]> {
  const { limit, where } = group;
  let [before, after] = pair.rows;
  if (where !== undefined) {
    const at = pair.columns.findIndex(({ names }) => names[0] === "n");
    const holds = (row: Cell[]) => {
      const cell = cellAt(row, at);
      return cell !== null && where(BigInt(cell));
    };
    [before, after] = [before.filter(holds), after.filter(holds)];
  }
  if (limit !== undefined) {
    const [at = 0] = keyOf(pair)?.columns ?? [];
    const keys = [...before, ...after].map((row) => BigInt(cellAt(row, at) ?? 0));
    const smallest = [...new Set(keys)].sort((a, b) => a < b ? -1 : 1).slice(0, limit);
    const kept = new Set(smallest.map((one) => JSON.stringify([numberText(`${one}`)])));
    const holds = (row: Cell[]) => kept.has(keyText(row) ?? "");
    [before, after] = [before.filter(holds), after.filter(holds)];
  }
  return [before, after];
}
