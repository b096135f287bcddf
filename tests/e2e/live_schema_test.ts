import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { valueOf } from "../argv.ts";
import { World } from "../harness.ts";
import { project } from "../project.ts";
import { coolDown, warmEnv } from "../warm.ts";

Deno.test.afterAll(coolDown);

const FILE = "dot_environments.yml";

/** A project with these environments. */
async function withEnvironments(body: string, more: Record<string, string> = {}): Promise<World> {
  return await project({
    [FILE]: `environment:
${body}`,
    ...more,
  });
}

Deno.test("a plain run of an environment with +schema gets a copy of the profile with that schema", async () => {
  await using world = await withEnvironments("  dev: {+schema: ada}\n");
  const ran = await world.dot(["run", "dev"]);
  assertEquals(ran.code, 0, ran.stderr);
  const { argv, cwd } = await world.fakeRun();
  const folder = join(world.repo, ".dot", "env", "dev");
  assertEquals(argv, ["run", "--profiles-dir", folder, "--profile", "shop", "--target", "dev"]);
  assertEquals(cwd, world.repo);
  assertEquals(
    await world.read(".dot/env/dev/profiles.yml"),
    '"shop":\n  target: "dev"\n  outputs:\n    "dev":\n      type: duckdb\n      path: shop.duckdb\n      schema: "ada"\n',
  );
  if (Deno.build.os !== "windows") {
    assertEquals(((await Deno.stat(join(folder, "profiles.yml"))).mode ?? 0) & 0o777, 0o600);
    assertEquals(((await Deno.stat(folder)).mode ?? 0) & 0o777, 0o700);
  }
  // git must never see it.
  assertEquals(await world.git("status", "--porcelain"), "");
});

Deno.test("secrets of the profile reach dbt by its environment, never by the copy", async () => {
  await using world = await withEnvironments("  dev: {+schema: ada}\n", {
    "profiles.yml": `shop:
  target: dev
  outputs:
    dev: {type: postgres, host: h, user: u, password: hunter2, schema: s, token: "{{ env_var('T') }}"}
`,
  });
  const ran = await world.dot(["run", "dev"]);
  assertEquals(ran.code, 0, ran.stderr);
  const text = await world.read(".dot/env/dev/profiles.yml");
  assertEquals(`${text}${ran.stdout}${ran.stderr}`.includes("hunter2"), false);
  assertStringIncludes(text, "{{ env_var('T') }}");
  const { env } = await world.fakeRun();
  assertEquals(env["DBT_ENV_SECRET_DOT_0"], "hunter2");
});

Deno.test("the user's words and dbt's variables do not lead past the copy", async () => {
  await using world = await withEnvironments("  dev: {+schema: ada}\n");
  const env = { DBT_PROFILES_DIR: world.repo, DBT_TARGET: "dev" };
  const ran = await world.dot(["run", "dev", "--", "--target", "prod", "-s", "a"], { env });
  assertEquals(ran.code, 0, ran.stderr);
  const run = await world.fakeRun();
  assertEquals(run.argv.slice(-2), ["-s", "a"]);
  assertEquals(valueOf(run.argv, "--target"), "prod");
  assertEquals(run.env["DBT_PROFILES_DIR"], undefined);
  assertStringIncludes(await world.read(".dot/env/dev/profiles.yml"), 'schema: "ada"');
});

Deno.test("a dry run writes no copy, and commands without a profile need none", async () => {
  await using world = await withEnvironments("  dev: {+schema: ada}\n");
  const dry = await world.dot(["run", "dev", "--dry-run"]);
  assertStringIncludes(dry.stdout, join(".dot", "env", "dev"));
  for (const command of ["deps", "clean"]) {
    const ran = await world.dot([command, "dev"]);
    assertEquals(ran.code, 0, ran.stderr);
  }
  assertEquals(await world.has(".dot/env"), false);
  for (const { argv } of await world.fakeRuns()) {
    assertEquals(valueOf(argv, "--profiles-dir"), undefined);
  }
});

