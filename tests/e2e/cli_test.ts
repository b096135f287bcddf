import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { DBT_COMMANDS } from "../../lib/dbt/commands.ts";
import { GLOBAL_FLAGS } from "../../lib/cli/flags.ts";
import { FLAGS } from "../../lib/commands/dbt/flags.ts";
import { VERSION } from "../../lib/base/version.ts";
import { type Ran, World } from "../harness.ts";
import { shellDbt } from "../shell_dbt.ts";

async function project(): Promise<World> {
  const world = await World.withProject();
  await world.fakeDbt();
  return world;
}

/** A wrong use of dot: exit code 2, words on stderr only, and dbt never started. */
async function assertRefused(world: World, ran: Ran, ...words: string[]): Promise<void> {
  assertEquals(ran.code, 2, ran.stderr);
  assertEquals(ran.stdout, "");
  for (const word of words) assertStringIncludes(ran.stderr, word);
  assertEquals(await world.fakeRuns(), []);
}

Deno.test("without files of dot's, dot build is dbt build", async () => {
  await using world = await project();
  const ran = await world.dot(["build"]);
  assertEquals(ran.code, 0, ran.stderr);
  const { argv, cwd } = await world.fakeRun();
  assertEquals(argv, ["build"]);
  assertEquals(cwd, world.repo);
});

Deno.test("every command of dbt runs as dbt's own, two-word ones included", async () => {
  await using world = await project();
  for (const { name } of DBT_COMMANDS) {
    const ran = await world.dot([...name.split(" "), "--no-deps"]);
    assertEquals(ran.code, 0, `${name}: ${ran.stderr}`);
  }
  const started = (await world.fakeRuns()).map(({ argv }) => argv.join(" "));
  assertEquals(started, DBT_COMMANDS.map(({ name }) => name));
});

Deno.test("what follows -- reaches dbt untouched and in its order", async () => {
  await using world = await project();
  const words = [
    "-s",
    "a+",
    "tag:x y",
    "--exclude",
    "it's",
    "",
    "ünï",
    "--no-defer",
    "a\nb",
    "--",
    "--dry-run",
  ];
  const ran = await world.dot(["build", "--", ...words]);
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals((await world.fakeRun()).argv, ["build", ...words]);
});

Deno.test("dot's flags may stand before, between and behind the words", async () => {
  await using world = await project();
  for (
    const args of [["--no-deps", "-q", "list", "dev"], ["list", "-q", "dev", "--no-deps"], [
      "list",
      "dev",
      "-q",
      "--no-deps",
    ]]
  ) {
    const ran = await world.dot(args);
    assertEquals(ran.code, 0, ran.stderr);
    assertEquals(ran.stderr, "", "quiet");
  }
  for (const { argv } of await world.fakeRuns()) {
    assertEquals(argv, ["list", "--profile", "shop", "--target", "dev"]);
  }
});

Deno.test("dbt's exit code is dot's", async () => {
  await using world = await project();
  for (const code of [1, 2, 3, 42]) {
    const plain = await world.dot(["build"], { env: { FAKE_DBT_EXIT: String(code) } });
    assertEquals(plain.code, code);
  }
  const isolated = await world.dot(["build", "@main"], { env: { FAKE_DBT_EXIT: "1" } });
  assertEquals(isolated.code, 1, isolated.stderr);
});

Deno.test("a dbt that a signal ended gives 128 and the signal's number", async () => {
  await using world = await World.withProject();
  await Deno.writeTextFile(join(world.bin, "dbt"), shellDbt("kill -9 $$\n"), { mode: 0o755 });
  assertEquals((await world.dot(["build"])).code, 137);
});

