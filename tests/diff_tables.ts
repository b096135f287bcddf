/**
 * Two tables that differ exactly so: of n rows one in a thousand changed (in turn in qty, price, status, which becomes NULL, and
 * updated_at), one in ten thousand is gone, and as many are new. For n a multiple of 20,000.
 */
import { assert, assertEquals } from "@std/assert";
import type { DiffResult, ModelDiff } from "../lib/diff/result.ts";

/** An engine that the tables are made on. */
export type Engine = "duckdb" | "postgres" | "trino";

/** The select statements of both tables. */
export function pairOfTables(engine: Engine, n: number): { before: string; after: string } {
  const rows = "i, mod(i, 1000) = 7 as c, mod(cast((i - mod(i, 1000)) / 1000 as bigint), 4) as k";
  const plain: Record<string, string> = {
    id: "i",
    customer_id: "cast(mod(i * 7919, 100000) as integer)",
    name: "'name ' || cast(mod(i * 31, 1000000) as varchar)",
    status: "case mod(i, 3) when 0 then 'placed' when 1 then 'shipped' else 'returned' end",
    qty: "cast(mod(i * 13, 50) as integer)",
    price: "cast(cast(mod(i * 17, 1000000) as decimal(14, 2)) / 100 as decimal(12, 2))",
    score: "cast(mod(i * 101, 1000003) as double precision) / 7",
    order_date: "cast(date '2020-01-01' + mod(i, 1500) * interval '1' day as date)",
    updated_at: "timestamp '2024-01-01 00:00:00' + mod(i * 19, 31536000) * interval '1' second",
    flag: "mod(i, 2) = 0",
  };
  const changed: Record<string, string> = {
    qty: "case when c and k = 0 then $ + 1 else $ end",
    price: "case when c and k = 1 then cast($ + 0.01 as decimal(12, 2)) else $ end",
    status: "case when c and k = 2 then null else $ end",
    updated_at: "case when c and k = 3 then $ + interval '1' second else $ end",
  };
  const select = (forms: Record<string, string>, count: number) => {
    const columns = Object.entries(plain).map(([name, text]) =>
      `${(forms[name] ?? "$").replaceAll("$", text)} as ${name}`
    );
    return `select ${columns.join(", ")} from (select ${rows} from ${numbers(engine, count)}) s`;
  };
  const after = select(changed, n + n / 10000);
  return {
    before: select({}, n),
    after: `${after} where i > ${n} or mod(i, 10000) <> 5000`,
  };
}

/** Fail unless a result says exactly how the two tables differ. */
export function assertExact(result: DiffResult, name: string, n: number): void {
  const model = result.models.find((one) => one.name === name);
  assert(model !== undefined);
  const few = n / 10000;
  assertEquals(model.rows, {
    before: n,
    after: n,
    added: few,
    removed: few,
    changed: n / 1000,
    unchanged: n - n / 1000 - few,
  });
  assertEquals(model.method, "key");
  assertEquals(countsOf(model), {
    qty: [n / 4000, 0, 0],
    price: [n / 4000, 0, 0],
    status: [n / 4000, 0, n / 4000],
    updated_at: [n / 4000, 0, 0],
  });
  const ids = model.samples.changed.map(({ key }) => key["id"]);
  assertEquals(ids, ["7", "1007", "2007", "3007", "4007"]);
  assertEquals(model.samples.removed[0]?.["id"], "5000");
  assertEquals(model.samples.added[0]?.["id"], String(n + 1));
}

/** Of each column that differs: how many rows changed, were NULL, became NULL. */
function countsOf({ columns }: ModelDiff): Record<string, (number | null)[]> {
  return Object.fromEntries(
    columns.filter(({ changed }) => changed !== 0)
      .map(({ changed, from_null, name, to_null }) => [name, [changed, from_null, to_null]]),
  );
}

/** The whole numbers from 1 to n, as `i`. */
function numbers(engine: Engine, n: number): string {
  if (engine === "duckdb") return `range(1, ${n + 1}) t(i)`;
  if (engine === "postgres") return `generate_series(1::bigint, ${n}) t(i)`;
  return `(select a.x * 1000 + b.y + 1 as i from unnest(sequence(0, ${
    Math.floor(n / 1000)
  })) a(x)` +
    ` cross join unnest(sequence(0, 999)) b(y) where a.x * 1000 + b.y < ${n}) t`;
}
