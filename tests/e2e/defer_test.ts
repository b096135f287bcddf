import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertEnded, assertRefused } from "../assertions.ts";
import { pythonPath, type World } from "../harness.ts";
import { start } from "../project.ts";
import { coolDown, warmEnv } from "../warm.ts";

Deno.test.afterAll(coolDown);

const ENVIRONMENTS = "environment:\n  default: dev\n  dev: {}\n  prod: {}\n";
const WITHOUT_DEFAULT = "environment:\n  dev: {}\n  prod: {}\n";

function stateOf(world: World, short: string, env: string): string {
  return join(world.repo, ".dot", "build", short, "env", env, "state");
}

function deferWords(world: World, short: string, env: string): string[] {
  return ["--defer", "--favor-state", "--state", stateOf(world, short, env)];
}

/** dot refuses it, and starts no dbt for it. */
async function assertRefuses(world: World, args: string[], ...words: string[]): Promise<void> {
  const before = (await world.fakeRuns()).length;
  assertRefused(await world.dot(args), ...words);
  assertEquals((await world.fakeRuns()).length, before);
}

Deno.test("a deferred plain run reads the baseline's state", async () => {
  await using world = await start({ "dot_environments.yml": ENVIRONMENTS });
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "prod@HEAD"]));
  assertEnded(await world.dot(["run", "dev", "--defer", "prod@HEAD", "--", "-s", "b"]));
  const run = await world.lastFakeRun();
  assertEquals(run.argv, [
    "run",
    ...deferWords(world, short, "prod"),
    "--profile",
    "shop",
    "--target",
    "dev",
    "-s",
    "b",
  ]);
});

Deno.test("a deferred isolated run reads the baseline's state, and writes its own", async () => {
  await using world = await start({ "dot_environments.yml": ENVIRONMENTS });
  const base = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "prod@HEAD"]));
  const short = await world.commit("Second");
  assertEnded(await world.dot(["build", "dev@HEAD", "--defer=prod@HEAD~1"]));
  const argv = (await world.lastFakeRun()).argv;
  assertEquals(argv.slice(-4), deferWords(world, base, "prod"));
  assertEquals(
    argv[argv.indexOf("--target-path") + 1],
    join(world.repo, ".dot", "build", short, "env", "dev", "target"),
  );
});

Deno.test("every command that can defer does, with the same words", async () => {
  await using world = await start({ "dot_environments.yml": ENVIRONMENTS });
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "prod@HEAD"]));
  const commands = ["clone", "compile", "docs generate", "list", "ls", "seed", "show", "snapshot"];
  commands.push("source freshness", "test");
  const ran = await Promise.all(
    commands.map((name) => world.dot([...name.split(" "), "dev", "--defer", "prod@HEAD"])),
  );
  ran.forEach((each) => assertEnded(each));
  const runs = (await world.fakeRuns()).slice(1).map((run) => run.argv.join(" "));
  const words = [...deferWords(world, short, "prod"), "--profile", "shop", "--target", "dev"];
  assertEquals(runs.sort(), commands.map((name) => `${name} ${words.join(" ")}`).sort());
});

Deno.test("a baseline without an environment is the default one's", async () => {
  await using world = await start({ "dot_environments.yml": ENVIRONMENTS });
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEnded(await world.dot(["build", "prod", "--defer", "@HEAD"]));
  const argv = (await world.lastFakeRun()).argv;
  assertEquals(argv.slice(1, 5), deferWords(world, short, "dev"));
});

Deno.test("with no environments file, `--defer @ref` takes the run's own target", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "prod@HEAD"]));
  assertEnded(await world.dot(["build", "@HEAD"]));
  assertEnded(await world.dot(["build", "prod", "--defer", "@HEAD"]));
  assertEnded(await world.dot(["build", "--defer", "@HEAD"]));
  const [, , named, unnamed] = await world.fakeRuns();
  assertEquals(named?.argv.slice(1, 5), deferWords(world, short, "prod"));
  assertEquals(unnamed?.argv.slice(1, 5), deferWords(world, short, "dev"));
  await world.commit("Second");
  assertEnded(await world.dot(["build", "@HEAD", "--defer", "@HEAD~1"]));
  const isolated = (await world.lastFakeRun()).argv;
  assertEquals(isolated.slice(-4), deferWords(world, short, "dev"));
});

