import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertEnded } from "../assertions.ts";
import { copyFolder, exists } from "../folders.ts";
import {
  DBT_2_ENV,
  dbtPath,
  type DbtVersion,
  PROJECT,
  pythonPath,
  ROOT,
  TESTED,
  World,
} from "../harness.ts";
import { coolDown, warmEnv } from "../warm.ts";

Deno.test.afterAll(coolDown);

type Version = DbtVersion;

/** What belongs to the example but not to the project of a user. */
const NOT_COPIED = /^(demo\.ts|\.dot|\.venv|target|logs|dbt_packages|.*\.duckdb.*|\.user\.yml)$/;

/** Rows of a query against a DuckDB file of the world's repository. */
async function ask(
  world: World,
  version: Version,
  file: string,
  sql: string,
): Promise<unknown[][]> {
  const script = `import duckdb, json, sys
rows = duckdb.connect(sys.argv[1], read_only=True).execute(sys.argv[2]).fetchall()
print(json.dumps(rows, default=str))`;
  const ran = await world.run(pythonPath(version), ["-c", script, file, sql], {});
  if (ran.code !== 0) throw new Error(ran.stderr);
  return JSON.parse(ran.stdout);
}

/** Every line is one of dbt's own log lines: its JSON, with the name of the event. */
function assertOnlyDbt(stdout: string): void {
  const lines = stdout.trim().split("\n");
  assert(lines.length > 5, stdout);
  for (const line of lines) assertEquals(typeof JSON.parse(line).info.name, "string", line);
}

const RELATIONS = `select table_schema, count(*) from information_schema.tables
where table_name in
  ('raw_customers', 'raw_orders', 'stg_customers', 'stg_orders', 'customer_orders')
group by all order by all`;

for (const version of ["1.8", "1.11", "1.12", "2"] as const) {
  Deno.test({
    name:
      `with dbt ${version}: the working tree, a tag and a branch lie side by side in one database`,
    // The newest tried release must be there; the others run where they are installed, and what dot does with them is
    // the same in the compiled program.
    ignore: version !== "1.11" &&
      (Deno.env.has("DOT_BINARY") || !await exists(dbtPath(version))),
    fn: async () => {
      await using world = await World.make("bakery");
      await copyFolder(join(ROOT, "example"), world.repo, NOT_COPIED);
      const tagged = await world.commit("Bakery");
      await world.git("tag", "--annotate", "v1.0", "--message", "One");
      await world.git("switch", "--quiet", "--create", "feature/more");
      const seed = "seeds/raw_customers.csv";
      const customers = (await world.read(seed)).trim().split("\n").length - 1;
      await world.write({ [seed]: `${(await world.read(seed)).trimEnd()}\n99,Zoé,Liège\n` });
      const branched = await world.commit("One more customer");
      await world.git("switch", "--quiet", "main");
      const env = { DOT_DBT: dbtPath(version), ...version === "2" ? DBT_2_ENV : {} };
      const models = join(world.repo, "models");
      const json = ["--", "--log-format", "json"];

      const plain = await world.dot(["build", "dev", ...json], { env, cwd: models });
      assertEnded(plain);
      assertOnlyDbt(plain.stdout);
      const tag = await world.dot(["build", "dev@v1.0", ...json], { env });
      assertEnded(tag);
      assertOnlyDbt(tag.stdout);
      const branch = await world.dot(["build", "prod@feature/more"], { env, cwd: models });
      assertEnded(branch);

      const schemas = ["dev", `dev_${tagged}`, `analytics_${branched}`];
      assertEquals(
        await ask(world, version, "bakery.duckdb", RELATIONS),
        schemas.map((schema) => [schema, 5]).sort(),
      );
      const counted = schemas.map((schema) => `(select count(*) from ${schema}.customer_orders)`);
      assertEquals(
        await ask(world, version, "bakery.duckdb", `select ${counted.join(", ")}`),
        [[customers, customers, customers + 1]],
      );
      // dbt 2 adds a line.
      assertEquals(
        await world.git("status", "--porcelain"),
        version === "2" ? " M .gitignore" : "",
      );
      for (const folder of [models, join(world.repo, ".dot/build", branched, "worktree")]) {
        assertEquals(await exists(join(folder, "bakery.duckdb")), false, folder);
      }
      const record = JSON.parse(await world.read(`.dot/build/${tagged}/env/dev/build.json`));
      assertEquals(record.schemas, [{ database: "bakery", schema: `dev_${tagged}` }]);
      assert(record.made_with.dbt.startsWith(`${version}.`), record.made_with.dbt);
    },
  });
}

