/** Which models `dot diff` compares, by what key, and what it has to build for that. */
import { assertEquals, assertThrows } from "@std/assert";
import type { Difference } from "../../lib/compare/differences.ts";
import { codeChanges, neededFor, pairUp } from "../../lib/diff/pair.ts";
import { readAsked, readShowing } from "../../lib/commands/diff/asked.ts";
import { FLAGS } from "../../lib/commands/diff/flags.ts";
import type { Project } from "../../lib/dbt/manifest/data.ts";
import { parseManifest } from "../../lib/dbt/manifest/manifest.ts";
import { UsageError } from "../../lib/base/errors.ts";
import { givenFor } from "../../lib/cli/flags.ts";
import { readLine } from "../../lib/cli/line.ts";
import { globSource } from "../../lib/base/glob.ts";

type Json = Record<string, unknown>;

/** A manifest of nodes by name, with what each reads; a body is its own name unless it is given. */
function manifest(nodes: Record<string, Json & { reads?: string[] }>, tests: Json[] = []): string {
  const id = (name: string) => name.includes(".") ? name : `model.shop.${name}`;
  const all = Object.entries(nodes).map(([name, { reads = [], ...more }]) => [id(name), {
    resource_type: id(name).split(".")[0],
    name: id(name).split(".").at(-1),
    raw_code: name,
    database: "db",
    schema: "dev",
    depends_on: { nodes: reads.map(id) },
    ...more,
  }]);
  const named = tests.map((test, at) => [`test.shop.${at}`, { resource_type: "test", ...test }]);
  return JSON.stringify({ metadata: {}, nodes: Object.fromEntries([...all, ...named]) });
}

function project(...args: Parameters<typeof manifest>): Project {
  const found = parseManifest(manifest(...args))?.data;
  if (found === undefined) throw new Error("no manifest");
  return found;
}

function changed(id: string, change: Difference["change"] = "modified"): Difference {
  const by: Difference["by"] = change === "modified" ? ["body"] : [];
  return { id: `model.shop.${id}`, change, by, downstream: 0 };
}

/** a → b → c → d, with a seed before and one beside. */
const CHAIN = {
  "seed.shop.s": {},
  a: { reads: ["seed.shop.s"] },
  b: { reads: ["a"] },
  e: { reads: ["b"], config: { materialized: "ephemeral" } },
  c: { reads: ["e", "beside"] },
  d: { reads: ["c"] },
  beside: {},
};

const ids = (...names: string[]) =>
  new Set(names.map((name) => name.includes(".") ? name : `model.shop.${name}`));
const short = (list: readonly string[]) => list.map((id) => id.split(".").at(-1));

Deno.test("what has to be built is what was asked for, with those ancestors that differ", () => {
  const chain = project(CHAIN);
  const { affected } = codeChanges([changed("b")], { before: chain, after: chain });
  assertEquals(short([...affected].sort()), ["b", "c", "d", "e"]);
  const needed = (held: Set<string>, other: Set<string>, ...wanted: string[]) => {
    const found = neededFor([...ids(...wanted)], chain, {
      held,
      lent: (id) => !affected.has(id) && other.has(id),
    });
    return [short(found.build).join(" "), found.defers];
  };
  const all = new Set(chain.keys());
  // The other side has everything: a and the seed are the same there.
  assertEquals(needed(new Set(), all, "d"), ["b c d", true]);
  // It has nothing: all ancestors.
  assertEquals(needed(new Set(), new Set(), "d"), ["a b beside c d s", false]);
  // It lacks one that is the same.
  assertEquals(needed(new Set(), ids("beside", "seed.shop.s"), "c"), ["a b c", true]);
  // What is there is not built again, where nothing is read from elsewhere.
  assertEquals(needed(ids("c"), new Set(), "d"), ["d", false]);
  assertEquals(needed(ids("b", "beside"), all, "c"), ["c", false]);
  // Where something is, dbt would read b from there as well, which differs.
  assertEquals(needed(ids("b"), all, "c"), ["b c", true]);
  // Nothing is missing.
  assertEquals(needed(all, all, "d", "c"), ["", false]);
});

Deno.test("models of one side are paired where they have one body, and only one has it", () => {
  const before = project({ same: {}, old: { raw_code: "x" }, gone: {}, twin: { raw_code: "t" } });
  const after = project({
    same: {},
    fresh: {},
    renamed: { raw_code: "x" },
    one: { raw_code: "t" },
    two: { raw_code: "t" },
  });
  const changes = codeChanges([
    ...["fresh", "renamed", "one", "two"].map((name) => changed(name, "new")),
    ...["old", "gone", "twin"].map((name) => changed(name, "removed")),
  ], { before, after });
  const pairs = (...wanted: string[]) =>
    pairUp(ids(...wanted), { before, after }, changes)
      .map((one) => [one.before?.name, one.after?.name]);
  assertEquals(pairs("same"), [["same", "same"]]);
  assertEquals(pairs("old", "renamed"), [["old", "renamed"]]);
  assertEquals(pairs("renamed"), [["old", "renamed"]]);
  assertEquals(pairs("old"), [["old", "renamed"]]);
  assertEquals(pairs("gone", "fresh"), [[undefined, "fresh"], ["gone", undefined]]);
});

