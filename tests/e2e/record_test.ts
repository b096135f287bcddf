import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { PROJECT, World } from "../harness.ts";
import { project, start } from "../project.ts";

const A = "model.shop.a";
const B = "model.shop.b";

/** Run a command of the fake dbt at HEAD, which gives some nodes some statuses. */
async function run(
  world: World,
  args: string[],
  statuses: Record<string, string | null>,
  env: Record<string, string> = {},
): Promise<void> {
  const [command = "", ...rest] = args;
  const ran = await world.dot([command, "dev@HEAD", ...rest], {
    env: { FAKE_DBT_NODES: JSON.stringify(statuses), ...env },
  });
  assertEquals(ran.code, 0, ran.stderr);
}

/** What the build of HEAD lacks, by what `--defer` warns of. */
async function lacks(world: World): Promise<string> {
  const ran = await world.dot(["ls", "prod", "--defer", "dev@HEAD"]);
  assertEquals(ran.code, 0, ran.stderr);
  return /it lacks (.*)/.exec(ran.stderr)?.[1] ?? "nothing";
}

Deno.test("a build is complete when its nodes are, however many commands that took", async () => {
  await using world = await start();
  await run(world, ["run", "--", "-s", "a"], { [A]: "success", [B]: null });
  assertEquals(await lacks(world), B);
  await run(world, ["run", "--", "-s", "b"], { [A]: null, [B]: "error" });
  assertEquals(await lacks(world), B);
  await run(world, ["retry"], { [A]: null, [B]: "success" });
  assertEquals(await lacks(world), "nothing");
  await run(world, ["test"], { [A]: null, [B]: null, "test.shop.t": "fail" });
  assertEquals(await lacks(world), "test.shop.t");
});

for (
  const [what, args, env] of [
    ["--empty", ["run", "--", "--empty"], {}],
    ["--sample", ["run", "--", "--sample", "3 days"], {}],
    ["DBT_EMPTY", ["run"], { DBT_EMPTY: "true" }],
  ] as const
) {
  Deno.test(`nodes that were built with ${what} do not count`, async () => {
    await using world = await start();
    await run(world, [...args], { [A]: "success" }, env);
    assertEquals(await lacks(world), A);
    await run(world, ["retry"], { [A]: "success" });
    assertEquals(await lacks(world), A);
    await run(world, ["run", "--", "--no-empty"], { [A]: "success" });
    assertEquals(await lacks(world), "nothing");
  });
}

Deno.test("another schema is another build: what the old one held does not count", async () => {
  await using world = await start();
  await run(world, ["build"], { [A]: "success", [B]: "success" });
  await world.write({
    "profiles.yml": (await world.read("profiles.yml")).replace("schema: dev", "schema: other"),
  });
  await run(world, ["run", "--", "-s", "a"], { [A]: "success", [B]: null });
  assertEquals(await lacks(world), B);
});

Deno.test("the line of a dry run does in a shell what the run does, the suffix included", async () => {
  await using world = await project({
    ".gitignore": `${PROJECT[".gitignore"]}.dot/\n`,
    "macros/names.sql": "{% macro generate_schema_name(a, b) %}{{ a }}{% endmacro %}\n",
  });
  const dry = await world.dot(["build", "dev@HEAD", "--dry-run"]);
  // dbt runs in the worktree, which a build makes.
  assertEquals((await world.dot(["ls", "dev@HEAD"])).code, 0);
  assertEquals((await world.run("sh", ["-c", dry.stdout], {})).code, 0);
  const short = await world.git("rev-parse", "--short", "HEAD");
  const run = await world.lastFakeRun();
  assertEquals(run.argv[0], "build");
  assertEquals(run.env["DOT_SCHEMA_SUFFIX"], `_${short}`);
});

Deno.test("two projects of one repository do not take each other's packages for edits", async () => {
  await using world = await World.make();
  for (const name of ["core", "marts"]) {
    for (const [path, text] of Object.entries(PROJECT)) {
      await world.write({ [`${name}/${path}`]: text.replace("dbt_packages/\n", "") });
    }
    await world.write({ [`${name}/packages.yml`]: "packages:\n  - local: ../nowhere\n" });
  }
  await world.commit("Two projects");
  await world.fakeDbt();
  for (const name of ["core", "marts", "core"]) {
    const ran = await world.dot(["build", "dev@HEAD"], { cwd: join(world.repo, name) });
    assertEquals(ran.code, 0, ran.stderr);
  }
});

Deno.test("packages that would be installed outside the project are refused", async () => {
  await using world = await project({
    "dbt_project.yml": `${PROJECT["dbt_project.yml"]}packages-install-path: ../shared_packages\n`,
    "packages.yml": "packages:\n  - local: ../nowhere\n",
  });
  const ran = await world.dot(["build", "dev@HEAD"]);
  assertEquals(ran.code, 2);
  assertStringIncludes(ran.stderr, "packages-install-path: ../shared_packages");
  assertEquals(await world.fakeRuns(), []);
});

Deno.test("--allow-escape asks, and after a yes the run's own code is dot's", async () => {
  await using world = await project({
    ".gitignore": `${PROJECT[".gitignore"]}.dot/\n`,
    ".vscode/settings.json":
      '{"search.exclude": {"**/.dot": true}, "files.watcherExclude": {"**/.dot": true}}',
    "macros/names.sql": "{% macro generate_schema_name(a, b) %}{{ a }}{% endmacro %}\n",
  });
  const env = { FAKE_DBT_NODES: JSON.stringify({ [A]: "success" }), FAKE_DBT_SCHEMA: "live" };
  const refused = await world.dot(["build", "dev@HEAD"], { env });
  assertEquals(refused.code, 2, refused.stderr);
  assertStringIncludes(refused.stderr, `${A} () → live.${A}: it lies outside`);
  for (const [answer, code] of [["n", 1], ["y", 0]] as const) {
    const question = { on: "write there? [y/N] ", type: `${answer}\n` };
    const ran = await world.terminal(["build", "dev@HEAD", "--allow-escape"], [question], { env });
    assertEquals(ran.code, code, ran.stdout);
  }
  const commands = (await world.fakeRuns()).map(({ argv }) => argv[0]);
  assertEquals(commands.filter((command) => command === "build").length, 1);
});

Deno.test("what a run leaves outside the build is an error of its own", async () => {
  await using world = await start();
  const env = { FAKE_DBT_NODES: JSON.stringify({ [A]: "success" }), FAKE_DBT_SCHEMA: "live" };
  const ran = await world.dot(["build", "dev@HEAD"], { env });
  assertEquals(ran.code, 2, ran.stderr);
  assertStringIncludes(ran.stderr, `${A} → live.x`);
});
