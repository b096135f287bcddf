/** A manifest is parsed once, and never taken for one that dbt has replaced. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { DotError } from "../../lib/base/errors.ts";
import { findDifferences, unseenOf } from "../../lib/compare/differences.ts";
import { wordsFor } from "../../lib/compare/selection.ts";
import { type Manifest, parseManifest } from "../../lib/dbt/manifest/manifest.ts";
import {
  hasManifest,
  manifestIn,
  needManifest,
  readManifest,
  readManifestFile,
} from "../../lib/dbt/manifest/read.ts";
import { readersOfEnvironment, readersOfVariables } from "../../lib/dbt/manifest/readers.ts";

type Json = Record<string, unknown>;

/** The text of a manifest with models by name. */
function textOf(models: Record<string, Json>, more: Json = {}): string {
  const nodes = Object.entries(models).map(([name, node]) => [`model.shop.${name}`, {
    resource_type: "model",
    name,
    schema: "dev",
    fqn: ["shop", name],
    original_file_path: `models/${name}.sql`,
    ...node,
  }]);
  return JSON.stringify({ metadata: {}, nodes: Object.fromEntries(nodes), ...more });
}

function parsed(models: Record<string, Json>, more: Json = {}): Manifest {
  const manifest = parseManifest(textOf(models, more));
  if (manifest === undefined) throw new Error("no manifest");
  return manifest;
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (manifest: Manifest | undefined) => manifest?.nodes.map(({ alias }) => alias);

Deno.test("a file that is read twice is parsed once, also where it was copied", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(manifestIn(folder), textOf({ a: {} }));
    const first = await readManifest(folder);
    assert(first !== undefined && first === await readManifest(folder));
    await Deno.copyFile(manifestIn(folder), `${folder}/other.json`);
    assert(first === await readManifestFile(`${folder}/other.json`));
    assert(first.nodes === first.nodes && first.data === first.data);
  });
});

Deno.test("a file that dbt writes anew is read anew, at the same length, inode and time", async () => {
  await inFolder(async (folder) => {
    const file = manifestIn(folder);
    const time = new Date("2026-01-02T03:04:05Z");
    let last: Manifest | undefined;
    for (let round = 0; round < 20; round++) {
      const name = `m${10 + round}`;
      // In place, as dbt writes: nothing but the text tells that it is another file.
      await Deno.writeTextFile(file, textOf({ [name]: {} }));
      await Deno.utime(file, time, time);
      const manifest = await readManifest(folder);
      assertEquals(names(manifest), [name]);
      assert(manifest !== last);
      last = manifest;
    }
    await Deno.writeTextFile(file, textOf({ a: {} }).slice(0, -1));
    assertEquals(await readManifest(folder), undefined);
    await Deno.remove(file);
    assertEquals(await readManifest(folder), undefined);
  });
});

Deno.test("many manifests are told apart, however many are kept", async () => {
  await inFolder(async (folder) => {
    const files = Array.from({ length: 12 }, (_, at) => `${folder}/${at}.json`);
    for (const [at, file] of files.entries()) {
      await Deno.writeTextFile(file, textOf({ [`m${at}`]: {} }));
    }
    for (let round = 0; round < 2; round++) {
      const all = await Promise.all(files.map(readManifestFile));
      assertEquals(all.map(names), files.map((_, at) => [`m${at}`]));
    }
  });
});

Deno.test("a manifest that is not there is told from one that is cut off", async () => {
  await inFolder(async (folder) => {
    assertEquals(await hasManifest(folder), false);
    await assertRejects(() => needManifest(folder), DotError, "dbt's manifest cannot be read");
    await Deno.writeTextFile(manifestIn(folder), '{"metadata": {}, "nodes": {"a"');
    assertEquals(await hasManifest(folder), true);
    assertEquals(await readManifest(folder), undefined);
    await assertRejects(() => needManifest(folder), DotError, "dbt's manifest cannot be read");
  });
});

