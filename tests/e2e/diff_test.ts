/** `dot diff`: what a commit changes in the data, with real git, dbt and DuckDB. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { DiffResult, ModelDiff } from "../../lib/diff/result.ts";
import { assertExact, pairOfTables } from "../diff_tables.ts";
import { assertEnded } from "../assertions.ts";
import { catalogue, sql } from "../duckdb.ts";
import { pythonPath, type Ran, ROOT, type World } from "../harness.ts";
import { shop } from "../upkeep.ts";
import { coolDown, dotWarm, warmEnv } from "../warm.ts";

Deno.test.afterAll(coolDown);

/** A seed, a chain behind it, and one of each kind that is handled in a way of its own. */
const HISTORY: Record<string, string> = {
  "seeds/prices.csv": "id,amount\n1,1.50\n2,2.00\n3,3.25\n",
  "models/a.sql": "select id, amount from {{ ref('prices') }}\n",
  "models/b.sql":
    "{{ config(materialized='table') }}\nselect id, amount, 'x' as label from {{ ref('a') }}\n",
  "models/c.sql": "select count(*) as n from {{ ref('b') }}\n",
  "models/beside.sql": "select id from {{ ref('prices') }}\n",
  "models/inner.sql": "{{ config(materialized='ephemeral') }}\nselect 1 as one\n",
  "models/old_name.sql": "select 7 as seven\n",
  "models/gone.sql": "select 8 as eight\n",
  "models/log.sql":
    "{{ config(materialized='incremental', unique_key='id') }}\nselect id, amount from {{ ref('a') }}\n",
  "snapshots/versions.sql": `{% snapshot versions %}
{{ config(unique_key='id', strategy='check', check_cols=['amount']) }}
select id, amount from {{ ref('a') }}
{% endsnapshot %}
`,
  "models/schema.yml": `models:
  - name: a
    columns:
      - name: id
        data_tests: [not_null, unique]
  - name: b
    columns:
      - name: id
        data_tests: [not_null, unique]
`,
};

/** One price less, another changed; a label that is NULL; a column more; a name that changed; one new, one gone. */
async function change(world: World): Promise<void> {
  await world.write({
    "models/a.sql":
      "select id, case when id = 1 then 1.75 else amount end as amount from {{ ref('prices') }} where id < 3\n",
    "models/b.sql":
      "{{ config(materialized='table') }}\nselect id, amount, case when id = 2 then null else 'x' end as label, 5 as extra from {{ ref('a') }}\n",
    "models/old_name.sql": undefined,
    "models/new_name.sql": HISTORY["models/old_name.sql"],
    "models/gone.sql": undefined,
    "models/fresh.sql": "select 9 as nine\n",
    "models/inner.sql": "{{ config(materialized='ephemeral') }}\nselect 2 as one\n",
  });
  await world.commit("Change much");
}

/** Check JSON with the schema that dot ships; gives what it says. */
async function valid(world: World, text: string): Promise<Record<string, unknown>> {
  const program = "import json, jsonschema, sys\n" +
    "jsonschema.validate(json.load(sys.stdin), json.load(open(sys.argv[1])))";
  const schema = join(ROOT, "schemas", "dot_diff.schema.json");
  const ran = await world.run(pythonPath(), ["-c", program, schema], { stdin: text });
  assertEquals(ran.code, 0, `${ran.stderr}\n${text}`);
  return JSON.parse(text);
}

async function resultOf(world: World, ran: Ran, code = 0): Promise<DiffResult> {
  assertEnded(ran, code);
  return await valid(world, ran.stdout) as unknown as DiffResult;
}

function named(result: DiffResult, name: string): ModelDiff {
  const found = result.models.find((model) => model.name === name);
  assert(found !== undefined, `${name}: ${result.models.map((model) => model.name)}`);
  return found;
}

const JSON_FORM = ["--format", "json"];

