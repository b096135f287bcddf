/**
 * `dot diff` on PostgreSQL. Needs a PostgreSQL: DOT_TEST_POSTGRES is its port on the loopback (superuser and password `dot`).
 * `.ci/run` starts one.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertExact, pairOfTables } from "../diff_tables.ts";
import { runSql } from "../oracle/sql.ts";
import { assertEnded } from "../assertions.ts";
import { shop } from "../upkeep.ts";
import { coolDown, dotWarm } from "../warm.ts";

Deno.test.afterAll(coolDown);

const port = Deno.env.get("DOT_TEST_POSTGRES") ?? "";
const DATABASE = "dot_diff";

Deno.test("on PostgreSQL, counts are exact, and nothing is left behind", async () => {
  const output = (schema: string, database = DATABASE) =>
    `{ type: postgres, host: 127.0.0.1, port: ${port}, user: dot, password: dot,` +
    ` dbname: ${database}, schema: ${schema}, threads: 4 }`;
  await using world = await shop({
    "dot_environments.yml":
      "environment:\n  default: dev\n  dev: {target: dev}\n  prod: {target: prod}\n  far: {target: far}\n",
    "profiles.yml": `shop:\n  target: dev\n  outputs:\n    dev: ${output("dev")}\n    prod: ${
      output("prod")
    }\n    far: ${output("dev", "dot")}\n`,
  });
  const ask = (text: string, database = DATABASE) =>
    runSql(world, "postgres", [port, database], text);
  await ask(`drop database if exists ${DATABASE} with (force)`, "dot");
  await ask(`create database ${DATABASE}`, "dot");
  try {
    const n = 40_000;
    const { after, before } = pairOfTables("postgres", n);
    await ask(`
      create schema dev; create schema prod;
      create table dev.b as ${before}; create table prod.b as ${after};
      alter table dev.b add primary key (id); alter table prod.b add primary key (id);
      create view dev.a as select 1 as id, null::json as doc, 1.50 as amount;
      create view prod.a as select 1::bigint as id, '{}'::json as doc, 1.5 as amount;`);
    const ran = await dotWarm(world, ["diff", "dev", "prod", "a", "b", "--format", "json"]);
    assertEnded(ran);
    const result = JSON.parse(ran.stdout);
    assertExact(result, "b", n);
    const [a, b] = result.models;
    assertEquals(b.key.source, "primary key");
    assertEquals([a.method, a.rows.added, a.rows.removed], ["rows", 1, 1]);
    const where = ["diff", "dev", "prod", "a", "--exclude-columns", "doc", "--format", "json"];
    const without = JSON.parse((await dotWarm(world, where)).stdout);
    assertEquals([without.models[0].rows.unchanged, without.models[0].status], [1, "different"]);
    // A table that outlives the run would make this fail.
    await ask("drop schema dev cascade; drop schema prod cascade;");
    const left = "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace" +
      " where n.nspname !~ '^(pg_catalog|pg_toast|information_schema)'";
    await ask(`do $$ begin if (${left}) > 0 then raise 'something is left'; end if; end $$`);
    const far = await dotWarm(world, ["diff", "dev", "far"]);
    assertEnded(far, 2);
    assertStringIncludes(far.stderr, "live in different databases: the `dbname`");
  } finally {
    await ask(`drop database if exists ${DATABASE} with (force)`, "dot");
  }
});