Deno.test("sources and disabled nodes are named, each by its own name in the warehouse", () => {
  const { disabled, sources } = parsed({}, {
    sources: { "source.shop.raw.a": { database: "db", schema: "raw", identifier: "A", name: "a" } },
    disabled: {
      "model.shop.old": [
        { database: "db", schema: "dev", alias: "older", name: "old" },
        { database: "db", schema: "dev", name: "old" },
      ],
    },
  });
  assertEquals(sources, [{ database: "db", schema: "raw", name: "A" }]);
  assertEquals(disabled.map(({ name }) => name), ["older", "old"]);
});

Deno.test("a macro that changed counts for all that use it, through others too", () => {
  const macro = (sql: string, ...uses: string[]) => ({
    macro_sql: sql,
    depends_on: { macros: uses },
  });
  const models = {
    direct: { depends_on: { macros: ["macro.shop.low"] } },
    far: { depends_on: { macros: ["macro.shop.high"] } },
    none: { depends_on: { macros: ["macro.shop.other"] } },
    gone: { depends_on: { macros: ["macro.shop.gone"] } },
  };
  const macros = {
    "macro.shop.low": macro("1"),
    "macro.shop.middle": macro("2", "macro.shop.low", "macro.shop.high"),
    "macro.shop.high": macro("3", "macro.shop.middle"),
    "macro.shop.other": macro("4"),
  };
  const base = parsed(models, { macros: { ...macros, "macro.shop.gone": macro("5") } });
  const head = parsed(models, { macros: { ...macros, "macro.shop.low": macro("other") } });
  assertEquals(
    findDifferences({ base, head }, new Map()).map(({ by, id }) => [id, ...by]),
    [
      ["model.shop.direct", "macro"],
      ["model.shop.far", "macro"],
      ["model.shop.gone", "macro"],
    ],
  );
});

Deno.test("what reads a variable or the environment is found in code, configuration and macros", () => {
  const manifest = parsed({
    code: { raw_code: "select {{ var('day') }}" },
    other: { raw_code: "select {{ var('days') }}, '{{ target.type }}'" },
    config: { raw_code: "", unrendered_config: { tags: ['{{ var( "day" ) }}'] } },
    macro: { depends_on: { macros: ["macro.shop.day"] } },
    schema: { raw_code: "{{ target.schema }}" },
    named: { depends_on: { macros: ["macro.shop.generate_schema_name"] } },
    unnamed: { raw_code: "{{ var('day') }}", fqn: null },
    tested: { test_metadata: { kwargs: { values: ["{{ var('day') }}"] } } },
    asked: { raw_code: "{% if var.has_var('day') %}1{% endif %}" },
    computed: { raw_code: "{{ var('d' ~ 'ay') }}" },
    escaped: { raw_code: "{{ var('d\\x61y') }}" },
    function: { raw_code: "select var(amount), 'var(x)'" },
  }, {
    macros: {
      "macro.shop.day": { macro_sql: "{{ var('day') }}" },
      "macro.shop.generate_schema_name": { macro_sql: "{{ target.schema }}" },
    },
  });
  assertEquals([...readersOfVariables(manifest, ["day"])], [
    "model.shop.code",
    "model.shop.config",
    "model.shop.macro",
    "model.shop.unnamed",
    "model.shop.tested",
    "model.shop.asked",
    "model.shop.computed",
    "model.shop.escaped",
  ]);
  assertEquals(readersOfVariables(manifest, []), new Set());
  assertEquals(
    wordsFor(unseenOf(["model.shop.tested", "model.shop.unnamed", "model.shop.asked"]), manifest),
    ["fqn:shop.asked", "fqn:shop.tested"],
  );
  assertEquals([...readersOfEnvironment(manifest)], ["model.shop.schema"]);
});

Deno.test("what stands behind a node is counted once, tests aside", () => {
  const chain = { a: {}, b: {}, c: {} };
  const child_map = {
    "model.shop.a": ["model.shop.b", "model.shop.c", "test.shop.t"],
    "model.shop.b": ["model.shop.c", "unit_test.shop.u"],
    "model.shop.c": ["exposure.shop.e"],
  };
  const found = findDifferences({
    base: parsed(chain, { child_map }),
    head: parsed({ ...chain, a: { raw_code: "other" } }, { child_map }),
  }, unseenOf(["model.shop.c"]));
  assertEquals(found, [
    { id: "model.shop.a", change: "modified", by: ["body"], downstream: 3 },
    { id: "model.shop.c", change: "modified", by: ["var"], downstream: 1 },
  ]);
});

