import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertRefused } from "../assertions.ts";
import { PROJECT, World } from "../harness.ts";
import { signal } from "../processes.ts";
import { IGNORING, start } from "../project.ts";
import { until } from "../running.ts";
import { manyCommits } from "../upkeep.ts";
import { coolDown, warmEnv } from "../warm.ts";

Deno.test.afterAll(coolDown);

const A = "model.shop.a";
const B = "model.shop.b";
const FILES = {
  "dot_environments.yml": "environment:\n  default: dev\n  dev: {}\n  prod: {}\n",
};
const NODES = { [A]: "success", [B]: "success" };

/** What a test looks at of a build in JSON. */
interface Listed {
  name: string | null;
  short: string;
  commit: string | null;
  subject: string | null;
  branches: string[];
  tags: string[];
  environment: string | null;
  project: string | null;
  at: string | null;
  command: string | null;
  complete: boolean;
  nodes: { wanted: number; built: number; failed: number } | null;
  sampled: boolean;
  schemas: { database: string; schema: string; present: boolean | null }[];
  bytes: { environment: number; commit: number };
  pinned: boolean;
  running: boolean;
  unfinished: boolean;
  defers_to: { environment: string; commit: string }[];
  deferred_to_by: string[];
  folder: string;
}

async function build(
  world: World,
  args: string[],
  nodes: Record<string, string | null> = NODES,
  env: Record<string, string> = {},
): Promise<void> {
  const ran = await world.dot(args, { env: { FAKE_DBT_NODES: JSON.stringify(nodes), ...env } });
  assertEquals(ran.code, 0, ran.stderr);
}

async function listed(world: World, ...args: string[]): Promise<Listed[]> {
  const ran = await world.dot(["builds", "--offline", "--json", ...args]);
  assertEquals(ran.code, 0, ran.stderr);
  const { builds, version } = JSON.parse(ran.stdout);
  assertEquals(version, 1);
  return builds;
}

/** The names of what is listed. */
async function names(world: World, ...args: string[]): Promise<(string | null)[]> {
  return (await listed(world, ...args)).map(({ name }) => name);
}

Deno.test("builds are listed newest first, with what git and the records say of them", async () => {
  await using world = await start(FILES);
  const first = await world.git("rev-parse", "--short", "HEAD");
  await world.git("tag", "--annotate", "--message", "One", "v1");
  await build(world, ["build", "prod@HEAD"]);
  const second = await world.commit("Grüße, “Welt”");
  await world.git("branch", "größe/🍰");
  await build(world, ["build", "dev@HEAD"], {
    [A]: "success",
    [B]: "error",
    "test.shop.t": "fail",
  });
  const [newer, older, ...more] = await listed(world);
  assertEquals(more, []);
  assertEquals([newer?.name, older?.name], [`dev@${second}`, `prod@${first}`]);
  assertEquals([newer?.subject, newer?.branches, newer?.tags], [
    "Grüße, “Welt”",
    ["größe/🍰", "main"],
    [],
  ]);
  assertEquals([older?.subject, older?.branches, older?.tags], ["Start", [], ["v1"]]);
  assertEquals([newer?.nodes, newer?.complete], [{ wanted: 2, built: 1, failed: 2 }, false]);
  assertEquals([older?.nodes, older?.complete], [{ wanted: 2, built: 2, failed: 0 }, true]);
  assertEquals(older?.schemas, [{ database: "", schema: `fake_${first}`, present: null }]);
  assertEquals([older?.project, older?.command, older?.unfinished], ["", "build", false]);
  assertEquals((older?.bytes.commit ?? 0) > 500 && (older?.bytes.environment ?? 0) > 500, true);

  const table = await world.dot(["builds", "--offline"]);
  assertEquals([table.code, table.stderr], [0, ""]);
  const [head = "", one = "", two = ""] = table.stdout.split("\n");
  assertMatch(head, /^BUILD +BUILT +NODES +SIZE +SCHEMAS +REFS +SUBJECT$/);
  assertMatch(one, new RegExp(`^dev@${second} .* 1/2, 2 failed .* größe/🍰, main +Grüße, “Welt”$`));
  assertMatch(two, new RegExp(`^prod@${first} +\\d{4}-\\d\\d-\\d\\dT\\S+Z +2/2 .* v1 +Start$`));

  assertEquals(await names(world, "prod"), [`prod@${first}`]);
  const coloured = await world.dot(["builds"], { env: { FORCE_COLOR: "1" } });
  assertStringIncludes(coloured.stdout, `\x1b[1mdev@${second}\x1b[22m`);
  const terminal = await world.terminal(["builds"], [], { env: { NO_COLOR: "1" } });
  assertStringIncludes(terminal.stdout, "just now");
  assertEquals(terminal.stdout.includes("\x1b["), false, terminal.stdout);
});