Deno.test("stdout is dbt's alone, and stderr says what runs, unless quiet", async () => {
  await using world = await project();
  const env = { FAKE_DBT_STDOUT: "shop.a" };
  const spoken = await world.dot(["list", "--", "-s", "tag:x y"], { env });
  assertEquals(spoken.stdout, "shop.a\n");
  assertStringIncludes(spoken.stderr, `$ ${join(world.bin, "dbt")} list -s 'tag:x y'`);
  const isolated = await world.dot(["list", "@main"], { env });
  assertEquals(isolated.stdout, "shop.a\n");
  const quiet = await world.dot(["list", "--quiet"], { env });
  assertEquals([quiet.stdout, quiet.stderr], ["shop.a\n", ""]);
});

Deno.test("dbt reads dot's stdin", async () => {
  await using world = await World.withProject();
  await Deno.writeTextFile(join(world.bin, "dbt"), shellDbt("exec cat\n"), { mode: 0o755 });
  const ran = await world.dot(["init"], { stdin: "shop\n1\n" });
  assertEquals([ran.code, ran.stdout], [0, "shop\n1\n"]);
});

Deno.test("--help names every command and flag on stdout and needs no project", async () => {
  await using world = await World.make();
  const ran = await world.dot(["--help"]);
  assertEquals([ran.code, ran.stderr], [0, ""]);
  for (const { name } of DBT_COMMANDS) assertMatch(ran.stdout, new RegExp(`^  ${name} `, "m"));
  for (const name of Object.keys({ ...FLAGS, ...GLOBAL_FLAGS })) {
    assertStringIncludes(ran.stdout, `--${name}`);
  }
  for (const args of [["-h"], ["help"]]) {
    assertEquals(await world.dot(args), ran, args.join(" "));
  }
});

Deno.test("each command has a help of its own", async () => {
  await using world = await World.make();
  const build = await world.dot(["build", "--help"]);
  assertEquals([build.code, build.stderr], [0, ""]);
  assertStringIncludes(build.stdout, "Usage: dot build [env][@ref]");
  assertStringIncludes(build.stdout, "--defer <env@ref>");
  for (const args of [["help", "build"], ["-h", "build"], ["build", "dev@main", "-h"]]) {
    assertEquals(await world.dot(args), build, args.join(" "));
  }
  const docs = await world.dot(["docs", "serve", "--help"]);
  assertStringIncludes(docs.stdout, "Usage: dot docs serve");
  assert(!docs.stdout.includes("--defer"), "docs serve cannot defer");
});

Deno.test("--help after -- is dbt's", async () => {
  await using world = await project();
  await world.dot(["build", "--", "--help"]);
  assertEquals((await world.fakeRun()).argv, ["build", "--help"]);
});

Deno.test("dot alone is a wrong use, and shows the help", async () => {
  await using world = await World.make();
  const ran = await world.dot([]);
  assertEquals(ran.code, 2);
  assertStringIncludes(ran.stdout + ran.stderr, "Usage: dot <command>");
});

Deno.test("--version is one line", async () => {
  await using world = await World.make();
  const ran = await world.dot(["--version"]);
  assertEquals(ran, { code: 0, stdout: `dot ${VERSION}\n`, stderr: "" });
});

Deno.test("an unknown command is refused with the nearest name", async () => {
  await using world = await project();
  await assertRefused(
    world,
    await world.dot(["buidl", "dev"]),
    "unknown command `buidl`",
    "Did you mean `build`?",
  );
  await assertRefused(world, await world.dot(["xyzzy"]), "unknown command `xyzzy`", "build");
  await assertRefused(world, await world.dot(["help", "tset"]), "Did you mean `test`?");
});

Deno.test("docs and source need their subcommand, before the target", async () => {
  await using world = await project();
  await assertRefused(world, await world.dot(["docs"]), "dot docs generate", "dot docs serve");
  await assertRefused(world, await world.dot(["docs", "dev@main"]), "dot docs generate");
  await assertRefused(world, await world.dot(["source", "dev"]), "dot source freshness");
});

Deno.test("an unknown flag is refused with the nearest of dot's", async () => {
  await using world = await project();
  await assertRefused(
    world,
    await world.dot(["build", "--dryrun"]),
    "unknown flag `--dryrun`",
    "Did you mean `--dry-run`?",
  );
  await assertRefused(
    world,
    await world.dot(["build", "--xyzzy"]),
    "unknown flag `--xyzzy`",
    "go after `--`",
  );
});

