import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { World } from "../harness.ts";
import { isAlive, signal } from "../processes.ts";
import { start } from "../project.ts";
import { type Running, until } from "../running.ts";

/** Start a dot whose dbt waits for a signal, and wait for that. */
async function atWork(world: World): Promise<Running> {
  const dot = world.spawnDot(["build", "dev@HEAD"], { env: { FAKE_DBT_WAIT: "1" } });
  await until(async () => (await world.fakeRuns()).length > 0, "dbt runs", dot);
  return dot;
}

Deno.test("two dots on one build: the second waits, and says for whom", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  await using first = await atWork(world);
  await using second = world.spawnDot(["run", "dev@HEAD"]);
  await second.says(`waiting for dot build dev@${short} (process ${first.pid})\n`);
  assertEquals((await world.fakeRuns()).length, 1);
  first.kill("SIGTERM");
  assertEquals((await first.end()).code, 115);
  const ran = await second.end();
  assertEquals(ran.code, 0, ran.stderr);
  const commands = (await world.fakeRuns()).map((run) => run.argv?.[0]);
  assertEquals(commands, ["build", undefined, "run"]);
});

Deno.test("a dot that waits can be given up, and the one at work does not notice", async () => {
  await using world = await start();
  await using first = await atWork(world);
  await using second = world.spawnDot(["run", "dev@HEAD"]);
  await second.says("waiting for dot build");
  second.kill("SIGTERM");
  assertEquals((await second.end()).code, 143);
  first.kill("SIGINT");
  assertEquals((await first.end()).code, 102);
  assertEquals((await world.fakeRuns()).length, 2);
});

Deno.test("another environment, another commit and a plain run do not wait", async () => {
  await using world = await start();
  await world.commit("Second");
  await using first = await atWork(world);
  for (const args of [["build", "prod@HEAD"], ["build", "dev@HEAD~1"], ["build", "dev"]]) {
    const ran = await world.dot(args);
    assertEquals(ran.code, 0, ran.stderr);
    assertEquals(ran.stderr.includes("waiting"), false, ran.stderr);
  }
  first.kill("SIGTERM");
  assertEquals((await first.end()).code, 115);
});

Deno.test("many dots on one new commit make one worktree, and all of them run", async () => {
  await using world = await start();
  const specs = ["dev@HEAD", "prod@HEAD", "dev@HEAD", "prod@HEAD"];
  const ran = await Promise.all(specs.map((spec) => world.dot(["build", spec])));
  assertEquals(ran.map((each) => each.code), [0, 0, 0, 0], ran.map((each) => each.stderr).join(""));
  assertEquals((await world.fakeRuns()).length, 4);
  assertEquals(
    (await world.git("worktree", "list", "--porcelain")).match(/^worktree /gm)?.length,
    2,
  );
});

Deno.test("packages are installed once for two dots that need them at the same time", async () => {
  await using world = await start({ "packages.yml": "packages: [{local: ../x}]\n" });
  const specs = ["dev@HEAD", "prod@HEAD"];
  const ran = await Promise.all(specs.map((spec) => world.dot(["build", spec])));
  assertEquals(ran.map((each) => each.code), [0, 0], ran.map((each) => each.stderr).join(""));
  const commands = (await world.fakeRuns()).map((run) => run.argv[0]);
  assertEquals(commands, ["deps", "build", "build"]);
});

Deno.test("a dot killed by -9 while dbt runs leaves nothing that needs a hand", async () => {
  await using world = await start();
  await using first = await atWork(world);
  await using second = world.spawnDot(["build", "dev@HEAD"]);
  await second.says("waiting for dot build");
  first.kill("SIGKILL");
  // Its dbt goes on until then.
  signal((await world.fakeRun()).pid, "SIGKILL");
  assertEquals((await first.end()).code, 137);
  const waited = await second.end();
  assertEquals(waited.code, 0, waited.stderr);
  const third = await world.dot(["build", "dev@HEAD"]);
  assertEquals(third.code, 0, third.stderr);
  assertEquals(third.stderr.includes("waiting"), false, third.stderr);
});

Deno.test("a dot killed by -9 while git writes the worktree is made up for", async () => {
  await using world = await start({
    ".gitattributes": "*.slow filter=slow\n",
    "models/z.slow": "content\n",
  });
  const short = await world.git("rev-parse", "--short", "HEAD");
  const pid = join(world.folder, "filter.pid");
  const slow = `sh -c 'echo $$ $PPID > "${pid}"; exec sleep 600'`;
  await world.git("config", "filter.slow.smudge", slow);
  await using first = world.spawnDot(["build", "dev@HEAD"]);
  const ids = async () => (await Deno.readTextFile(pid).catch(() => "")).trim().split(" ");
  await until(async () => (await ids()).length === 2, "git writes the worktree", first);
  first.kill("SIGKILL");
  const orphans = (await ids()).map(Number);
  await world.git("config", "filter.slow.smudge", "cat");
  // git is still writing: its child must not spoil what the next dot makes.
  const second = await world.dot(["build", "dev@HEAD"]);
  for (const orphan of orphans) signal(orphan, "SIGTERM");
  await first.end();
  for (const orphan of orphans) await until(async () => !await isAlive(orphan), "git ends");
  assertEquals(second.code, 0, second.stderr);
  assertEquals(second.stderr.includes("waiting"), false, second.stderr);
  const third = await world.dot(["build", "dev@HEAD"]);
  assertEquals(third.code, 0, third.stderr);
  assertEquals(await world.read(`.dot/build/${short}/worktree/models/z.slow`), "content\n");
  assertEquals((await world.fakeRuns()).length, 2);
});