Deno.test("where nothing is built, it is said on stderr, and JSON is an empty list", async () => {
  await using world = await start(FILES);
  const ran = await world.dot(["builds"]);
  assertEquals([ran.code, ran.stdout], [0, ""]);
  assertStringIncludes(ran.stderr, "there are no isolated builds; `dot build @main` makes one");
  assertEquals(await listed(world), []);
  await build(world, ["build", "dev@HEAD"]);
  const other = await world.dot(["builds", "prod"]);
  assertEquals([other.code, other.stdout], [0, ""]);
  assertStringIncludes(other.stderr, "no isolated builds of `prod`");
  const { stdout } = await world.dot(["builds", "--json", "prod"]);
  assertEquals(JSON.parse(stdout), { version: 1, builds: [] });
});

Deno.test("wrong uses are refused, with what is right", async () => {
  await using world = await start(FILES);
  await build(world, ["build", "dev@HEAD"]);
  const short = await world.git("rev-parse", "--short", "HEAD");
  const refusals: [string[], string[]][] = [
    [["prd"], ["there is no environment `prd`", "Did you mean `prod`?"]],
    [["dev@main"], ["`dev@main` is a build", "dot builds dev"]],
    [["dev", "prod"], ["unexpected `prod` after `dev`"]],
    [["--jsn"], ["unknown flag `--jsn`", "`--json`"]],
    [["--defer", "x"], ["unknown flag `--defer`"]],
    [["--", "x"], ["runs no dbt"]],
    [["pin"], ["`dot builds pin` needs a build"]],
    [["pin", "dev@main", "--json"], ["--json does not go with `pin`"]],
    [["pin", "dev"], ["`dev` names no commit", `dev@${short}`]],
    [["pin", "dev@"], ["an empty git ref"]],
    [["pin", "prod@main"], [`there is no build of \`prod@main\` (`, `built as dev@${short}`]],
    [["pin", "prd@main"], ["there is no environment `prd`", "`prod`"]],
    [["pin", "dev@mian"], ["git finds no commit for `mian`", `Builds: dev@${short}.`]],
    [["unpin", "dev@main", "dev@nope"], ["git finds no commit for `nope`"]],
  ];
  for (const [args, words] of refusals) {
    const ran = await world.dot(["builds", ...args]);
    assertRefused(ran, ...words);
    assertEquals(ran.stdout !== "", args.includes("--json"), ran.stdout);
  }
  assertRefused(await world.dot(["builds"], { cwd: world.home }), "is not in a git repository");
  assertEquals((await listed(world))[0]?.pinned, false);
});