Deno.test("a diff of two commits builds what it needs, and says exactly what changed", async (test) => {
  await using world = await shop(HISTORY);
  const first = await world.git("rev-parse", "--short", "HEAD");
  await change(world);
  const second = await world.git("rev-parse", "--short", "HEAD");
  const places = [`dev@${first}`, `dev@${second}`];

  await test.step("it builds nothing that nobody agreed to", async () => {
    const ran = await dotWarm(world, ["diff", ...places, ...JSON_FORM]);
    assertEnded(ran, 2);
    const { error } = await valid(world, ran.stdout);
    assertStringIncludes(JSON.stringify(error), "--build builds it");
    assertStringIncludes(ran.stderr, `to build in dev@${first}: `);
    assertEquals(await world.has("shop.duckdb"), false);
    const without = await dotWarm(world, ["diff", ...places, ...JSON_FORM, "--no-build"]);
    const result = await resultOf(world, without);
    assertEquals(named(result, "b").status, "skipped");
    assertStringIncludes(named(result, "b").reason ?? "", "is not built in");
    const asked = await world.terminal(["diff", ...places], [{ on: "[Y/n]", type: "n\n" }], {
      env: await warmEnv(),
    });
    assertStringIncludes(asked.stdout, "to build in");
    assertEquals(await world.has("shop.duckdb"), false);
  });

  await test.step("it builds the models, and of what they read what differs", async () => {
    const ran = await dotWarm(world, ["diff", ...places, ...JSON_FORM, "--build"]);
    const result = await resultOf(world, ran);
    // The seed is the same: the later side reads that of the earlier one.
    const relations = Object.keys((await catalogue(world))[`dev_${second}`] ?? {}).sort();
    assertEquals(relations, ["a", "b", "c", "log", "new_name", "versions"]);
    assertEquals(result.models.map(({ name, status }) => [name, status]), [
      ["a", "different"],
      ["b", "different"],
      ["c", "different"],
      ["fresh", "added"],
      ["gone", "removed"],
      ["inner", "skipped"],
      ["log", "different"],
      ["new_name", "equal"],
      ["versions", "different"],
    ]);
    const a = named(result, "a");
    assertEquals([a.method, a.key?.columns, a.key?.source], [
      "key",
      ["id"],
      "unique and not_null tests",
    ]);
    assertEquals(a.rows, {
      before: 3,
      after: 2,
      added: 0,
      removed: 1,
      changed: 1,
      unchanged: 1,
    });
    assertEquals(a.samples.changed, [
      { key: { id: "1" }, columns: { amount: { before: "1.5", after: "1.75" } } },
    ]);
    assertEquals(a.samples.removed, [{ id: "3", amount: "3.25" }]);
    const b = named(result, "b");
    assertEquals(
      b.columns.map(({ changed, from_null, name, only, to_null }) => [
        name,
        only,
        changed,
        from_null,
        to_null,
      ]),
      [
        ["id", null, 0, 0, 0],
        ["amount", null, 1, 0, 0],
        ["label", null, 1, 0, 1],
        ["extra", "after", null, null, null],
      ],
    );
    assertEquals(named(result, "c").by, ["upstream"]);
    assertEquals([named(result, "c").method, named(result, "c").rows?.changed], ["rows", null]);
    assertEquals(named(result, "log").key?.source, "unique_key");
    assertEquals(named(result, "new_name").renamed_from, "old_name");
    assertEquals(named(result, "new_name").method, "hash");
    assertStringIncludes(named(result, "inner").reason ?? "", "ephemeral");
    const versions = named(result, "versions");
    assertEquals([versions.rows?.changed, versions.rows?.removed], [1, 1]);
    assertEquals(
      versions.columns.filter(({ compared }) => !compared).map(({ name }) => name),
      ["dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to"],
    );
    assert(result.lineage.edges.some(([from, to]) => from.endsWith(".a") && to.endsWith(".b")));
  });

  await test.step("again it asks the warehouse once, and leaves nothing there", async () => {
    const before = await catalogue(world);
    const again = await resultOf(world, await dotWarm(world, ["diff", ...places, ...JSON_FORM]));
    assertEquals(await catalogue(world), before);
    const { stdout } = await dotWarm(world, ["diff", ...places, ...JSON_FORM]);
    const { at: _, ...other } = JSON.parse(stdout);
    const { at: __, ...same } = again;
    assertEquals(other, same);
  });

  await test.step("named, all, and as dbt selects", async () => {
    const names = async (...words: string[]) => {
      const ran = await dotWarm(world, ["diff", ...places, ...JSON_FORM, "--no-build", ...words]);
      return (await resultOf(world, ran)).models.map(({ name }) => name);
    };
    assertEquals(await names("b", "c"), ["b", "c"]);
    assertEquals(await names("--", "b"), ["b"]);
    assertEquals(await names("--", "--select", "a+", "--exclude", "c log versions"), ["a", "b"]);
    assertEquals((await names("--all")).includes("beside"), true);
    assertEquals(await names("old_name"), ["new_name"]);
  });

  await test.step("forms, exit codes, and the last result again", async () => {
    const diff = (...words: string[]) => dotWarm(world, ["diff", ...places, ...words]);
    const text = await diff("b", "new_name");
    assertEnded(text);
    assertStringIncludes(text.stdout, "≠ b");
    assertStringIncludes(text.stdout, "= new_name");
    assertStringIncludes(text.stdout, "1 became NULL");
    assertEnded(await diff("--exit-code", "new_name"), 0);
    assertEnded(await diff("--fail-on=schema", "a"), 0);
    assertEnded(await diff("--exit-code", "b"), 1);
    for (
      const [flags, code] of [
        [["--exit-code"], 1],
        [["--fail-on", "added"], 0],
        [["--fail-on", "added,removed"], 1],
        [["--fail-on=schema"], 1],
      ] as const
    ) assertEnded(await diff("--last", ...flags), code);
    const markdown = await dotWarm(world, ["diff", "--last", "--format", "markdown"]);
    assertEnded(markdown);
    assertStringIncludes(markdown.stdout, "<summary>≠ <code>b</code>");
    const page = await diff("--last", "--format", "html", "--output", "diff.html", "--exit-code");
    assertEnded(page, 1);
    assertEquals(page.stdout, "");
    assertStringIncludes(await world.read("diff.html"), "</html>");
    const folder = join(world.repo, ".dot", "diff", `dev@${first}..dev@${second}`);
    assertEquals(((await Deno.stat(folder)).mode ?? 0) & 0o777, 0o700);
    const none = await dotWarm(world, ["diff", `dev@${second}`, `dev@${first}`, "--last"]);
    assertEnded(none, 2);
    assertStringIncludes(none.stderr, "there is no result of");
  });
});

