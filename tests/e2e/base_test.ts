/** Which commit everything is compared with, in the clones that CIs make. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertEnded, assertRefused } from "../assertions.ts";
import type { World } from "../harness.ts";
import { project } from "../project.ts";
import { FILES, makeBuild } from "../upkeep.ts";

/** The commits of a clone, by their short hashes. */
interface Clone {
  world: World;
  /** `main` has the first two, `develop` all, and what is checked out stands on it. */
  commits: readonly [string, string, string, string];
}

/**
 * A clone as a CI makes it for a request: what is checked out is detached, branches are there as origin's only, and nothing says
 * which is the default one.
 */
async function clone(): Promise<Clone> {
  const world = await project(FILES);
  const commits: [string, string, string, string] = [
    await world.git("rev-parse", "--short", "HEAD"),
    await world.commit("Second of main"),
    await world.commit("First of develop"),
    await world.commit("Second of develop"),
  ];
  await world.commit("Of the request");
  await world.git("update-ref", "refs/remotes/origin/main", commits[1]);
  await world.git("update-ref", "refs/remotes/origin/develop", commits[3]);
  await world.git("checkout", "--quiet", "--detach");
  await world.git("branch", "--quiet", "--delete", "--force", "main");
  return { world, commits };
}

/** The commit that the checked out one is compared with. */
async function baseOf(
  world: World,
  env: Record<string, string>,
  ...flags: string[]
): Promise<string> {
  const ran = await world.dot(["state", "@HEAD", "--json", ...flags], { env });
  assertEnded(ran);
  return JSON.parse(ran.stdout).base.short;
}

/** A file with the event of a job on GitHub. */
async function event(world: World, branch: string): Promise<Record<string, string>> {
  const file = join(world.folder, "event.json");
  await Deno.writeTextFile(file, JSON.stringify({ repository: { default_branch: branch } }));
  return { GITHUB_EVENT_PATH: file };
}

Deno.test("the base is what is asked for, the request's target, or the default branch, in this order", async () => {
  const { world, commits: [, main, , develop] } = await clone();
  await using _ = world;
  const cases: [string, Record<string, string>, ...string[]][] = [
    [main, {}],
    [develop, { GITHUB_BASE_REF: "develop" }],
    [develop, { CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "develop", CI_DEFAULT_BRANCH: "main" }],
    [main, { GITHUB_BASE_REF: "", CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "", CI_DEFAULT_BRANCH: "" }],
    [develop, { GITHUB_BASE_REF: "", CI_DEFAULT_BRANCH: "develop" }],
    [develop, await event(world, "develop")],
    [main, { ...await event(world, "develop"), CI_DEFAULT_BRANCH: "main" }],
    [main, { GITHUB_BASE_REF: "develop" }, "--base", "main"],
    [develop, {}, "--base", "develop"],
    [main, { GITHUB_EVENT_PATH: join(world.folder, "nowhere.json") }],
  ];
  for (const [wanted, env, ...flags] of cases) {
    assertEquals(await baseOf(world, env, ...flags), wanted, JSON.stringify([env, flags]));
  }
  await world.git("config", "init.defaultBranch", "develop");
  assertEquals(await baseOf(world, {}), main);
  // A local one may be behind.
  await world.git("branch", "main", "HEAD~4");
  assertEquals(await baseOf(world, {}), main);
  await world.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/develop");
  assertEquals(await baseOf(world, { CI_DEFAULT_BRANCH: "main" }), develop);
  await world.write({
    "dot_environments.user.yml": "environment:\n  dev: {+base: main~0}\n",
  });
  const [first] = [await world.git("rev-parse", "--short", "main")];
  assertEquals(await baseOf(world, { GITHUB_BASE_REF: "develop" }), first);
});

Deno.test("master stands in for main, origin's first", async () => {
  const { world, commits: [first, main] } = await clone();
  await using _ = world;
  await world.git("update-ref", "-d", "refs/remotes/origin/main");
  await world.git("update-ref", "refs/heads/master", first);
  assertEquals(await baseOf(world, {}), first);
  await world.git("update-ref", "refs/remotes/origin/master", main);
  assertEquals(await baseOf(world, {}), main);
  await world.git("update-ref", "refs/heads/main", first);
  assertEquals(await baseOf(world, {}), first);
});

