/**
 * Needs a Trino: DOT_TEST_TRINO is its port on the loopback, with the catalogs `iceberg` (its tables in a PostgreSQL) and
 * `memory`. `.ci/run` starts one where its download is at hand.
 */
import type { Relation } from "../../lib/warehouse/relations.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { findDbt } from "../../lib/dbt/launcher.ts";
import { DbtRunner } from "../../lib/dbt/runner.ts";
import { findWarm } from "../../lib/dbt/warm/warm.ts";
import { DotError } from "../../lib/base/errors.ts";
import { Output } from "../../lib/base/output.ts";
import { createView, dropBuilds, dropRelations } from "../../lib/warehouse/changes.ts";
import { standsOn } from "../../lib/warehouse/dependants.ts";
import { Warehouse } from "../../lib/warehouse/warehouse.ts";
import { inVenv } from "../setup.ts";
import { assertExact, pairOfTables } from "../diff_tables.ts";
import { assertEnded } from "../assertions.ts";
import { type Ran, ROOT, World } from "../harness.ts";
import { IGNORING } from "../project.ts";
import { quoted } from "../sql.ts";
import { coolDown, warmEnv } from "../warm.ts";

const port = Deno.env.get("DOT_TEST_TRINO") ?? "";
const venv = join(ROOT, ".cache", "dbt-trino");
const DBT = { DOT_DBT: inVenv(venv, "dbt") };

Deno.test.afterAll(coolDown);

/** Not a commit of anybody's. */
const HASH = "_0123abc";

const CLIENT = `
import json, sys, trino
c = trino.dbapi.connect(host="127.0.0.1", port=int(sys.argv[1]), user="dot").cursor()
for statement in json.load(sys.stdin):
    c.execute(statement)
    rows = c.fetchall()
print(json.dumps(rows, default=str))
`;

/** Run statements as somebody else would, without dbt; the rows of the last. */
async function sql(world: World, ...statements: string[]): Promise<unknown[][]> {
  const stdin = JSON.stringify(statements);
  const ran = await world.run(inVenv(venv, "python"), ["-c", CLIENT, port], { stdin });
  assertEquals(ran.code, 0, ran.stderr);
  return JSON.parse(ran.stdout);
}

/** The schemas of a catalog whose names begin with something, sorted. */
async function schemasOf(world: World, catalog: string, prefix: string): Promise<string[]> {
  const rows = await sql(world, `show schemas from ${catalog}`);
  return rows.map(([name]) => String(name)).filter((name) => name.startsWith(prefix)).sort();
}

/** Everything in a schema: names, types, and the rows of each. */
async function contents(world: World, schema: string): Promise<unknown[]> {
  const tables = await sql(
    world,
    `select table_name, table_type from iceberg.information_schema.tables where table_schema = '${schema}' order by 1`,
  );
  const rows = await sql(world, `select * from iceberg.${schema}.a`);
  return [tables, rows];
}

/** A test with a world and names of its own in a catalog, which go afterwards. */
async function withTrino(
  catalog: string,
  test: (world: World, prefix: string) => Promise<void>,
): Promise<void> {
  const prefix = `t${crypto.randomUUID().slice(0, 6)}_`;
  const output = (schema: string) =>
    `{type: trino, method: none, user: dot, host: 127.0.0.1, port: ${port}, database: ${catalog}, schema: ${prefix}${schema}, threads: 4}`;
  await using world = await World.withProject({
    ...IGNORING,
    "dot_environments.yml":
      "environment:\n  default: dev\n  dev: {target: dev}\n  prod: {target: prod, +keep-relations: [kept_*]}\n",
    "profiles.yml": `shop:\n  target: dev\n  outputs:\n    dev: ${output("dev")}\n    prod: ${
      output("Prod")
    }\n`,
    "models/marts/c.sql":
      "{{ config(materialized='table', schema='marts') }}\nselect id, 'x' as name from {{ ref('b') }}\n",
    "seeds/numbers.csv": "id,amount\n1,1.5\n2,\n",
  });
  try {
    await test(world, prefix);
  } finally {
    for (const one of [catalog, "iceberg"]) {
      for (const schema of await schemasOf(world, one, prefix)) {
        await sql(world, `drop schema ${one}.${quoted(schema)} cascade`);
      }
    }
  }
}