Deno.test("live schemas are compared as they are, and are never built", async () => {
  await using world = await shop({
    "models/b.sql":
      "{{ config(materialized='table') }}\nselect * from {{ ref('a') }} union all select 2\n",
  });
  assertEnded(await dotWarm(world, ["build", "dev"]));
  assertEnded(await dotWarm(world, ["build", "prod"]));
  const equal = await dotWarm(world, ["diff", "dev", "prod", "--all", ...JSON_FORM]);
  const found = await resultOf(world, equal);
  assertEquals(found.models.map(({ method, status }) => [status, method]), [
    ["equal", "hash"],
    ["equal", "hash"],
  ]);
  assertEquals(found.before, { spec: "dev", environment: "dev", commit: null, subject: null });
  await sql(world, "insert into analytics.b values (5)");
  await world.write({ "models/b.sql": "select * from {{ ref('a') }} where id > 1\n" });
  const before = await catalogue(world);
  const ran = await dotWarm(world, ["diff", "dev", "prod", "b", ...JSON_FORM]);
  const { rows } = named(await resultOf(world, ran), "b");
  assertEquals([rows?.before, rows?.added, rows?.removed], [2, 1, 0]);
  // prod was built last, so of dev nothing is known any more.
  assertStringIncludes(
    ran.stderr,
    "warning: in the live schemas of prod these are older than their files: b",
  );
  assertEquals(await catalogue(world), before);
  // The default environment's schemas, and where its branch began.
  const own = await dotWarm(world, ["diff", "--build", ...JSON_FORM]);
  const result = await resultOf(world, own);
  assertEquals([result.before.environment, result.after.spec], ["dev", "dev"]);
  assertEquals(result.before.commit, await world.git("rev-parse", "HEAD"));
  assertEquals(result.models.map(({ name, status }) => [name, status]), [["b", "equal"]]);
  // The files themselves.
  const files = await dotWarm(world, ["diff", "dev@.", "--build", ...JSON_FORM]);
  assertEquals(named(await resultOf(world, files), "b").rows?.after, 0);
});

