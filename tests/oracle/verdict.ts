/** What dot found, held against what it must find. */
import type { ModelDiff, SampleRow } from "../../lib/diff/result.ts";
import { type Expected, expected as expectedOf } from "./expected.ts";
import type { Group } from "./group.ts";
import type { Seen } from "./match.ts";
import { unitsOf } from "./number.ts";
import { type Cell, columnAt, keyOf, nameOf, type Pair, type Side } from "./pair.ts";
import type { Engine } from "./types.ts";
import { shown } from "./value.ts";

/** The first field of dot's answer that is not as it must be, in words; undefined where all is. */
export function firstDifference(
  pair: Pair,
  group: Group,
  engine: Engine,
  actual: ModelDiff | undefined,
): string | undefined {
  const wanted = expectedOf(pair, group);
  for (const [field, want, got] of fields(pair, group, engine, wanted, actual)) {
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