Deno.test("builds are pinned and unpinned, several at a time, all or none", async () => {
  await using world = await start(FILES);
  const first = await world.git("rev-parse", "--short", "HEAD");
  await build(world, ["build", "dev@HEAD"]);
  await build(world, ["build", "prod@HEAD"]);
  const second = await world.commit("Second");
  await build(world, ["build", "dev@HEAD"]);
  const pinned = async () =>
    (await listed(world)).filter((each) => each.pinned).map(({ name }) => name).sort();

  const none = await world.dot(["builds", "pin", "dev@main", "dev@nope"]);
  assertEquals([none.code, await pinned()], [2, []]);
  // `@ref` is the default environment's.
  const both = await world.dot(["builds", "pin", "@HEAD~1", `dev@${second}`, "dev@main"]);
  assertEquals([both.code, both.stdout], [0, ""]);
  assertEquals(both.stderr, `pinned dev@${first}\npinned dev@${second}\n`);
  assertEquals(await pinned(), [`dev@${first}`, `dev@${second}`].sort());
  const again = await world.dot(["builds", "pin", "dev@main"]);
  assertEquals([again.code, again.stderr], [0, `dev@${second} is pinned already\n`]);
  assertStringIncludes((await world.dot(["builds"])).stdout, "pinned");
  // A build that is built again stays pinned.
  await build(world, ["build", "dev@HEAD"]);
  const undone = await world.dot(["builds", "unpin", "dev@HEAD~1", "prod@HEAD~1"]);
  assertEquals([undone.code, undone.stderr], [
    0,
    `unpinned dev@${first}\nprod@${first} is not pinned\n`,
  ]);
  assertEquals(await pinned(), [`dev@${second}`]);
});

Deno.test("`@ref` without a default environment is the commit's only build", async () => {
  await using world = await start({
    ...FILES,
    "dot_environments.yml": "environment:\n  dev: {}\n  qa: {}\n",
  });
  const short = await world.git("rev-parse", "--short", "HEAD");
  await build(world, ["build", "qa@HEAD", "--", "--target", "prod"]);
  assertEquals((await world.dot(["builds", "pin", "@HEAD"])).stderr, `pinned qa@${short}\n`);
  await build(world, ["build", "dev@HEAD"]);
  assertRefused(
    await world.dot(["builds", "pin", "@HEAD"]),
    "`@HEAD` names no environment, and none is the default",
    `dev@${short}, qa@${short}`,
  );
});

Deno.test("a build that another was built against says so, also after later runs", async () => {
  await using world = await start(FILES);
  const base = await world.git("rev-parse", "HEAD");
  await build(world, ["build", "prod@HEAD"]);
  const short = await world.commit("Second");
  await build(world, ["compile", "dev@HEAD", "--defer", "prod@HEAD~1"]);
  // What only reads is no build.
  assertEquals(await listed(world, "dev"), []);
  await build(world, ["run", "dev@HEAD", "--defer", "prod@HEAD~1"]);
  await build(world, ["build", "dev@HEAD"]);
  const [reader, read] = await listed(world);
  assertEquals(reader?.defers_to, [{ environment: "prod", commit: base }]);
  assertEquals(read?.deferred_to_by, [`dev@${short}`]);
  assertStringIncludes((await world.dot(["builds"])).stdout, `read by dev@${short}`);
});

Deno.test("no schema that was ever written to is forgotten", async () => {
  await using world = await start(FILES);
  const short = await world.git("rev-parse", "--short", "HEAD");
  const schemas = async () => (await listed(world))[0]?.schemas.map(({ schema }) => schema);
  await build(world, ["build", "dev@HEAD"], NODES, { FAKE_DBT_SCHEMA: `one_${short}` });
  await world.write({
    "profiles.yml": (await world.read("profiles.yml")).replace("schema: dev", "schema: other"),
  });
  await build(world, ["run", "dev@HEAD"], NODES, { FAKE_DBT_SCHEMA: `two_${short}` });
  await build(world, ["ls", "dev@HEAD"], NODES, { FAKE_DBT_SCHEMA: `three_${short}` });
  assertEquals(await schemas(), [`one_${short}`, `two_${short}`]);
  const failed = await world.dot(["test", "dev@HEAD"], {
    env: { FAKE_DBT_EXIT: "1", FAKE_DBT_NODES: "{}", FAKE_DBT_SCHEMA: `four_${short}` },
  });
  assertEquals(failed.code, 1);
  assertEquals(await schemas(), [`one_${short}`, `two_${short}`]);
});