/** Two live tables for one model, made by SQL. */
async function tables(world: World, before: string, after: string): Promise<void> {
  await sql(
    world,
    `create schema dev; create schema analytics; create table dev.b as ${before}; create table analytics.b as ${after}`,
  );
}

Deno.test("bounds, keys, what counts as equal, and every row in a file", async () => {
  await using world = await shop();
  await tables(
    world,
    "select i as id, i % 10 as kind, i * 1.0 as amount, i::double as score, 'Name ' || i as name, timestamp '2026-01-01' + interval (i) day as loaded_at from range(1, 101) t(i)",
    "select i as id, i % 10 as kind, i * 1.000 + case when i = 50 then 1 else 0 end as amount, i + case when i = 60 then 1e-12 else 0 end as score, upper('Name ' || i) || ' ' as name, timestamp '2026-02-01' + interval (i) day as loaded_at from range(2, 103) t(i)",
  );
  const diff = async (...words: string[]) => {
    const ran = await dotWarm(world, ["diff", "dev", "prod", "b", ...JSON_FORM, ...words]);
    return named(await resultOf(world, ran), "b");
  };
  const loose = ["--ignore-case", "--trim", "--exclude-columns", "LOADED_*"];
  const plain = await diff("--key", "id", ...loose);
  assertEquals(plain.rows, {
    before: 100,
    after: 101,
    added: 2,
    removed: 1,
    changed: 2,
    unchanged: 97,
  });
  assertEquals(plain.columns.filter(({ retyped }) => retyped).map(({ name }) => name), ["amount"]);
  assertEquals(plain.samples.added.map(({ id }) => id), ["101", "102"]);
  assertEquals(
    (await diff("--key", "id", ...loose, "--tolerance", "1e-9")).rows?.changed,
    1,
  );
  assertEquals((await diff("--key", "id", "--samples", "0")).rows?.changed, 99);
  const where = await diff("--key", "id", ...loose, "--where", "kind = 0 -- and no more");
  assertEquals([where.rows?.before, where.rows?.changed], [10, 2]);
  const since = await diff("--key", "id", "--since", "loaded_at", "2026-04-02", ...loose);
  assertEquals([since.rows?.before, since.rows?.after], [10, 43]);
  const limit = await diff("--key", "id", "--limit", "55", ...loose);
  assertEquals([limit.rows?.before, limit.rows?.after, limit.rows?.changed], [55, 54, 1]);
  const bad = await diff("--key", "kind", ...loose, "--tolerance", "1");
  assertEquals([bad.method, bad.key?.duplicates, bad.notes.length], [
    "rows",
    { before: 90, after: 91 },
    1,
  ]);
  assertEquals([bad.rows?.added, bad.rows?.removed], [4, 3]);
  const composite = await diff("--key", "id, kind", ...loose, "--rows", "out.jsonl");
  assertEquals(composite.key?.columns, ["id", "kind"]);
  const lines = (await world.read("out.jsonl")).trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ change, key }) => [change, key.id]), [
    ["removed", "1"],
    ["changed", "50"],
    ["changed", "60"],
    ["added", "101"],
    ["added", "102"],
  ]);
  assertEquals(lines[1].columns, ["amount"]);
  assertEquals([lines[1].before.amount, lines[1].after.amount], ["50.0", "51.000"]);
  assertEquals([lines[0].after, lines[3].before], [null, null]);
  await diff("--key", "id", ...loose, "--rows", "it's out.csv");
  const csv = (await world.read("it's out.csv")).trim().split("\n");
  assertEquals([csv.length, csv[0]], [6, "model,change,times,key,columns,before,after"]);
  await diff("--key", "id", ...loose, "--rows", "it's out.parquet");
  const read = "import duckdb\n" +
    'rows = duckdb.read_parquet("it\'s out.parquet")\n' +
    "print(rows.aggregate('count(*), count(before)').fetchall())";
  const parquet = await world.run(pythonPath(), ["-c", read], {});
  assertEquals(parquet.stdout.trim(), "[(5, 3)]", parquet.stderr);
  // No part of a file stays behind.
  const left = [...Deno.readDirSync(world.repo)].map(({ name }) => name).filter((name) =>
    name.includes("out.")
  );
  assertEquals(left.sort(), ["it's out.csv", "it's out.parquet", "out.jsonl"]);
  const exported = await Deno.stat(join(world.repo, "out.jsonl"));
  assertEquals((exported.mode ?? 0) & 0o077, 0);
});

