import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertRefusedEarly } from "../assertions.ts";
import { PROJECT } from "../harness.ts";
import { project } from "../project.ts";

const FILE = "dot_environments.yml";
const TEAM = `environment:
  default: dev
  dev: {}
  prod: {+protected: true}
  like-prod: {target: prod}
  beside-prod: {target: prod, +schema: beside}
  freed: {target: prod, +protected: false}
`;
const FILES = { [FILE]: TEAM };

Deno.test("without a terminal, what writes to a protected environment needs --yes", async () => {
  await using world = await project(FILES);
  const commands = ["build", "clone", "retry", "run", "run-operation", "seed", "snapshot"];
  for (const command of commands) {
    const rest = command === "run-operation" ? ["--", "wipe"] : [];
    const ran = await world.dot([command, "prod", ...rest]);
    const asked = command === "run-operation"
      ? "dot run-operation prod -- wipe"
      : `dot ${command} prod`;
    await assertRefusedEarly(
      world,
      ran,
      `\`${asked}\` writes to \`analytics\` (target \`prod\` of the profile \`shop\`), the live schema of \`prod\``,
      `dot ${command} prod --yes${rest.length === 0 ? "" : " -- wipe"}`,
      `dot ${command} prod@HEAD`,
    );
  }
  for (const flag of ["--yes", "-y"]) {
    const ran = await world.dot(["run", "prod", flag]);
    assertEquals(ran.code, 0, ran.stderr);
  }
  assertEquals((await world.fakeRuns()).map(({ argv }) => argv.includes("--yes")), [false, false]);
});

Deno.test("what only reads is free, and so are isolated builds and dry runs", async () => {
  await using world = await project(FILES);
  const free = [
    ["compile", "prod"],
    ["ls", "prod"],
    ["show", "prod"],
    ["docs", "generate", "prod"],
    ["source", "freshness", "prod"],
    ["parse", "prod"],
    ["debug", "prod"],
    ["deps", "prod"],
    ["test", "prod"],
    ["build", "prod", "--dry-run"],
    ["build", "prod@HEAD"],
    ["build", "dev"],
    ["build"],
  ];
  for (const words of free) {
    const ran = await world.dot(words);
    assertEquals(ran.code, 0, `${words.join(" ")}: ${ran.stderr}`);
  }
});

Deno.test("a test that stores its failures writes", async () => {
  await using world = await project(FILES);
  const words = ["test", "prod"];
  await assertRefusedEarly(
    world,
    await world.dot([...words, "--", "--store-failures"]),
    "`dot test prod`",
  );
  await assertRefusedEarly(
    world,
    await world.dot(words, { env: { DBT_STORE_FAILURES: "1" } }),
    "`prod`",
  );
  for (
    const files of [
      {
        "dbt_project.yml":
          'name: shop\nversion: "1.0"\nprofile: shop\ndata_tests: {+store_failures: true}\n',
      },
      { "tests/t.sql": "{{ config(store_failures = true) }} select 1\n" },
      {
        "models/deep/x.yml":
          "data_tests:\n  - name: t\n    config:\n      store_failures_as: table\n",
      },
      { [FILE]: TEAM.replace("{+protected: true}", "{+protected: true, store-failures: true}") },
    ]
  ) {
    await using other = await project({ ...FILES, ...files });
    await assertRefusedEarly(
      other,
      await other.dot(words),
      "`dot test prod` writes to `analytics`",
    );
  }
  await using never = await project({
    ...FILES,
    "tests/t.sql": "{{ config(store_failures=false) }} select 1\n",
    "target/x.sql": "{{ config(store_failures=true) }}",
  });
  assertEquals((await never.dot(words)).code, 0);
});

Deno.test("the live schema is protected, whatever environment, flag or variable leads there", async () => {
  await using world = await project({
    ...FILES,
    "profiles.yml": `${PROJECT["profiles.yml"]}    big:
      {type: duckdb, path: shop.duckdb, schema: analytics, threads: 8}
    spelled:
      type: duckdb
      path: "{{ env_var('PLACE') }}"
      schema: "{{ env_var('NAME') }}"
    unset:
      {type: duckdb, path: "{{ env_var('NOBODY_SETS_IT') }}", schema: elsewhere}
    other:
      {type: duckdb, path: other.duckdb, schema: analytics}
`,
  });
  const ways: [string[], Record<string, string>?][] = [
    [["run", "like-prod"]],
    [["run", "dev", "--", "--target", "prod"]],
    [["run", "freed", "--", "-t", "prod"]],
    [["run", "dev", "--", "-xt", "prod"]],
    [["run", "dev", "--", "-t", "big"]],
    [["run", "dev", "--", "-t", "spelled"], { PLACE: "./shop.duckdb", NAME: "ANALYTICS" }],
    [["run", "dev", "--", "-t", "spelled"], { PLACE: "shop.duckdb", NAME: "analytics" }],
  ];
  for (const [words, env] of ways) {
    await assertRefusedEarly(
      world,
      await world.dot(words, env === undefined ? {} : { env }),
      "protected",
    );
  }
  // What another environment's target needs is not needed for this one.
  await world.write({
    [FILE]: TEAM + "  unset: {target: unset, +protected: true}\n",
  });
  const free = [["beside-prod"], ["freed"], ["dev"], ["dev", "--", "-t", "other"]];
  for (const words of free.map((more) => ["run", ...more])) {
    const ran = await world.dot(words);
    assertEquals(ran.code, 0, ran.stderr);
  }
});