Deno.test("a killed run is unfinished, and its schemas are known, also after a clean", async () => {
  await using world = await start(FILES);
  const short = await world.git("rev-parse", "--short", "HEAD");
  const env = { FAKE_DBT_WAIT: "1", FAKE_DBT_NODES: JSON.stringify(NODES) };
  await using running = world.spawnDot(["build", "dev@HEAD"], { env });
  const results = `.dot/build/${short}/env/dev/target/run_results.json`;
  await until(() => world.has(results), "dbt has results", running);
  const [busy] = await listed(world);
  assertEquals([busy?.running, busy?.unfinished, busy?.complete], [true, false, false]);
  assertStringIncludes((await world.dot(["builds", "--offline"])).stdout, "running");
  running.kill("SIGKILL");
  await running.leave();
  // The fake dbt outlives the dot that is killed.
  signal((await world.fakeRun()).pid, "SIGKILL");

  const expected = [{ database: "", schema: `fake_${short}`, present: null }];
  const [killed] = await listed(world);
  assertEquals([killed?.running, killed?.unfinished, killed?.complete], [false, true, false]);
  assertEquals(killed?.schemas, expected);
  const table = await world.dot(["builds"]);
  assertMatch(table.stdout, / - .*unfinished/);
  // Whatever comes next, also where that replaces the manifest, or removes it.
  const at = `.dot/build/${short}/env/dev/target/manifest.json`;
  const elsewhere = (await world.read(at)).replaceAll("fake_", "other_");
  await build(world, ["ls", "dev@HEAD"], NODES, { FAKE_DBT_SCHEMA: `other_${short}` });
  assertEquals(await world.read(at), elsewhere);
  assertEquals((await listed(world))[0]?.schemas, expected);
  await build(world, ["clean", "dev@HEAD"]);
  assertEquals((await listed(world))[0]?.schemas, expected);
  await build(world, ["compile", "dev@HEAD"], {});
  assertEquals((await listed(world))[0]?.schemas, expected);
});

Deno.test("the record of the real dbt names its schemas, stored failures included", async () => {
  await using world = await start({
    ...FILES,
    "models/marts/c.sql": "{{ config(schema='marts') }}\nselect 1 as id\n",
    "models/marts/schema.yml":
      "models:\n  - name: c\n    columns:\n      - name: id\n        data_tests: [unique]\n",
    "seeds/numbers.csv": "id\n1\n",
  });
  const short = await world.git("rev-parse", "--short", "HEAD");
  const run = async (...args: string[]) => {
    const ran = await world.dot(args, { env: await warmEnv() });
    assertEquals(ran.code, 0, ran.stdout + ran.stderr);
    return (await listed(world))[0];
  };
  const first = await run("run", "dev@HEAD", "--", "-s", "a");
  assertEquals(first?.nodes, { wanted: 4, built: 1, failed: 0 });
  const names = (each: Listed | undefined) =>
    each?.schemas.map(({ database, schema }) => `${database}.${schema}`);
  assertEquals(names(first), [`shop.dev_${short}`, `shop.dev_${short}_marts`]);
  const whole = await run("build", "dev@HEAD", "--", "--store-failures");
  assertEquals([whole?.complete, whole?.nodes], [true, { wanted: 4, built: 4, failed: 0 }]);
  const audit = `shop.dev_${short}_dbt_test__audit`;
  assertEquals(names(whole), [`shop.dev_${short}`, audit, `shop.dev_${short}_marts`]);
  assertEquals(names(await run("run", "dev@HEAD")), names(whole));
});