async function warehouseOf(world: World, catalog: string): Promise<Warehouse> {
  const env = world.env({ ...await warmEnv(), ...DBT });
  const sink = { isTerminal: () => false, write: () => {} };
  const out = new Output({ stdout: sink, stderr: sink, env: {} });
  const launcher = await findDbt({ env, cwd: world.repo, folders: [] });
  return new Warehouse({
    runner: new DbtRunner(await findWarm(launcher, env), false, out),
    launcher,
    cwd: world.repo,
    env,
    profilesDir: world.repo,
    profile: "shop",
    target: "dev",
    adapter: "trino",
    words: [],
    folder: join(world.folder, "control", catalog),
  });
}

async function dot(world: World, args: string[], code = 0): Promise<Ran> {
  const ran = await world.dot(args, { env: { ...await warmEnv(), ...DBT } });
  assertEnded(ran, code);
  return ran;
}

for (const catalog of ["iceberg", "memory"]) {
  Deno.test(`every operation of the warehouse, in the catalog ${catalog}`, () =>
    withTrino(catalog, async (world, prefix) => {
      const warehouse = await warehouseOf(world, catalog);
      const database = catalog;
      const [schema, other] = [`${prefix}a`, `${prefix}b`];
      // Trino writes all names in lower case.
      const odd = `o'd"d né-1`;
      const path = (name: string, of = schema) => `${catalog}.${quoted(of)}.${quoted(name)}`;
      const row = (name: string, type: string, of = schema): Relation => ({
        ...{ database, schema: of, name, type },
        ...{ bytes: undefined, created: undefined, inherits: [] },
      });
      await sql(
        world,
        `create schema ${catalog}.${quoted(schema)}`,
        `create schema ${catalog}.${quoted(other)}`,
        `create table ${
          path("t")
        } as select 1 as id, decimal '1.50' as d, cast('x' as varchar(7)) as s`,
        `create table ${path(odd.toUpperCase())} as select 1 as "Mixed Case", true as "o""ne"`,
        `create view ${path("v")} as select * from ${path("t")}`,
        `create view ${path("w", other)} as select * from ${path(odd)}`,
      );

      const schemas = await warehouse.schemas([database]);
      for (const name of [schema, other]) {
        assert(schemas.some((one) => one.schema === name && one.database === database), name);
      }
      const listed = [row(odd, "table"), row("t", "table"), row("v", "view")];
      const asked = [{ database, schema: schema.toUpperCase() }, { database, schema: "gone" }];
      const survey = await warehouse.survey(asked, { dependants: true });
      const byName = (a: Relation, b: Relation) => a.name < b.name ? -1 : 1;
      assertEquals(survey.relations.sort(byName), listed.sort(byName));
      const readers = (name: string) =>
        survey.dependants.filter((one) => standsOn(one, { schema, name }))
          .map((one) => `${one.schema}.${one.name}`);
      assertEquals([readers("t"), readers("v"), readers(odd)], [
        [`${schema}.v`],
        [],
        [`${other}.w`],
      ]);
      assertEquals(
        survey.dependants.filter((one) => standsOn(one, { schema })).map(({ name }) => name).sort(),
        ["v", "w"],
      );

      const columns = await warehouse.columns([row("t", "table"), row(odd, "table")]);
      assertEquals(columns.map(({ relation, name, type }) => [relation, name, type]), [
        [odd, "mixed case", "integer"],
        [odd, 'o"ne', "boolean"],
        ["t", "id", "integer"],
        ["t", "d", "decimal(3,2)"],
        ["t", "s", catalog === "iceberg" ? "varchar" : "varchar(7)"],
      ]);

      // Names as they are listed, the odd ones too; a view of that name is replaced, a table is not.
      const view = { database, schema: other, name: odd };
      await createView(warehouse.connection, view, `select 1 as x`);
      await createView(warehouse.connection, view, `select '%s' as y -- {{ no }}`);
      assertEquals(await sql(world, `select y from ${path(odd, other)}`), [["%s"]]);
      const refused = await createView(
        warehouse.connection,
        { database, schema, name: "t" },
        "select 1 as x",
      )
        .then(() => undefined, (error: unknown) => error);
      assert(refused instanceof DotError);
      assertStringIncludes(refused.message, `Table already exists: '${catalog}.${schema}.t'`);

      const answers = await warehouse.queries([
        `select id, d from ${path("t")}`,
        "select nope",
        "select 9007199254740993, '007', null, date '2026-01-02', 'é{{ x }}%s'",
        `select * from ${path("gone")}`,
      ]);
      assertEquals(answers.map((one) => one instanceof DotError ? undefined : one), [
        [["1", "1.50"]],
        undefined,
        [["9007199254740993", "007", null, "2026-01-02", "é{{ x }}%s"]],
        undefined,
      ]);
      const [, nope, , gone] = answers;
      assert(nope instanceof DotError && gone instanceof DotError);
      assertStringIncludes(nope.message, "Column 'nope' cannot be resolved");
      assertStringIncludes(gone.message, `Table '${catalog}.${schema}.gone' does not exist`);

      // One that cannot be dropped does not stop the rest.
      let count = 0;
      const failures = await dropRelations(
        warehouse.connection,
        [row("t", "view"), row(odd, "view", other), row(odd, "table"), row("gone", "table")],
        (done) => count = done,
      );
      const [failure = ["", ""], ...more] = [...failures];
      assertEquals([failure[0], more, count], [JSON.stringify([database, schema, "t"]), [], 3]);
      assertStringIncludes(failure[1], "a table with that name exists");
      assertEquals(await warehouse.relations([{ database, schema }, { database, schema: other }]), [
        row("t", "table"),
        row("v", "view"),
        row("w", "view", other),
      ]);

      const builds = [`${prefix}c${HASH}`, `${prefix}c${HASH}_o'n"e`, `${prefix}d${HASH}`];
      for (const build of builds) {
        await sql(
          world,
          `create schema ${catalog}.${quoted(build)}`,
          `create table ${path(odd, build)} as select 1 as id`,
          `create view ${path("v", build)} as select * from ${path(odd, build)}`,
        );
      }
      const [c = "", named = "", d = ""] = builds;
      if (catalog === "memory") {
        await sql(world, `create function ${path("f", c)}(x bigint) returns bigint return x`);
      }
      const left = await dropBuilds(warehouse.connection, [
        {
          key: "c",
          database,
          schemas: [c, named, `${prefix}gone${HASH}`],
          suffix: HASH,
          relations: 4,
        },
      ]);
      assertEquals([...left], []);
      assertEquals(await schemasOf(world, catalog, prefix), [schema, other, d]);
      const wrong = await dropBuilds(warehouse.connection, [
        { key: "a", database, schemas: [schema], suffix: HASH, relations: 1 },
      ]);
      assertStringIncludes(wrong.get("a") ?? "", `the schema ${schema} is no build of ${HASH}`);
      assertEquals(await schemasOf(world, catalog, prefix), [schema, other, d]);
    }));
}