Deno.test("dot's state stands over the environment's", async () => {
  await using world = await start({
    "dot_environments.yml":
      "environment:\n  dev: {state: elsewhere, defer-state: there, defer: false}\n  prod: {}\n",
  });
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "prod@HEAD"]));
  const env = { DBT_STATE: "x", DBT_DEFER_STATE: "y", DBT_ENGINE_DEFER_STATE: "z" };
  assertEnded(await world.dot(["build", "dev", "--defer", "prod@HEAD"], { env }));
  const run = await world.lastFakeRun();
  assertEquals(run.argv, [
    "build",
    ...deferWords(world, short, "prod"),
    "--profile",
    "shop",
    "--target",
    "dev",
  ]);
  assertEquals(Object.keys(run.env).filter((name) => /STATE$/.test(name)), []);
});

Deno.test("a state of the user's own beside --defer is refused", async () => {
  await using world = await start({ "dot_environments.yml": ENVIRONMENTS });
  assertEnded(await world.dot(["build", "prod@HEAD"]));
  for (const option of ["--state", "--defer-state"]) {
    await assertRefuses(
      world,
      ["build", "dev", "--defer", "prod@HEAD", "--", option, "mine"],
      `error[DOT009]: --defer and dbt's own ${option} cannot go together`,
    );
  }
});

Deno.test("a spec without a ref, with an empty one or with nothing is told apart", async () => {
  await using world = await start({ "dot_environments.yml": ENVIRONMENTS });
  await assertRefuses(
    world,
    ["build", "dev", "--defer", "prod"],
    "error[DOT011]: --defer prod must include a git ref",
    "--defer prod@main",
  );
  await assertRefuses(
    world,
    ["build", "dev", "--defer", "prod@"],
    "error[DOT006]: `prod@` has an empty git ref after the `@`",
  );
  await assertRefuses(
    world,
    ["build", "dev", "--defer", "@"],
    "error[DOT006]: `@` has neither an environment nor a git ref",
  );
  await assertRefuses(world, ["build", "dev", "--defer"], "--defer needs a value");
  await assertRefuses(world, ["build", "dev", "--defer="], "--defer needs a value");
});

Deno.test("an unknown environment of a baseline is named, with the nearest", async () => {
  await using world = await start({ "dot_environments.yml": ENVIRONMENTS });
  await assertRefuses(
    world,
    ["build", "dev", "--defer", "prd@HEAD"],
    "error[DOT022]: there is no environment `prd`",
    "`prod`",
  );
});

Deno.test("a baseline without an environment where none is the default is an error", async () => {
  await using world = await start({ "dot_environments.yml": WITHOUT_DEFAULT });
  await assertRefuses(
    world,
    ["build", "dev", "--defer", "@HEAD"],
    "error[DOT023]: --defer @HEAD names no environment, and none is the default",
    "--defer dev@HEAD",
  );
});

Deno.test("a baseline's ref that git cannot resolve is named", async () => {
  await using world = await start({ "dot_environments.yml": ENVIRONMENTS });
  await assertRefuses(
    world,
    ["build", "dev", "--defer", "prod@mian"],
    "error[DOT028]: git finds no commit for `mian`",
    "Did you mean `main`?",
  );
});

