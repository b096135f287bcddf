/** What a build was made with, and who reads it: nobody takes other values for the same without a word. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertEnded, assertRefused } from "../assertions.ts";
import { dbtPath, PROJECT, type World } from "../harness.ts";
import { start } from "../project.ts";

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
      "other values, it may be of DB_PASSWORD",
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
  // What dbt does not read for the build changes nothing.
  const quiet = await run(
    { FAKE_DBT_NODES: nodes(null), DBT_DEBUG: "1", UNREAD: "x" },
    ...["--", "--vars", "{n: 1}"],
  );
  assertEquals(quiet.includes("it was built with"), false, quiet);
  assertEquals(await state(), "complete");
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
