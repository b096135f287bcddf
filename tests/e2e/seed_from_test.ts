/** `--seed-from`: incremental models and snapshots begin with what another place holds, with real dbt. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertEnded } from "../assertions.ts";
import { catalogue, sql } from "../duckdb.ts";
import type { World } from "../harness.ts";
import { shop } from "../upkeep.ts";
import { coolDown, dotWarm } from "../warm.ts";

Deno.test.afterAll(coolDown);

/** An incremental model that says whether a row came by its incremental path, and a snapshot. */
const INCREMENTAL: Record<string, string> = {
  "models/a.sql": "select 1 as id\n",
  "models/b.sql": "{{ config(materialized='table') }}\nselect * from {{ ref('a') }}\n",
  "models/log.sql": `{{ config(materialized='incremental', unique_key='id') }}
select id, {{ is_incremental() }} as later from {{ ref('b') }}
{% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}
`,
  "models/coloured.sql": `{{ config(materialized='incremental') }}
select id, '{{ var("colour") }}' as colour, {{ is_incremental() }} as later from {{ ref('b') }}
`,
  "models/pair.sql": `{{ config(materialized='incremental', schema='Odd name') }}
select id, {{ is_incremental() }} as later from {{ ref('log') }}
`,
  // A row that it reads nowhere.
  "models/made.sql": `{{ config(materialized='incremental') }}
select id, {{ is_incremental() }} as later from {{ ref('b') }}
{% if is_incremental() %} where id > (select max(id) from {{ this }})
{% else %} union all select 0, false {% endif %}
`,
  "snapshots/old.sql": `{% snapshot old %}
{{ config(unique_key='id', strategy='check', check_cols=['name']) }}
select id, case when id = 1 then 'one' else 'more' end as name from {{ ref('b') }}
{% endsnapshot %}
`,
  "dbt_project.yml":
    'name: shop\nversion: "1.0"\nprofile: shop\nvars: {colour: red}\nflags: {send_anonymous_usage_stats: false}\n',
};

/** Two rows in place of one, so that there is something to add. */
const MORE = "select 1 as id union all select 2 as id\n";

/** A first commit that is built, and a second one that is not. */
async function builtOnce(): Promise<{ world: World; first: string; second: string }> {
  const world = await shop(INCREMENTAL);
  const first = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await dotWarm(world, ["build", "dev@HEAD"]));
  await world.write({ "models/a.sql": MORE });
  await world.commit("More rows");
  return { world, first, second: await world.git("rev-parse", "--short", "HEAD") };
}

async function rows(world: World, schema: string, name: string): Promise<unknown[][]> {
  const [, found] = (await catalogue(world))[schema]?.[name] ?? [];
  return (found as unknown[][]).map((row) => row.slice(0, 3));
}

Deno.test("a fresh build takes the incremental path, from another build and from live schemas", async () => {
  const { world, first, second } = await builtOnce();
  await using _ = world;
  const before = (await catalogue(world))[`dev_${first}`];
  const seeded = await dotWarm(world, ["build", "dev@HEAD", "--seed-from", `dev@${first}`]);
  assertEnded(seeded);
  assertStringIncludes(seeded.stderr, `copying 5 tables from dev@${first}`);
  assertEquals(await rows(world, `dev_${second}`, "log"), [[1, false], [2, true]]);
  assertEquals(await rows(world, `dev_${second}_Odd name`, "pair"), [[1, false], [1, true], [
    2,
    true,
  ]]);
  assertEquals(await rows(world, `dev_${second}`, "made"), [[0, false], [1, false], [2, true]]);
  const snapshot = (await catalogue(world))[`dev_${second}`]?.["old"]?.[1] as unknown[][];
  const [old] = before?.["old"]?.[1] as unknown[][];
  assertEquals(snapshot[0], old);
  assertEquals(snapshot.length, 2);
  assertEquals((await catalogue(world))[`dev_${first}`], before);
  assertEquals(await world.has(`.dot/build/${second}/env/dev/seeding.json`), false);

  // What is there stays.
  const again = await dotWarm(world, ["build", "dev@HEAD", "--seed-from", `dev@${first}`]);
  assertEnded(again);
  assertStringIncludes(again.stderr, "log is there already, and stays as it is");
  assertEquals(await rows(world, `dev_${second}`, "log"), [[1, false], [2, true]]);

  // Live schemas: their code is that of the default branch.
  assertEnded(await dotWarm(world, ["build", "prod"]));
  await world.git("switch", "--quiet", "--create", "feature");
  await world.write({
    "models/a.sql": `${MORE.trim()} union all select 3 as id\n`,
    "models/pair.sql": `${INCREMENTAL["models/pair.sql"]}-- other\n`,
    "dot_environments.yml":
      "environment:\n  default: dev\n  dev: {target: dev, vars: {colour: blue}}\n  prod: {target: prod}\n",
  });
  await world.commit("On a branch");
  const third = await world.git("rev-parse", "--short", "HEAD");
  const live = await dotWarm(world, [
    ...["build", "dev@HEAD", "--modified", "--seed-from", "prod"],
    ...["--", "--exclude", "old"],
  ]);
  assertEnded(live);
  for (
    const line of [
      "pair is built from nothing: its body differs",
      "coloured is built from nothing: its var differs",
      "copying 2 tables from the live schemas of prod",
    ]
  ) assertStringIncludes(live.stderr, line);
  assertEquals(await rows(world, `dev_${third}`, "log"), [[1, false], [2, false], [3, true]]);
  assertEquals((await catalogue(world))[`dev_${third}`]?.["old"], undefined);
  assertEquals(
    await rows(world, `dev_${third}_Odd name`, "pair"),
    [[1, false], [2, false], [3, false]],
  );
});

