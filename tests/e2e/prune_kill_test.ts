import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { assertEnded } from "../assertions.ts";
import { catalogue, sql } from "../duckdb.ts";
import { exists, listing } from "../folders.ts";
import { dbtPath } from "../harness.ts";
import { killTree } from "../processes.ts";
import { until } from "../running.ts";
import { makeBuild, manyCommits, schemaSql, shop } from "../upkeep.ts";

const BUILDS = 50;

Deno.test({
  name: `killed at many points, a prune of ${BUILDS} builds is finished by the next`,
  // The processes below dot are found in /proc.
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using world = await shop();
    const env = { DOT_DBT: dbtPath() };
    const commits = await manyCommits(world, BUILDS);
    const made = [];
    for (const commit of commits) made.push(await makeBuild(world, { commit, worktree: true }));
    const pinned = await makeBuild(world, { pinned: true, worktree: true });
    const others = ["dev", `dev${pinned.suffix}`, `dev${made[0]?.suffix}x`, "dev_0123abc"];
    await sql(world, schemaSql(...others, ...made.map(({ suffix }) => `dev${suffix}`)));
    const before = await catalogue(world);
    const kept = Object.fromEntries(
      Object.entries(before).filter(([name]) => name === "main" || others.includes(name)),
    );
    const mine = join(world.repo, pinned.folder);
    const [files, head] = [await listing(mine), await world.git("status", "--porcelain")];
    const builds = join(world.repo, ".dot", "build");
    const folders = () =>
      [...Deno.readDirSync(builds)].filter(({ isDirectory }) => isDirectory).length - 1;
    const first = join(world.repo, made[0]?.folder ?? "", "env", "dev", "build.json");

    const points: [string, () => boolean | Promise<boolean>][] = [
      ["it looks", () => exists(join(world.repo, ".dot", "control", "dev", "1", "models"))],
      ["it begins to drop", async () => {
        const text = await Deno.readTextFile(first).catch(() => "");
        return text.includes('"state": "running"');
      }],
      ["the first folder has gone", () => folders() < BUILDS],
      ["half of the folders have gone", () => folders() <= BUILDS / 2],
    ];
    for (const [what, reached] of points) {
      await using prune = world.spawnDot(["prune", "--all", "--yes"], { env });
      await until(reached, what, prune);
      await killTree(prune.pid);
      await prune.end();
      // What stays is whole, and what goes is there in full or will go.
      const left = await catalogue(world);
      for (const name of others) assertEquals(left[name], kept[name], `${what}: ${name}`);
      assertEquals(await listing(mine), files, what);
      assertEquals(await world.git("status", "--porcelain"), head, what);
    }

    assertEnded(await world.dot(["prune", "--all", "--yes"], { env }));
    assertEquals(await catalogue(world), kept);
    assertEquals(folders(), 0);
    assertEquals(await listing(mine), files);
    const trees = await world.git("worktree", "list", "--porcelain");
    assertEquals(trees.split("\n").filter((line) => line.startsWith("worktree ")).length, 2);
    assertEquals(await world.git("worktree", "prune", "--dry-run"), "");
    const again = await world.dot(["prune", "--all", "--yes"], { env });
    assertEquals([again.code, again.stderr], [0, "there is nothing to remove\n"]);
  },
});