Deno.test("an option of dbt's before -- is refused with the hint where to put it", async () => {
  await using world = await project();
  for (
    const flag of ["--select", "--full-refresh", "-s", "--target", "--no-partial-parse", "--vars"]
  ) {
    const ran = await world.dot(["run", "dev", flag, "a"]);
    await assertRefused(world, ran, `unknown flag \`${flag}\``, "after `--`", `-- ${flag}`);
  }
});

Deno.test("the hint for an option of dbt's with a value shows both", async () => {
  await using world = await project();
  const ran = await world.dot(["run", "--select=a"]);
  await assertRefused(world, ran, "`--select=a`", "-- --select=a");
});

Deno.test("a second word after the target is refused with the hint about --", async () => {
  await using world = await project();
  await assertRefused(
    world,
    await world.dot(["run-operation", "dev", "grant"]),
    "unexpected `grant`",
    "dot run-operation dev -- grant",
  );
});

Deno.test("--defer needs a value", async () => {
  await using world = await project();
  await assertRefused(world, await world.dot(["build", "--defer"]), "--defer needs a value");
  await assertRefused(world, await world.dot(["build", "--defer="]), "--defer needs a value");
});

Deno.test("an empty ref never builds: the variable of a script was empty", async () => {
  await using world = await project();
  for (const flags of [[], ["--dry-run"], ["--defer", "@main"]]) {
    await assertRefused(world, await world.dot(["build", "prod@", ...flags]), "`prod@`", "empty");
    await assertRefused(world, await world.dot(["build", "@", ...flags]), "`@`");
    await assertRefused(world, await world.dot(["build", "", ...flags]), "empty");
  }
  await assertRefused(world, await world.dot(["build", "prod@ "]), "empty");
  await assertRefused(world, await world.dot(["build", " "]), "empty");
});

Deno.test("--verbose shows where an error comes from", async () => {
  await using world = await project();
  const short = await world.dot(["build", "@nowhere"]);
  const long = await world.dot(["build", "@nowhere", "-v"]);
  assertEquals(short.stderr.includes("    at "), false);
  assertStringIncludes(long.stderr, "    at ");
  assertEquals([short.code, long.code], [2, 2]);
});

Deno.test("--quiet leaves errors and warnings", async () => {
  await using world = await project();
  const ran = await world.dot(["build", "@nowhere", "--quiet"]);
  assertStringIncludes(ran.stderr, "error[DOT028]: git finds no commit for `nowhere`");
});

Deno.test("colours come only when asked for", async () => {
  await using world = await project();
  const plain = await world.dot(["build"]);
  assert(!plain.stderr.includes("\x1b["));
  const coloured = await world.dot(["build"], { env: { FORCE_COLOR: "1" } });
  assertStringIncludes(coloured.stderr, "\x1b[");
  const never = await world.dot(["build"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
  assert(!never.stderr.includes("\x1b["));
});

Deno.test("outside a dbt project dot says so and does not start dbt", async () => {
  await using world = await World.make();
  await world.fakeDbt();
  await assertRefused(world, await world.dot(["build"]), "no dbt_project.yml", "dot init");
  const init = await world.dot(["init", "--", "shop"]);
  assertEquals(init.code, 0, init.stderr);
  assertEquals((await world.fakeRun()).argv, ["init", "shop"]);
});

Deno.test("outside a git repository a plain run works and a ref is refused", async () => {
  await using world = await project();
  await Deno.remove(join(world.repo, ".git"), { recursive: true });
  const env = { GIT_CEILING_DIRECTORIES: world.folder };
  const refused = await world.dot(["build", "@main"], { env });
  await assertRefused(world, refused, "not in a git repository");
  const ran = await world.dot(["build", "dev"], { env });
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals((await world.fakeRun()).argv, ["build", "--profile", "shop", "--target", "dev"]);
});