Deno.test("isolated builds are built, listed, kept for a view that reads them, and pruned", () =>
  withTrino("iceberg", async (world, prefix) => {
    const first = await world.git("rev-parse", "--short", "HEAD");
    await dot(world, ["build", "prod"]);
    await world.write({ "models/a.sql": "select 2 as id\n" });
    const second = await world.commit("Change");
    const live = await contents(world, `${prefix}prod`);
    await dot(world, ["build", "prod@HEAD~1"]);
    await dot(world, ["build", "prod@HEAD"]);
    assertEquals(await contents(world, `${prefix}prod`), live);
    const of = (short: string) => [`${prefix}prod_${short}`, `${prefix}prod_${short}_marts`];
    const lived = [`${prefix}prod`, `${prefix}prod_marts`];
    const all = [...lived, ...of(first), ...of(second)].sort();
    assertEquals(await schemasOf(world, "iceberg", prefix), all);
    assertEquals(await sql(world, `select * from iceberg.${of(second)[1]}.c`), [[2, "x"]]);

    const { builds: made } = JSON.parse((await dot(world, ["builds", "--json"])).stdout);
    assertEquals(
      made.map((one: { name: string; complete: boolean; schemas: { present: boolean }[] }) => [
        one.name,
        one.complete,
        one.schemas.map(({ present }) => present),
      ]),
      [[`prod@${second}`, true, [true, true]], [`prod@${first}`, true, [true, true]]],
    );

    // Trino keeps no track: a view would only break.
    await sql(
      world,
      `create schema iceberg.${prefix}theirs`,
      `create view iceberg.${prefix}theirs.report as select * from iceberg.${of(first)[0]}.b`,
    );
    const kept = await dot(world, ["prune", "--yes", `prod@${first}`], 1);
    assertStringIncludes(kept.stdout, `${prefix}theirs.report reads ${of(first)[0]}`);
    const rest = await dot(world, ["prune", "--yes", "--all"]);
    assertStringIncludes(rest.stdout, `${of(second)[0]} (3), ${of(second)[1]} (1)`);
    const theirs = `${prefix}theirs`;
    assertEquals(
      await schemasOf(world, "iceberg", prefix),
      [...lived, ...of(first), theirs].sort(),
    );
    await sql(world, `drop view iceberg.${theirs}.report`);

    // A machine that starts empty: the proof is the name alone.
    await Deno.remove(join(world.repo, ".dot"), { recursive: true });
    await world.git("worktree", "prune");
    const lookAlikes = [`${prefix}prod_0123abcd`, `${prefix}other_${first}`];
    for (const one of lookAlikes) await sql(world, `create schema iceberg.${one}`);
    const plan = await dot(world, ["prune", "prod", "--warehouse", "--all", "--yes", "--json"]);
    const { builds, foreign } = JSON.parse(plan.stdout);
    assertEquals(builds.map((one: { name: string; removed: boolean }) => [one.name, one.removed]), [
      [`prod@${first}`, true],
    ]);
    const foreigners = new Set<string>(foreign.map((one: { schema: string }) => one.schema));
    assertEquals(
      [...foreigners].filter((name) => name.startsWith(prefix)).sort(),
      lookAlikes.toSorted(),
    );
    assertEquals(
      await schemasOf(world, "iceberg", prefix),
      [...lived, theirs, ...lookAlikes].sort(),
    );
    assertEquals(await contents(world, `${prefix}prod`), live);
  }));

