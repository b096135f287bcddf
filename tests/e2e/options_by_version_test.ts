/** Options that one dbt has and another has not: in the environments file, and in the user's words. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DBT_2_ENV, dbtPath, HAS_2, PROJECT, World } from "../harness.ts";
import { project, start } from "../project.ts";

/** How often a text stands in another. */
function times(text: string, part: string): number {
  return text.split(part).length - 1;
}

const ENVIRONMENTS = `environment:
  default: dev
  dev:
    full-refresh: true
    use-colors: false
    log-level-file: none
    write-catalog: true
    packages-install-path: elsewhere
    threads: 2
`;

Deno.test("what the user's dbt lacks is left out of the environment's options, and said in one line", async () => {
  await using world = await project({ "dot_environments.yml": ENVIRONMENTS });
  await world.fakeDbt("2.0.0rc196");
  const two = await world.dot(["retry"]);
  assertEquals(two.code, 0, two.stderr);
  const { argv } = await world.lastFakeRun();
  assertEquals(argv, [
    ...["retry", "--log-level-file", "off", "--write-catalog"],
    ...["--packages-install-path", "elsewhere", "--threads", "2"],
    ...["--profile", "shop", "--target", "dev"],
  ]);
  assertMatch(
    two.stderr,
    /^warning: dbt 2\.0\.0rc196 has no use for `full-refresh` \(\S*dot_environments\.yml:4\), `use-colors` \(\S*dot_environments\.yml:5\) with `retry`: left out$/m,
  );
  assertEquals(times(two.stderr, "has no use for"), 1);

  const build = await world.dot(["build"]);
  assertStringIncludes((await world.lastFakeRun()).argv.join(" "), "build --full-refresh");
  assert(!build.stderr.includes("`full-refresh`"), build.stderr);

  // What is typed is the user's own.
  const typed = await world.dot(["retry", "--", "-f", "--use-colors"]);
  assertEquals((await world.lastFakeRun()).argv.slice(-2), ["-f", "--use-colors"]);
  assert(!typed.stderr.includes("has no use for"), typed.stderr);
});

Deno.test("`dot env` says which options no command of the user's dbt has", async () => {
  await using world = await project({ "dot_environments.yml": ENVIRONMENTS });
  const one = await world.dot(["env", "dev"]);
  assertEquals(one.code, 0, one.stderr);
  assertMatch(
    one.stderr,
    /^warning: no command of dbt 1\.11\.0 has an option `write-catalog` \(\S+:7\), `packages-install-path` \(\S+:8\): left out$/m,
  );
  await world.fakeDbt("2.0.0rc196");
  const two = await world.dot(["env", "dev"]);
  assertMatch(two.stderr, /no command of dbt 2\.0\.0rc196 has an option `use-colors` \(\S+:5\): /);
  assertEquals(await world.fakeRuns(), []);
});

Deno.test("dbt 1 gets none of the options of dbt 2, and an older one none of a newer", async () => {
  await using world = await project({
    "dot_environments.yml": ENVIRONMENTS.replace("threads: 2", "sample: 3 days"),
  });
  const one = await world.dot(["build"]);
  assertEquals((await world.lastFakeRun()).argv, [
    ...["build", "--full-refresh", "--no-use-colors", "--log-level-file", "none"],
    ...["--sample", "3 days", "--profile", "shop", "--target", "dev"],
  ]);
  assertMatch(one.stderr, /dbt 1\.11\.0 has no use for `write-catalog` .*`packages-install-path` /);
  assertEquals(times(one.stderr, "has no use for"), 1);
  await world.fakeDbt("1.8.2");
  const older = await world.dot(["build"]);
  assertMatch(older.stderr, /dbt 1\.8\.2 has no use for .*`sample` \(\S+:9\) with `build`/);
  assert(!(await world.lastFakeRun()).argv.includes("--sample"));
});

Deno.test("an isolated build keeps its packages, and its manifest, where they are its own", async () => {
  await using world = await start({
    "dot_environments.yml": `${ENVIRONMENTS}    write-index: true\n    index-dir: ix\n`,
  });
  await world.fakeDbt("2.0.0rc196");
  const ran = await world.dot(["build", "dev@main"]);
  assertEquals(ran.code, 0, ran.stderr);
  const { argv } = await world.lastFakeRun();
  const words = argv.join(" ");
  assertMatch(words, /--packages-install-path \S+\/\.dot\/build\/\w+\/worktree\/dbt_packages /);
  assertMatch(words, / --write-json .*--write-index/);
  assert(!words.includes("index-dir"), words);
  const typed = await world.dot(["build", "dev@main", "--", "--write-metadata"]);
  assertEquals(typed.code, 2);
  assertStringIncludes(typed.stderr, "--write-metadata");
});

Deno.test("dbt 2 begins to clone at a commit from a state: `--no-defer` would end it", {
  ignore: !HAS_2,
}, async () => {
  await using world = await World.withProject({ ".gitignore": `${PROJECT[".gitignore"]}.dot/\n` });
  const options = { env: { ...DBT_2_ENV, DOT_DBT: dbtPath("2") } };
  const base = await world.git("rev-parse", "--short", "HEAD");
  const built = await world.dot(["build", `dev@${base}`], options);
  assertEquals(built.code, 0, built.stderr + built.stdout);
  await world.write({ "models/c.sql": "select 2 as id\n" });
  const head = await world.commit("More");
  const state = `.dot/build/${base}/env/dev/state`;
  const { stderr, stdout } = await world.dot(
    ["clone", `dev@${head}`, "--", "--state", state],
    options,
  );
  // What it says of DuckDB's views is its own.
  assertStringIncludes(stdout + stderr, "Finished 'clone'");
  assertStringIncludes(stdout + stderr, "No relation found in state manifest for model.shop.c");
  assert(!stderr.includes("--no-defer"), stderr);
});

Deno.test("a variable of the user's that is called as an option reaches the profile when dot asks", async () => {
  await using world = await World.withProject({
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n" +
      "      path: \"{{ env_var('DBT_HOST') }}.duckdb\"\n      schema: \"{{ env_var('DBT_SELECT') }}\"\n" +
      "      threads: \"{{ env_var('DBT_THREADS') | int }}\"\n",
  });
  const env = { DOT_DBT: dbtPath(), DBT_HOST: "box", DBT_SELECT: "mine", DBT_THREADS: "1" };
  const built = await world.dot(["build", "dev@main"], { env });
  assertEquals(built.code, 0, built.stderr + built.stdout);
  const listed = await world.dot(["builds", "--json"], { env });
  assertEquals(listed.code, 0, listed.stderr);
  assert(JSON.parse(listed.stdout).builds.length === 1, listed.stdout);
});
