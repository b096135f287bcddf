import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { filesBelow } from "../folders.ts";
import { World } from "../harness.ts";
import { project } from "../project.ts";
import { randomNumbers } from "../random.ts";

/** How often the first isolated run is killed. */
const POINTS = 50;

/**
 * The files of `.dot/` with their texts, but for what differs from run to run: process ids, times, git's own, and the key of a
 * scan, which knows the times of installed packages.
 */
async function contents(world: World): Promise<string[]> {
  const paths = (await filesBelow(join(world.repo, ".dot")))
    .filter((path) => !/\.holder$|worktree\/\.git$/.test(path));
  return await Promise.all(paths.map(async (path) => {
    const text = await world.read(`.dot/${path}`);
    const steady = text.replace(/"(?:begun|ended|generated_at)": "[^"]+"|"[0-9a-f]{64}":/g, "");
    return `${path}: ${steady}`;
  }));
}

Deno.test(`killed at ${POINTS} random points, the first isolated run is completed by the next`, async () => {
  await using world = await project({
    "packages.yml": "packages:\n  - local: ../nowhere\n",
    "macros/names.sql": "{% macro generate_schema_name(a, b) %}{{ a }}{% endmacro %}\n",
  });
  const started = performance.now();
  const undisturbed = await world.dot(["build", "dev@HEAD"]);
  const length = performance.now() - started;
  assertEquals(undisturbed.code, 0, undisturbed.stderr);
  const wanted = await contents(world);
  const worktrees = await world.git("worktree", "list", "--porcelain");
  const random = randomNumbers(20261120);
  for (let point = 0; point < POINTS; point++) {
    await Deno.remove(join(world.repo, ".dot"), { recursive: true });
    await world.git("worktree", "prune");
    await using dot = world.spawnDot(["build", "dev@HEAD"]);
    const timer = setTimeout(() => dot.kill("SIGKILL"), random.next().value * length);
    await dot.end();
    clearTimeout(timer);
    const next = await world.dot(["build", "dev@HEAD"]);
    assertEquals(next.code, 0, `after kill ${point}: ${next.stderr}`);
    assertEquals(await contents(world), wanted, `after kill ${point}`);
    assertEquals(await world.git("worktree", "list", "--porcelain"), worktrees);
    assertEquals(await world.git("status", "--porcelain"), "");
  }
});

Deno.test("eight dots at once, on one commit and on three, all end well", async () => {
  await using world = await World.withProject();
  await world.write({ "models/a.sql": "select 2 as id\n" });
  await world.commit("Second");
  await world.write({ "models/a.sql": "select 3 as id\n" });
  await world.commit("Third");
  await world.fakeDbt();
  const specs = ["HEAD", "HEAD", "HEAD", "HEAD", "HEAD~1", "HEAD~1", "HEAD~2", "HEAD~2"];
  const rans = await Promise.all(specs.map((ref) => world.dot(["build", `dev@${ref}`])));
  for (const ran of rans) assertEquals(ran.code, 0, ran.stderr);
  const builds = [...Deno.readDirSync(join(world.repo, ".dot", "build"))].map(({ name }) => name);
  assertEquals(builds.length, 3);
  for (const name of builds) {
    const worktree = join(".dot", "build", name, "worktree");
    assertEquals(await world.git("-C", worktree, "status", "--porcelain"), "");
  }
  const again = await world.dot(["build", "dev@HEAD"]);
  assertEquals(again.code, 0, again.stderr);
});