Deno.test("a target that only dbt can tell may be protected, and one that is missing is dbt's to refuse", async () => {
  const profiles = (target: string) =>
    (PROJECT["profiles.yml"] ?? "").replace("target: dev", `target: ${target}`);
  const team = TEAM.replace("  default: dev\n", "");
  await using world = await project({
    [FILE]: team,
    "profiles.yml": profiles(`"{% if true %}prod{% else %}dev{% endif %}"`),
  });
  await assertRefusedEarly(
    world,
    await world.dot(["run"]),
    "`dot run` writes to what may be the live schemas of `prod`",
  );
  await using missing = await project({ [FILE]: team, "profiles.yml": profiles("nowhere") });
  assertEquals((await missing.dot(["run"])).code, 0);
});

Deno.test("protection is extended with all the rest, and may be lifted again", async () => {
  await using world = await project({
    ...FILES,
    [FILE]: `environment:
  prod: {+protected: true}
  heir: {+extend: prod, target: dev}
  freed: {+extend: prod, target: dev, +protected: false}
`,
  });
  await assertRefusedEarly(
    world,
    await world.dot(["run", "heir"]),
    "`dev`",
    "the live schema of `heir`",
  );
  assertEquals((await world.dot(["run", "freed"])).code, 0);
});

Deno.test("plain dbt that ends at a protected target is asked about too", async () => {
  await using world = await project({ [FILE]: TEAM.replace("  default: dev\n", "") });
  const env = { DBT_TARGET: "prod" };
  await assertRefusedEarly(
    world,
    await world.dot(["run"], { env }),
    "`dot run` writes to `analytics`",
  );
  assertEquals((await world.dot(["run"])).code, 0);
});

Deno.test("on a terminal dot asks, and only yes goes on", async () => {
  await using world = await project({ ...FILES, ".gitignore": ".dot/\n" });
  for (const [type, code, runs] of [["\n", 1, 0], ["n\n", 1, 0], ["yes\n", 0, 1]] as const) {
    const editor = runs === 0 ? [] : [{ on: "VS Code", type: "e\n" }];
    const answers = [{ on: "Go on?", type }, ...editor];
    const ran = await world.terminal(["run", "prod", "--cold"], answers);
    assertEquals(ran.code, code, ran.stdout);
    assertStringIncludes(
      ran.stdout.replace(/\s+/g, " "),
      "the live schema of `prod`, which is protected",
    );
    assertEquals((await world.fakeRuns()).length, runs);
  }
  const silent = await world.terminal(["run", "prod", "--disable-prompts"], []);
  assertEquals(silent.code, 2, silent.stdout);
});

Deno.test("+protected may be for all, and the user's file may lift it", async () => {
  await using world = await project({
    [FILE]: "environment:\n  all: {+protected: true}\n  dev: {}\n  prod: {}\n",
  });
  await assertRefusedEarly(world, await world.dot(["run", "dev"]), "`dev`, which is protected");
  await world.write({
    "dot_environments.user.yml": "environment:\n  dev: {+protected: false}\n",
  });
  assertEquals((await world.dot(["run", "dev"])).code, 0);
});

Deno.test("a profile that dot cannot read does not open a protected environment", async () => {
  await using world = await project({ ...FILES, "profiles.yml": "shop: {outputs: {}}\n" });
  const ran = await world.dot(["run", "prod"]);
  assertEquals(ran.code, 2);
  assertEquals(await world.fakeRuns(), []);
});

Deno.test("without files nothing is asked, and --yes changes nothing", async () => {
  await using world = await project();
  for (
    const words of [["build", "prod"], ["build", "--yes"], ["run-operation", "prod", "--", "x"]]
  ) {
    const ran = await world.dot(words);
    assertEquals(ran.code, 0, ran.stderr);
  }
});

Deno.test("+deps: false does what --no-deps does", async () => {
  const packages = "packages:\n  - package: a/b\n    version: 1.0.0\n";
  await using world = await project({
    ...FILES,
    "packages.yml": packages,
    [FILE]: "environment:\n  dev: {+deps: false}\n  ci: {target: dev}\n",
  });
  for (const environment of ["dev", "ci"]) await world.dot(["run", `${environment}@HEAD`]);
  const commands = (await world.fakeRuns()).map(({ argv }) => argv[0]);
  assertEquals(commands.filter((name) => name === "deps").length, 1);
  assertEquals(commands.indexOf("deps") > commands.indexOf("run"), true);
  const dry = await world.dot(["run", "dev@HEAD", "--dry-run"]);
  assertEquals(dry.stdout.includes(" deps "), false);
});
