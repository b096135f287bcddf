/**
 * Random pairs of tables, and by brute force what a comparison of them must find: what `dot diff` is held against. Of dot's
 * own code there is nothing here but the shape of its result.
 */
import { assertEquals } from "@std/assert";
import type { DiffResult, ModelDiff, SampleRow, Sides } from "../lib/diff/result.ts";
import { dbtPath, pythonPath, type World } from "./harness.ts";
import { warmEnv } from "./warm.ts";

/** The databases that pairs are made for. */
export type Engine = "duckdb" | "postgres";

/** A value of a table, as a text that its type reads; where the type is opaque, as an SQL expression. */
type Cell = string | null;

type Side = 0 | 1;
type Both<T> = [T, T];
const SIDES = [0, 1] as const;

/** In what two values of a column are compared: equal values have the same `canonical` text there. */
type Domain =
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
interface Column {
  names: Both<string | null>;
  types: Both<string | null>;
  domain: Domain;
}

/** The places that a key is taken from, the first one first. */
const TESTS = "unique and not_null tests";
const SOURCES = ["--key", "primary key", "unique_key", TESTS] as const;
type Source = typeof SOURCES[number];

/** Two tables that are to be compared. */
interface Pair {
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

/** Options of one run, as words of the command line and as the brute force understands them. */
interface Group {
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

const GROUPS: Group[] = [
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

/** Numbers that look random and are the same for the same seed (mulberry32). */
class Random {
  constructor(private state: number) {}

  /** From 0 to below 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    const [found] = list.slice(this.below(list.length));
    if (found === undefined) throw new Error("nothing to pick from");
    return found;
  }

  shuffle<T>(list: readonly T[]): T[] {
    return list.map((one) => [this.next(), one] as const).sort(([a], [b]) => a - b)
      .map(([, one]) => one);
  }

  digits(count: number): string {
    return Array.from({ length: count }, () => this.below(10)).join("");
  }
}

/* What values mean. */

/** A value that an engine's arithmetic may see on either side of a tolerance: the pair is no test. */
class Ambiguous extends Error {}

interface Decimal {
  units: bigint;
  scale: number;
}

function decimal(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text);
  const [, sign = "", whole = "", part = "", power = "0"] = match ?? [];
  if (match === null || whole + part === "") return undefined;
  let units = BigInt(whole + part) * (sign === "-" ? -1n : 1n);
  let scale = part.length - Number(power);
  if (units === 0n) return { units, scale: 0 };
  while (scale > 0 && units % 10n === 0n) [units, scale] = [units / 10n, scale - 1];
  if (scale < 0) [units, scale] = [units * 10n ** BigInt(-scale), 0];
  return { units, scale };
}

/** Several decimals as whole numbers of the same unit. */
function align(...numbers: Decimal[]): bigint[] {
  const scale = Math.max(...numbers.map((one) => one.scale));
  return numbers.map((one) => one.units * 10n ** BigInt(scale - one.scale));
}

function numberText(text: string): string {
  const found = decimal(text);
  return found === undefined ? special(text) : `${found.units}e-${found.scale}`;
}

function special(text: string): string {
  const word = text.toLowerCase().replace(/^\+/, "");
  return /^-?inf/.test(word) ? word.replace(/inf.*/, "inf") : word;
}

function float(text: string, single: boolean): number {
  const word = special(text);
  const found = word === "inf" ? Infinity : word === "-inf" ? -Infinity : Number(text);
  return single ? Math.fround(found) : found;
}

const MOMENT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(?:Z|([+-])(\d\d)(?::?(\d\d))?)?$/;

/** A date or timestamp in nanoseconds since 1970, in UTC. */
function moment(text: string): bigint | undefined {
  const match = MOMENT.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, part = "", sign, hours, minutes] = match;
  const at = new Date(0);
  at.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const utc = at.setUTCHours(Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0));
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === "-" ? -1 : 1);
  return BigInt(utc - offset * 60_000) * 1_000_000n + BigInt(part.padEnd(9, "0"));
}

/** The multiple of `unit` that lies below. */
function floor(value: bigint, unit: bigint): bigint {
  const rest = value % unit;
  return rest < 0n ? value - rest - unit : value - rest;
}

/** What a value is in its column's domain; equal values, and only these, give the same text. */
function canonical(domain: Domain, text: string, group: Group): string {
  switch (domain.kind) {
    case "number":
      return numberText(text);
    case "float":
      return String(float(text, domain.single) + 0);
    case "text": {
      const padless = domain.padded ? text.replace(/ +$/, "") : text;
      const trimmed = group.trim ? padless.replace(/^ +| +$/g, "") : padless;
      return group.ignoreCase ? trimmed.toLowerCase() : trimmed;
    }
    case "number as text": {
      const trimmed = group.trim ? text.replace(/^ +| +$/g, "") : text;
      return decimal(trimmed) === undefined
        ? group.ignoreCase ? trimmed.toLowerCase() : trimmed
        : numberText(trimmed);
    }
    case "boolean":
      return /^t/i.test(text) ? "true" : /^f/i.test(text) ? "false" : text;
    case "boolean as number":
      return numberText(/^t/i.test(text) ? "1" : /^f/i.test(text) ? "0" : text);
    case "date": {
      const at = moment(text);
      return at === undefined ? special(text) : `${floor(at, DAY) / DAY}`;
    }
    case "instant": {
      const at = moment(text);
      const unit = 10n ** BigInt(9 - domain.digits);
      return at === undefined ? special(text) : `${floor(at + unit / 2n, unit)}`;
    }
    case "time":
      return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
    case "json":
      try {
        return JSON.stringify(JSON.parse(text), (_, value: unknown) => sorted(value));
      } catch {
        return text;
      }
    case "label":
    case "opaque":
      return text;
  }
}

const DAY = 86_400_000_000_000n;

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
}

/** A value as it is compared in samples; the text of an opaque one may be any. */
function shown(domain: Domain, text: Cell, group: Group): Cell {
  if (text === null) return null;
  return domain.kind === "opaque" ? "?" : canonical(domain, text, group);
}

/** Whether a tolerance makes two different values the same. */
function within(domain: Domain, before: string, after: string, group: Group): boolean {
  const { relative, tolerance } = group;
  if (tolerance === undefined && relative === undefined) return false;
  if (domain.kind === "number" && !domain.whole) {
    const [a, b] = [decimal(before), decimal(after)];
    if (a === undefined || b === undefined) return false;
    const absolute = decimal(tolerance ?? "0") ?? a;
    const [one = 0n, other = 0n, bound = 0n] = align(a, b, absolute);
    const apart = magnitude(one - other);
    if (tolerance !== undefined && apart <= bound) return true;
    const largest = [magnitude(one), magnitude(other)].sort((x, y) => x < y ? -1 : 1)[1] ?? 0n;
    return relative !== undefined && lies(Number(apart), Number(relative) * Number(largest), 0);
  }
  if (domain.kind !== "float") return false;
  const [a, b] = [float(before, domain.single), float(after, domain.single)];
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  const largest = Math.max(Math.abs(a), Math.abs(b));
  const apart = Math.abs(a - b);
  const noise = largest * (domain.single ? 1e-6 : 1e-14);
  return tolerance !== undefined && lies(apart, Number(tolerance), noise) ||
    relative !== undefined && lies(apart, Number(relative) * largest, noise);
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Whether a distance is within a bound, where that is beyond doubt. */
function lies(apart: number, bound: number, noise: number): boolean {
  if (Math.abs(apart - bound) <= bound * 1e-6 + noise) throw new Ambiguous();
  return apart < bound;
}

/* What a comparison must find. */

/** A row in samples, by the names of its columns, as comparable text. */
type Seen = string;

interface Expected {
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
    counts: Both3 | "of the key" | null;
  }[];
  reordered: boolean;
  /** Whether nothing differs in what was compared. */
  equal: boolean;
  added: Seen[];
  removed: Seen[];
  changed: Seen[];
}

type Both3 = [changed: number, fromNull: number, toNull: number];

/** The key that counts. */
function keyOf(pair: Pair): Pair["keys"][number] | undefined {
  return pair.keys.toSorted((a, b) => SOURCES.indexOf(a.source) - SOURCES.indexOf(b.source))[0];
}

