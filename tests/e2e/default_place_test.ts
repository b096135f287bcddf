/** `@ref` without an environment means the same for every command. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertEnded, assertRefused } from "../assertions.ts";
import type { World } from "../harness.ts";
import { project, start } from "../project.ts";
import { FILES, makeBuild } from "../upkeep.ts";

/** The environment that a run of `@HEAD` builds. */
async function builtBy(world: World, env: Record<string, string>): Promise<string> {
  const ran = await world.dot(["run", "@HEAD", "--dry-run"], { env });
  assertEnded(ran);
  return /\/env\/(\w+)/.exec(ran.stdout)?.[1] ?? "";
}

Deno.test("without environments @ref is the profile's target, for every command", async () => {
  for (const [env, name] of [[{}, "dev"], [{ DBT_TARGET: "prod" }, "prod"]] as const) {
    await using world = await start();
    for (const environment of ["dev", "prod"]) await makeBuild(world, { environment, schemas: [] });
    assertEquals(await builtBy(world, env), name);
    const pinned = await world.dot(["builds", "pin", "@HEAD"], { env });
    assertEnded(pinned);
    assertStringIncludes(pinned.stderr, `${name}@`);
    assertEnded(await world.dot(["builds", "unpin", "@HEAD"], { env }));
    const pruned = await world.dot(["prune", "@HEAD", "--dry-run", "--json"], { env });
    assertEnded(pruned);
    const { builds } = JSON.parse(pruned.stdout);
    assertEquals(builds.map((one: { environment: string }) => one.environment), [name]);
    const tidied = await world.dot(["tidy", "@HEAD"], { env });
    assertEquals(tidied.stderr.includes("names no environment"), false, tidied.stderr);
  }
});

Deno.test("with a default it is that one, and a build of another is named, not taken", async () => {
  await using world = await project(FILES);
  const { short } = await makeBuild(world, { environment: "prod", schemas: [] });
  assertEquals(await builtBy(world, {}), "dev");
  for (const args of [["builds", "pin", "@HEAD"], ["prune", "@HEAD"], ["tidy", "@HEAD"]]) {
    const ran = await world.dot(args);
    assertRefused(ran, "DOT033", "no build of `dev@HEAD`", `built as prod@${short}`);
  }
});

Deno.test("where environments have no default, the error names those that the commit is built for", async () => {
  await using world = await project({
    ...FILES,
    "dot_environments.yml": "environment:\n  dev: {target: dev}\n  prod: {target: prod}\n",
  });
  const made = [];
  for (const environment of ["dev", "prod"]) {
    made.push(`${environment}@${(await makeBuild(world, { environment, schemas: [] })).short}`);
  }
  for (const args of [["builds", "pin", "@HEAD"], ["prune", "@HEAD"], ["tidy", "@HEAD"]]) {
    assertRefused(await world.dot(args), "names no environment", ...made);
  }
});