Deno.test("a baseline that was never built comes with the command for it", async () => {
  await using world = await start({ "dot_environments.yml": ENVIRONMENTS });
  const short = await world.git("rev-parse", "--short", "HEAD");
  const hint = "Build it: dot build prod@main\n";
  await assertRefuses(
    world,
    ["build", "dev", "--defer", "prod@main"],
    `error[DOT033]: there is no build of \`prod@main\` (${short}) to defer to`,
    hint,
  );
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  await assertRefuses(
    world,
    ["build", "dev", "--defer", "prod@main"],
    "there is no build of",
    hint,
  );
});

Deno.test("a baseline whose manifest is missing or cut off is told apart", async () => {
  await using world = await start({ "dot_environments.yml": ENVIRONMENTS });
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "prod@HEAD"]));
  const manifest = `.dot/build/${short}/env/prod/state/manifest.json`;
  const hint = "Build it: dot build prod@HEAD\n";
  const args = ["build", "dev", "--defer", "prod@HEAD"];
  for (const text of ['{"metadata": {}, "nodes": {"a', "", "[]", "null", '{"nodes": {}}', "1"]) {
    await world.write({ [manifest]: text });
    await assertRefuses(
      world,
      args,
      `error[DOT033]: the manifest.json of \`prod@HEAD\` (${short}) is cut off or no manifest`,
      hint,
    );
  }
  await world.write({ [manifest]: undefined });
  await assertRefuses(
    world,
    args,
    `error[DOT033]: the build of \`prod@HEAD\` (${short}) has no manifest.json`,
    hint,
  );
});

Deno.test("a command that cannot defer says so", async () => {
  await using world = await start({ "dot_environments.yml": ENVIRONMENTS });
  assertEnded(await world.dot(["build", "prod@HEAD"]));
  for (const name of ["clean", "debug", "deps", "parse", "retry", "run-operation"]) {
    await assertRefuses(
      world,
      [name, "dev", "--defer", "prod@HEAD"],
      `error[DOT008]: \`dbt ${name}\` cannot defer`,
      "Leave out --defer.",
    );
  }
});

Deno.test("a build cannot defer to itself", async () => {
  await using world = await start({ "dot_environments.yml": ENVIRONMENTS });
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  await assertRefuses(
    world,
    ["build", "dev@HEAD", "--defer", "dev@main"],
    `error[DOT009]: a build cannot defer to itself (${short})`,
  );
});

Deno.test("outside a repository there is nothing to defer to", async () => {
  await using world = await start();
  await Deno.remove(join(world.repo, ".git"), { recursive: true });
  await assertRefuses(
    world,
    ["build", "dev", "--defer", "prod@HEAD"],
    `error[DOT027]: ${world.repo} is not in a git repository`,
  );
});

Deno.test("a deferred build of the real dbt reads the baseline's relations", async () => {
  await using world = await start();
  const options = { env: await warmEnv() };
  const base = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "prod@HEAD"], options));
  await world.write({
    "models/b.sql": "{{ config(materialized='table') }}\nselect id + 1 as id from {{ ref('a') }}\n",
  });
  const head = await world.commit("Change b");
  const defer = ["--defer", "prod@HEAD~1", "--", "-s", "b"];
  assertEnded(await world.dot(["build", "dev@HEAD", ...defer], options));
  assertEnded(await world.dot(["build", "dev", ...defer], options));
  const compiled = `.dot/build/${head}/env/dev/target/run/shop/models/b.sql`;
  assertStringIncludes(await world.read(compiled), `"analytics_${base}"."a"`);
  const query = `import duckdb
db = duckdb.connect("shop.duckdb")
print(db.execute("""select table_schema, table_name from information_schema.tables
where table_schema <> 'information_schema' order by all""").fetchall())
print(db.execute("select * from dev_${head}.b union all select * from dev.b").fetchall())`;
  const asked = await world.run(pythonPath(), ["-c", query], {});
  assertEquals(
    asked.stdout,
    `[('analytics_${base}', 'a'), ('analytics_${base}', 'b'), ` +
      `('dev', 'b'), ('dev_${head}', 'b')]\n` +
      "[(2,), (2,)]\n",
    asked.stderr,
  );
});
