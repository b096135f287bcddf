/** `dot diff` on DuckDB finds what brute force finds, over random pairs of tables. */
import { World } from "../harness.ts";
import { coolDown } from "../warm.ts";
import { holdToOracle } from "../oracle/hold.ts";

const FILE = "pairs.duckdb";

Deno.test.afterAll(coolDown);

Deno.test("on DuckDB, a diff of random tables finds what brute force finds", async (t) => {
  await using world = await World.make();
  const output = (schema: string) =>
    `{ type: duckdb, path: ${FILE}, schema: ${schema}, threads: 2 }`;
  const profiles = `shop:\n  target: left\n  outputs:\n    left: ${output("left")}\n    right: ${
    output("right")
  }\n`;
  await holdToOracle(t, world, "duckdb", [FILE], profiles);
});
