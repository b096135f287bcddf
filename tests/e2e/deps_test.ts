import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertEnded } from "../assertions.ts";
import { PROJECT, pythonPath, World } from "../harness.ts";
import { signal } from "../processes.ts";
import { start } from "../project.ts";
import { until } from "../running.ts";
import { coolDown, warmEnv } from "../warm.ts";

Deno.test.afterAll(coolDown);

const WITH_PACKAGES = {
  "packages.yml": "packages:\n  - local: ../shared\n",
};

/** Let a line of shell do the work of `dbt deps`, with `$3` as its project; the rest stays fake. */
async function depsBy(world: World, script: string): Promise<void> {
  await Deno.rename(join(world.bin, "dbt"), join(world.bin, "fake-dbt"));
  const text = `#!/bin/sh
if [ "$1" = deps ]; then
  ${script}
fi
exec '${join(world.bin, "fake-dbt")}' "$@"
`;
  await Deno.writeTextFile(join(world.bin, "dbt"), text, { mode: 0o755 });
}

async function commandsRun(world: World): Promise<(string | undefined)[]> {
  return (await world.fakeRuns()).map((run) => run.argv[0]);
}

Deno.test("deps runs once for a commit, for all its environments", async () => {
  await using world = await start(WITH_PACKAGES);
  const short = await world.git("rev-parse", "--short", "HEAD");
  for (const args of [["build", "dev@HEAD"], ["run", "dev@HEAD"], ["ls", "prod@HEAD"]]) {
    assertEnded(await world.dot(args));
  }
  assertEquals(await commandsRun(world), ["deps", "build", "run", "ls"]);
  const [deps] = await world.fakeRuns();
  const build = join(world.repo, ".dot", "build", short);
  assertEquals(deps?.argv, [
    "deps",
    "--project-dir",
    join(build, "worktree"),
    "--profiles-dir",
    join(build, "env", "dev"),
    "--profile",
    "shop",
    "--target",
    "dev",
    "--log-path",
    join(build, "env", "dev", "logs"),
  ]);
  assertEquals(deps?.cwd, join(build, "worktree"));
  assertEquals(deps?.env["DBT_TARGET_PATH"], join(build, "env", "dev", "target"));
});

Deno.test("deps gets the environment's variables, and no word meant for the command", async () => {
  await using world = await start({
    ...WITH_PACKAGES,
    "dot_environments.yml": "environment: {dev: {vars: {x: 1}}}\n",
  });
  assertEnded(await world.dot(["build", "dev@HEAD", "--", "-s", "a", "--vars", "{y: 2}"]));
  const [deps] = await world.fakeRuns();
  assertEquals(deps?.argv.slice(deps.argv.indexOf("--vars")), ["--vars", '{"x": 1, "y": 2}']);
});

Deno.test("deps runs again when its packages are gone or another dbt reads them", async () => {
  await using world = await start(WITH_PACKAGES);
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  const packages = join(world.repo, ".dot/build", short, "worktree/dbt_packages");
  await Deno.remove(packages, { recursive: true });
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals(await commandsRun(world), ["deps", "build", "deps", "build"]);
  await world.fakeDbt("1.11.1");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals((await commandsRun(world)).slice(4), ["deps", "build"]);
});

Deno.test("another commit has packages of its own", async () => {
  await using world = await start(WITH_PACKAGES);
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  await world.write({ "packages.yml": "packages: []\n" });
  await world.commit("No packages");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEnded(await world.dot(["build", "dev@HEAD~1"]));
  assertEquals(await commandsRun(world), ["deps", "build", "build", "build"]);
});

Deno.test("packages in dependencies.yml count, a project without any needs no deps", async () => {
  await using world = await start({
    ...WITH_PACKAGES,
    "packages.yml": "# none yet\n",
    "dependencies.yml": "packages:\n  - local: ../shared\n",
  });
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  await world.write({ "dependencies.yml": "projects:\n  - name: upstream\n" });
  await world.commit("No packages");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals(await commandsRun(world), ["deps", "build", "build"]);
});

Deno.test("--no-deps leaves them out, and the next run without it makes up for that", async () => {
  await using world = await start(WITH_PACKAGES);
  assertEnded(await world.dot(["build", "dev@HEAD", "--no-deps"]));
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals(await commandsRun(world), ["build", "deps", "build"]);
});