function excluded(column: Column, group: Group): boolean {
  const name = column.names[1] ?? column.names[0] ?? "";
  return (group.exclude ?? []).some((glob) => {
    const parts = glob.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${parts.join("[^]*")}$`, "i").test(name);
  });
}

function cellAt(row: Cell[], at: number): Cell {
  return row[at] ?? null;
}

function columnAt(pair: Pair, at: number): Column {
  const found = pair.columns[at];
  if (found === undefined) throw new Error(`${pair.name} has no column ${at}`);
  return found;
}

/** The name that a column goes by: that of the later side, where it has one. */
function nameOf(column: Column): string {
  return column.names[1] ?? column.names[0] ?? "";
}

/** What must come of a comparison. */
function expect(pair: Pair, group: Group): Expected {
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

interface Found {
  added: Cell[][];
  removed: Cell[][];
  changed: Seen[];
  counts: Map<number, Both3>;
}

function byKey(
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

function byRows(rows: Both<Cell[][]>, text: (row: Cell[]) => string): Found {
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

/* What dot found, held against it. */

/** The first field of dot's answer that is not as it must be, in words; undefined where all is. */
function firstDifference(
  pair: Pair,
  group: Group,
  engine: Engine,
  actual: ModelDiff | undefined,
): string | undefined {
  const expected = expect(pair, group);
  for (const [field, want, got] of fields(pair, group, engine, expected, actual)) {
    const [one, other] = [JSON.stringify(want), JSON.stringify(got)];
    if (one !== other) return `${field}\n  expected: ${one}\n  actual:   ${other}`;
  }
  return undefined;
}

type Field = [field: string, want: unknown, got: unknown];

function* fields(
  pair: Pair,
  group: Group,
  engine: Engine,
  expected: Expected,
  actual: ModelDiff | undefined,
): Generator<Field> {
  yield ["model", pair.name, actual?.name];
  if (actual === undefined) return;
  const { columns, key, reason, rows, samples, status } = actual;
  const shared = expected.columns.filter(({ compared }) => compared !== false);
  if (shared.length === 0) {
    // Nothing can be compared; it must only not break.
    yield ["status", true, status !== "failed" || reason];
    return;
  }
  const retold = expected.columns.some(({ only, retyped }) => only !== null || retyped !== false);
  // Whether a table of other columns with equal rows is different, is not the oracle's to say.
  const states = !expected.equal
    ? ["different"]
    : retold || expected.reordered
    ? ["equal", "different"]
    : ["equal"];
  yield ["status", states[0], states.includes(status) ? states[0] : `${status}: ${reason}`];
  const anyMethod = expected.equal && actual.method !== null;
  const method = anyMethod ? actual.method : expected.method;
  yield ["method", method, actual.method];
  if (method !== "hash") {
    yield [
      "key",
      expected.key,
      key && {
        ...{ columns: key.columns.map((name) => spelled(pair, engine, name)) },
        ...{ source: key.source, nulls: key.nulls, duplicates: key.duplicates },
      },
    ];
  }
  const ours = expected.rows;
  for (const name of ["before", "after", "added", "removed", "unchanged"] as const) {
    yield [`rows.${name}`, ours[name], rows?.[name]];
  }
  // Of rows that are all the same none has changed, however they were compared.
  yield [
    "rows.changed",
    anyMethod ? 0 : ours.changed,
    anyMethod ? rows?.changed ?? 0 : rows?.changed,
  ];
  yield ["columns", expected.columns.map(({ name }) => name), columns.map(({ name }) => name)];
  yield ["reordered", expected.reordered, actual.reordered];
  for (const [at, want] of expected.columns.entries()) {
    const got = columns[at];
    const field = `columns[${JSON.stringify(want.name)}]`;
    const { after = null, before = null } = got?.types ?? {};
    yield [`${field}.only`, want.only, got?.only];
    yield [`${field}.types`, want.typed, [before !== null, after !== null]];
    const retyped = want.retyped ?? before !== after;
    yield [`${field}.retyped`, retyped, got?.retyped];
    if (want.compared !== null) yield [`${field}.compared`, want.compared, got?.compared];
    const counts = [got?.changed, got?.from_null, got?.to_null];
    const zero = counts.map((count) => count ?? 0);
    const lenient = anyMethod && want.compared === true || want.counts === "of the key" ||
      want.compared === null;
    if (lenient) yield [`${field}.changed, fromNull, toNull`, [0, 0, 0], zero];
    else {
      const wanted = want.counts ?? [null, null, null];
      yield [`${field}.changed, fromNull, toNull`, wanted, counts];
    }
  }
  yield* differing("samples.removed", expected.removed, sampled(0, samples.removed));
  yield* differing("samples.added", expected.added, sampled(1, samples.added));
  const changed = samples.changed.map((one) => {
    const names = Object.keys(one.columns);
    return JSON.stringify([
      pairsOf(expected.key?.columns ?? [], one.key),
      names.map((name): [string, Cell | undefined, Cell | undefined] => {
        const ownName = spelled(pair, engine, name);
        const { after, before } = one.columns[name] ?? {};
        return [ownName, textOf(ownName, before), textOf(ownName, after)];
      }).sort(([a], [b]) => a < b ? -1 : 1),
    ]);
  });
  yield* differing("samples.changed", expected.changed, changed);
  yield* inOrder(samples.added.map((row) => [row]), "samples.added");
  yield* inOrder(samples.removed.map((row) => [row]), "samples.removed");
  yield* inOrder(samples.changed.map((row) => [row.key]), "samples.changed");

  function textOf(name: string, text: Cell | undefined): Cell | undefined {
    const column = pair.columns.find((one) => nameOf(one) === name);
    return column === undefined || text === undefined ? text : shown(column.domain, text, group);
  }
  function pairsOf(names: string[], row: SampleRow): [string, Cell | undefined][] {
    return names.map((name) => [name, textOf(name, field(row, name, engine))]);
  }
  function sampled(side: Side, list: SampleRow[]): Seen[] {
    return list.map((row) =>
      JSON.stringify(
        pair.columns.filter((one) => shared.some(({ name }) => name === nameOf(one)))
          .map((one) => {
            const told = field(row, one.names[side] ?? "", engine);
            return [nameOf(one), textOf(nameOf(one), told) ?? null];
          }),
      )
    );
  }
  function* inOrder(list: [SampleRow][], name: string): Generator<Field> {
    const told = keyOf(pair);
    const [at = 0] = told?.columns ?? [];
    if (told?.columns.length !== 1 || actual?.method !== "key") return;
    const { domain } = columnAt(pair, at);
    if (domain.kind !== "number" || !domain.whole) return;
    const keys = list.map(([row]) => field(row, nameOf(columnAt(pair, at)), engine) ?? "");
    const sortedKeys = keys.toSorted((a, b) => unitsOf(a) < unitsOf(b) ? -1 : 1);
    yield [`${name}, in the order of the key`, sortedKeys, keys];
  }
}

function unitsOf(text: string): bigint {
  return decimal(text)?.units ?? 0n;
}

/** The oracle's name for a column that dot names; DuckDB tells no letters apart by case. */
function spelled(pair: Pair, engine: Engine, name: string): string {
  if (engine !== "duckdb") return name;
  const lower = name.toLowerCase();
  const column = pair.columns.find(({ names }) =>
    names.some((one) => one?.toLowerCase() === lower)
  );
  return column === undefined ? name : nameOf(column);
}

function field(row: SampleRow, name: string, engine: Engine): Cell | undefined {
  if (Object.hasOwn(row, name)) return row[name];
  if (engine !== "duckdb") return undefined;
  const found = Object.keys(row).find((one) => one.toLowerCase() === name.toLowerCase());
  return found === undefined ? undefined : row[found];
}

/** The first row that only one of two lists has. */
function* differing(field: string, want: Seen[], got: Seen[]): Generator<Field> {
  const left = new Map<string, number>();
  for (const one of want) left.set(one, (left.get(one) ?? 0) + 1);
  const surplus = got.filter((one) => {
    const count = left.get(one) ?? 0;
    left.set(one, count - 1);
    return count <= 0;
  });
  const missing = want.find((one) => (left.get(one) ?? 0) > 0);
  yield [
    field,
    missing ?? "(no more)",
    missing === undefined && surplus.length === 0 ? "(no more)" : surplus[0] ?? "(no such row)",
  ];
}

/* Pairs that are made up. */

/** What the values of a column are drawn from. */
interface Family {
  types: Both<string>;
  domain: Domain;
  /** Equal values, one for each side. */
  twin(): Both<string>;
  /** Any value of one side. */
  lone(side: Side): string;
}

const TEXTS = [
  ...["", "a", "b", "A", "NULL", "None", "null", "true", "\\N", "x", "Order 1", "ORDER 1", "0"],
  ...["é", "e\u0301", "🍰", "👨‍👩‍👧", "עברית", "مرحبا\u202e", "'", '"', "a\nb", "a\r\nb", "\t", "\\"],
  ...["a\\", "\u001e", "\u001f", "a\u001fb", "a\u001e", " a", "a ", "  ", "\u00a0x", "%s", "50%"],
  ...["{{ 1 }}", "{% raw %}", "$$", "; --", "ß", "\u2028", "a, b", "[a]", "{a}", "\ufeff"],
  ...["it''s", "a|b", "∅", "x".repeat(300)],
];

const WHOLE: Record<Engine, Record<string, [bigint, bigint]>> = {
  duckdb: {
    TINYINT: [-128n, 127n],
    SMALLINT: [-32768n, 32767n],
    INTEGER: [-(2n ** 31n), 2n ** 31n - 1n],
    BIGINT: [-(2n ** 63n), 2n ** 63n - 1n],
    HUGEINT: [-(2n ** 127n), 2n ** 127n - 1n],
    UTINYINT: [0n, 255n],
    USMALLINT: [0n, 65535n],
    UINTEGER: [0n, 2n ** 32n - 1n],
    UBIGINT: [0n, 2n ** 64n - 1n],
    UHUGEINT: [0n, 2n ** 128n - 1n],
  },
  postgres: {
    smallint: [-32768n, 32767n],
    integer: [-(2n ** 31n), 2n ** 31n - 1n],
    bigint: [-(2n ** 63n), 2n ** 63n - 1n],
  },
};

const SINGLE: Record<Engine, string> = { duckdb: "FLOAT", postgres: "real" };
const DOUBLE: Record<Engine, string> = { duckdb: "DOUBLE", postgres: "double precision" };
const INT: Record<Engine, string> = { duckdb: "INTEGER", postgres: "integer" };
const LONG: Record<Engine, string> = { duckdb: "BIGINT", postgres: "bigint" };
const TEXT: Record<Engine, string> = { duckdb: "VARCHAR", postgres: "text" };

/** Values that no domain compares but as they are, by type: each is an SQL expression. */
const OPAQUE: Record<Engine, Record<string, string[]>> = {
  duckdb: {
    "BLOB": ["'a'", "''", "'\\x00'", "'\\xAA\\xFF'", "'\\x5C'"].map((one) => `${one}::BLOB`),
    "INTERVAL": ["1 day", "2 days", "5 hours", "2 months", "0 days", "1 second"]
      .map((one) => `interval '${one}'`),
    "INTEGER[]": ["[]", "[1]", "[1, 2]", "[2, 1]", "[NULL]", "[1, NULL]"]
      .map((one) => `${one}::INTEGER[]`),
    "VARCHAR[]": [
      ...["[]", "['']", "[NULL]", "['NULL']", "['a', 'b']", "['a, b']", "['a'', ''b']", "['[a]']"],
      ...["['\\']", "[' a']", "['\"a\"']", "['🍰']", "['a\nb']"],
    ].map((one) => `${one}::VARCHAR[]`),
    "INTEGER[3]": ["[1, 2, 3]", "[1, 2, NULL]", "[3, 2, 1]"].map((one) => `${one}::INTEGER[3]`),
    "STRUCT(a INTEGER, b VARCHAR)": [
      ...["{'a': 1, 'b': 'x'}", "{'a': 1, 'b': 'NULL'}", "{'a': 1, 'b': NULL}"],
      ...["{'a': NULL, 'b': ''}", "{'a': NULL, 'b': NULL}", "{'a': 1, 'b': 'x, c: 1'}"],
    ].map((one) => `${one}::STRUCT(a INTEGER, b VARCHAR)`),
    "MAP(VARCHAR, INTEGER)": ["map {'a': 1}", "map {'a': 2}", "map {'a': 1, 'b': NULL}", "map {}"]
      .map((one) => `${one}::MAP(VARCHAR, INTEGER)`),
    "STRUCT(a INTEGER[], b STRUCT(c VARCHAR))[]": [
      ...["[]", "[{'a': [1], 'b': {'c': 'x'}}]", "[{'a': [], 'b': {'c': NULL}}]"],
      ...["[{'a': NULL, 'b': {'c': 'NULL'}}]", "[{'a': NULL, 'b': {'c': NULL}}]"],
    ].map((one) => `${one}::STRUCT(a INTEGER[], b STRUCT(c VARCHAR))[]`),
  },
  postgres: {
    "bytea": ["", "61", "00", "aaff", "5c78"].map((one) => `'\\x${one}'::bytea`),
    "interval": ["1 day", "2 days", "5 hours", "2 months", "0 days", "1 second"]
      .map((one) => `interval '${one}'`),
    "integer[]": ["{}", "{1}", "{1,2}", "{2,1}", "{NULL}", "{{1,2},{3,4}}", "[2:3]={1,2}"]
      .map((one) => `'${one}'::integer[]`),
    "text[]": [
      '{""}',
      "{NULL}",
      '{"NULL"}',
      "{a,b}",
      '{"a,b"}',
      "{}",
      '{" a"}',
      '{"a\\\\"}',
      "{🍰}",
    ]
      .map((one) => `'${one}'::text[]`),
    "point": ["(1,2)", "(2,1)", "(0.5,0)"].map((one) => `'${one}'::point`),
    "inet": ["10.0.0.1", "10.0.0.0/8", "::1"].map((one) => `'${one}'::inet`),
    "int4range": ["empty", "[1,3)", "(,5)"].map((one) => `'${one}'::int4range`),
  },
};

/** JSON values in two spellings, which are the same to an engine that knows JSON. */
const JSONS: [string, string][] = [
  ['{"a": 1, "b": [1, 2]}', '{"b":[1,2],"a":1}'],
  ["null", " null"],
  ["[]", "[ ]"],
  ["{}", "{ }"],
  ['"null"', '"null" '],
  ['{"a": {"x": "é", "y": null}}', '{"a":{"y":null,"x":"é"}}'],
  ['[1, "1", true, 1.5]', '[1,"1",true,1.5]'],
  ['"a\\nb\\\\ \\"c\\" 🍰"', '"a\\nb\\\\ \\"c\\" 🍰"'],
  ["[2, 1]", "[2,1]"],
  ["[1, 2]", "[1,2]"],
];

/** Makes the families of one pair's columns. */
class Maker {
  constructor(readonly engine: Engine, readonly r: Random, readonly group: Group) {}

  /** Values from a list, of one type. */
  plain(type: string, domain: Domain, draw: () => string): Family {
    return {
      types: [type, type],
      domain,
      twin: () => {
        const text = draw();
        return [text, text];
      },
      lone: draw,
    };
  }

  /** The same family with its sides exchanged, or not. */
  turned(family: Family): Family {
    if (this.r.chance(0.5)) return family;
    const { domain, lone, twin, types: [before, after] } = family;
    return {
      types: [after, before],
      domain,
      twin: () => {
        const [one, other] = twin();
        return [other, one];
      },
      lone: (side) => lone(side === 0 ? 1 : 0),
    };
  }

  whole(type: string, low?: bigint, high?: bigint): string {
    const [least, most] = WHOLE[this.engine][type] ?? [0n, 0n];
    const [from, to] = [low ?? least, high ?? most];
    const any = BigInt(`${this.r.below(2)}${this.r.digits(this.r.pick([1, 2, 4, 9, 18, 37]))}`);
    const drawn = this.r.chance(0.6)
      ? BigInt(this.r.below(6))
      : this.r.pick([from, to, -1n, 100n, 101n, 2n ** 53n, 2n ** 53n + 1n, any, -any]);
    return `${drawn < from || drawn > to ? BigInt(this.r.below(100)) : drawn}`;
  }

  wholes(types?: Both<string>): Family {
    const names = Object.keys(WHOLE[this.engine]);
    const one = this.r.pick(names);
    const [before, after] = types ?? [one, this.r.chance(0.7) ? one : this.r.pick(names)];
    const [[a, b], [c, d]] = [before, after].map((type) =>
      WHOLE[this.engine][type] ?? [0n, 0n] as const
    ) as Both<[bigint, bigint]>;
    return {
      types: [before, after],
      domain: { kind: "number", whole: true },
      twin: () => {
        const text = this.whole(before, a > c ? a : c, b < d ? b : d);
        return [text, text];
      },
      lone: (side) => this.whole(side === 0 ? before : after),
    };
  }

  /** A decimal of so many digits before and behind the point. */
  fraction(whole: number, scale: number): string {
    const { r } = this;
    const sign = r.chance(0.3) ? "-" : "";
    const part = (count: number) => count === 0 ? "" : `.${r.digits(count)}`;
    if (r.chance(0.4)) return `${r.below(Math.min(10, 10 ** whole))}${part(Math.min(scale, 1))}`;
    if (r.chance(0.2)) return `${sign}${"9".repeat(whole) || "0"}${part(scale)}`;
    return `${sign}${r.digits(r.below(whole + 1)) || "0"}${part(r.below(scale + 1))}`;
  }

  decimals(): Family {
    const { engine, r } = this;
    const type = engine === "duckdb" ? "DECIMAL" : "numeric";
    const sizes: [number, number][] = [[10, 2], [12, 4], [18, 6], [9, 0], [4, 1]];
    if (engine === "postgres" && r.chance(0.5)) {
      const size = r.pick(sizes);
      const other = r.chance(0.5) ? type : `${type}(${size})`;
      const narrow = other === type ? [30, 30] as const : [size[0] - size[1], size[1]] as const;
      return this.turned({
        types: [type, other],
        domain: { kind: "number", whole: false },
        twin: () => {
          const text = this.fraction(...narrow);
          return [text.includes(".") ? `${text}00` : `${text}.0`, text];
        },
        lone: (side) =>
          side === 1 && other !== type
            ? this.fraction(...narrow)
            : r.pick([this.fraction(8, 3), this.fraction(60, 60), "NaN", "Infinity", "-Infinity"]),
      });
    }
    const one = r.pick([...sizes, [38, 10], [38, 0], [38, 38]] as [number, number][]);
    const other = r.chance(0.7) || one[0] === 38 ? one : r.pick(sizes);
    const scale = Math.min(one[1], other[1]);
    const whole = Math.min(one[0] - one[1], other[0] - other[1]);
    return {
      types: [`${type}(${one})`, `${type}(${other})`],
      domain: { kind: "number", whole: false },
      twin: () => {
        const text = this.fraction(whole, scale);
        return [text, text];
      },
      lone: (side) => {
        const [digits, behind] = side === 0 ? one : other;
        return this.fraction(digits - behind, behind);
      },
    };
  }

  wholeDecimals(): Family {
    const type = this.r.pick(Object.keys(WHOLE[this.engine]).slice(0, 3));
    const decimalType = this.engine === "duckdb" ? "DECIMAL(18,4)" : "numeric(18,4)";
    return this.turned({
      types: [type, decimalType],
      domain: { kind: "number", whole: false },
      twin: () => {
        const text = `${this.r.below(100)}`;
        return [text, `${text}.00`];
      },
      lone: (side) => side === 0 ? this.whole(type) : this.fraction(5, 4),
    });
  }

  floating(single: boolean): string {
    const { r } = this;
    const drawn = r.pick([
      ...["0", "-0", "1", "1.5", "-2.25", "0.1", "0.30000000000000004", "1e10", "1e-10"],
      ...["NaN", "Infinity", "-Infinity", "16777217", `${r.next() * 100}`, `${r.below(9)}`],
    ]);
    return single && Number.isFinite(Number(drawn)) ? floatText(Math.fround(Number(drawn))) : drawn;
  }

  floats(): Family {
    const { engine, r } = this;
    const types: Both<string> = [
      r.chance(0.5) ? SINGLE[engine] : DOUBLE[engine],
      r.chance(0.5) ? SINGLE[engine] : DOUBLE[engine],
    ];
    const singles = types.map((type) => type === SINGLE[engine]);
    return {
      types,
      domain: { kind: "float", single: singles.includes(true) },
      twin: () => {
        const text = this.floating(singles.includes(true));
        return text === "0" || text === "-0" ? [r.pick(["0", "-0"]), text] : [text, text];
      },
      lone: (side) => this.floating(singles[side] ?? false),
    };
  }

  floatNumbers(): Family {
    const { engine, r } = this;
    const isWhole = r.chance(0.5);
    const [type] = isWhole ? [r.pick(Object.keys(WHOLE[engine]).slice(0, 3))] : [
      engine === "duckdb" ? "DECIMAL(12,4)" : "numeric(12,4)",
    ];
    return this.turned({
      types: [type ?? "", DOUBLE[engine]],
      domain: { kind: "float", single: false },
      twin: () => {
        const text = isWhole ? `${r.below(100)}` : this.fraction(4, 3);
        return [text, text];
      },
      lone: (side) =>
        side === 1 ? this.floating(false) : isWhole ? `${r.below(100)}` : this.fraction(4, 3),
    });
  }

  numberTexts(): Family {
    const { engine, r } = this;
    const isWhole = r.chance(0.5);
    const wholeType = r.pick(Object.keys(WHOLE[engine]).slice(1, 3));
    const type = isWhole ? wholeType : engine === "duckdb" ? "DECIMAL(10,2)" : "numeric(10,2)";
    const number = () => isWhole ? `${r.below(30) - 5}` : `${r.below(30)}.${r.pick(["50", "25"])}`;
    const bare = (text: string) => text.includes(".") ? text.replace(/0+$/, "") : text;
    return this.turned({
      types: [type, TEXT[engine]],
      domain: { kind: "number as text" },
      twin: () => {
        const text = number();
        return [text, this.spelling(bare(text))];
      },
      lone: (side) =>
        side === 0 ? number() : r.pick(["abc", "", "5x", "🍰", "NULL", bare(number())]),
    });
  }

  /** A text as the options let it be written too. */
  spelling(text: string): string {
    const { group: { ignoreCase, trim }, r } = this;
    const cased = ignoreCase
      ? text.replace(/[a-z]/gi, (c) => r.chance(0.5) ? c.toUpperCase() : c.toLowerCase())
      : text;
    return trim ? " ".repeat(r.below(3)) + cased + " ".repeat(r.below(3)) : cased;
  }

  text(fits: (text: string) => boolean = () => true): string {
    const { r } = this;
    const one = r.chance(0.3) ? `k${r.below(40)}` : r.pick(TEXTS);
    const both = r.chance(0.2) ? one + r.pick(TEXTS) : one;
    return fits(both) ? both : fits(one) ? one : "short";
  }

  texts(): Family {
    const { engine, r } = this;
    const types = engine === "duckdb"
      ? ["VARCHAR"]
      : ["text", "text", "character varying", "character varying(40)", "character(12)"];
    const before = r.pick(types);
    const after = r.chance(0.7) ? before : r.pick(types);
    const padded = [before, after].includes("character(12)");
    const room = padded ? 12 : [before, after].some((type) => type.includes("(40)")) ? 40 : 999;
    const fits = (text: string) => [...text].length <= room && (!padded || !text.endsWith(" "));
    const draw = () => this.text(fits);
    return {
      types: [before, after],
      domain: { kind: "text", padded },
      twin: () => {
        const text = draw();
        const other = this.spelling(text);
        return [text, fits(other) ? other : text];
      },
      lone: draw,
    };
  }

  booleans(): Family {
    const { engine, r } = this;
    const type = "boolean";
    const draw = () => r.pick(["true", "false"]);
    const plain = this.plain(type, { kind: "boolean" }, draw);
    if (r.chance(0.5)) return plain;
    if (r.chance(0.5)) {
      return this.turned({
        types: [type, TEXT[engine]],
        domain: { kind: "text", padded: false },
        twin: () => {
          const text = draw();
          return [text, this.spelling(text)];
        },
        lone: (side) => side === 0 ? draw() : r.pick(["true", "false", "maybe", ""]),
      });
    }
    return this.turned({
      types: [type, "integer"],
      domain: { kind: "boolean as number" },
      twin: () => r.pick<Both<string>>([["true", "1"], ["false", "0"]]),
      lone: (side) => side === 0 ? draw() : r.pick(["0", "1", "2", "-1"]),
    });
  }

  date(): string {
    const { r } = this;
    return r.pick([
      ...["2024-01-01", "2024-02-29", "1969-12-31", "1970-01-01", "0044-03-15", "infinity"],
      `20${r.digits(1)}${r.below(9) + 1}-0${r.below(9) + 1}-1${r.digits(1)}`,
    ]);
  }

  /** A time with a part of a second that lies on no half of what any precision leaves out. */
  clock(digits: number): string {
    const { r } = this;
    const noise = digits === 0 ? "" : r.pick(["", `.${"123456789".slice(0, digits)}`, ".7"]);
    return `${r.pick(["00", "12", "23"])}:${r.pick(["00", "59"])}:0${r.below(3)}${noise}`;
  }

  instants(): Family {
    const { engine, r } = this;
    const zoned = r.chance(0.35);
    const precisions: Record<string, number> = engine === "duckdb"
      ? zoned
        ? { "TIMESTAMP WITH TIME ZONE": 6 }
        : { TIMESTAMP_S: 0, TIMESTAMP_MS: 3, TIMESTAMP: 6, TIMESTAMP_NS: 9 }
      : Object.fromEntries(
        [0, 3, 6].map((
          digits,
        ) => [`timestamp(${digits}) with${zoned ? "" : "out"} time zone`, digits]),
      );
    const names = Object.keys(precisions);
    const before = r.pick(names);
    const after = r.chance(0.6) ? before : r.pick(names);
    const [one = 6, other = 6] = [before, after].map((type) => precisions[type]);
    const digits = Math.min(one, other);
    const zone = () => zoned ? r.pick(["+00", "+02", "-05:30"]) : "";
    const day = () => {
      const drawn = this.date();
      // Nanoseconds end in 2262, and begin in 1677.
      return drawn === "infinity" || drawn < "1900" ? "2024-01-01" : drawn;
    };
    return {
      types: [before, after],
      domain: { kind: "instant", digits },
      twin: () => {
        const base = `${day()} ${this.clock(digits)}`;
        const full = base.includes(".") ? base : `${base}.`;
        const finer = (own: number) =>
          own === digits || !r.chance(0.5)
            ? base
            : full.padEnd(20 + digits, "0") + "2".padEnd(own - digits, "1");
        const at = zone();
        return [finer(one) + at, finer(other) + at];
      },
      lone: (side) => `${day()} ${this.clock(side === 0 ? one : other)}${zone()}`,
    };
  }

  dates(): Family {
    const { engine, r } = this;
    const plain = this.plain("date", { kind: "date" }, () => this.date());
    if (r.chance(0.6)) return plain;
    const type = engine === "duckdb" ? "TIMESTAMP" : "timestamp without time zone";
    const later = (day: string) => day === "infinity" ? day : `${day} ${this.clock(6)}`;
    return this.turned({
      types: ["date", type],
      domain: { kind: "date" },
      twin: () => {
        const day = this.date();
        return [day, later(day)];
      },
      lone: (side) => side === 0 ? this.date() : later(this.date()),
    });
  }

  uuid(): string {
    const { r } = this;
    const hex = (count: number) =>
      Array.from({ length: count }, () => r.pick([..."0af9"])).join("");
    return [8, 4, 4, 4, 12].map(hex).join("-");
  }

  jsons(): Family {
    const { engine, r } = this;
    if (engine === "duckdb") {
      return this.plain("JSON", { kind: "json" }, () => r.pick(JSONS)[0]);
    }
    const types: Both<string> = [r.pick(["json", "jsonb"]), r.pick(["json", "jsonb"])];
    const draw = () => r.pick(r.pick(JSONS));
    return {
      types,
      domain: { kind: "json" },
      twin: () => {
        const found = r.pick(JSONS);
        return [r.pick(found), r.pick(found)];
      },
      lone: draw,
    };
  }

  /** Any family but those that only rows without a key may have. */
  any(): Family {
    const { engine, r } = this;
    const opaque = () => {
      const [type, values] = r.pick(Object.entries(OPAQUE[engine]));
      return this.plain(type, { kind: "opaque" }, () => r.pick(values));
    };
    const numbers = [
      () => this.decimals(),
      () => this.floats(),
      () => this.wholeDecimals(),
      () => this.floatNumbers(),
    ];
    const texts = [() => this.texts()];
    const all = [
      ...numbers,
      ...texts,
      () => this.wholes(),
      () => this.wholes(),
      () => this.numberTexts(),
      () => this.booleans(),
      () => this.instants(),
      () => this.dates(),
      () => this.plain("uuid", { kind: "label" }, () => this.uuid()),
      () => this.plain("time", { kind: "time" }, () => this.clock(6)),
      () => this.plain(MOOD, { kind: "label" }, () => r.pick(MOODS)),
      () => this.jsons(),
      opaque,
      opaque,
    ];
    const { ignoreCase, relative, tolerance, trim } = this.group;
    const apt = ignoreCase || trim
      ? texts
      : tolerance !== undefined || relative !== undefined
      ? numbers
      : all;
    return r.pick(r.chance(0.6) ? apt : all)();
  }

  /** What a key may be of. */
  key(): Family {
    const { engine, r } = this;
    if (this.group.limit !== undefined) {
      return this.turned(this.wholes(r.chance(0.8) ? [INT[engine], INT[engine]] : undefined));
    }
    const kind = r.below(10);
    if (kind < 3) return this.wholes();
    if (kind < 6) return this.texts();
    return r.pick([
      () => this.plain("uuid", { kind: "label" }, () => this.uuid()),
      () => this.dates(),
      () => this.instants(),
      () => this.decimals(),
      () => this.numberTexts(),
      () => this.wholeDecimals(),
      () => this.booleans(),
      () => this.floats(),
    ])();
  }
}

/** An enumeration, which both schemas use. */
const MOOD = "public_mood";
const MOODS = ["sad", "ok", "it's", "NULL", "a b"];

function floatText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

const NAMES = [
  ...[
    "v",
    "w",
    "amount",
    "name",
    "value",
    "key",
    "count",
    "side",
    "before",
    "after",
    "a",
    "b",
    "k",
  ],
  ...[
    "row",
    "hash",
    "status",
    "changed",
    "k0",
    "c0",
    "c1",
    "dot_key",
    "dot_side",
    "n_rows",
    "l",
    "r",
  ],
  ...["__proto__", "constructor", "toString", "select", "Order", "GROUP", "from", "Mixed Case"],
  ...[
    'with "quotes"',
    "ünïcode",
    "emoji 🍰",
    "a.b",
    "semi;colon",
    "50%",
    "%s",
    "it's",
    "back\\slash",
  ],
  ...[" lead", "trail ", "1", "2024-01-01", "x,y", "--", "true", "null", "$1", ":x", "?", "tmp"],
];
const HIDDEN = ["loaded_at", "_meta", "_X", "LOADED_AT", "tmp_1_x", "TMPX"];

/** How a pair is to be. */
interface Shape {
  rows: number;
  columns: number;
  scenario: Scenario;
  /** Rows with the key of another one, and rows with a key that is NULL. */
  repeat: boolean;
  missing: boolean;
  keys: Source[];
}

/** What share of the rows differs. */
const SHARES = {
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

function shapeOf(r: Random, group: Group, engine: Engine): Shape {
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

/** A random pair. */
function made(
  engine: Engine,
  group: Group,
  name: string,
  r: Random,
  wanted: Partial<Shape> = {},
): Pair {
  const shape = { ...shapeOf(r, group, engine), ...wanted };
  const maker = new Maker(engine, r, group);
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
    add(one, maker.key());
  }
  const keyAt = columns.map((_, at) => at);
  if (group.where !== undefined) {
    add("n", maker.wholes([INT[engine], r.pick([INT[engine], LONG[engine]])]));
  }
  const count = Math.max(shape.columns, columns.length === 0 ? 1 : 0);
  for (let at = 0; at < count; at++) {
    const family = maker.any();
    const only = at > 0 && r.chance(0.08) ? r.pick(SIDES) : undefined;
    add(free(pool), family, only);
  }
  const rows = fill(r, group, columns, families, keyAt, shape);
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

/** The rows of both sides. */
function fill(
  r: Random,
  group: Group,
  columns: Column[],
  families: Family[],
  keyAt: number[],
  shape: Shape,
): Both<Cell[][]> {
  const base: Both<Cell[]>[] = [];
  const seen = new Set<string>();
  for (let at = 0; at < shape.rows; at++) {
    const cells = families.map((family, column): Both<Cell> => {
      if (!keyAt.includes(column) && r.chance(0.12)) return [null, null];
      return family.twin();
    });
    const key = JSON.stringify(keyAt.map((column) => {
      const text = cells[column]?.[0] ?? "";
      const { domain } = columns[column] ?? { domain: { kind: "opaque" } };
      return canonical(domain, text, group);
    }));
    if (keyAt.length > 0 && seen.has(key)) continue;
    seen.add(key);
    base.push([cells.map(([one]) => one), cells.map(([, other]) => other)]);
  }
  const wrong = (row: Cell[], count: number) => {
    const others = families.flatMap((_, at) => keyAt.includes(at) ? [] : [at]);
    for (const at of r.shuffle(others).slice(0, count)) {
      const [family] = families.slice(at);
      const cell = row[at] ?? null;
      row[at] = r.chance(0.2) && cell !== null
        ? null
        : nudge(r, group, columns[at], cell) ?? family?.lone(1) ?? null;
    }
  };
  let [before, after]: Both<Cell[][]> = [[], []];
  const share = SHARES[shape.scenario];
  for (const [old, row] of base) {
    const fate = r.chance(share) ? r.pick(["added", "removed", "changed", "changed"]) : "same";
    if (fate === "changed") wrong(row, shape.scenario === "different" ? 99 : 1 + r.below(3));
    if (fate !== "added") before.push(old);
    if (fate !== "removed") after.push(row);
    if (shape.repeat && r.chance(0.25)) {
      const which = shape.scenario === "equal" ? 2 : r.below(3);
      const copies: Both<Cell[]> = [[...old], [...row]];
      if (which === 2 && r.chance(0.5) && shape.scenario !== "equal") wrong(copies[1], 1);
      if (which !== 0) after.push(copies[1]);
      if (which !== 1) before.push(copies[0]);
    }
    const [part] = r.shuffle(keyAt);
    if (shape.missing && part !== undefined && r.chance(0.15)) {
      const which = shape.scenario === "equal" ? 2 : r.below(3);
      if (which !== 0) row[part] = null;
      if (which !== 1) old[part] = null;
    }
  }
  if (["no before", "empty"].includes(shape.scenario)) before = [];
  if (["no after", "empty"].includes(shape.scenario)) after = [];
  return [r.shuffle(before), r.shuffle(after)];
}

/** A number that lies beside another one, where there is a tolerance for it. */
function nudge(
  r: Random,
  { relative, tolerance }: Group,
  column: Column | undefined,
  cell: Cell,
): string | undefined {
  const type = column?.types[1] ?? "";
  const isWhole = /INT/i.test(type);
  if (column === undefined || cell === null || tolerance === undefined && relative === undefined) {
    return undefined;
  }
  if (!["number", "float"].includes(column.domain.kind) || !Number.isFinite(Number(cell))) {
    return undefined;
  }
  if (column.domain.kind === "number" && /^(decimal|numeric)/i.test(type)) {
    const [, digits = "100", scale = "6"] = /\((\d+),\s*(\d+)\)/.exec(type) ?? [];
    const step = decimal(r.pick(["0.01", "-0.01", "0.004", "0.02", "1.5", "1", "-2"]));
    const value = decimal(cell);
    if (step === undefined || value === undefined || step.scale > Number(scale)) return undefined;
    const [a = 0n, b = 0n] = align(value, step);
    const moved = plainText(a + b, Math.max(value.scale, step.scale));
    const [whole = ""] = moved.replace(/^-?0*/, "").split(".");
    return whole.length > Number(digits) - Number(scale) ? undefined : moved;
  }
  const value = Number(cell);
  if (isWhole) return Math.abs(value) < 100 ? `${Math.abs(value) + 1}` : undefined;
  if (column.domain.kind !== "float" || Math.abs(value) > 1e6) return undefined;
  const moved = r.chance(0.5)
    ? value + r.pick([0.004, -0.004, 0.03, 1.2, -1.7])
    : value * r.pick([1.01, 0.97, 1.2]);
  return /^(decimal|numeric)/i.test(type) ? undefined : floatText(moved);
}

function plainText(units: bigint, scale: number): string {
  const digits = `${magnitude(units)}`.padStart(scale + 1, "0");
  const at = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, at)}.${digits.slice(at)}`;
  return units < 0n ? `-${text}` : text;
}

/* Pairs that are written by hand, for what chance would not meet. */

interface Fixed {
  group?: string;
  columns: [names: string | Both<string | null>, types: string | Both<string>, domain: Domain][];
  before: Cell[][];
  after: Cell[][];
  /** The columns of the key, by their positions. */
  key?: number[];
  source?: Source;
  only?: Engine;
}

const NUMBER: Domain = { kind: "number", whole: false };
const WHOLES: Domain = { kind: "number", whole: true };
const WORDS: Domain = { kind: "text", padded: false };
const FLOAT: Domain = { kind: "float", single: false };

/** Rows that are written `cell; cell / cell; cell`, with `~` for NULL and `''` for the empty text. */
function grid(text: string): Cell[][] {
  const cell = (word: string) => word === "~" ? null : word === "''" ? "" : word;
  return text.split(" / ").map((row) => row.split("; ").map(cell));
}

function fixedPairs(engine: Engine): Record<string, Fixed> {
  const [int, long] = [INT[engine], LONG[engine]];
  const [text, double] = [TEXT[engine], DOUBLE[engine]];
  const isDuckdb = engine === "duckdb";
  const id: Fixed["columns"][number] = ["id", int, WHOLES];
  const wide = isDuckdb ? "DECIMAL(38,0)" : "numeric(38,0)";
  const deep = isDuckdb ? "DECIMAL(38,38)" : "numeric(38,38)";
  const middle = isDuckdb ? "DECIMAL(38,10)" : "numeric(38,10)";
  const nines = "9".repeat(38);
  const most = isDuckdb ? [nines, `-${nines}`] : ["9".repeat(60), `-${"9".repeat(60)}`];
  const large = isDuckdb ? "DECIMAL(38,0)" : "numeric";
  const long63 = "x".repeat(61);
  const names = [
    ...["{{ x }}", "{% raw %}", "{# c #}", "new\nline", '"', '""', "'", "\\", "`", "$$", "/* c */"],
    ...["%(a)s", "\t", "\u001f", "0", "e\u0301", "é", "__proto__", "hasOwnProperty", "length"],
  ];
  return {
    "U+001F in parts of a key": {
      columns: [["ka", text, WORDS], ["kb", text, WORDS], ["v", int, WHOLES]],
      key: [0, 1],
      before: grid("a\u001f; b; 1 / a; \u001fb; 2 / ''; a\u001fb; 3"),
      after: grid("a\u001f; b; 2 / a; \u001fb; 2 / a\u001fb; ''; 3"),
    },
    "other separators in parts of a key": {
      columns: [["ka", text, WORDS], ["kb", text, WORDS]],
      key: [0, 1],
      before: grid(`a,; b / a|; |b / a\\; b / a-; b / a"; "b`),
      after: grid(`a; ,b / a||; b / a; \\b / a; -b / a; ""b`),
    },
    "texts that move from column to column": {
      columns: [["a", text, WORDS], ["b", text, WORDS]],
      before: grid("~; NULL / ''; ~ / a; '' / \u001f; '' / x\u001e; y / 1; 23"),
      after: grid("NULL; ~ / ~; '' / ''; a / ''; \u001f / x; \u001ey / 12; 3"),
    },
    "NULL, the empty text, and words for NULL": {
      columns: [id, ["v", text, WORDS]],
      key: [0],
      before: grid("1; ~ / 2; '' / 3; NULL / 4; ~ / 5; None / 6; \\N"),
      after: grid("1; '' / 2; NULL / 3; ~ / 4; None / 5; ~ / 6; ~"),
    },
    "rows that would cancel each other out": {
      columns: [["v", int, WHOLES]],
      before: grid("1 / 1 / 3 / 3"),
      after: grid("2 / 2 / 4 / 4"),
    },
    "the same rows in other numbers": {
      columns: [["v", int, WHOLES], ["w", text, WORDS]],
      before: grid("1; ~ / 1; ~ / 2; b / ~; ~ / ~; ~"),
      after: grid("1; ~ / 2; b / 2; b / ~; ~ / ~; ~"),
    },
    "values that change places": {
      columns: [["v", int, WHOLES], ["w", int, WHOLES]],
      before: grid("1; 2 / 3; 3 / 4; 5"),
      after: grid("2; 1 / 3; 3 / 5; 4"),
    },
    "no column in common": {
      columns: [[["v", null], int, WHOLES], [[null, "w"], int, WHOLES]],
      before: grid("1; ~ / 2; ~"),
      after: grid("~; 1"),
    },
    "two tables without rows": {
      columns: [id, ["v", text, WORDS]],
      key: [0],
      before: [],
      after: [],
    },
    "a double that no real can hold": {
      columns: [id, ["v", [SINGLE[engine], double], { kind: "float", single: true }]],
      key: [0],
      before: grid("1; 5 / 2; 0.1 / 3; 1 / 4; -1"),
      after: grid("1; 1e300 / 2; 0.1 / 3; 1e-300 / 4; -1e300"),
    },
    "decimals that have no type in common": {
      columns: [id, ["v", [wide, deep], NUMBER], ["w", [middle, wide], NUMBER]],
      key: [0],
      before: [
        ["1", nines, `${"9".repeat(28)}.5`],
        ["2", "0", "7"],
        ["3", `-${nines}`, "1.0000000001"],
      ],
      after: [["1", "0.5", nines], ["2", "0.0", "7"], ["3", `0.${"9".repeat(38)}`, "1"]],
    },
    "a hugeint beside a decimal": {
      only: "duckdb",
      columns: [id, ["v", ["HUGEINT", "DECIMAL(38,10)"], NUMBER], [
        "w",
        ["UHUGEINT", "DECIMAL(38,0)"],
        NUMBER,
      ], ["x", ["HUGEINT", "UHUGEINT"], WHOLES]],
      key: [0],
      before: grid(`1; ${2n ** 127n - 1n}; ${2n ** 128n - 1n}; -1 / 2; 7; 7; 7`),
      after: [["1", "1.5", nines, `${2n ** 128n - 1n}`], ["2", "7.0", "7", "7"]],
    },
    "a numeric that no double can hold": {
      only: "postgres",
      columns: [id, ["v", ["numeric", double], FLOAT]],
      key: [0],
      before: grid(`1; 1${"0".repeat(400)} / 2; 0.1 / 3; NaN / 4; Infinity`),
      after: grid("1; 5 / 2; 0.1 / 3; NaN / 4; Infinity"),
    },
    "a tolerance of values that are not finite": {
      group: "tolerances",
      columns: [id, ["v", double, FLOAT]],
      key: [0],
      before: grid(
        "1; Infinity / 2; NaN / 3; -Infinity / 4; NaN / 5; 1 / 6; Infinity / 7; NaN / 8; Infinity",
      ),
      after: grid(
        "1; 1 / 2; 1 / 3; Infinity / 4; NaN / 5; Infinity / 6; Infinity / 7; Infinity / 8; NaN",
      ),
    },
    "a tolerance of numerics that are not finite": {
      group: "tolerances",
      only: "postgres",
      columns: [id, ["v", "numeric", NUMBER]],
      key: [0],
      before: grid("1; Infinity / 2; NaN / 3; -Infinity / 4; NaN / 5; 1"),
      after: grid("1; 1 / 2; 1 / 3; Infinity / 4; NaN / 5; NaN"),
    },
    "a tolerance of decimals that have no room for their difference": {
      group: "tolerances",
      columns: [id, ["v", large, NUMBER]],
      key: [0],
      before: [["1", most[0] ?? ""], ["2", most[1] ?? ""], ["3", "1"], ["4", "10"]],
      after: [["1", most[1] ?? ""], ["2", most[1] ?? ""], ["3", "2"], ["4", "12"]],
    },
    "a tolerance of integers, which are compared as they are": {
      group: "tolerances",
      columns: [id, ["v", [int, long], WHOLES], ["w", text, WORDS]],
      key: [0],
      before: grid("1; 100; 1 / 2; 5; x"),
      after: grid("1; 101; 2 / 2; 5; x"),
    },
    "a tolerance that is just met": {
      group: "tolerance",
      columns: [id, ["v", isDuckdb ? "DECIMAL(10,2)" : "numeric(10,2)", NUMBER]],
      key: [0],
      before: grid("1; 1.00 / 2; 1.00 / 3; 0.07 / 4; ~"),
      after: grid("1; 1.01 / 2; 1.02 / 3; 0.06 / 4; 0.01"),
    },
    "a tolerance of rows without a key": {
      group: "tolerance",
      columns: [["v", double, FLOAT]],
      before: grid("1 / 2"),
      after: grid("1.001 / 2"),
    },
    "keys beyond what a double tells apart": {
      columns: [["id", long, WHOLES], ["v", int, WHOLES]],
      key: [0],
      before: grid("9007199254740992; 1 / 9007199254740993; 2 / 9223372036854775807; 3"),
      after: grid("9007199254740993; 2 / 9007199254740994; 1 / 9223372036854775807; 4"),
    },
    "keys that look the same": {
      columns: [["id", text, WORDS], ["v", int, WHOLES]],
      key: [0],
      before: grid("é; 1 / e\u0301; 2 / a; 3 / a ; 4 / A; 5 / ''; 6"),
      after: grid("é; 1 / e\u0301; 3 / a; 3 / a ; 4 / A; 6 /  ; 6"),
    },
    "keys by which zeros and NaN are one": {
      columns: [["id", double, FLOAT], ["v", int, WHOLES]],
      key: [0],
      source: "unique_key",
      before: grid("0; 1 / NaN; 2 / Infinity; 3"),
      after: grid("-0; 1 / NaN; 3 / -Infinity; 3"),
    },
    "a key that is excluded": {
      group: "exclude",
      columns: [["_id", int, WHOLES], ["_v", int, WHOLES], ["w", int, WHOLES]],
      key: [0],
      before: grid("1; 1; 1 / 2; 1; 1"),
      after: grid("1; 2; 1 / 2; 2; 2"),
    },
    "nothing but a key and what is excluded": {
      group: "exclude",
      columns: [["id", int, WHOLES], ["_v", int, WHOLES], ["Loaded_At", int, WHOLES]],
      key: [0],
      before: grid("1; 1; 1 / 2; 1; 1"),
      after: grid("1; 2; 1 / 3; 2; 2"),
    },
    "rows without a key, but for what is excluded": {
      group: "exclude",
      columns: [["v", int, WHOLES], ["_v", int, WHOLES], ["TMP__X", text, WORDS]],
      before: grid("1; 1; a / 2; 1; b"),
      after: grid("1; 2; b / 2; 3; c"),
    },
    "names that mean something": {
      columns: [id, ...names.map((name): Fixed["columns"][number] => [name, int, WHOLES])],
      key: [0],
      before: [["1", ...names.map(() => "1")], ["2", ...names.map(() => null)]],
      after: [["1", ...names.map(() => "2")], ["2", ...names.map(() => "1")]],
    },
    "names that are cut short where anything is put behind them": {
      columns: [
        ...[id, [`${long63}_a`, int, WHOLES], [`${long63}_b`, text, WORDS]] as Fixed["columns"],
        ...[[`${long63}_c`, [int, text], { kind: "number as text" }]] as Fixed["columns"],
      ],
      key: [0],
      before: grid("1; 1; x; 1 / 2; 1; x; 1"),
      after: grid("1; 2; x; 1 / 2; 1; y; 2"),
    },
    "names that differ in case alone": {
      only: "postgres",
      columns: [["a", int, WHOLES], ["A", int, WHOLES], ["b", int, WHOLES], [
        [null, "B"],
        int,
        WHOLES,
      ]],
      key: [1],
      before: grid("1; 1; 1; ~ / 1; 2; 1; ~"),
      after: grid("1; 1; 2; 1 / 2; 2; 1; 1"),
    },
    "names in other letters": {
      only: "duckdb",
      columns: [[["Id", "ID"], int, WHOLES], [["Value", "vALUE"], text, WORDS]],
      key: [0],
      before: grid("1; a / 2; b / 4; x"),
      after: grid("1; a / 2; c / 3; x"),
    },
    "JSON null, which is a value": {
      columns: [id, ["v", isDuckdb ? "JSON" : "json", { kind: "json" }]],
      key: [0],
      before: grid(`1; null / 2; ~ / 3; null / 4; "null"`),
      after: grid("1; ~ / 2; null / 3; null / 4; null"),
    },
    "JSON without a key": {
      columns: [["v", isDuckdb ? "JSON" : "json", { kind: "json" }]],
      before: grid(`null / ~ / {"a":1} / {"a":1}`),
      after: grid(`null / null / {"a":1}`),
    },
    "dates without an end": {
      columns: [id, [
        "v",
        ["date", isDuckdb ? "TIMESTAMP" : "timestamp without time zone"],
        { kind: "date" },
      ]],
      key: [0],
      before: grid("1; infinity / 2; -infinity / 3; infinity / 4; 2024-01-01"),
      after: grid(
        "1; infinity / 2; infinity / 3; 2024-01-01 00:00:00 / 4; 2024-01-01 23:59:59.999999",
      ),
    },
    "nanoseconds that become seconds": {
      only: "duckdb",
      columns: [id, ["v", ["TIMESTAMP_NS", "TIMESTAMP_S"], { kind: "instant", digits: 0 }]],
      key: [0],
      before: grid("1; 2024-01-01 00:00:00.200000001 / 2; 2024-01-01 00:00:01"),
      after: grid("1; 2024-01-01 00:00:00 / 2; 2024-01-01 00:00:02"),
    },
    "text that was a number, and no longer is one": {
      columns: [id, ["v", [int, text], { kind: "number as text" }], [
        "w",
        [text, isDuckdb ? "DECIMAL(10,2)" : "numeric(10,2)"],
        { kind: "number as text" },
      ]],
      key: [0],
      before: grid("1; 5; 1.5 / 2; 5; abc / 3; ~; 100 / 4; -7; ''"),
      after: grid("1; 5; 1.50 / 2; abc; 1.5 / 3; ''; 100.00 / 4; -7; 0.00"),
    },
    "spaces, of which only one kind is trimmed": {
      group: "trim",
      columns: [["id", text, WORDS], ["v", text, WORDS]],
      key: [0],
      before: grid("a ;  x / b; x\t / \u00a0c; x / d; \u00a0x / e;   "),
      after: grid("a; x  /  b ; x / c; x / d; x / e; ''"),
    },
    "keys that become one when they are trimmed": {
      group: "trim",
      columns: [["id", text, WORDS], ["v", text, WORDS]],
      key: [0],
      before: grid("a ; 1 / a; 2 / b; 3"),
      after: grid("a; 1 /  a; 2 / b; 4"),
    },
    "keys that become one in lower case": {
      group: "case",
      columns: [["id", text, WORDS], ["v", text, WORDS]],
      key: [0],
      before: grid("A; X / b; y"),
      after: grid("a; x / B; Z / b; y"),
    },
    "keys that are written in two ways": {
      columns: [
        ["ka", isDuckdb ? ["DECIMAL(10,2)", "DECIMAL(12,4)"] : "numeric", NUMBER],
        ["kb", [isDuckdb ? "DECIMAL(10,2)" : "numeric(10,2)", long], NUMBER],
        ["v", int, WHOLES],
      ],
      key: [0, 1],
      before: grid("1.50; 7.00; 1 / 2.00; 8.00; 1 / 3.10; 9.00; 1"),
      after: grid("1.5; 7; 2 / 2; 8; ~ / 3.1; 9; 1"),
    },
    "decimals without a digit before the point": {
      columns: [id, ["v", isDuckdb ? ["DECIMAL(4,4)", text] : ["numeric(4,4)", text], {
        kind: "number as text",
      }]],
      key: [0],
      before: grid("1; 0.5 / 2; 0 / 3; -0.25"),
      after: grid("1; 0.5 / 2; 0 / 3; -0.25"),
    },
    "a tolerance beside decimals that leave no room for its digits": {
      group: "tolerance",
      columns: [id, ["v", wide, NUMBER]],
      key: [0],
      before: [["1", nines], ["2", "1"]],
      after: [["1", "1"], ["2", "1"]],
    },
  };
}

function fixedPair(name: string, about: string, fixed: Fixed): Pair {
  const columns = fixed.columns.map(([names, types, domain]): Column => {
    const both: Both<string | null> = typeof names === "string" ? [names, names] : names;
    const own: Both<string | null> = typeof types === "string" ? [types, types] : [...types];
    for (const side of SIDES) if (both[side] === null) own[side] = null;
    return { names: both, types: own, domain };
  });
  const there = (side: Side) =>
    columns.flatMap(({ names }, at) => names[side] === null ? [] : [at]);
  return {
    ...{ name, about, columns, order: [there(0), there(1)], rows: [fixed.before, fixed.after] },
    keys: fixed.key === undefined
      ? []
      : [{ source: fixed.source ?? "unique_key", columns: fixed.key }],
  };
}

const SHAPES: Record<string, Partial<Shape>> = {
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

/** All pairs of an engine, with the options that each is compared by. The same seed gives the same pairs. */
function pairsFor(engine: Engine, seed: number): { pair: Pair; group: Group }[] {
  const found: { pair: Pair; group: Group }[] = [];
  const next = () => `p${String(found.length).padStart(3, "0")}`;
  const random = (group: Group, wanted?: Partial<Shape>, about?: string) => {
    const name = next();
    for (let attempt = 0; attempt < 50; attempt++) {
      // Every pair is the same whatever stands before it.
      const r = new Random(seed * 1_000_003 + found.length * 101 + attempt);
      const pair = made(engine, group, name, r, wanted);
      try {
        expect(pair, group);
      } catch (error) {
        if (error instanceof Ambiguous) continue;
        throw error;
      }
      found.push({ pair: about === undefined ? pair : { ...pair, about }, group });
      return;
    }
    throw new Error(`seed ${seed}: no pair ${name} that leaves no doubt`);
  };
  for (const group of GROUPS) {
    for (let at = 0; at < group.pairs[engine]; at++) random(group);
  }
  const [exact] = GROUPS;
  for (const [about, wanted] of Object.entries(SHAPES)) {
    if (exact !== undefined) random(exact, wanted, about);
  }
  for (const [about, fixed] of Object.entries(fixedPairs(engine))) {
    const group = GROUPS.find(({ name }) => name === (fixed.group ?? "exact"));
    if (group === undefined || (fixed.only ?? engine) !== engine) continue;
    found.push({ pair: fixedPair(next(), about, fixed), group });
  }
  return found;
}

/* Pairs in a database, and dot over them. */

const SCHEMAS = ["left", "right"] as const;

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(type: string, domain: Domain, cell: Cell): string {
  if (cell === null) return "null";
  return domain.kind === "opaque" ? cell : `'${cell.replaceAll("'", "''")}'::${type}`;
}

/** The SQL that makes the tables of a pair. */
function tablesSql(pair: Pair): string {
  const statements: string[] = [];
  for (const side of SIDES) {
    const table = `${quoted(SCHEMAS[side])}.${quoted(pair.name)}`;
    const columns = pair.order[side].map((at) => ({ at, column: columnAt(pair, at) }));
    const lines = columns.map(({ column }) =>
      `${quoted(column.names[side] ?? "")} ${column.types[side]}`
    );
    for (const key of pair.keys) {
      if (key.source !== "primary key") continue;
      const parts = key.columns.map((at) => quoted(columnAt(pair, at).names[side] ?? ""));
      lines.push(`primary key (${parts.join(", ")})`);
    }
    statements.push(`create table ${table} (${lines.join(", ")});`);
    for (let from = 0; from < pair.rows[side].length; from += 250) {
      const rows = pair.rows[side].slice(from, from + 250).map((row) => {
        const cells = columns.map(({ at, column }) =>
          literal(column.types[side] ?? "", column.domain, cellAt(row, at))
        );
        return `(${cells.join(", ")})`;
      });
      statements.push(`insert into ${table} values\n${rows.join(",\n")};`);
    }
  }
  return statements.join("\n");
}

/** A model of a pair, and what its schema file says. */
function model(pair: Pair): { sql: string; told: unknown } {
  const named = (source: Source) =>
    pair.keys.find((key) => key.source === source)?.columns
      .map((at) => nameOf(columnAt(pair, at)));
  // dbt writes it into its SQL as it is.
  const unique = named("unique_key")?.map((name) => isPlain(name) ? name : quoted(name));
  const config = unique === undefined
    ? "materialized='table'"
    : `materialized='incremental', unique_key=${
      JSON.stringify(unique.length === 1 ? unique[0] : unique)
    }`;
  const tested = named(TESTS) ?? [];
  const columns = tested.map((name) => ({
    ...{ name, data_tests: ["unique", "not_null"] },
    ...isPlain(name) ? {} : { quote: true },
  }));
  // One of the two tests makes no key.
  const other = pair.columns.map(nameOf).find((name) => isPlain(name) && !tested.includes(name));
  if (other !== undefined) columns.push({ name: other, data_tests: ["unique"] });
  return {
    // dbt's quick parser, which the statement turns off, leaves a backslash before a quote in the text.
    sql: `${
      config.includes("\\") ? "{% set nothing = none %}" : ""
    }{{ config(${config}) }}\nselect 1 as id\n`,
    told: { name: pair.name, columns },
  };
}

function isPlain(name: string): boolean {
  return /^[a-z_]\w*$/.test(name);
}

function project(pairs: { pair: Pair; group: Group }[], profiles: string): Record<string, string> {
  const files: Record<string, string> = {
    "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\n',
    "profiles.yml": profiles,
    "dot_environments.yml":
      "environment:\n  default: left\n  left: {target: left}\n  right: {target: right}\n",
    ".gitignore": "target/\nlogs/\n*.duckdb\n*.duckdb.wal\n.user.yml\n.dot/\n",
  };
  const told: Record<string, unknown[]> = {};
  for (const { group, pair } of pairs) {
    const made = model(pair);
    files[`models/${group.name}/${pair.name}.sql`] = made.sql;
    (told[group.name] ??= []).push(made.told);
  }
  for (const [group, models] of Object.entries(told)) {
    files[`models/${group}/schema.yml`] = JSON.stringify({ version: 2, models }, null, 1);
  }
  return files;
}

const PYTHON: Record<Engine, string> = {
  duckdb: `
import duckdb, sys
duckdb.connect(sys.argv[1]).execute(sys.stdin.buffer.read().decode())
`,
  postgres: `
import psycopg2, sys
c = psycopg2.connect(host="127.0.0.1", port=sys.argv[1], user="dot", password="dot", dbname=sys.argv[2])
c.autocommit = True
c.cursor().execute(sys.stdin.buffer.read().decode())
`,
};

/** Run SQL on a database; `where` is the file, or port and database. */
export async function runSql(
  world: World,
  engine: Engine,
  where: string[],
  text: string,
): Promise<void> {
  const ran = await world.run(pythonPath(), ["-c", PYTHON[engine], ...where], { stdin: text });
  assertEquals(ran.code, 0, ran.stderr);
}

/** Compare all pairs, with one run of dot for every group of options, and hold its answers against the oracle. */
export async function holdToOracle(
  t: Deno.TestContext,
  world: World,
  engine: Engine,
  where: string[],
  profiles: string,
): Promise<void> {
  const seed = Number(Deno.env.get("DOT_TEST_SEED") ?? 20261121);
  const one = Deno.env.get("DOT_TEST_PAIR");
  const pairs = pairsFor(engine, seed).filter(({ pair }) => one === undefined || pair.name === one);
  await world.write(project(pairs, profiles));
  await world.commit("Pairs");
  const tables = pairs.map(({ pair }) => tablesSql(pair)).join("\n");
  const moods = MOODS.map((mood) => `'${mood.replaceAll("'", "''")}'`).join(", ");
  const schemas = SCHEMAS.map((schema) => `create schema ${quoted(schema)};`).join("\n");
  const start = `${schemas}\ncreate type ${MOOD} as enum (${moods});\n`;
  await runSql(world, engine, where, start + tables);
  if (one !== undefined) console.log(start + tables);
  for (const group of GROUPS) {
    const own = pairs.filter((pair) => pair.group === group).map(({ pair }) => pair);
    if (own.length === 0) continue;
    await t.step(`${group.name}: ${own.length} pairs`, async () => {
      const words = ["diff", "left", "right", "--format", "json", "--samples", "1000000"];
      const argv = [...words, ...group.flags, "--", "--select", `path:models/${group.name}`];
      const ran = await world.dot(argv, { env: { ...await warmEnv(), DOT_DBT: dbtPath() } });
      const from = `seed ${seed}, ${engine}, ${group.flags.join(" ") || "no flags"}`;
      const found = parsed(ran.stdout);
      if (found === undefined) throw new Error(`${from}: exit ${ran.code}\n${ran.stderr}`);
      const wrong: string[] = [];
      for (const pair of own) {
        const actual = found.models.find(({ name }) => name === pair.name);
        const difference = firstDifference(pair, group, engine, actual);
        if (difference === undefined) continue;
        wrong.push(`${pair.name} (${pair.about}): ${difference}`);
      }
      if (wrong.length === 0) return;
      const again = `DOT_TEST_SEED=${seed} DOT_TEST_PAIR=${wrong[0]?.split(" ")[0]}`;
      const told = [`${from}: ${wrong.length} of ${own.length} pairs are wrong`, ...wrong];
      throw new Error(`${told.slice(0, 40).join("\n")}\nthe first of them alone: ${again}`);
    });
  }
}

function parsed(text: string): DiffResult | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