Deno.test("every command takes the same base", async () => {
  const { world, commits: [first, main, second, develop] } = await clone();
  await using _ = world;
  for (const ref of [first, second]) await makeBuild(world, { ref, schemas: [], short: ref });
  for (
    const [env, flag, base, merged] of [
      [{}, [], main, [first]],
      [{ GITHUB_BASE_REF: "develop" }, [], develop, [second, first]],
      [{ GITHUB_BASE_REF: "develop" }, ["--base", "main"], main, [first]],
      [{ CI_DEFAULT_BRANCH: "develop" }, [], develop, [second, first]],
      [{}, ["--base", "develop"], develop, [second, first]],
    ] as const
  ) {
    const said = JSON.stringify([env, flag]);
    const modified = await world.dot(["build", "@HEAD", "--modified", "--dry-run", ...flag], {
      env,
    });
    assertEnded(modified);
    assertStringIncludes(modified.stdout, join(".dot", "build", base, "worktree"), said);
    const seeded = await world.dot(
      ["run", "@HEAD", "--seed-from", "prod", "--dry-run", ...flag],
      { env },
    );
    assertEnded(seeded);
    assertStringIncludes(seeded.stdout, join(".dot", "build", base, "worktree"), said);
    const compared = await world.dot(
      ["diff", "@HEAD", "--no-build", "--format", "json", ...flag],
      { env },
    );
    assertEnded(compared);
    assertEquals(JSON.parse(compared.stdout).before.spec, `dev@${base}`, said);
    const pruned = await world.dot(["prune", "--merged", "--dry-run", "--json", ...flag], { env });
    assertEnded(pruned);
    const names = JSON.parse(pruned.stdout).builds.map(({ name }: { name: string }) => name);
    assertEquals(names.sort(), merged.map((short) => `dev@${short}`).sort(), said);
  }
  assertRefused(await world.dot(["prune", "--all", "--base", "main"]), "--base goes with --merged");
});

Deno.test("prune takes an environment's +base for its builds", async () => {
  const { world, commits: [first, , second] } = await clone();
  await using _ = world;
  for (const environment of ["dev", "prod"]) {
    await makeBuild(world, { ref: second, schemas: [], short: second, environment });
  }
  await makeBuild(world, { ref: first, schemas: [], short: first });
  await world.write({
    "dot_environments.user.yml": "environment:\n  prod: {+base: develop}\n",
  });
  const pruned = await world.dot(["prune", "--merged", "--dry-run", "--json"]);
  assertEnded(pruned);
  const names = JSON.parse(pruned.stdout).builds.map(({ name }: { name: string }) => name);
  assertEquals(names.sort(), [`dev@${first}`, `prod@${second}`].sort());
});

Deno.test("a branch that a CI names and the clone lacks is an error that names it, never another base", async () => {
  const { world } = await clone();
  await using _ = world;
  for (
    const env of [
      { GITHUB_BASE_REF: "release/1" },
      { CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "release/1" },
      { CI_DEFAULT_BRANCH: "release/1" },
      await event(world, "release/1"),
    ]
  ) {
    for (const args of [["state", "@HEAD"], ["prune", "--merged"], ["diff", "@HEAD"]]) {
      if (args[0] === "prune") await makeBuild(world, { schemas: [] });
      const ran = await world.dot(args, { env });
      assertRefused(ran, "DOT034", "`release/1`", Object.keys(env)[0] ?? "", "git fetch origin");
    }
  }
});

Deno.test("a branch that only origin has is found by its name", async () => {
  const { world, commits: [, main, second, develop] } = await clone();
  await using _ = world;
  for (
    const [ref, wanted] of [["main", main], ["develop", develop], ["develop~1", second]] as const
  ) {
    assertEnded(await world.dot(["run", `dev@${ref}`]));
    assertStringIncludes((await world.lastFakeRun()).argv.join(" "), `/build/${wanted}/`);
  }
  await world.git("update-ref", "refs/heads/main", second);
  assertEnded(await world.dot(["run", "dev@main"]));
  assertStringIncludes((await world.lastFakeRun()).argv.join(" "), `/build/${second}/`);
});

Deno.test("a clone of one branch, or of one commit, says how to get what it lacks, and that is enough", async () => {
  await using world = await project(FILES);
  const base = await world.git("rev-parse", "--short", "HEAD");
  await world.git("switch", "--quiet", "--create", "feature");
  await world.commit("Feature");
  const url = `file://${world.repo}`;
  const hinted = (text: string) =>
    [...text.matchAll(/git (fetch .+)$/gm)].map(([, line = ""]) => line);
  const one = join(world.folder, "one");
  await world.git("clone", "--quiet", "--single-branch", url, one);
  const lost = await world.dot(["build", "dev@main"], { cwd: one });
  assertRefused(lost, "DOT028", "has one branch of origin only");
  assertEquals(hinted(lost.stderr), ["fetch origin main:refs/remotes/origin/main"]);
  await world.git("-C", one, ...(hinted(lost.stderr)[0] ?? "").split(" "));
  assertEnded(await world.dot(["build", "dev@main"], { cwd: one }));
  const shallow = join(world.folder, "shallow");
  await world.git("clone", "--quiet", "--depth=1", url, shallow);
  const env = { GITHUB_BASE_REF: "main" };
  const state = () => world.dot(["state", "dev@HEAD", "--json"], { cwd: shallow, env });
  const refused = await state();
  assertEquals(JSON.parse(refused.stdout).error.code, "DOT034");
  const lines = hinted(JSON.parse(refused.stdout).error.hints.join("\n"));
  assertEquals(lines, ["fetch origin main:refs/remotes/origin/main", "fetch --unshallow"]);
  for (const line of lines) await world.git("-C", shallow, ...line.split(" "));
  const compared = await state();
  assertEnded(compared);
  assertEquals(JSON.parse(compared.stdout).base.short, base);
});