Deno.test("commands that read no packages run without deps, deps itself runs once", async () => {
  await using world = await start(WITH_PACKAGES);
  assertEnded(await world.dot(["debug", "dev@HEAD"]));
  assertEnded(await world.dot(["clean", "dev@HEAD"]));
  assertEnded(await world.dot(["docs", "serve", "dev@HEAD"]));
  assertEnded(await world.dot(["deps", "dev@HEAD"]));
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals(await commandsRun(world), ["debug", "docs", "deps", "build"]);
});

Deno.test("a plain run never runs deps by itself", async () => {
  await using world = await start(WITH_PACKAGES);
  assertEnded(await world.dot(["build", "dev"]));
  assertEquals(await commandsRun(world), ["build"]);
});

Deno.test("when deps fails its exit code is dot's, and it is tried again", async () => {
  await using world = await start(WITH_PACKAGES);
  const failed = await world.dot(["build", "dev@HEAD"], { env: { FAKE_DBT_DEPS_EXIT: "3" } });
  assertEnded(failed, 3);
  assertStringIncludes(failed.stderr, "error: dbt deps failed\n");
  assertStringIncludes(failed.stderr, "hint: To run without it: --no-deps\n");
  assertEquals(await commandsRun(world), ["deps"]);
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals(await commandsRun(world), ["deps", "deps", "build"]);
});

Deno.test("what deps prints goes to stderr, so that stdout is the command's alone", async () => {
  await using world = await start(WITH_PACKAGES);
  const ran = await world.dot(["ls", "dev@HEAD"], { env: { FAKE_DBT_STDOUT: "shop.a" } });
  assertEnded(ran);
  assertEquals(ran.stdout, "shop.a\n");
  assertStringIncludes(ran.stderr, "fake deps\n");
  const itself = await world.dot(["deps", "dev@HEAD"]);
  assertEquals(itself.stdout, "fake deps\n");
});

Deno.test("a dry run shows deps as long as it is needed, and makes nothing", async () => {
  await using world = await start(WITH_PACKAGES);
  const dry = await world.dot(["build", "dev@HEAD", "--dry-run"]);
  assertEnded(dry);
  const lines = dry.stdout.trim().split("\n");
  assertEquals(lines.map((line) => / (deps|build) --project-dir /.exec(line)?.[1]), [
    "deps",
    "build",
  ]);
  assertEquals(await world.has(".dot"), false);
  assertEquals(await commandsRun(world), []);
  const without = await world.dot(["build", "dev@HEAD", "--dry-run", "--no-deps"]);
  assertEquals(without.stdout.trim().split("\n").length, 1);
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  const later = await world.dot(["build", "dev@HEAD", "--dry-run"]);
  assertEquals(later.stdout.trim().split("\n").length, 1);
});

Deno.test("deps killed in the middle is repeated, over whatever it left", async () => {
  await using world = await start({
    ...WITH_PACKAGES,
    "package-lock.yml": "sha1_hash: committed\n",
  });
  const pid = join(world.folder, "deps.pid");
  await depsBy(
    world,
    `if [ -n "$HANG" ]; then
    mkdir -p "$3/dbt_packages/half"; echo "name: half" > "$3/dbt_packages/half/dbt_project.yml"; echo half > "$3/package-lock.yml"; echo $$ > '${pid}'
    exec sleep 600
  fi
  echo whole > "$3/package-lock.yml"`,
  );
  await using dot = world.spawnDot(["build", "dev@HEAD"], { env: { HANG: "1" } });
  const written = () => Deno.readTextFile(pid).catch(() => "");
  await until(async () => (await written()).endsWith("\n"), "deps hangs", dot);
  dot.kill("SIGKILL");
  signal(Number(await written()), "SIGKILL");
  await dot.end();
  const again = await world.dot(["build", "dev@HEAD"]);
  assertEnded(again);
  assertEquals(again.stderr.includes("waiting"), false, again.stderr);
  assertEquals(await commandsRun(world), ["deps", "build"]);
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals(await commandsRun(world), ["deps", "build", "build"]);
});

Deno.test("the lock file that deps rewrites is no edit, but one by hand is", async () => {
  await using world = await start({
    ...WITH_PACKAGES,
    "package-lock.yml": "sha1_hash: committed\n",
  });
  const short = await world.git("rev-parse", "--short", "HEAD");
  await depsBy(world, `echo rewritten > "$3/package-lock.yml"`);
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  const lock = `.dot/build/${short}/worktree/package-lock.yml`;
  assertEquals(await world.read(lock), "rewritten\n");
  await world.write({ [lock]: "mine\n" });
  const refused = await world.dot(["build", "dev@HEAD"]);
  assertEquals(refused.code, 2);
  assertStringIncludes(
    refused.stderr,
    "was edited, so it is not that commit any more: package-lock.yml",
  );
  assertEquals(await world.read(lock), "mine\n");
});

