/** What a build was made with, and who reads it: nobody takes other values for the same without a word. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertEnded, assertRefused } from "../assertions.ts";
import type { StateResult } from "../../lib/commands/state/result.ts";
import type { DiffResult } from "../../lib/diff/result.ts";
import { dbtPath, PROJECT, World } from "../harness.ts";
import { IGNORING, start } from "../project.ts";
import { coolDown, dotWarm } from "../warm.ts";

Deno.test.afterAll(coolDown);

/** A value that nothing may print. */
const SECRET = "7341";

const PROFILE = `  target: dev
  outputs:
    dev: &dev
      type: duckdb
      path: "{{ env_var('DB', 'shop.duckdb') }}"
      schema: dev
    prod: {<<: *dev, schema: analytics}
    spare: {<<: *dev, schema: spare}
`;

const FILES: Record<string, string> = {
  "dot_environments.yml": "environment:\n  default: dev\n  dev: {}\n  prod: {}\n",
  "profiles.yml": `shop:\n${PROFILE}other:\n${PROFILE}`,
  "models/a.sql": "select {{ env_var('COLOUR', 'none') }} as c, {{ env_var('DB_PASSWORD', '') }}\n",
};

/** A build of prod that is complete, and its name. */
async function built(
  world: World,
  words: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<string> {
  const nodes = JSON.stringify({ "model.shop.a": "success" });
  const ran = await world.dot(["build", "prod@HEAD", ...words], {
    env: { FAKE_DBT_NODES: nodes, ...env },
  });
  assertEnded(ran);
  return `prod@${await world.git("rev-parse", "--short", "HEAD")}`;
}

/** The ways to name a build that a run reads. */
const READERS: readonly (readonly string[])[] = [
  ["ls", "dev", "--defer", "prod@main"],
  ["build", "dev@feature", "--defer", "prod@main"],
  ["build", "dev@feature", "--seed-from", "prod@main"],
];

/** How a build is made, and what is said of it by whoever reads it. */
const MADE: readonly [what: string, words: string[], env: Record<string, string>, said: string][] =
  [
    ["the same", [], {}, ""],
    ["another variable of dbt", ["--", "--vars", `{n: ${SECRET}}`], {}, "other values of n"],
    ["another variable of the system", [], { COLOUR: SECRET }, "other values of COLOUR"],
    [
      "what may be a secret",
      [],
      { DB_PASSWORD: SECRET },
      "perhaps other values of DB_PASSWORD",
    ],
    ["another target", ["--", "--target", "spare"], {}, "the target spare"],
    ["another profile", ["--", "--profile", "other"], {}, "the profile other"],
    [
      "both",
      ["--", "--profile", "other", "--vars", `{n: ${SECRET}}`],
      { COLOUR: SECRET },
      "the profile other, and with other values of COLOUR, n",
    ],
  ];

Deno.test("whoever names a build is told by which names it was made otherwise, and reads it", async () => {
  for (const [what, words, env, said] of MADE) {
    await using world = await start(FILES);
    const name = await built(world, words, env);
    await world.git("checkout", "--quiet", "-b", "feature");
    await world.commit("Second");
    for (const reader of READERS) {
      const ran = await world.dot([...reader, "--dry-run"]);
      assertEnded(ran);
      const about = `${what}: ${reader.join(" ")}`;
      const lines = ran.stderr.split("\n").filter((line) => line.includes("was built with"));
      const expected = said === "" ? [] : [`warning: ${name} was built with ${said}`];
      assertEquals(lines, expected, about);
      assertEquals(ran.stderr.includes(SECRET), false, about);
    }
  }
});

Deno.test("a build in another warehouse is refused, whoever names it", async () => {
  await using world = await start(FILES);
  const name = await built(world, [], { DB: "other.duckdb" });
  await world.git("checkout", "--quiet", "-b", "feature");
  await world.commit("Second");
  for (const reader of READERS) {
    assertRefused(
      await world.dot(reader.slice()),
      `error[DOT035]: ${name} lies in another warehouse than this run reaches`,
    );
  }
  assertEquals((await world.fakeRuns()).length, 1);
  // Where the run goes there too, it is read.
  assertEnded(await world.dot([...READERS[0] ?? []], { env: { DB: "other.duckdb" } }));
});

Deno.test("a file of its own for each target is reached where the profile attaches it", async () => {
  for (
    const [dev, prod, reached] of [
      ["path: dev.duckdb", "path: prod.duckdb", false],
      ["path: dev.duckdb, attach: [{path: prod.duckdb}]", "path: prod.duckdb", true],
      ['path: "md:dev"', 'path: "md:prod"', true],
      ["path: dev.duckdb", "path: \"{{ env_var('DB', 'dev.duckdb') }}\"", true],
    ] as const
  ) {
    await using world = await start({
      ...FILES,
      "profiles.yml":
        `shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, schema: dev, ${dev}}\n    prod: {type: duckdb, schema: analytics, ${prod}}\n`,
    });
    const name = await built(world);
    const ran = await world.dot(["ls", "dev", "--defer", "prod@HEAD"]);
    if (reached) {
      assertEnded(ran);
      assertEquals(ran.stderr.includes("was built with"), false, ran.stderr);
    } else assertRefused(ran, `error[DOT035]: ${name} lies in another warehouse`);
  }
});

Deno.test("a record of an older dot says nothing of the system's variables, and nothing is made up", async () => {
  await using world = await start(FILES);
  const name = await built(world, ["--", "--vars", "{n: 1}"], { COLOUR: "red" });
  const file = `.dot/build/${name.slice(5)}/env/prod/build.json`;
  const { made_with: { vars: _, env: _env, env_hash: _hash, ...made }, ...record } = JSON.parse(
    await world.read(file),
  );
  await world.write({ [file]: JSON.stringify({ ...record, made_with: made }) });
  const ran = await world.dot(["ls", "dev", "--defer", "prod@HEAD", "--", "--vars", "{n: 2}"]);
  assertEnded(ran);
  assertStringIncludes(ran.stderr, `${name} was built with other values of variables\n`);
  const same = await world.dot(["ls", "dev", "--defer", "prod@HEAD", "--", "--vars", "{n: 1}"]);
  assertEnded(same);
  assertEquals(same.stderr.includes("was built with"), false, same.stderr);
});

Deno.test("the record keeps names and hashes, no value and no secret of dbt's", async () => {
  await using world = await start({
    ...FILES,
    "models/b.sql": "select {{ env_var('DBT_ENV_SECRET_X', '') }}, {{ env_var('PWD', '') }}\n",
  });
  const env = { COLOUR: SECRET, DB_PASSWORD: SECRET, DBT_ENV_SECRET_X: SECRET };
  const name = await built(world, ["--", "--vars", `{n: ${SECRET}, my_token: ${SECRET}}`], env);
  const text = await world.read(`.dot/build/${name.slice(5)}/env/prod/build.json`);
  assertEquals(text.includes(SECRET), false);
  const { made_with } = JSON.parse(text);
  assertEquals(Object.keys(made_with.env), ["COLOUR", "DB_PASSWORD"]);
  assertEquals(made_with.env.DB_PASSWORD, "");
  assertEquals(made_with.vars.my_token, "");
  for (const hash of [made_with.env.COLOUR, made_with.vars.n]) assertMatch(hash, /^[0-9a-f]{4}$/);
  assertMatch(made_with.env_hash, /^[0-9a-f]{64}$/);
});

Deno.test("what a build held with other values does not count, and that is said", async () => {
  await using world = await start(FILES);
  const nodes = (one: string | null) =>
    JSON.stringify({ "model.shop.a": "success", "model.shop.b": one });
  const run = async (env: Record<string, string>, ...words: string[]) => {
    const ran = await world.dot(["build", "dev@HEAD", ...words], { env });
    assertEnded(ran);
    return ran.stderr;
  };
  const state = async () => {
    const short = await world.git("rev-parse", "--short", "HEAD");
    return JSON.parse(await world.read(`.dot/build/${short}/env/dev/build.json`)).state;
  };
  await run({ COLOUR: "red", FAKE_DBT_NODES: nodes("success") });
  assertEquals(await state(), "complete");
  const again = await run({ COLOUR: "red", FAKE_DBT_NODES: nodes(null) });
  assertEquals(again.includes("it was built with"), false, again);
  assertEquals(await state(), "complete");
  const other = await run({ COLOUR: "blue", FAKE_DBT_NODES: nodes(null) });
  assertStringIncludes(
    other,
    "it was built with other values of COLOUR: what it held so far does not count",
  );
  assertEquals(await state(), "partial");
  // Not set at all is another value, too.
  await run({ COLOUR: "blue", FAKE_DBT_NODES: nodes("success") });
  assertStringIncludes(await run({ FAKE_DBT_NODES: nodes("success") }), "other values of COLOUR");
  const vars = await run({ FAKE_DBT_NODES: nodes("success") }, "--", "--vars", "{n: 1}");
  assertStringIncludes(vars, "it was built with other values of n:");
  const profile = await run(
    { FAKE_DBT_NODES: nodes("success"), DB: "other.duckdb" },
    ...["--", "--vars", "{n: 1}"],
  );
  assertStringIncludes(profile, "it was built with another profile: what it held so far");
  await run({ FAKE_DBT_NODES: nodes("success") }, "--", "--vars", "{n: 1}");
  // What dbt does not read for the build changes nothing.
  const quiet = await run(
    { FAKE_DBT_NODES: nodes(null), DBT_DEBUG: "1", UNREAD: "x" },
    ...["--", "--vars", "{n: 1}"],
  );
  assertEquals(quiet.includes("it was built with"), false, quiet);
  assertEquals(await state(), "complete");
});

Deno.test("packages are installed anew where a variable names others, and the build is another one", async () => {
  await using world = await start({
    "packages.yml": "packages: [{local: \"{{ env_var('REVISION', '../x') }}\"}]\n",
  });
  for (const [REVISION, said] of [["a", false], ["a", false], ["b", true]] as const) {
    const env = { FAKE_DBT_NODES: JSON.stringify({ "model.shop.a": "success" }), REVISION };
    const ran = await world.dot(["build", "dev@HEAD"], { env });
    assertEnded(ran);
    assertEquals(ran.stderr.includes("with other values of REVISION"), said, ran.stderr);
  }
  const commands = (await world.fakeRuns()).map(({ argv }) => argv[0]);
  assertEquals(commands, ["deps", "build", "build", "deps", "build"]);
});

Deno.test("a build by another dbt is named by its version", async () => {
  await using world = await start(FILES);
  const run = (version: "1.8" | "1.11", ...args: string[]) =>
    world.dot(args, { env: { DOT_DBT: dbtPath(version) } });
  await world.write({ "models/a.sql": PROJECT["models/a.sql"] ?? "" });
  await world.commit("Second");
  assertEnded(await run("1.8", "build", "prod@HEAD"));
  const ran = await run("1.11", "ls", "dev", "--defer", "prod@HEAD", "--dry-run");
  assertEnded(ran);
  assertStringIncludes(ran.stderr, "was built with dbt 1.8\n");
});

/** A model that reads a variable of the system, one behind it, one by a macro, one that a file says something of, and two others. */
const READING: Record<string, string> = {
  "models/a.sql": "select 1 as id\n",
  "models/other.sql": "select 2 as id\n",
  "models/coloured.sql": "select '{{ env_var('COLOUR', 'none') }}' as c\n",
  "models/behind.sql": "select * from {{ ref('coloured') }}\n",
  "models/by_macro.sql": "select '{{ colour() }}' as c\n",
  "models/tagged/t.sql": "select 3 as id\n",
  "models/tagged/t.yml":
    "models: [{name: t, config: {tags: \"{{ env_var('LABEL', 'none') }}\"}}]\n",
  "models/schema.yml":
    "exposures: [{name: e, type: dashboard, owner: {name: \"{{ env_var('OWNER', 'x') }}\", email: a@b.c}, depends_on: [ref('a')]}]\n",
  "macros/colour.sql": "{% macro colour() %}{{ env_var('COLOUR', 'none') }}{% endmacro %}\n",
};

/** A complete build of main, made with COLOUR=red, and a branch on which `other` differs. */
async function branched(files: Record<string, string> = {}): Promise<World> {
  const world = await World.withProject({ ...IGNORING, ...READING, ...files, ...UNUSED });
  for (const name of Object.keys(UNUSED)) await Deno.remove(`${world.repo}/${name}`);
  await world.commit("Begin");
  assertEnded(await dotWarm(world, ["build", "dev@HEAD"], { env: { COLOUR: "red" } }));
  await world.git("checkout", "--quiet", "-b", "feature");
  await world.write({ "models/other.sql": "select 4 as id\n" });
  await world.commit("Other");
  return world;
}

/** What the small project has besides. */
const UNUSED: Record<string, string> = { "models/b.sql": "" };

/** What differs by `dot state`, and what `--modified` selects. */
async function modified(
  world: World,
  env: Record<string, string>,
  target = "dev@HEAD",
): Promise<{ state: Record<string, string>; listed: string[]; said: string }> {
  const state = await dotWarm(world, ["state", target, "--json"], { env });
  assertEnded(state);
  const result: StateResult = JSON.parse(state.stdout);
  const ls = ["ls", target, "--modified", "--", "--quiet", "--output", "name"];
  const ran = await dotWarm(world, ls, { env });
  assertEnded(ran);
  return {
    state: Object.fromEntries(
      result.nodes.map(({ by, id }) => [id.split(".").slice(2).join("."), by.join()]),
    ),
    listed: ran.stdout.split("\n").filter((line) => line !== "").sort(),
    said: state.stderr + ran.stderr,
  };
}

Deno.test("what reads a variable of the system that the base was built otherwise with is modified", async () => {
  await using world = await branched();
  const short = await world.git("rev-parse", "--short", "main");
  const same = await modified(world, { COLOUR: "red" });
  assertEquals([same.state, same.listed], [{ other: "body" }, ["other"]]);
  assertEquals(same.said.includes("other values"), false, same.said);
  for (const target of ["dev@HEAD", "dev"]) {
    const { listed, said, state } = await modified(world, { COLOUR: "blue" }, target);
    assertEquals(state, { by_macro: "var", coloured: "var", other: "body" });
    assertEquals(listed, ["behind", "by_macro", "coloured", "other"]);
    assertStringIncludes(said, `dev@${short} was built with other values of COLOUR\n`);
    assertStringIncludes(said, "values differ of COLOUR\n");
    assertStringIncludes(said, `what is not selected is read from dev@${short}\n`);
    assertEquals(said.includes("blue"), false, said);
  }
  // What dbt renders when it parses: the file says of what.
  const owner = await modified(world, { COLOUR: "red", OWNER: "y" });
  assertEquals(owner.state, { e: "var", other: "body" });
  const label = await modified(world, { COLOUR: "red", LABEL: "y" });
  assertEquals(label.state, { other: "body", t: "var" });
});

Deno.test("where no manifest tells what reads the variable, all is modified", async () => {
  await using world = await branched({
    "macros/names.sql":
      "{% macro generate_alias_name(c, node) %}{{ node.name }}{{ env_var('NAMED', '') }}{% endmacro %}\n",
    "macros/as.sql":
      "{% macro duckdb__create_view_as(r, sql) %}create view {{ r }} as ({{ sql }}) {{ made() }}{% endmacro %}\n{% macro made() %}{{ env_var('MADE', '') }}{% endmacro %}\n",
    "macros/unused.sql": "{% macro unused() %}{{ env_var('UNUSED', '') }}{% endmacro %}\n",
    "dbt_project.yml": `${
      PROJECT["dbt_project.yml"]
    }models: {+docs: {node_color: "{{ env_var('CONFIGURED', 'red') }}"}}\n`,
  });
  const env = { COLOUR: "red" };
  assertEquals((await modified(world, { ...env, UNUSED: "x" })).listed, ["other"]);
  for (const name of ["NAMED", "MADE", "CONFIGURED"]) {
    const { listed, state } = await modified(world, { ...env, [name]: "blue" });
    assertEquals(listed, ["a", "behind", "by_macro", "coloured", "e", "other", "t"], name);
    assertEquals(Object.keys(state).sort(), listed, name);
  }
});

Deno.test("a name that is computed is told by dbt", async () => {
  await using world = await branched({
    "models/computed.sql": "select '{{ env_var('SHA' ~ 'DE', 'none') }}' as s\n",
  });
  const { listed, said } = await modified(world, { COLOUR: "red", SHADE: "dark" });
  assertEquals(listed, ["computed", "other"]);
  assertStringIncludes(said, "values differ of SHADE\n");
});

Deno.test("dot diff takes no build for what it is with other values, and lends nothing of it", async () => {
  await using world = await branched();
  assertEnded(await dotWarm(world, ["build", "dev@HEAD"], { env: { COLOUR: "red" } }));
  const diff = async (colour: string, ...words: string[]) => {
    const ran = await dotWarm(
      world,
      ["diff", "dev@main", "dev@HEAD", "coloured", "--format", "json", ...words],
      { env: { COLOUR: colour } },
    );
    const result: DiffResult = JSON.parse(ran.stdout);
    return { ran, status: result.models.map(({ status }) => status) };
  };
  assertEquals((await diff("red", "--no-build")).status, ["equal"]);
  assertEquals((await diff("blue", "--no-build")).status, ["skipped"]);
  const built = await diff("blue", "--build");
  assertEquals(built.status, ["equal"]);
  assertStringIncludes(built.ran.stderr, "to build in dev@");
  // One side is made anew, and the other is not taken for it.
  assertEquals((await diff("red", "--no-build")).status, ["skipped"]);
});

Deno.test("--seed-from copies nothing that reads what the other build had otherwise", async () => {
  const incremental = "{{ config(materialized='incremental') }}\n";
  await using world = await branched({
    "models/log.sql": `${incremental}select 1 as id\n`,
    "models/coloured.sql": `${incremental}${READING["models/coloured.sql"]}`,
    "models/given.sql": `${incremental}select '{{ var('n', 'none') }}' as n\n`,
  });
  const words = ["build", "dev@HEAD", "--seed-from", "dev@main", "--", "--vars", "{n: 2}"];
  const ran = await dotWarm(world, words, { env: { COLOUR: "blue" } });
  assertEnded(ran);
  assertStringIncludes(ran.stderr, "was built with other values of COLOUR, n\n");
  assertStringIncludes(ran.stderr, "coloured is built from nothing: its var differs\n");
  assertStringIncludes(ran.stderr, "given is built from nothing: its var differs\n");
  assertStringIncludes(ran.stderr, "copying 1 table from dev@");
});