Deno.test("what a killed copy left is dropped, and built whole", async () => {
  const { world, second } = await builtOnce();
  await using _ = world;
  await world.fakeDbt();
  assertEnded(await world.dot(["parse", "dev@HEAD"]));
  const schema = `dev_${second}`;
  await sql(world, `create schema ${schema}; create table ${schema}.log (id int, later boolean);`);
  await world.write({
    [`.dot/build/${second}/env/dev/seeding.json`]: JSON.stringify([
      { database: "shop", schema, name: "log" },
      { database: "shop", schema, name: "coloured" },
    ]),
  });
  assertEnded(await dotWarm(world, ["build", "dev@HEAD"]));
  assertEquals(await rows(world, schema, "log"), [[1, false], [2, false]]);
  assertEquals(await world.has(`.dot/build/${second}/env/dev/seeding.json`), false);
});

Deno.test("what cannot be copied is built from nothing, or refused, with the reason", async () => {
  const { world, first, second } = await builtOnce();
  await using _ = world;
  const refused = async (args: string[], ...words: string[]) => {
    const ran = await dotWarm(world, args);
    assertEquals([ran.code, ran.stdout], [2, ""], ran.stderr);
    for (const text of words) assertStringIncludes(ran.stderr, text);
  };
  const from = ["--seed-from", `dev@${first}`];
  await refused(["build", "dev", ...from], "fills the schemas of an isolated build", "dev@HEAD");
  await refused(["test", "dev@HEAD", ...from], "`dbt test` builds no incremental model");
  await refused(["build", "dev@HEAD", ...from, "--", "--full-refresh"], "leave out one");
  await refused(["build", "dev@HEAD", "--seed-from", "dev@HEAD"], "there is no build");
  await refused(["build", `dev@${first}`, ...from], "names the build itself");
  await refused(["build", "dev@HEAD", "--seed-from", "nowhere"], "nowhere");
  await refused(["build", "dev@HEAD", "--seed-from", "nowhere@HEAD"], "nowhere");
  assertEquals(Object.keys(await catalogue(world)).includes(`dev_${second}`), false);

  await sql(world, `drop table dev_${first}.log; create view dev_${first}.log as select 1 as id;`);
  const ran = await dotWarm(world, ["build", "dev@HEAD", ...from, "--", "--select", "+log"]);
  assertEnded(ran);
  assertStringIncludes(ran.stderr, `log is built from nothing: dev@${first} has no table of it`);
  assertStringIncludes(ran.stderr, `nothing is copied from dev@${first}`);
  assertEquals(await rows(world, `dev_${second}`, "log"), [[1, false], [2, false]]);

  assertEnded(await dotWarm(world, ["build", `prod@${first}`, "--", "--empty"]));
  const part = await dotWarm(world, [
    ...["build", "dev@HEAD", "--seed-from", `prod@${first}`],
    ...["--", "--select", "made"],
  ]);
  assertStringIncludes(
    part.stderr,
    `made is built from nothing: prod@${first} does not hold it whole`,
  );

  await world.write({
    "profiles.yml": (await world.read("profiles.yml")).replace("shop.duckdb", "other.duckdb"),
  });
  assertEnded(await dotWarm(world, ["build", "prod"]));
  await refused(
    ["build", "dev@HEAD", "--seed-from", "prod"],
    "--seed-from prod leads to another server: its `path` differs",
  );
});
