/** What a record keeps of values: whether they differ, and by which names. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { mayRead } from "../../lib/dbt/env_var.ts";
import { countedNames } from "../../lib/isolated/system_variables.ts";
import {
  asMadeWith,
  differingFrom,
  hashesByName,
  hashOfValues,
} from "../../lib/store/made_with.ts";

const values = (record: Record<string, string | null>) => new Map(Object.entries(record));

async function differing(
  before: Record<string, string | null>,
  now: Record<string, string | null>,
) {
  const whole = await hashOfValues(values(before));
  return await differingFrom(await hashesByName(values(before), whole), whole, values(now));
}

Deno.test("the names of values that differ, are new or gone are told", async () => {
  assertEquals(await differing({ a: "1", b: null }, { b: null, a: "1" }), {
    sure: [],
    perhaps: [],
  });
  assertEquals((await differing({ a: "1", b: null }, { a: "1", b: "" })).sure, ["b"]);
  assertEquals((await differing({ a: "1", c: "3" }, { a: "2", b: "2" })).sure, ["a", "b", "c"]);
  assertEquals(await differing({ password: "1", url: "x" }, { password: "2", url: "x" }), {
    sure: [],
    perhaps: ["password"],
  });
  assertEquals((await differing({ url: "https://a:b@c" }, { url: "x" })).sure, ["url"]);
});

Deno.test("a value's hash is short, and another one beside other values", async () => {
  const one = await hashesByName(values({ a: "1", b: "1" }), "x");
  const other = await hashesByName(values({ a: "1" }), "y");
  assertEquals(one["a"]?.length, 4);
  assertNotEquals(one["a"], one["b"]);
  assertNotEquals(one["a"], other["a"]);
  const hash = await hashOfValues(values({ a: "1", b: "2" }));
  assertEquals(await hashOfValues(values({ b: "2", a: "1" })), hash);
  assertNotEquals(await hashOfValues(values({ a: "1", b: null })), hash);
});

Deno.test("what an older dot did not write is not known", () => {
  const { env, env_hash, vars } = asMadeWith({ vars_hash: "x", env: 1, vars: [] });
  assertEquals([env, env_hash, vars], [null, "", null]);
});

Deno.test("what only says how dbt works and prints, who runs it, or is a secret of dbt's, does not count", () => {
  const aside = [
    ...["*", "DBT_ENV_SECRET_X", "DBT_DEBUG", "DBT_LOG_LEVEL", "DBT_ENGINE_LOG_FORMAT"],
    ...["DBT_CLOUD_RUN_ID", "DBT_PROFILES_DIR", "DBT_ENGINE_TARGET", "DOT_SCHEMA_SUFFIX", "PWD"],
    ...["DBT_USE_COLORS", "DBT_THREADS", "DBT_PARTIAL_PARSE", "DBT_NO_PRINT", "DBT_INVOCATION_ID"],
  ];
  const counted = [
    ...["B", "A", "DBT_SCHEMA", "DBT_FULL_REFRESH", "DBT_DATABASE", "DBT_THREADSAFE"],
    // They only begin like dbt's own.
    ...["DBT_RECORD_SOURCE", "DBT_USE_SAMPLES", "DBT_LOG_DAYS", "DBT_CACHE_DAYS"],
  ];
  assertEquals(countedNames([...aside, ...counted, "A"]), counted.sort());
});

Deno.test("a text may read what it names, and what it computes", () => {
  assert(mayRead("{{ env_var('A') }}", ["A"]));
  assert(mayRead("{{ env_var('A' ~ x) }}", ["B"]));
  assert(!mayRead("{{ env_var('A', 'B') }} B", ["B"]));
});