/** A project with something for every command of dbt. */
const EVERYTHING = {
  ...PROJECT,
  ".gitignore": `${PROJECT[".gitignore"]}.dot/\n`,
  "models/value.sql": "{{ config(materialized='table') }}\n" +
    'select cast(\'{{ env_var("VALUE", "1") }}\' as integer) as id\n',
  "models/after.sql": "select id from {{ ref('value') }}\n",
  "models/schema.yml": `models:
  - name: a
    columns:
      - name: id
        data_tests: [not_null]
sources:
  - name: raw
    schema: main
    tables:
      - name: events
        config:
          loaded_at_field: loaded_at
          freshness: {warn_after: {count: 1, period: hour}}
`,
  "snapshots/history.sql": `{% snapshot history %}
{{ config(target_schema=target.schema, unique_key='id', strategy='check', check_cols=['id']) }}
select id from {{ ref('a') }}
{% endsnapshot %}
`,
  "macros/tell.sql": "{% macro tell(what) %}{{ print(what ~ ' in ' ~ target.schema) }}" +
    "{% endmacro %}\n",
};

Deno.test("every command of the real dbt works for a commit", async (test) => {
  await using world = await World.withProject(EVERYTHING);
  const short = await world.git("rev-parse", "--short", "HEAD");
  const schema = `dev_${short}`;
  const folder = join(world.repo, ".dot", "build", short, "env", "dev");
  const dot = async (args: string[], env: Record<string, string> = {}) =>
    world.dot(args, { env: { ...await warmEnv(), ...env } });
  const relations = `select table_name from information_schema.tables
where table_schema = '${schema}' order by all`;

  await test.step("build passes dbt's failure on, and retry finishes what was left", async () => {
    const build = ["build", "dev@HEAD", "--", "--exclude", "history"];
    assertEnded(await dot(build, { VALUE: "x" }), 1);
    assertEquals(await ask(world, "1.11", "shop.duckdb", relations), [["a"], ["b"]]);
    const retried = await dot(["retry", "dev@HEAD", "--", "--log-format", "json"]);
    assertEnded(retried);
    assertOnlyDbt(retried.stdout);
    const results = JSON.parse(await Deno.readTextFile(join(folder, "target/run_results.json")));
    assertEquals(
      results.results.map((result: { unique_id: string }) => result.unique_id).sort(),
      ["model.shop.after", "model.shop.value"],
    );
    const expected = [["a"], ["after"], ["b"], ["value"]];
    assertEquals(await ask(world, "1.11", "shop.duckdb", relations), expected);
  });

  await test.step("snapshot writes into the build's schema", async () => {
    assertEnded(await dot(["snapshot", "dev@HEAD"]));
    const rows = await ask(world, "1.11", "shop.duckdb", `select id from ${schema}.history`);
    assertEquals(rows, [[1]]);
  });

  await test.step("docs generate writes the build's own catalog", async () => {
    const generated = await dot(["docs", "generate", "dev@HEAD"]);
    assertEnded(generated);
    if (TESTED === "2") {
      assertStringIncludes(generated.stderr, "-- --write-catalog");
      assertEnded(await dot(["compile", "dev@HEAD", "--", "--write-catalog"]));
    }
    const catalog = JSON.parse(await Deno.readTextFile(join(folder, "target/catalog.json")));
    assertEquals(catalog.nodes["model.shop.b"].metadata.schema, schema);
  });

  await test.step("run-operation, show and ls print what dbt prints alone", async () => {
    const [operation, show, list] = await Promise.all([
      dot(["run-operation", "prod@HEAD", "--", "tell", "--args", "{what: hello}", "--quiet"]),
      dot(["show", "dev@HEAD", "--", "--quiet", "--output", "json", "-s", "b"]),
      dot(["ls", "dev", "--", "--quiet", "--resource-type", "model", "--output", "name"]),
    ]);
    assertEnded(operation);
    assertEquals(operation.stdout, `hello in analytics_${short}\n`);
    assertEnded(show);
    const shown = JSON.parse(show.stdout);
    assertEquals(TESTED === "2" ? shown : shown.show, [{ id: 1 }]);
    assertEnded(list);
    assertEquals(list.stdout, "a\nafter\nb\nvalue\n");
  });

  await test.step("source freshness writes its result into the build", async () => {
    const create = `import duckdb
duckdb.connect("shop.duckdb").execute(
    "create table main.events as select now()::timestamp as loaded_at")`;
    const made = await world.run(pythonPath(), ["-c", create], {});
    assertEquals(made.code, 0, made.stderr);
    assertEnded(await dot(["source", "freshness", "dev@HEAD"]));
    const { results } = JSON.parse(await Deno.readTextFile(join(folder, "target/sources.json")));
    assertEquals(results.length, 1);
    assertEquals(results[0].unique_id, "source.shop.raw.events");
  });

  await test.step("debug checks the isolated profile", async () => {
    const ran = await dot(["debug", "dev@HEAD"]);
    assertEnded(ran);
    assertStringIncludes(
      ran.stdout,
      TESTED === "2" ? "env/dev/profiles.yml" : join(folder, "profiles.yml"),
    );
    assertMatch(ran.stdout, new RegExp(`schema"?: "?${schema}"?\\n`));
    assertStringIncludes(ran.stdout, "All checks passed!");
  });

  await test.step("clean removes what dbt made: of a build, and of the working tree", async () => {
    assertEnded(await dot(["clean", "dev@HEAD"]));
    assertEquals(await exists(join(folder, "target")), false);
    assertEquals(await world.has("target"), true);
    assertEnded(await dot(["clean"]));
    assertEquals(await world.has("target"), false);
  });
});

