/** Options of `dot diff` that pairs are compared by. */
import { type Column, nameOf } from "./pair.ts";
import type { Engine } from "./types.ts";

/** Options of one run, as words of the command line and as the brute force understands them. */
export interface Group {
  name: string;
  flags: string[];
  /** How many random pairs there are for it. */
  pairs: Record<Engine, number>;
  key?: string[];
  tolerance?: string;
  relative?: string;
  ignoreCase?: boolean;
  trim?: boolean;
  exclude?: string[];
  /** Of the integer column `n`. */
  where?: (n: bigint) => boolean;
  limit?: number;
}

/** All groups; each is one run of dot. */
export const GROUPS: Group[] = [
  { name: "exact", flags: [], pairs: { duckdb: 90, postgres: 25 } },
  { name: "one", flags: ["--key", "id"], pairs: { duckdb: 24, postgres: 8 }, key: ["id"] },
  {
    name: "two",
    flags: ["--key", "ka,kb"],
    pairs: { duckdb: 24, postgres: 8 },
    key: ["ka", "kb"],
  },
  {
    name: "tolerance",
    flags: ["--tolerance", "0.01"],
    pairs: { duckdb: 20, postgres: 8 },
    tolerance: "0.01",
  },
  {
    name: "relative",
    flags: ["--relative-tolerance", "0.05"],
    pairs: { duckdb: 16, postgres: 6 },
    relative: "0.05",
  },
  {
    name: "tolerances",
    flags: ["--tolerance", "1.5", "--relative-tolerance", "0.05"],
    pairs: { duckdb: 12, postgres: 6 },
    tolerance: "1.5",
    relative: "0.05",
  },
  {
    name: "case",
    flags: ["--ignore-case"],
    pairs: { duckdb: 16, postgres: 6 },
    ignoreCase: true,
  },
  { name: "trim", flags: ["--trim"], pairs: { duckdb: 16, postgres: 6 }, trim: true },
  {
    name: "case_trim",
    flags: ["--ignore-case", "--trim"],
    pairs: { duckdb: 12, postgres: 6 },
    ignoreCase: true,
    trim: true,
  },
  {
    name: "exclude",
    flags: ["--exclude-columns", "loaded_at,_*,Tmp*x"],
    pairs: { duckdb: 20, postgres: 8 },
    exclude: ["loaded_at", "_*", "Tmp*x"],
  },
  {
    name: "bounded",
    flags: ["--where", "n >= 3 and n < 40"],
    pairs: { duckdb: 12, postgres: 6 },
    where: (n) => n >= 3n && n < 40n,
  },
  {
    name: "limited",
    flags: ["--limit", "5", "--key", "id"],
    pairs: { duckdb: 12, postgres: 6 },
    key: ["id"],
    limit: 5,
  },
];

/** Whether the options leave a column out. */
export function excluded(column: Column, group: Group): boolean {
  const name = nameOf(column);
  return (group.exclude ?? []).some((glob) => {
    const parts = glob.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${parts.join("[^]*")}$`, "i").test(name);
  });
}
