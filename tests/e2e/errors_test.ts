/** Every code of an error is provoked here through the command line, explained, and told to programs. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Code, CODE_NAMES, CODES } from "../../lib/base/codes.ts";
import { join } from "@std/path";
import { type Answer, World } from "../harness.ts";

/** Lines that end in an error, and what they need besides a small project with a fake dbt. */
interface Provoked {
  lines: readonly (readonly string[])[];
  env?: Record<string, string>;
  files?: Record<string, string>;
  setUp?: (world: World) => Promise<void>;
  /** What is answered on a terminal; without it there is none. */
  answers?: Answer[];
  /** What dot ends with, if not 2. */
  exit?: number;
  /** Whether dbt is started. */
  starts?: boolean;
}

/** A dbt that writes a node to `live`, wherever it is told to. */
const LIVE = {
  FAKE_DBT_NODES: JSON.stringify({ "model.shop.a": "success" }),
  FAKE_DBT_SCHEMA: "live",
};
/** A naming macro that leaves the suffix out. */
const NAMES = {
  "macros/names.sql": "{% macro generate_schema_name(a, b) %}{{ a }}{% endmacro %}\n",
};
/** Two environments, none of them the default. */
const NO_DEFAULT = { "dot_environments.yml": "environment:\n  dev: {}\n  prod: {}\n" };

/** The folder of the build of HEAD. */
async function buildFolder(world: World): Promise<string> {
  assertEquals((await world.dot(["build", "dev@HEAD"])).code, 0);
  return `.dot/build/${await world.git("rev-parse", "--short", "HEAD")}`;
}

