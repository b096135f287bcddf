import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { World } from "../harness.ts";

/** What the fake dbt recorded besides its runs. */
async function recorded(world: World): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(join(world.folder, "fake-dbt.jsonl"));
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

/** Whether a process is alive (a zombie is not). */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  return stat !== "" && !/\) Z /.test(stat);
}

Deno.test({
  name: "a dbt that ignores Ctrl-C is killed by the second, with what it started",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using world = await World.withProject();
    await world.fakeDbt();
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
  await using world = await World.withProject();
  await world.fakeDbt();
  const child = world.spawnDot(["build"], { env: { FAKE_DBT_WAIT: "1" } });
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let shown = "";
  while (!shown.includes("waiting")) shown += (await reader.read()).value ?? "";
  child.kill("SIGHUP");
  const { code } = await child.status;
  await reader.cancel();
  await child.stderr.cancel();
  await child.stdin.close();
  assertEquals(code, 101);
  assertEquals((await recorded(world)).at(-1), { signal: "SIGHUP" });
});

Deno.test("a `.dot` that is no folder, or cannot be written, is said so", async () => {
  await using world = await World.withProject();
  await world.fakeDbt();
  await world.write({ ".dot": "in the way\n" });
  const ran = await world.dot(["build", "dev@HEAD"]);
  assertEquals(ran.code, 2);
  assertStringIncludes(ran.stderr, ".dot");
  assertEquals(ran.stderr.includes("    at "), false);
  assertEquals(await world.fakeRuns(), []);
});