Deno.test("keys are taken from contracts, configs and tests, the best first", () => {
  const on = (name: string, test: string, column: string, more: Json = {}) => ({
    attached_node: `model.shop.${name}`,
    column_name: column,
    test_metadata: { name: test, kwargs: { column_name: column } },
    ...more,
  });
  const nodes = project({
    contract: { columns: { id: { name: "id", constraints: [{ type: "primary_key" }] } } },
    whole: { constraints: [{ type: "primary_key", columns: ["a", "b"] }] },
    incremental: { config: { unique_key: ["x", "y"] } },
    text: { config: { unique_key: "x, y" } },
    quoted: { config: { unique_key: '"a,b" , "c"' } },
    odd: {},
    tested: {},
    half: {},
    filtered: {},
    combined: {},
    older: {},
    "snapshot.shop.times": { config: { unique_key: "id", strategy: "timestamp" } },
    "snapshot.shop.checks": {
      config: {
        unique_key: "id",
        strategy: "check",
        snapshot_meta_column_names: { dbt_valid_from: "since" },
      },
    },
  }, [
    on("contract", "unique", "other"),
    on("contract", "not_null", "other"),
    on("tested", "unique", "id"),
    on("tested", "not_null", "id"),
    on("odd", "unique", '"Order"'),
    on("odd", "not_null", '"Order"'),
    on("half", "unique", "id"),
    on("filtered", "unique", "id", { config: { where: "x > 1" } }),
    on("filtered", "not_null", "id"),
    on("combined", "unique_combination_of_columns", "", {
      test_metadata: {
        name: "unique_combination_of_columns",
        kwargs: { combination_of_columns: ["a", "b"] },
      },
    }),
    // dbt before 1.5 names no attached node.
    {
      depends_on: { nodes: ["model.shop.older"] },
      test_metadata: { name: "unique", kwargs: { column_name: "id" } },
    },
    {
      depends_on: { nodes: ["model.shop.older"] },
      test_metadata: { name: "not_null", kwargs: { column_name: "id" } },
    },
  ]);
  const keys = Object.fromEntries(
    [...nodes.values()].map(({ keys, name }) => [
      name,
      keys.map(({ columns, source }) => `${source}: ${columns.join(" ")}`),
    ]),
  );
  assertEquals(keys, {
    contract: ["primary key: id", "unique and not_null tests: other"],
    whole: ["primary key: a b"],
    incremental: ["unique_key: x y"],
    text: ["unique_key: x, y", "unique_key: x y"],
    quoted: ['unique_key: a,b" , "c', "unique_key: a,b c"],
    odd: ["unique and not_null tests: Order"],
    tested: ["unique and not_null tests: id"],
    half: [],
    filtered: [],
    combined: ["combination test: a b"],
    older: ["unique and not_null tests: id"],
    times: ["unique_key: id dbt_valid_from"],
    checks: ["unique_key: id"],
  });
  assertEquals(nodes.get("snapshot.shop.checks")?.clocks.includes("since"), true);
  assertEquals(nodes.get("snapshot.shop.times")?.clocks, []);
});

Deno.test("flags of a diff are read, and nonsense is refused", () => {
  const read = (...argv: string[]) => {
    const line = readLine(argv, FLAGS);
    if ("unknown" in line) throw new UsageError(line.unknown, { code: "DOT003" });
    return { words: line.words, flags: givenFor(FLAGS, line.values) };
  };
  const args = read("a", "--since", "at", "2026-01-01", "b", "--key", "x, y", "--limit=5");
  assertEquals(args.words, ["a", "b"]);
  const asked = readAsked(args.flags);
  assertEquals(asked.since, { column: "at", value: "2026-01-01" });
  assertEquals([asked.key, asked.limit, asked.samples], [["x", "y"], 5, 5]);
  assertEquals(readShowing(read("--exit-code").flags).failOn.length, 4);
  assertEquals(readShowing(read("--fail-on", "schema").flags).failOn, ["schema"]);
  assertEquals(readShowing(read().flags).failOn, []);
  for (const words of [["--since", "at"], ["--since"]]) {
    assertThrows(() => read(...words), UsageError, "--since needs");
  }
  for (const words of [["--limit", "1.5"], ["--tolerance", "abc"], ["--samples=-1"]]) {
    assertThrows(() => readAsked(read(...words).flags), UsageError, words[0]?.split("=")[0]);
  }
});

Deno.test("a pattern of columns is a glob, and nothing of it is an expression", () => {
  const match = (glob: string, name: string) => new RegExp(`^(?:${globSource(glob)})$`).test(name);
  assertEquals(match("_*", "_loaded"), true);
  assertEquals(match("a?c", "abc"), true);
  assertEquals(match("a.c", "abc"), false);
  assertEquals(match("(x)|y", "y"), false);
  assertEquals(match("loaded", "loaded_at"), false);
});
