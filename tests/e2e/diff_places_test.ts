/** `dot diff`: what may be taken from where, so that no model is built on what differs. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { DiffResult } from "../../lib/diff/result.ts";
import { assertEnded } from "../assertions.ts";
import { catalogue, sql } from "../duckdb.ts";
import { dbtPath, type Ran, World } from "../harness.ts";
import { until } from "../running.ts";
import { shop } from "../upkeep.ts";
import { coolDown, dotWarm } from "../warm.ts";

Deno.test.afterAll(coolDown);

const ENVIRONMENTS = `environment:
  default: dev
  dev: {target: dev, vars: {n: 1}}
  prod: {target: prod, vars: {n: 1}}
  same: {target: dev, vars: {n: 100}}
`;

/** A chain behind a source, one behind a variable, one behind the target, and one that is the same everywhere. */
const FILES: Record<string, string> = {
  "dot_environments.yml": ENVIRONMENTS,
  "models/sources.yml":
    'sources: [{name: raw, schema: "raw_{{ target.name }}", tables: [{name: s}]}]\n',
  "models/from_source.sql": "select * from {{ source('raw', 's') }}\n",
  "models/behind_source.sql": "select * from {{ ref('from_source') }}\n",
  "models/value.sql": "select {{ var('n') }} as v\n",
  "models/behind_value.sql": "select * from {{ ref('value') }}\n",
  "models/target_name.sql": "select '{{ target.name }}' as t\n",
  "models/behind_target.sql": "select * from {{ ref('target_name') }}\n",
};

/** Nothing comes out of here but JSON. */
function statuses(ran: Ran, code = 0): Record<string, string> {
  assertEnded(ran, code);
  const result: DiffResult = JSON.parse(ran.stdout);
  return Object.fromEntries(
    result.models.map(({ name, rows, status }) => [
      name,
      rows === null ? status : `${status} ${rows.added}/${rows.removed}`,
    ]),
  );
}

/** The shop, and a source for each of its targets. */
async function withSources(): Promise<World> {
  const world = await shop(FILES);
  await sql(
    world,
    "create schema raw_dev; create schema raw_prod; create table raw_dev.s as select 1 as i; create table raw_prod.s as select 2 as i;",
  );
  return world;
}

Deno.test("between environments nothing is lent that depends on them, and one schema is no two places", async () => {
  await using world = await withSources();
  const json = ["--format", "json", "--build"];
  const one = await dotWarm(world, ["diff", "same@HEAD", "dev@HEAD", ...json]);
  assertEnded(one, 2);
  assertStringIncludes(one.stderr, "are one place: both are built into the schema");
  assertEquals(Object.keys(await catalogue(world)).sort(), ["main", "raw_dev", "raw_prod"]);
  const ran = await dotWarm(world, ["diff", "dev@HEAD", "prod@HEAD", ...json]);
  assertEquals(statuses(ran), {
    behind_source: "different 1/1",
    behind_target: "different 1/1",
    from_source: "different 1/1",
    target_name: "different 1/1",
  });
  // What is one relation for both is not compared with itself.
  assertEnded(await dotWarm(world, ["run", "dev", "--", "-s", "value"]));
  const live = await dotWarm(world, ["diff", "same", "dev", "value", "--format", "json"]);
  assertEquals(statuses(live), { value: "skipped" });
  // Built with other values, it is built again.
  assertEnded(await dotWarm(world, ["run", "dev@HEAD", "--", "--vars", "{n: 9}", "-s", "value"]));
  const again = await dotWarm(world, ["diff", "dev@HEAD", "prod@HEAD", "value", ...json]);
  assertStringIncludes(again.stderr, "to build in dev@");
  assertEquals(statuses(again), { value: "equal 0/0" });
});

Deno.test("live schemas lend what is there and is as new as its code, and nothing is built for what they lack", async () => {
  await using world = await withSources();
  const diff = (...words: string[]) =>
    dotWarm(world, ["diff", "dev", "dev@HEAD", ...words, "--format", "json", "--build"]);
  const never = await diff("behind_value");
  assertEquals(statuses(never, 2), { behind_value: "failed" });
  assertStringIncludes(never.stdout, 'there is no relation of it in dev"');
  assertEquals(await world.has(".dot/build"), true);
  assertEquals(Object.keys(await catalogue(world)).some((name) => /^dev_/.test(name)), false);
  assertEnded(await dotWarm(world, ["run", "dev"]));
  const lent = await diff("behind_value");
  assertStringIncludes(lent.stderr, "comes from the live schemas of dev");
  assertEquals(statuses(lent), { behind_value: "equal 0/0" });
  await world.write({ "models/value.sql": "select {{ var('n') }} + 1 as v\n" });
  await world.commit("Another value");
  const newer = await diff("behind_value");
  assertStringIncludes(newer.stderr, "behind_value, value\n");
  assertEquals(statuses(newer), { behind_value: "different 1/1" });
});

Deno.test("what an environment leaves out is built all the same, and a sample is no build", async () => {
  await using world = await withSources();
  const json = ["--format", "json", "--build"];
  await world.write({
    "dot_environments.yml": ENVIRONMENTS.replace(
      "dev: {target: dev,",
      "dev: {target: dev, exclude: value, empty: true,",
    ),
    "models/behind_value.sql": "select v + 1 as v from {{ ref('value') }}\n",
  });
  await world.commit("Leave out");
  const ran = await dotWarm(world, ["diff", "dev@HEAD~1", "dev@HEAD", "behind_value", ...json]);
  assertEquals(statuses(ran), { behind_value: "different 1/1" });
});

Deno.test({
  name: "Ctrl-C while it builds ends all of it, with 130 and JSON",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using world = await World.withProject({
      ".gitignore": "target/\nlogs/\n.dot/\n*.duckdb\n",
      "models/slow.sql":
        "select count(*) as n from range(400000) a, range(400000) b where a.range + b.range = 7\n",
    });
    await world.write({ "models/other.sql": "select 1 as id\n" });
    await world.commit("More");
    await using dot = world.spawnDot([
      ...["diff", "dev@HEAD~1", "dev@HEAD", "b", "--build", "--format", "json"],
    ], { env: { DOT_DBT: dbtPath() } });
    const builds = join(world.repo, ".dot", "build");
    await until(
      async () => {
        const names = await Array.fromAsync(Deno.readDir(builds), ({ name }) => name)
          .catch(() => []);
        const begun = names.map((name) => world.has(`.dot/build/${name}/env/dev/logs/dbt.log`));
        return (await Promise.all(begun)).includes(true);
      },
      "dbt builds",
      dot,
    );
    dot.kill("SIGINT");
    const { code, stderr, stdout } = await dot.end();
    assertEquals(code, 130, stderr);
    assertEquals(JSON.parse(stdout).error.message, "interrupted");
  },
});