// dbt 2 does not look at what a project asks for.
Deno.test("a commit that this dbt does not accept fails in dbt's words", {
  ignore: TESTED === "2",
}, async () => {
  await using world = await World.withProject({
    ".gitignore": `${PROJECT[".gitignore"]}.dot/\n`,
    "dbt_project.yml": `${PROJECT["dbt_project.yml"]}require-dbt-version: ">=9.0.0"\n`,
  });
  const ran = await world.dot(["build", "dev@HEAD"], { env: { DOT_DBT: dbtPath() } });
  assertEnded(ran, 2);
  assertStringIncludes(ran.stdout, "This version of dbt is not supported");
  assertMatch(ran.stderr, /warning: dbt 1\.11\.\d+ does not accept this project\./);
  assertStringIncludes(ran.stderr, "DOT_DBT=/path/to/dbt");
});

Deno.test("a literal secret works with the real dbt, and dbt hides it", async () => {
  const secret = "hunter2-in-the-log";
  await using world = await World.withProject({
    ".gitignore": `${PROJECT[".gitignore"]}.dot/\n`,
    "macros/tell.sql": `{% macro tell() %}
{%- set asked = "select current_setting('http_proxy_password')" -%}
{%- set value = run_query(asked).rows[0][0] -%}
{{ print(value ~ ' of ' ~ value | length ~ ' letters, in ' ~ target.schema) }}
{% endmacro %}
`,
  });
  await world.write({ "profiles.yml": undefined });
  await world.commit("The profile lies in HOME");
  const profile = `shop:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: shop.duckdb
      schema: "{{ env_var('WHO') }}"
      settings: {http_proxy_password: ${secret}}
`;
  await Deno.mkdir(join(world.home, ".dbt"));
  await Deno.writeTextFile(join(world.home, ".dbt", "profiles.yml"), profile);
  const short = await world.git("rev-parse", "--short", "HEAD");
  const options = { env: { DOT_DBT: dbtPath(), WHO: "ada" } };
  const args = ["run-operation", "dev@HEAD", "--", "tell", "--quiet", "--log-level-file", "debug"];
  const ran = await world.dot(args, options);
  assertEnded(ran);
  // dbt 2 hides nothing that a macro prints.
  const shown = TESTED === "2" ? secret : "*****";
  assertEquals(ran.stdout, `${shown} of ${secret.length} letters, in ada_${short}\n`);
  const grep = await world.run("grep", ["-rlaF", secret, ".dot"], {});
  assertEquals([grep.code, grep.stdout, grep.stderr], [1, "", ""]);
});