Deno.test("the counts of two tables that differ in a known way are exact", async () => {
  await using world = await shop();
  const { after, before } = pairOfTables("duckdb", 40_000);
  await tables(world, before, after);
  const ran = await dotWarm(world, ["diff", "dev", "prod", "b", "--key", "id", ...JSON_FORM]);
  assertExact(await resultOf(world, ran), "b", 40_000);
});

Deno.test("a setting leaves columns out for everybody", async () => {
  await using world = await shop({
    "dot_environments.yml":
      "environment:\n  default: dev\n  dev: {target: dev}\n  prod: {target: prod, +diff-exclude: [loaded*]}\n",
  });
  await tables(world, "select 1 as id, 5 as loaded_at", "select 1 as id, 6 as loaded_at");
  const ran = await dotWarm(world, ["diff", "dev", "prod", "b", ...JSON_FORM]);
  const { columns, status } = named(await resultOf(world, ran), "b");
  assertEquals(status, "equal");
  assertEquals(columns.map(({ compared }) => compared), [true, false]);
});

Deno.test("what makes no sense is refused, with a way on, before anything is built", async () => {
  await using world = await shop({
    "profiles.yml": `shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: shop.duckdb, schema: dev}
    prod: {type: duckdb, path: shop.duckdb, schema: analytics}
    far: {type: duckdb, path: far.duckdb, schema: dev}
`,
    "dot_environments.yml":
      "environment:\n  default: dev\n  dev: {target: dev}\n  prod: {target: prod}\n  far: {target: far}\n",
  });
  await tables(world, "select 1 as id", "select 1 as id");
  const cases: [string[], string][] = [
    [["b"], "there is no environment `b`"],
    [["b"], "Models come after a place: dot diff dev b"],
    [["dev@main", "dev@HEAD"], "there is nothing to compare"],
    [["dev@nope"], "nope"],
    [["dev", "prod", "bb"], "Did you mean `b`?"],
    [["dev", "prod", "--", "path:nowhere"], "error[DOT041]: nothing is selected by"],
    [["dev", "prod", "--all", "b"], "do not go together"],
    [["dev", "far"], "live on different servers: the `path` of their profiles differs"],
    [["dev@HEAD", "far@HEAD", "--build"], "live on different servers"],
    [["dev", "prod", "b", "--build", "--no-build"], "leave out one"],
    [["dev", "prod", "b", "--limit", "0"], "is no count"],
    [["dev", "prod", "b", "--tolerance=-1"], "is no number"],
    [["dev", "prod", "b", "--since", "id"], "--since needs two values"],
    [["dev", "prod", "b", "--format", "yaml"], "there is no `yaml`"],
    [["dev", "prod", "b", "--fail-on", "add"], "Did you mean `added`?"],
    [["dev", "prod", "b", "--rows", "out.xls"], ".csv, .jsonl or .parquet"],
    [["dev", "prod", "b", "--rows", "no/where/out.csv"], "no/where"],
    [["--last"], "there is no result to show again"],
  ];
  for (const [words, message] of cases) {
    const ran = await dotWarm(world, ["diff", ...words]);
    assertEnded(ran, 2);
    assertStringIncludes(ran.stderr, message, words.join(" "));
    assertEquals(ran.stdout, "");
    assert(!ran.stderr.includes("    at "), ran.stderr);
  }
  assertEquals(Object.keys(await catalogue(world)).sort(), ["analytics", "dev", "main"]);
  const failing: [string[], string][] = [
    [["--where", "nope = 1"], "nope"],
    [["--key", "nope"], "both sides need a column nope"],
    [["--since", "nope", "1"], "both sides need a column nope"],
    [["--limit", "5"], "--limit needs a key"],
  ];
  for (const [words, message] of failing) {
    const ran = await dotWarm(world, ["diff", "dev", "prod", "b", ...JSON_FORM, ...words]);
    const { reason, status } = named(await resultOf(world, ran, 2), "b");
    assertEquals(status, "failed");
    assertStringIncludes(reason ?? "", message);
  }
});
