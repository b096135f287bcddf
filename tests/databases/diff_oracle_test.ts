/**
 * `dot diff` on PostgreSQL finds what brute force finds, over random pairs of tables. Needs a PostgreSQL: DOT_TEST_POSTGRES
 * is its port on the loopback (superuser and password `dot`). `.ci/run` starts one.
 */
import { World } from "../harness.ts";
import { coolDown } from "../warm.ts";
import { holdToOracle } from "../oracle/hold.ts";
import { runSql } from "../oracle/sql.ts";

const port = Deno.env.get("DOT_TEST_POSTGRES") ?? "";
const DATABASE = "dot_diff_oracle";

Deno.test.afterAll(coolDown);

Deno.test("on PostgreSQL, a diff of random tables finds what brute force finds", async (t) => {
  await using world = await World.make();
  const sql = (text: string) => runSql(world, "postgres", [port, "dot"], text);
  const output = (schema: string) =>
    `{ type: postgres, host: 127.0.0.1, port: ${port}, user: dot, password: dot,` +
    ` dbname: ${DATABASE}, schema: ${schema}, threads: 2 }`;
  const profiles = `shop:\n  target: left\n  outputs:\n    left: ${output("left")}\n    right: ${
    output("right")
  }\n`;
  await sql(`drop database if exists ${DATABASE} with (force)`);
  await sql(`create database ${DATABASE}`);
  try {
    await holdToOracle(t, world, "postgres", [port, DATABASE], profiles);
  } finally {
    await sql(`drop database if exists ${DATABASE} with (force)`);
  }
});
