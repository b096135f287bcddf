/** What somebody reads is not removed meanwhile. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertEnded, assertRefused } from "../assertions.ts";
import { DotError } from "../../lib/base/errors.ts";
import { Output } from "../../lib/base/output.ts";
import { giveBack, tryLock } from "../../lib/store/lock.ts";
import { buildPaths, environmentPaths } from "../../lib/store/paths.ts";
import { beginReading, isRead } from "../../lib/store/reading.ts";
import { dbtPath, World } from "../harness.ts";
import { start } from "../project.ts";
import { until } from "../running.ts";

const NODES = JSON.stringify({ "model.shop.a": "success" });
const FILES = { "dot_environments.yml": "environment:\n  default: dev\n  dev: {}\n  prod: {}\n" };

/** A build of the first commit, and a second commit on top of it. */
async function built(): Promise<{ world: World; short: string }> {
  const world = await start(FILES);
  const short = await world.git("rev-parse", "--short", "HEAD");
  const env = { FAKE_DBT_NODES: NODES };
  assertEnded(await world.dot(["build", "dev@HEAD"], { env }));
  await world.write({ "models/new.sql": "select 1 as id\n" });
  await world.commit("Second");
  return { world, short };
}

for (
  const [what, args] of [
    ["a plain run that is deferred to it", ["run", "dev", "--defer", "dev@HEAD~1"]],
    ["an isolated run that is deferred to it", ["run", "prod@HEAD", "--defer", "dev@HEAD~1"]],
    ["a list that is compared with it", ["ls", "dev", "--state", "dev@HEAD~1"]],
    ["a run that begins with its rows", ["run", "dev@HEAD", "--seed-from", "dev@HEAD~1"]],
    ["a comparison of data", ["diff", "dev@HEAD~1", "dev@HEAD", "--no-build"]],
    ["a comparison of code", ["state", "dev@HEAD~1", "--base", "HEAD~1"]],
    ["a run of what is modified since", ["run", "dev", "--modified", "--base", "HEAD~1"]],
  ] as const
) {
  Deno.test(`a build stays for as long as there is ${what}`, async () => {
    const { world, short } = await built();
    await using _ = world;
    const runs = (await world.fakeRuns()).length;
    const env = { FAKE_DBT_NODES: NODES, FAKE_DBT_WAIT: "1" };
    await using reader = world.spawnDot([...args], { env });
    await until(async () => (await world.fakeRuns()).length > runs, "dbt runs", reader);
    for (const asked of [["dev@HEAD~1"], ["--all", "--force"]]) {
      const ran = await world.dot(["prune", ...asked, "--yes"], { env: { DOT_DBT: dbtPath() } });
      assertStringIncludes(ran.stdout, `stays: dev@${short}: a dot is at work on it`);
    }
    assertEquals(await world.has(`.dot/build/${short}/env/dev/build.json`), true);
    assertEquals(await world.has(`.dot/build/${short}/worktree/models/a.sql`), true);
    reader.kill("SIGKILL");
    await reader.leave();
  });
}

Deno.test("when its reader has ended, however that was, a build goes", async () => {
  const { world, short } = await built();
  await using _ = world;
  const env = { FAKE_DBT_NODES: NODES, FAKE_DBT_WAIT: "1" };
  await using reader = world.spawnDot(["run", "dev", "--defer", "dev@HEAD~1"], { env });
  await reader.says("waiting");
  reader.kill("SIGKILL");
  await reader.leave();
  const ran = await world.dot(["prune", "dev@HEAD~1", "--force", "--yes"], {
    env: { DOT_DBT: dbtPath() },
  });
  assertEnded(ran);
  assertEquals(await world.has(`.dot/build/${short}`), false);
});

Deno.test("a build that a prune has begun to remove is read by nobody", async () => {
  const { world, short } = await built();
  await using _ = world;
  const folder = `.dot/build/${short}/env/dev`;
  const { begun } = JSON.parse(await world.read(`${folder}/build.json`));
  await world.write({ [`${folder}/dropped`]: `${begun}\n` });
  const runs = (await world.fakeRuns()).length;
  const ran = await world.dot(["run", "dev", "--defer", "dev@HEAD~1"]);
  assertRefused(ran, `a prune has begun to remove dev@${short}`, "dot build");
  assertEquals((await world.fakeRuns()).length, runs);
});

Deno.test("readers share, a prune is alone, and who comes too late is told", async () => {
  await using world = await World.make();
  const sink = { isTerminal: () => false, write: () => {} };
  const out = new Output({ stdout: sink, stderr: sink, env: {} });
  const build = buildPaths(join(world.folder, "builds"), "1234567", "");
  const paths = environmentPaths(build, "dev");
  const read = { build, built: undefined };
  assertEquals(await isRead(build), false);
  {
    using _first = await beginReading([read, read], out);
    {
      using _second = await beginReading([read], out);
      assertEquals(await isRead(build), true);
    }
    assertEquals([await isRead(build), await tryLock(build.reading, "x")], [true, "held"]);
  }
  assertEquals(await isRead(build), false);
  const alone = await tryLock(build.reading, "dot prune");
  if (typeof alone === "string") throw new Error(alone);
  const late = beginReading([{ build, built: { name: "dev@1234567", paths } }], out);
  await Deno.remove(build.folder, { recursive: true });
  giveBack(alone);
  const error = await assertRejects(() => late, DotError, "dev@1234567 was removed meanwhile");
  assertEquals(error.code, "DOT033");
  // It gives back what it took before it failed.
  assertEquals(await isRead(build), false);
});
