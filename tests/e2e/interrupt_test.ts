import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { World } from "../harness.ts";
import { isAlive } from "../processes.ts";
import { project } from "../project.ts";

/** What the fake dbt recorded besides its runs. */
async function recorded(world: World): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(join(world.folder, "fake-dbt.jsonl"));
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test({
  name: "a dbt that ignores Ctrl-C is killed by the second, with what it started",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using world = await project();
    const ran = await world.terminal(["build", "dev@HEAD", "--disable-prompts"], [
      { on: "stubborn", type: "\x03" },
      { on: "Ctrl-C again kills it", type: "\x03" },
    ], { env: { FAKE_DBT_STUBBORN: "1" } });
    assertEquals(ran.code, 137, ran.stdout);
    const entries = await recorded(world);
    const pids = entries.flatMap(({ child, pid }) => [child, pid]).filter((pid) =>
      typeof pid === "number"
    );
    assertEquals(pids.length, 2);
    for (const pid of pids) assertEquals(await isAlive(pid), false);
    const record = JSON.parse(
      await world.read(
        `.dot/build/${await world.git("rev-parse", "--short", "HEAD")}/env/dev/build.json`,
      ),
    );
    assertEquals([record.state, record.nodes], ["partial", {}]);
  },
});

Deno.test("a lost terminal reaches dbt, and its exit code is dot's", async () => {
  await using world = await project();
  await using dot = world.spawnDot(["build"], { env: { FAKE_DBT_WAIT: "1" } });
  await dot.says("waiting");
  dot.kill("SIGHUP");
  assertEquals((await dot.end()).code, 101);
  assertEquals((await recorded(world)).at(-1), { signal: "SIGHUP" });
});

Deno.test("a `.dot` that is no folder, or cannot be written, is said so", async () => {
  await using world = await project();
  await world.write({ ".dot": "in the way\n" });
  const ran = await world.dot(["build", "dev@HEAD"]);
  assertEquals(ran.code, 2);
  assertStringIncludes(ran.stderr, ".dot");
  assertEquals(ran.stderr.includes("    at "), false);
  assertEquals(await world.fakeRuns(), []);
});