Deno.test("strays are listed and dropped, in the order in which they stand on each other", () =>
  withTrino("iceberg", async (world, prefix) => {
    await dot(world, ["build", "prod"]);
    const live = `${prefix}prod`;
    const at = (name: string) => `iceberg.${live}.${quoted(name)}`;
    const odd = `o'd"d né`;
    await sql(
      world,
      `create table ${at("base")} as select 1 as id`,
      `create view ${at("above")} as select * from ${at("base")}`,
      `create table ${at(odd)} as select 1 as id`,
      `create table ${at("kept_one")} as select 1 as id`,
      `create table ${at("read")} as select 1 as id`,
      `create schema iceberg.${prefix}theirs`,
      `create view iceberg.${prefix}theirs.report as select * from ${at("read")}`,
    );
    const found = await dot(world, ["tidy", "prod", "--json", "--exit-code"], 1);
    const { strays } = JSON.parse(found.stdout);
    assertEquals(
      strays.map((one: { name: string; type: string; read_by: string[] }) => [
        one.name,
        one.type,
        one.read_by,
      ]).sort(),
      [
        ["above", "view", []],
        ["base", "table", []],
        [odd, "table", []],
        ["read", "table", [`${prefix}theirs.report`]],
      ].sort(),
    );
    const dropped = await dot(world, ["tidy", "prod", "--drop", "--yes"]);
    assertStringIncludes(dropped.stderr, "dropped 3 relations");
    const rows = await sql(
      world,
      `select table_name from iceberg.information_schema.tables where table_schema = '${live}' order by 1`,
    );
    assertEquals(rows.flat(), ["a", "b", "kept_one", "numbers", "read"]);
    assertEquals(await sql(world, `select id from iceberg.${prefix}theirs.report`), [[1]]);
  }));

Deno.test("the counts of a diff are exact, and values of Trino's own types are compared", () =>
  withTrino("iceberg", async (world, prefix) => {
    const n = 20_000;
    const [dev, prod] = [`iceberg.${prefix}dev`, `iceberg.${prefix}prod`];
    const { after, before } = pairOfTables("trino", n);
    const odd = (price: string, list: string) =>
      `select 1 as id, ${price} as price, ${list} as list, nan() as n, x'0aff' as bytes, timestamp '2026-01-01 01:00:00.123456 +01:00' as at`;
    await sql(
      world,
      `create schema ${dev}`,
      `create schema ${prod}`,
      `create table ${dev}.b as ${before}`,
      `create table ${prod}.b as ${after}`,
      `create table ${dev}.a as ${odd("decimal '1.50'", "array[1, 2]")}`,
      `create table ${prod}.a as ${odd("decimal '1.500'", "array[1, 3]")}`,
    );
    const diff = async (...words: string[]) =>
      JSON.parse((await dot(world, ["diff", "dev", "prod", ...words, "--format", "json"])).stdout);
    const result = await diff("a", "b", "--key", "id");
    assertExact(result, "b", n);
    const [a] = result.models;
    assertEquals([a.method, a.rows.changed], ["key", 1]);
    const changed = a.columns.filter((column: { changed: number }) => column.changed > 0);
    assertEquals(changed.map(({ name }: { name: string }) => name), ["list"]);
    assertEquals(a.samples.changed[0].columns.list, { before: "[1,2]", after: "[1,3]" });
    const whole = await diff("a");
    assertEquals([whole.models[0].method, whole.models[0].rows.added], ["rows", 1]);
  }));