Deno.test("a node is selected by words that name no other", () => {
  const manifest = parsed({
    a: {},
    "a b": {},
    // A folder of the name of a model.
    in: { fqn: ["shop", "a", "in"], original_file_path: "models/a/a.sql" },
    twin: { fqn: ["shop", "a", "twin"], original_file_path: "models/a/a.sql" },
  });
  const selected = ["a", "a b", "in", "absent"].map((name) =>
    manifest.selectionOf(`model.shop.${name}`)
  );
  assertEquals(selected, [undefined, undefined, "fqn:shop.a.in,file:a.sql", undefined]);
});

Deno.test("what is no node differs by what dbt compares of it, and is not new for dbt", () => {
  const kinds = (change: Record<string, unknown> = {}) => ({
    exposures: {
      "exposure.shop.e": {
        resource_type: "exposure",
        depends_on: { nodes: ["a", "b"] },
        ...change,
      },
    },
    metrics: {
      "metric.shop.m": { resource_type: "metric", type: "simple", type_params: 1, ...change },
    },
    semantic_models: { "semantic_model.shop.s": { resource_type: "semantic_model", ...change } },
    saved_queries: {
      "saved_query.shop.q": {
        resource_type: "saved_query",
        exports: [{ name: "out", unrendered_config: { alias: "a" }, config: { x: 1 } }],
        ...change,
      },
    },
  });
  const changes: [Record<string, unknown>, string[]][] = [
    [{ meta: { n: 1 }, created_at: 2 }, []],
    [{ label: "l" }, ["exposure body", "metric body", "saved_query body"]],
    [{ description: "d" }, [
      "exposure description",
      "metric description",
      "saved_query description",
      "semantic_model description",
    ]],
    [{ owner: { name: "n" } }, ["exposure body"]],
    [{ fqn: ["shop", "x"] }, ["exposure place"]],
    [{ unrendered_config: { enabled: true } }, ["exposure config", "metric config"]],
    [{ config: { enabled: true } }, ["saved_query config", "semantic_model config"]],
    [{ dimensions: [1] }, ["semantic_model body"]],
    [{ query_params: { where: "x" } }, ["saved_query body"]],
    [{ exports: [{ name: "out", unrendered_config: { alias: "b" } }] }, ["saved_query body"]],
    [{ exports: [{ name: "out", unrendered_config: { alias: "a" }, config: { x: 2 } }] }, []],
    [{ type: "derived" }, ["exposure body", "metric body"]],
    [{ depends_on: { nodes: ["b", "a"] } }, []],
  ];
  for (const [change, expected] of changes) {
    const found = findDifferences({
      base: parsed({}, kinds()),
      head: parsed({}, kinds(change)),
    }, new Map());
    assertEquals(
      found.map(({ by, id }) => `${id.split(".")[0]} ${by}`),
      expected,
      JSON.stringify(change),
    );
  }
  assertEquals(findDifferences({ base: parsed({}), head: parsed({}, kinds()) }, new Map()), []);
  assertEquals(
    findDifferences({ base: parsed({}, kinds()), head: parsed({}) }, new Map()).map(({ change }) =>
      change
    ),
    ["removed", "removed", "removed", "removed"],
  );
});

Deno.test("what one dbt leaves out and another says is null is no difference", () => {
  const full = {
    raw_code: "select 1",
    latest_version: null,
    deprecation_date: null,
    contract: { enforced: true, checksum: null },
  };
  const short = { raw_code: "select 1", contract: { enforced: true } };
  for (const [base, head] of [[full, short], [short, full]] as const) {
    const found = findDifferences(
      { base: parsed({ a: base }), head: parsed({ a: head }) },
      new Map(),
    );
    assertEquals(found, []);
  }
  const changes: [Json, string][] = [[{ latest_version: 2 }, "contract"], [
    { contract: { enforced: true, checksum: "x" } },
    "contract",
  ]];
  for (const [change, by] of changes) {
    const head = parsed({ a: { ...short, ...change } });
    const found = findDifferences({ base: parsed({ a: full }), head }, new Map());
    assertEquals(found.map((one) => one.by), [[by]], JSON.stringify(change));
  }
});