/** What gives each code; where that needs a real dbt and a warehouse, the test that does it, which names the code. */
const PROVOKED: Readonly<Record<Code, Provoked | string>> = {
  DOT001: { lines: [["buidl"], ["help", "tset"], ["dev", "build"]] },
  DOT002: { lines: [["docs"], ["source", "dev"]] },
  DOT003: {
    lines: [["build", "--dryrun"], ["run", "--select", "a"], ["builds", "--defer", "x"], [
      "--xyzzy",
    ]],
  },
  DOT004: {
    lines: [["build", "--defer"], ["diff", "--since", "at"], ["diff", "dev@main", "--key", ","]],
  },
  DOT005: {
    lines: [["build", "dev", "main"], ["env", "a", "b"], ["warm", "stop", "x"], [
      "builds",
      "@main",
    ]],
  },
  DOT006: { lines: [["build", "dev@"], ["build", ""], ["env", "@"]] },
  DOT007: { lines: [["builds", "--", "x"], ["help", "--", "x"]] },
  DOT008: {
    lines: [["deps", "--defer", "@main"], ["debug", "--modified"], ["test", "--seed-from", "dev"]],
  },
  DOT009: {
    lines: [
      ["builds", "pin", "dev@main", "--offline"],
      ["env", "dev", "--check"],
      ["tidy", "--yes"],
      ["prune", "dev", "dev@main"],
      ["build", "--base", "main"],
      ["build", "--modified", "--base", "main", "--state", "@main"],
      ["build", "dev", "--seed-from", "prod"],
      ["diff", "dev@main", "--build", "--no-build"],
    ],
  },
  DOT010: {
    lines: [["prune", "--keep", "x"], ["prune", "--older-than", "x"], ["diff", "--format", "yaml"]],
  },
  DOT011: {
    lines: [
      ["builds", "pin"],
      ["completions"],
      ["builds", "pin", "dev"],
      ["build", "--defer", "prod"],
      ["build", "--state", "target"],
    ],
  },
  DOT012: { lines: [["help", "DOT999"]] },
  DOT013: { lines: [["warm", "strat"], ["completions", "bahs"]] },
  DOT014: { lines: [["run", "prod"]] },
  DOT015: { lines: [["tidy", "dev"]], env: { FAKE_DBT_EXIT: "2" }, starts: true },
  DOT016: {
    lines: [["build", "dev@HEAD"], ["run", "@HEAD"]],
    env: LIVE,
    files: NAMES,
    starts: true,
  },
  DOT017: { lines: [["build", "dev@HEAD"]], env: LIVE, starts: true },
  DOT018: {
    lines: [["build", "dev@HEAD"], ["run", "@HEAD"]],
    setUp: async (world) => {
      const file = join(world.repo, await buildFolder(world), "env", "dev", "build.json");
      const record = JSON.parse(await Deno.readTextFile(file));
      await Deno.writeTextFile(file, JSON.stringify({ ...record, version: 2 }));
    },
    starts: true,
  },
  DOT019: {
    lines: [["build", "dev@HEAD"], ["run", "dev"], ["tidy"], ["diff", "dev@HEAD"], ["state"]],
    setUp: async (world) => {
      await world.write({ ".dot/control/dev/1/macros/m.sql": "" });
      await world.git("add", "--force", ".dot");
    },
  },
  DOT020: {
    lines: [["run", "dev"], ["env", "--check"], ["build", "dev@HEAD"]],
    files: { "dot_environments.yml": "environment: [\n" },
  },
  DOT021: {
    lines: [["run", "dev"], ["build", "dev@HEAD"]],
    files: { "dot_environments.yml": "environment:\n  dev: {trget: dev}\n" },
  },
  DOT022: { lines: [["run", "nowhere"], ["build", "nowhere@HEAD"], ["env", "nowhere"]] },
  DOT023: { lines: [["build", "@HEAD"], ["env"]], files: NO_DEFAULT },
  DOT024: {
    lines: [["run", "dev"], ["build", "dev@HEAD"]],
    files: { "dot_vars.yml": "vars:\n  currency: {required: true}\n" },
  },
  DOT025: { lines: [["run", "dev"], ["build", "dev@HEAD"]], env: { DOT_DBT: "/nowhere/dbt" } },
  DOT026: {
    lines: [["run", "dev"], ["build", "dev@HEAD"]],
    setUp: async (world) => {
      await world.write({ "dbt_project.yml": undefined });
      await world.commit("No project");
    },
  },
  DOT027: {
    lines: [["build", "dev@HEAD"], ["builds"], ["state"]],
    setUp: (world) => Deno.remove(join(world.repo, ".git"), { recursive: true }),
  },
  DOT028: { lines: [["build", "dev@nowhere"], ["state", "@nowhere"], ["tidy", "dev@nowhere"]] },
  DOT029: {
    lines: [["build", "dev@HEAD"]],
    setUp: (world) => Deno.writeTextFile(join(world.repo, ".git", "index"), "no index"),
    exit: 1,
  },
  DOT030: {
    lines: [["build", "dev@HEAD"], ["tidy"]],
    setUp: (world) => world.write({ "profiles.yml": undefined }),
  },
  DOT031: {
    lines: [["build", "dev@HEAD"]],
    files: {
      "profiles.yml":
        "shop:\n  target: dev\n  outputs:\n    dev: {type: postgres, host: x, user: y, dbname: z}\n",
    },
  },
  DOT032: {
    lines: [["build", "dev@HEAD"]],
    setUp: async (world) => {
      await world.write({ [`${await buildFolder(world)}/worktree/dbt_project.yml`]: "name: x\n" });
    },
    starts: true,
  },
  DOT033: { lines: [["builds", "pin", "dev@HEAD"], ["build", "dev", "--defer", "dev@HEAD"]] },
  DOT034: {
    lines: [["state", "dev"], ["build", "dev", "--modified"], ["prune", "--merged"]],
    setUp: async (world) => void await world.git("branch", "--move", "main", "trunk"),
  },
  DOT035: { lines: [["diff", "dev@HEAD", "dev@main"]] },
  DOT036: "../databases/upkeep_test.ts",
  DOT037: "prune_test.ts",
  DOT038: "tidy_test.ts",
  DOT039: { lines: [["diff", "dev@HEAD", "--output", "nowhere/x.html"], ["diff", "--last"]] },
  DOT040: {
    lines: [["build", "dev@HEAD", "--allow-escape"]],
    env: LIVE,
    files: NAMES,
    answers: [
      { on: "VS Code", type: "n\n" },
      { on: "Run all the same", type: "n\n" },
    ],
    exit: 1,
    starts: true,
  },
  DOT041: "diff_test.ts",
  DOT042: {
    lines: [["tidy", "dev"]],
    env: { FAKE_DBT_NODES: LIVE.FAKE_DBT_NODES },
    files: {
      "dot_environments.yml": "environment:\n  dev: {+shared-with: [../other/target]}\n",
    },
    starts: true,
  },
  DOT046: {
    lines: [["run", "dev"], ["env", "--check"], ["build", "dev@HEAD"]],
    setUp: (world) => Deno.symlink("/dev/null", join(world.repo, "dot_vars.yml")),
  },
  DOT047: "yaml_secrets_test.ts",
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
  const provoked = PROVOKED[code];
  if (typeof provoked === "string") {
    Deno.test(`${code}, ${CODES[code].title}, is given in ${provoked}`, async () => {
      const test = await Deno.readTextFile(new URL(provoked, import.meta.url));
      assertStringIncludes(test, `error[${code}]`);
    });
    continue;
  }
  Deno.test(`${code}, ${CODES[code].title}, is what the command line gives`, async () => {
    const { answers, env = {}, exit = 2, files, lines, setUp, starts = false } = provoked;
    await using world = await project(files);
    await setUp?.(world);
    for (const line of lines) {
      const ran = answers === undefined
        ? await world.dot([...line], { env })
        : await world.terminal([...line], answers, { env: { ...env, NO_COLOR: "1" } });
      const said = answers === undefined ? ran.stderr : ran.stdout;
      assertEquals(ran.code, exit, `${line.join(" ")}\n${said}`);
      assertStringIncludes(said, `error[${code}]: `, line.join(" "));
      if (answers === undefined) assertEquals(ran.stdout, "", line.join(" "));
    }
    assertEquals((await world.fakeRuns()).length > 0, starts);
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
  const refused: [string[], Code][] = [
    [["builds", "--jsn", "--json"], "DOT003"],
    [["builds", "nowhere", "--json"], "DOT022"],
    [["env", "nowhere", "--json"], "DOT022"],
    [["env", "a", "b", "--json"], "DOT005"],
    [["env", "--check", "dev", "--json"], "DOT009"],
    [["prune", "--keep", "x", "--json"], "DOT010"],
    [["prune", "--keep", "--json"], "DOT004"],
    [["state", "dev@nowhere", "--json"], "DOT028"],
    [["tidy", "--yes", "--json"], "DOT009"],
    [["diff", "dev@nowhere", "--format", "json"], "DOT028"],
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