Deno.test("an isolated build puts its hash behind +schema", async () => {
  await using world = await withEnvironments("  dev: {+schema: ada}\n");
  const short = await world.git("rev-parse", "--short", "HEAD");
  const ran = await world.dot(["run", "dev@HEAD"]);
  assertEquals(ran.code, 0, ran.stderr);
  assertStringIncludes(ran.stderr, `ada_${short}`);
  const text = await world.read(`.dot/build/${short}/env/dev/profiles.yml`);
  assertStringIncludes(text, `schema: "ada_${short}"`);
  const record = JSON.parse(await world.read(`.dot/build/${short}/env/dev/build.json`));
  assertEquals(record.made_with.target, "dev");
  assertEquals(await world.has(".dot/env"), false);
});

Deno.test("+schema stands in the adapter's own key, Jinja and all", async () => {
  await using world = await withEnvironments("  dev: {+schema: \"{{ env_var('WHO') }}_x\"}\n", {
    "profiles.yml": `shop:
  target: dev
  outputs:
    dev: {type: bigquery, project: p, dataset: live}
`,
  });
  const ran = await world.dot(["run", "dev"], { env: { WHO: "ada" } });
  assertEquals(ran.code, 0, ran.stderr);
  assertStringIncludes(
    await world.read(".dot/env/dev/profiles.yml"),
    "dataset: \"{{ env_var('WHO') }}_x\"",
  );
  const shown = await world.dot(["env", "dev"], { env: { WHO: "ada" } });
  assertStringIncludes(shown.stdout, "ada_x");
});

Deno.test("a profile without a schema gets the environment's", async () => {
  await using world = await withEnvironments("  dev: {+schema: ada}\n", {
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: postgres, host: h}\n",
  });
  for (const target of ["dev", "dev@HEAD"]) {
    const ran = await world.dot(["run", target]);
    assertEquals(ran.code, 0, ran.stderr);
  }
  assertStringIncludes(await world.read(".dot/env/dev/profiles.yml"), 'schema: "ada"');
});

Deno.test("two projects of a repository do not share a copy", async () => {
  await using world = await World.make();
  const files = {
    "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\n',
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: x}\n",
    [FILE]: "environment:\n  dev: {+schema: ada}\n",
  };
  for (const folder of ["a", "b"]) {
    const entries = Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]);
    await world.write(Object.fromEntries(entries));
  }
  await world.commit("Two");
  await world.fakeDbt();
  for (const folder of ["a", "b"]) {
    const ran = await world.dot(["run", "dev"], { cwd: join(world.repo, folder) });
    assertEquals(ran.code, 0, ran.stderr);
    assertEquals(await world.has(`.dot/env/dev@${folder}/profiles.yml`), true);
  }
});

Deno.test("with real dbt, plain and isolated runs write where +schema says, and tidy looks there", async () => {
  await using world = await World.withProject({
    [FILE]: "environment:\n  dev: {+schema: ada}\n",
  });
  const env = await warmEnv();
  const short = await world.git("rev-parse", "--short", "HEAD");
  for (const target of ["dev", "dev@HEAD"]) {
    const ran = await world.dot(["run", target], { env });
    assertEquals(ran.code, 0, ran.stdout + ran.stderr);
    const schema = target === "dev" ? "ada" : `ada_${short}`;
    assertStringIncludes(ran.stdout, `${schema}.b`);
  }
  const shown = await world.dot(["tidy", "dev"], { env });
  assertEquals(shown.code, 0, shown.stderr);
  assertStringIncludes(shown.stderr, "every one of 2 relations in ada");
});

Deno.test("tidy --drop of a protected environment needs --yes, and says whose schemas they are", async () => {
  await using world = await World.withProject({
    [FILE]: "environment:\n  dev: {+protected: true, +schema: ada}\n",
  });
  const env = await warmEnv();
  const built = await world.dot(["run", "dev", "--yes"], { env });
  assertEquals(built.code, 0, built.stdout + built.stderr);
  await world.write({ "models/b.sql": undefined });
  await world.commit("Without b");
  const listed = await world.dot(["tidy", "dev"], { env });
  assertEquals(listed.stdout.includes("ada.b"), true, listed.stderr);
  const refused = await world.dot(["tidy", "dev", "--drop"], { env });
  assertEquals(refused.code, 2, refused.stderr);
  assertStringIncludes(refused.stderr, "`dot tidy dev --drop` writes to `ada`");
  assertStringIncludes(refused.stderr, "dot tidy dev --drop --yes");
  const dropped = await world.dot(["tidy", "dev", "--drop", "--yes"], { env });
  assertEquals(dropped.code, 0, dropped.stderr);
  assertStringIncludes(dropped.stderr, "dropped 1 relation");
});
