/** A run that comes to no node leaves the record of its build as it was. */
import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { holdOpen } from "../duckdb.ts";
import type { World } from "../harness.ts";
import { start } from "../project.ts";
import { shop } from "../upkeep.ts";
import { coolDown, dotWarm } from "../warm.ts";

Deno.test.afterAll(coolDown);

const NODES = JSON.stringify({ "model.shop.a": "success", "model.shop.b": "success" });
/** What dbt 1 logs before it comes to a node. */
const BEGINNING = "\n12:00 [info ] [MainThread]: Running with dbt=1.11.2\n" +
  "12:00 [debug] [MainThread]: Acquiring new duckdb connection\n" +
  "12:00 [info ] [MainThread]: Concurrency: 4 threads (target='dev')\n" +
  "12:00 [debug] [MainThread]: Began running node operation.shop.shop-on-run-start-0\n";

async function record(world: World): Promise<{ state: string; nodes: Record<string, string> }> {
  const short = await world.git("rev-parse", "--short", "HEAD");
  return JSON.parse(await world.read(`.dot/build/${short}/env/dev/build.json`));
}

Deno.test("where the database is in use, or the project broken by a variable, a build stays whole", async () => {
  await using world = await shop({
    "models/c.sql": "select {{ var('x', 1) if var('x', 1) != 2 else ref('nowhere') }} as id\n",
  });
  assertEquals((await dotWarm(world, ["build", "dev@HEAD"])).code, 0);
  const before = await record(world);
  assertEquals(before.state, "complete");
  await using holder = await holdOpen(world);
  const inUse = await dotWarm(world, ["build", "dev@HEAD"]);
  assertNotEquals(inUse.code, 0);
  assertStringIncludes(inUse.stdout + inUse.stderr, "lock");
  assertEquals(await record(world), before);
  const other = await dotWarm(world, ["run", "dev@HEAD", "--", "--vars", "{x: 3}"]);
  assertNotEquals(other.code, 0);
  assertEquals(await record(world), before);
  holder.kill("SIGKILL");
  await holder.end();
  // What selects nothing, with other variables, makes no other build of it.
  const none = ["run", "dev@HEAD", "--", "--vars", "{x: 3}", "--select", "tag:none"];
  assertEquals((await dotWarm(world, none)).code, 0);
  assertEquals(await record(world), before);
  const broken = await dotWarm(world, ["run", "dev@HEAD", "--", "--vars", "{x: 2}"]);
  assertNotEquals(broken.code, 0);
  assertEquals(await record(world), before);
  const listed = await dotWarm(world, ["builds"]);
  assertStringIncludes(listed.stdout, " 3/3 ");
});

for (
  const [what, log, keeps] of [
    ["before the first node", BEGINNING, true],
    ["at a node", `${BEGINNING}[debug] [Thread-1]: Began running node model.shop.a\n`, false],
    ["where the log does not tell", "\n12:00 Running with dbt=1.11.2\n", false],
    ["in a dbt that logs otherwise", BEGINNING.replace("dbt=1", "dbt=2"), false],
  ] as const
) {
  Deno.test(`after a Ctrl-C ${what}, a build is ${keeps ? "what it was" : "unknown"}`, async () => {
    await using world = await start();
    const env = { FAKE_DBT_NODES: NODES };
    assertEquals((await world.dot(["build", "dev@HEAD"], { env })).code, 0);
    const before = await record(world);
    const waiting = { ...env, FAKE_DBT_WAIT: "1", FAKE_DBT_LOG: log };
    await using dot = world.spawnDot(["run", "dev@HEAD"], { env: waiting });
    await dot.says("waiting");
    dot.kill("SIGINT");
    assertEquals((await dot.end()).code, 102);
    const after = await record(world);
    if (keeps) assertEquals(after, before);
    else assertEquals([after.state, after.nodes], ["partial", {}]);
    const { builds } = JSON.parse((await world.dot(["builds", "--json", "--offline"])).stdout);
    assertEquals(builds[0].complete, keeps);
    const { stdout } = await world.dot(["builds", "--offline"]);
    assertEquals(stdout.includes("unfinished"), builds[0].unfinished);
  });
}
