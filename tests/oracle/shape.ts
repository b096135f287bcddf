/** How random pairs are: how large, how different, with which keys. */
import type { Group } from "./group.ts";
import { type Source, SOURCES } from "./pair.ts";
import type { Random } from "./random.ts";
import type { Engine } from "./types.ts";

/** How a pair is to be. */
export interface Shape {
  rows: number;
  columns: number;
  scenario: Scenario;
  /** Rows with the key of another one, and rows with a key that is NULL. */
  repeat: boolean;
  missing: boolean;
  keys: Source[];
}

/** What share of the rows differs. */
export const SHARES = {
  equal: 0,
  mostly: 0.08,
  mixed: 0.4,
  different: 1,
  "no before": 0,
  "no after": 0,
  empty: 0,
};
type Scenario = keyof typeof SHARES;
const SCENARIOS = Object.keys(SHARES) as Scenario[];

/** A random shape. */
export function shapeOf(r: Random, group: Group, engine: Engine): Shape {
  const common: Scenario[] = ["equal", "mostly", "mostly", "mixed", "mixed", "mixed"];
  const scenario = r.pick(r.chance(0.75) ? common : SCENARIOS);
  const isClean = group.limit !== undefined || r.chance(0.65);
  const own = SOURCES.slice(isClean ? 1 : 2).filter(() => r.chance(0.3));
  return {
    rows: r.pick([1, 2, 5, 8, 12, 20, engine === "duckdb" ? 40 : 25]),
    columns: r.chance(0.05) ? 0 : r.pick([1, 2, 3, 4, 5, 6, 8, 12]),
    scenario,
    repeat: group.limit === undefined && (!isClean || own.length === 0) && r.chance(0.7),
    missing: !isClean && r.chance(0.5),
    keys: group.key === undefined ? own : ["--key", ...own],
  };
}

/** Shapes that chance would hardly meet, by what they are about. */
export const SHAPES: Record<string, Partial<Shape>> = {
  "sixty columns": { columns: 60, rows: 12 },
  "sixty columns without a key": { columns: 60, rows: 12, keys: [] },
  "2,000 rows with a key": { columns: 3, rows: 2000, keys: ["primary key"], scenario: "mostly" },
  "2,000 rows without a key": { columns: 2, rows: 2000, keys: [], scenario: "mostly" },
  "2,000 rows, all the same": { columns: 4, rows: 2000, keys: ["unique_key"], scenario: "equal" },
  "one column": { columns: 1, keys: [] },
  "nothing before": { scenario: "no before" },
  "nothing after": { scenario: "no after" },
  "nothing at all": { scenario: "empty" },
};