Deno.test("what was only parsed is no build, and prune clears it away when its turn comes", async () => {
  await using world = await start({
    ...FILES,
    "dot_environments.yml": "environment:\n  default: dev\n  dev: {target: dev, +keep: 1}\n",
  });
  const env = await warmEnv();
  const run = async (...args: string[]) => {
    const ran = await world.dot(args, { env });
    assertEquals(ran.code, 0, ran.stdout + ran.stderr);
    return ran.stdout + ran.stderr;
  };
  const first = await world.git("rev-parse", "--short", "HEAD");
  await run("run", "dev@HEAD");
  const second = await world.commit("Second");
  // A clean working tree is the commit that is checked out.
  const same = await run("state");
  assertStringIncludes(same, `nothing differs in ${second} since ${second} (Second)`);
  await run("parse", "dev@HEAD");
  await run("ls", "dev@HEAD");
  await world.write({ "models/c.sql": "select 1 as id\n" });
  await run("state");
  await run("run", "--modified");
  assertEquals(await names(world), [`dev@${first}`]);
  assertEquals((await run("builds")).includes("unfinished"), false);
  const folders = async () =>
    (await Array.fromAsync(Deno.readDir(join(world.repo, ".dot", "build"))))
      .flatMap(({ isDirectory, name }) => isDirectory ? [name] : []).sort();
  assertEquals((await folders()).length, 3);
  // The build is the newest one that there is.
  const pruned = await run("prune", "--yes");
  assertStringIncludes(pruned, "removed 2 builds");
  assertEquals(await folders(), [first]);
});

Deno.test("a command that reads changes nothing of the record, whatever variables it has", async () => {
  await using world = await start(FILES);
  const short = await world.git("rev-parse", "--short", "HEAD");
  await build(world, ["build", "dev@HEAD"]);
  const record = `.dot/build/${short}/env/dev/build.json`;
  const before = await world.read(record);
  for (const command of ["ls", "compile", "parse", "show", "docs generate", "run-operation"]) {
    const words = [...command.split(" "), "dev@HEAD", "--", "--vars", "{x: 1}"];
    await build(world, command === "run-operation" ? [...words, "m"] : words);
    assertEquals(await world.read(record), before, command);
  }
});

Deno.test("half-made folders, garbage and strangers are no reason to fail", async () => {
  await using world = await start(FILES);
  const short = await world.git("rev-parse", "--short", "HEAD");
  const hash = await world.git("rev-parse", "HEAD");
  await build(world, ["build", "dev@HEAD"]);
  const at = `.dot/build/${short}`;
  const gone = "0123456789".repeat(4);
  await world.write({
    // Records that are none, or another commit's.
    [`${at}/env/broken/build.json`]: '{"commit": "abc',
    [`${at}/env/empty/build.json`]: "",
    [`${at}/env/odd/build.json`]: "[1]",
    [`${at}/env/other/build.json`]: JSON.stringify({ commit: gone, at: "2999" }),
    [`${at}/env/new/profiles.yml`]: "",
    [`${at}/env/.hidden/x`]: "",
    [`${at}/env/file`]: "",
    // A commit that git has removed, a folder that was never finished, a worktree for nobody.
    [`.dot/build/${gone.slice(0, 7)}/commit`]: `${gone}\n`,
    [`.dot/build/${gone.slice(0, 7)}/env/dev/build.json`]: JSON.stringify({
      commit: gone,
      environment: "dev",
      at: "2020-01-01T00:00:00Z",
      nodes: { [A]: "success" },
    }),
    ".dot/build/abcdef0/worktree/x": "",
    ".dot/build/abcdef1/commit": "garbage\n",
    ".dot/build/abcdef1/env/dev/lock": "",
    // Not dot's.
    ".dot/build/sizes.json": "[",
    ".dot/build/notes/x": "",
    ".dot/build/.abc.tmp": "",
  });
  const found = await listed(world);
  const shown = found.map(({ name, short }) => name ?? short);
  // What has a time comes first; what was never begun to be built is no build.
  assertEquals(shown.slice(0, 2), [`dev@${short}`, `dev@${gone.slice(0, 7)}`]);
  const broken = ["broken", "empty", "odd", "other"];
  assertEquals(shown.slice(2).sort(), broken.map((name) => `${name}@${short}`).sort());
  const by = (name: string) => found.find((each) => (each.name ?? each.short) === name);
  for (const name of broken) {
    const each = by(`${name}@${short}`);
    assertEquals([each?.commit, each?.unfinished, each?.at, each?.schemas], [hash, true, null, []]);
  }
  const lost = by(`dev@${gone.slice(0, 7)}`);
  assertEquals([lost?.subject, lost?.commit, lost?.nodes], [null, gone, null]);
  assertStringIncludes((await world.dot(["builds"])).stdout, "commit gone");
  // It is still there to be pinned.
  const pinned = await world.dot(["builds", "pin", `dev@${gone.slice(0, 7)}`]);
  assertEquals([pinned.code, pinned.stderr], [0, `pinned dev@${gone.slice(0, 7)}\n`]);
  assertEquals(await world.has(".dot/build/abcdef0/lock"), false);
});

