/** Every code of an error is provoked here through the command line, explained, and told to programs. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Code, CODE_NAMES, CODES } from "../../lib/base/codes.ts";
import { join } from "@std/path";
import { World } from "../harness.ts";

/** For each code, command lines that end with it. */
const PROVOKED: Readonly<Record<Code, readonly (readonly string[])[]>> = {
  DOT001: [["buidl"], ["help", "tset"], ["dev", "build"]],
  DOT002: [["docs"], ["source", "dev"]],
  DOT003: [["build", "--dryrun"], ["run", "--select", "a"], ["builds", "--defer", "x"], [
    "--xyzzy",
  ]],
  DOT004: [["build", "--defer"], ["diff", "--since", "at"], ["diff", "dev@main", "--key", ","]],
  DOT005: [["build", "dev", "main"], ["env", "a", "b"], ["warm", "stop", "x"], ["builds", "@main"]],
  DOT006: [["build", "dev@"], ["build", ""], ["env", "@"]],
  DOT007: [["builds", "--", "x"], ["help", "--", "x"]],
  DOT008: [["deps", "--defer", "@main"], ["debug", "--modified"], ["test", "--seed-from", "dev"]],
  DOT009: [
    ["builds", "pin", "dev@main", "--offline"],
    ["env", "dev", "--check"],
    ["tidy", "--yes"],
    ["prune", "dev", "dev@main"],
    ["build", "--base", "main"],
    ["build", "--modified", "--base", "main", "--state", "@main"],
    ["build", "dev", "--seed-from", "prod"],
    ["diff", "dev@main", "--build", "--no-build"],
  ],
  DOT010: [["prune", "--keep", "x"], ["prune", "--older-than", "x"], ["diff", "--format", "yaml"]],
  DOT011: [
    ["builds", "pin"],
    ["completions"],
    ["builds", "pin", "dev"],
    ["build", "--defer", "prod"],
    ["build", "--state", "target"],
  ],
  DOT012: [["help", "DOT999"]],
  DOT013: [["warm", "strat"], ["completions", "bahs"]],
  DOT014: [["run", "prod"]],
  DOT015: [["tidy", "dev"]],
  DOT016: [["build", "dev@HEAD"], ["run", "@HEAD"]],
  DOT017: [["build", "dev@HEAD"]],
  DOT018: [["build", "dev@HEAD"], ["run", "@HEAD"]],
  DOT019: [["build", "dev@HEAD"], ["run", "dev"], ["tidy"], ["diff", "dev@HEAD"], ["state"]],
};

/** A dbt that writes a node to `live`, wherever it is told to. */
const LIVE = {
  FAKE_DBT_NODES: JSON.stringify({ "model.shop.a": "success" }),
  FAKE_DBT_SCHEMA: "live",
};
/** Those that need more than a project: what dbt does where it has to be started, files, and what comes before. */
const WORLDS: Partial<
  Record<
    Code,
    {
      env?: Record<string, string>;
      files?: Record<string, string>;
      setUp?: (world: World) => Promise<void>;
    }
  >
> = {
  DOT015: { env: { FAKE_DBT_EXIT: "2" } },
  DOT016: {
    env: LIVE,
    files: {
      "macros/names.sql": "{% macro generate_schema_name(a, b) %}{{ a }}{% endmacro %}\n",
    },
  },
  DOT017: { env: LIVE },
  DOT019: {
    setUp: async (world) => {
      await world.write({ ".dot/control/dev/1/macros/m.sql": "" });
      await world.git("add", "--force", ".dot");
    },
  },
  DOT018: {
    env: {},
    setUp: async (world) => {
      assertEquals((await world.dot(["build", "dev@HEAD"])).code, 0);
      const short = await world.git("rev-parse", "--short", "HEAD");
      const file = join(world.repo, ".dot", "build", short, "env", "dev", "build.json");
      const record = JSON.parse(await Deno.readTextFile(file));
      await Deno.writeTextFile(file, JSON.stringify({ ...record, version: 2 }));
    },
  },
};

async function project(files: Record<string, string> = {}): Promise<World> {
  const world = await World.withProject({
    ".gitignore": ".dot/\n",
    "dot_environments.yml": "environment:\n  default: dev\n  dev: {}\n  prod: {+protected: true}\n",
    ...files,
  });
  await world.fakeDbt();
  return world;
}

for (const code of CODE_NAMES) {
  Deno.test(`${code}, ${CODES[code].title}, is what the command line gives`, async () => {
    const { env, files, setUp } = WORLDS[code] ?? {};
    await using world = await project(files);
    await setUp?.(world);
    for (const args of PROVOKED[code]) {
      const ran = await world.dot([...args], { env: env ?? {} });
      assertEquals(ran.code, 2, `${args.join(" ")}\n${ran.stderr}`);
      assertStringIncludes(ran.stderr, `error[${code}]: `, args.join(" "));
      assertEquals(ran.stdout, "", args.join(" "));
    }
    assertEquals((await world.fakeRuns()).length > 0, env !== undefined);
  });
}

Deno.test("dot help explains a code, and an unknown one is refused with the nearest", async () => {
  await using world = await World.make();
  for (const word of ["DOT012", "dot012"]) {
    const ran = await world.dot(["help", word]);
    assertEquals([ran.code, ran.stderr], [0, ""]);
    const { means, remedy, title } = CODES.DOT012;
    assertEquals(ran.stdout, `DOT012: ${title}\n\n${means}\n\n${remedy}\n`);
  }
  const near = await world.dot(["help", "DOT0012"]);
  assertEquals([near.code, near.stdout], [2, ""]);
  assertMatch(near.stderr, /Did you mean `DOT0\d\d`\?/);
});

Deno.test("who asks for JSON gets the error as JSON too, from every command that has it", async () => {
  await using world = await project();
  const refused: [string[], Code | null][] = [
    [["builds", "--jsn", "--json"], "DOT003"],
    [["builds", "nowhere", "--json"], null],
    [["env", "nowhere", "--json"], null],
    [["env", "a", "b", "--json"], "DOT005"],
    [["env", "--check", "dev", "--json"], "DOT009"],
    [["prune", "--keep", "x", "--json"], "DOT010"],
    [["prune", "--keep", "--json"], "DOT004"],
    [["state", "dev@nowhere", "--json"], null],
    [["tidy", "--yes", "--json"], "DOT009"],
    [["diff", "dev@nowhere", "--format", "json"], null],
    [["diff", "dev@main", "--format=json", "--limit", "x"], "DOT010"],
  ];
  for (const [args, code] of refused) {
    const ran = await world.dot(args);
    const { error, version } = JSON.parse(ran.stdout);
    assertEquals([version, error.code, error.exit_code], [1, code, ran.code], args.join(" "));
    assertEquals(Object.keys(error), ["code", "message", "hints", "exit_code"]);
    assertStringIncludes(ran.stderr, error.message, args.join(" "));
    assert(ran.code !== 0);
  }
  // Where a command has no JSON, or it is dbt's, there is none.
  for (const args of [["warm", "x", "--json"], ["build", "@nowhere", "--", "--json"], ["--json"]]) {
    assertEquals((await world.dot(args)).stdout, "", args.join(" "));
  }
});
