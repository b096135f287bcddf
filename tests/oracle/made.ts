/** A random pair. */
import type { Group } from "./group.ts";
import type { Family, Making } from "./families/family.ts";
import { anyFamily, keyFamily } from "./families/any.ts";
import { wholes } from "./families/numbers.ts";
import {
  type Both,
  cellAt,
  type Column,
  columnAt,
  nameOf,
  type Pair,
  type Side,
  SIDES,
  TESTS,
} from "./pair.ts";
import { HIDDEN, NAMES } from "./pools.ts";
import type { Random } from "./random.ts";
import { rowsOf } from "./rows.ts";
import { type Shape, shapeOf } from "./shape.ts";
import { type Engine, INT, LONG } from "./types.ts";
import { canonical } from "./value.ts";

/** A random pair. */
export function made(
  engine: Engine,
  group: Group,
  name: string,
  r: Random,
  wanted: Partial<Shape> = {},
): Pair {
  const shape = { ...shapeOf(r, group, engine), ...wanted };
  const making: Making = { engine, group, r };
  const families: Family[] = [];
  const columns: Column[] = [];
  const taken = new Set<string>();
  const add = (column: string, family: Family, only?: Side) => {
    families.push(family);
    const names: Both<string | null> = [column, column];
    if (engine === "duckdb" && r.chance(0.06)) {
      names[1] = column.replace(/[a-z]/gi, (c) => c < "a" ? c.toLowerCase() : c.toUpperCase());
    }
    const types: Both<string | null> = [...family.types];
    if (only !== undefined) [names[1 - only], types[1 - only]] = [null, null];
    columns.push({ names, types, domain: family.domain });
  };
  const free = (pool: string[]): string => {
    for (;;) {
      const drawn = r.pick(pool);
      const found = columns.length < 20 ? drawn : `${drawn} ${columns.length}`;
      const id = engine === "duckdb" ? found.toLowerCase() : found;
      if (taken.has(id)) continue;
      taken.add(id);
      return found;
    }
  };
  const pool = [
    ...NAMES,
    ...engine === "postgres" ? ["A", "B", "V", "Select"] : [],
    ...group.exclude === undefined ? [] : [...HIDDEN, ...HIDDEN, ...HIDDEN],
  ];
  const told = group.key ?? Array.from({ length: r.chance(0.3) ? 2 : 1 }, () => free(pool));
  const hasKey = shape.keys.length > 0;
  for (const one of hasKey ? told : []) {
    taken.add(one);
    add(one, keyFamily(making));
  }
  const keyAt = columns.map((_, at) => at);
  if (group.where !== undefined) {
    add("n", wholes(making, [INT[engine], r.pick([INT[engine], LONG[engine]])]));
  }
  const count = Math.max(shape.columns, columns.length === 0 ? 1 : 0);
  for (let at = 0; at < count; at++) {
    const family = anyFamily(making);
    const only = at > 0 && r.chance(0.08) ? r.pick(SIDES) : undefined;
    add(free(pool), family, only);
  }
  const rows = rowsOf(r, group, columns, families, keyAt, shape);
  const there = (side: Side) =>
    columns.flatMap(({ names }, at) => names[side] === null ? [] : [at]);
  const order: Both<number[]> = [there(0), there(1)];
  if (r.chance(0.2)) order[1] = r.shuffle(order[1]);
  if (r.chance(0.3)) order[0] = r.shuffle(order[0]);
  const common = order[0].filter((at) => order[1].includes(at));
  const keys = shape.keys.map((source, rank) => {
    // What stands behind another one may name what is no key.
    if (rank > 0 && source !== "primary key" && r.chance(0.4)) {
      return { source, columns: [r.pick(common)] };
    }
    const own = source === "unique_key" && r.chance(0.3) ? keyAt.toReversed() : keyAt;
    return { source, columns: source === TESTS ? own.slice(0, 1) : own };
  });
  const pair = { name, about: shape.scenario, columns, order, rows, keys };
  return {
    ...pair,
    keys: keys.filter((key) =>
      (key.source !== "primary key" || sound(pair, key)) &&
      // dbt itself puts such a name between quotes as it is.
      (key.source !== TESTS || key.columns.every((at) => !nameOf(columnAt(pair, at)).includes('"')))
    ),
  };
}

/** Whether the database would take a table with this primary key. */
function sound(pair: Pair, key: Pair["keys"][number]): boolean {
  const group: Group = { name: "", flags: [], pairs: { duckdb: 0, postgres: 0 } };
  return SIDES.every((side) => {
    const texts = pair.rows[side].map((row) =>
      key.columns.map((at) => {
        const cell = cellAt(row, at);
        return cell === null ? null : canonical(columnAt(pair, at).domain, cell, group);
      })
    );
    const words = texts.map((parts) => JSON.stringify(parts));
    return !texts.flat().includes(null) && new Set(words).size === words.length;
  });
}