Deno.test("two projects of one repository are told apart", async () => {
  await using world = await World.make();
  await world.write(IGNORING);
  for (const name of ["core", "marts/a+b"]) {
    for (const [path, text] of Object.entries(PROJECT)) {
      await world.write({ [`${name}/${path}`]: text });
    }
  }
  const short = await world.commit("Two projects");
  await world.fakeDbt();
  for (const name of ["core", "marts/a+b"]) {
    const ran = await world.dot(["build", "dev@HEAD"], { cwd: join(world.repo, name) });
    assertEquals(ran.code, 0, ran.stderr);
  }
  const found = await listed(world);
  assertEquals(found.map(({ name, project }) => [name, project]), [
    [`dev@${short}`, "marts/a+b"],
    [`dev@${short}`, "core"],
  ]);
  assertMatch((await world.dot(["builds"])).stdout, /^BUILD +PROJECT +BUILT/);
  const cwd = join(world.repo, "core", "models");
  assertEquals((await world.dot(["builds", "pin", "dev@HEAD"], { cwd })).code, 0);
  assertEquals((await listed(world)).map(({ pinned }) => pinned), [false, true]);
  assertRefused(
    await world.dot(["builds", "pin", "dev@HEAD"]),
    "`dev@HEAD` is built for several projects",
    "marts/a+b, core",
  );
});

Deno.test("sizes are kept, and measured anew after a run", async () => {
  await using world = await start(FILES);
  await build(world, ["build", "dev@HEAD"]);
  const [before] = await listed(world);
  assertEquals(await listed(world), [before]);
  const kept = await world.read(".dot/build/sizes.json");
  await world.dot(["builds"]);
  assertEquals(await world.read(".dot/build/sizes.json"), kept);
  await world.write({ ".dot/build/sizes.json": "garbage" });
  assertEquals(await listed(world), [before]);
  const many = Object.fromEntries(Array.from({ length: 99 }, (_, at) => [`${A}${at}`, "success"]));
  await build(world, ["build", "dev@HEAD"], many);
  const [after] = await listed(world);
  const grown = (after?.bytes.environment ?? 0) - (before?.bytes.environment ?? 0);
  assertEquals(grown > 5000, true, `${grown}`);
});

Deno.test("five hundred builds are listed, each with its subject", async () => {
  await using world = await start(FILES);
  const hashes = await manyCommits(world, 500);
  assertEquals(hashes.length, 500);
  for (const [at, commit] of hashes.entries()) {
    const folder = join(world.repo, ".dot", "build", commit.slice(0, 10));
    await Deno.mkdir(join(folder, "env", "dev"), { recursive: true });
    await Deno.writeTextFile(join(folder, "commit"), `${commit}\n`);
    const time = new Date(1700000000000 + at * 1000).toISOString();
    const record = { commit, environment: "dev", project: "", at: time, places: [], nodes: {} };
    await Deno.writeTextFile(join(folder, "env", "dev", "build.json"), JSON.stringify(record));
  }
  const found = await listed(world);
  assertEquals(found.map(({ commit }) => commit), hashes.toReversed());
  assertEquals(found.map(({ subject }) => subject).slice(0, 2), ["No 0000", "No 0001"]);
  assertEquals((await world.dot(["builds"])).stdout.split("\n").length, 502);
});

Deno.test("builds explains itself", async () => {
  await using world = await start(FILES);
  for (const args of [["builds", "--help"], ["help", "builds"], ["builds", "pin", "--help"]]) {
    const ran = await world.dot(args);
    assertEquals(ran.code, 0);
    assertStringIncludes(ran.stdout, "dot builds pin|unpin <env@ref>...");
    assertStringIncludes(ran.stdout, "--offline");
  }
});