Deno.test("packages are no edit, wherever the project puts them", async () => {
  await using world = await start({
    ...WITH_PACKAGES,
    ".gitignore": ".dot/\n",
    "dbt_project.yml": `${PROJECT["dbt_project.yml"]}packages-install-path: lib/pkgs\n`,
  });
  await depsBy(
    world,
    `mkdir -p "$3/lib/pkgs/x"; echo "name: x" > "$3/lib/pkgs/x/dbt_project.yml"; exit 0`,
  );
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals(await commandsRun(world), ["build", "build"]);
});

Deno.test("what somebody puts where git does not look and dbt does is an edit, for a build and for prune", async () => {
  await using world = await start({
    ".gitignore": `${PROJECT[".gitignore"]}.dot/\n*_local.*\nnotes/\n`,
    "packages.yml": "packages:\n  - local: pkg\n",
    "pkg/dbt_project.yml": "name: pkg\nseed-paths: [data]\n",
    "pkg/packages.yml": "packages:\n  - local: ../other\n",
    "other/dbt_project.yml": "name: other\n",
  });
  const short = await world.git("rev-parse", "--short", "HEAD");
  const worktree = `.dot/build/${short}/worktree`;
  const prune = async (): Promise<string[]> => {
    const ran = await world.dot(["prune", "--all", "--dry-run", "--json"]);
    assertEnded(ran);
    return JSON.parse(ran.stdout).kept.map(({ why }: { why: string }) => why);
  };
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  await world.write({
    [`${worktree}/pkg/logs/dbt.log`]: "x",
    [`${worktree}/notes/a.sql`]: "x",
    [`${worktree}/dbt_packages/fake/target.json`]: "x",
  });
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals(await prune(), []);
  const edits = [
    ["models/my_local.sql"],
    ["pkg/data/by_hand.csv"],
    ["pkg/models/my_local.sql"],
    ["other/seeds/by_hand.csv"],
    ["other/macros/my_local.sql"],
    ["dbt_packages/fake/models/x.sql", "dbt_packages"],
  ];
  for (const [path = "", told = path] of edits) {
    await world.write({ [`${worktree}/${path}`]: "1" });
    const ran = await world.dot(["build", "dev@HEAD"]);
    assertEnded(ran, 2);
    assertStringIncludes(ran.stderr, `so it is not that commit any more: ${told}\n`);
    assertEquals(await prune(), [
      `its worktree holds somebody's work: ${told} (--force removes it)`,
    ]);
    await world.write({ [`${worktree}/${path}`]: undefined });
    assertEnded(await world.dot(["build", "dev@HEAD"]));
  }
  assertEquals(await prune(), []);
});

Deno.test("a local package resolves inside the worktree, with the real dbt", async () => {
  await using world = await World.make();
  const macro = (value: number) => `{% macro answer() %}${value}{% endmacro %}\n`;
  await world.write({
    ".gitignore": `${PROJECT[".gitignore"]}.dot/\n`,
    "shared/dbt_project.yml": 'name: shared\nversion: "1.0"\n',
    "shared/macros/answer.sql": macro(1),
    "dbt/dbt_project.yml": PROJECT["dbt_project.yml"] ?? "",
    "dbt/profiles.yml": PROJECT["profiles.yml"] ?? "",
    "dbt/packages.yml": "packages:\n  - local: ../shared\n",
    "dbt/models/a.sql": "select {{ shared.answer() }} as id\n",
  });
  const short = await world.commit("One");
  await world.write({ "shared/macros/answer.sql": macro(2) });
  await world.commit("Two");
  const options = { cwd: join(world.repo, "dbt"), env: await warmEnv() };
  assertEnded(await world.dot(["build", "dev@HEAD~1"], options));
  const worktree = join(world.repo, ".dot", "build", short, "worktree");
  assertEquals(
    await Deno.realPath(join(worktree, "dbt", "dbt_packages", "shared")),
    join(worktree, "shared"),
  );
  const query = `import duckdb
print(duckdb.connect("shop.duckdb").execute("select id from dev_${short}.a").fetchall())`;
  const asked = await world.run(pythonPath(), ["-c", query], options);
  assertEquals(asked.stdout, "[(1,)]\n", asked.stderr);
  const again = await world.dot(["ls", "dev@HEAD~1", "--", "--quiet"], options);
  assertEnded(again);
  assertEquals(again.stdout, "shop.a\n");
  assertEquals(/ deps /.test(again.stderr), false, again.stderr);
});
