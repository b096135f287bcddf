/**
 * Layouts as public packages and projects have them, in small: nothing in them leads out of a build, so nothing is doubted (dbt
 * parses nothing for dot) and nothing is warned of. Each has a twin in which the same text is where dbt reads it.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertEnded } from "../assertions.ts";
import type { World } from "../harness.ts";
import { shop } from "../upkeep.ts";

type Files = Record<string, string>;

const NAMING = "{% macro generate_schema_name(a, b) %}{{ a or target.schema }}{% endmacro %}\n";
const PYTEST =
  "def config(**more):\n    return {**more, 'schema': request.config(f'{more}')}\n\nsettings = config\n";
const PACKAGE = "dbt_packages/tools";
const TOOLS = `${PACKAGE}/dbt_project.yml`;

/** What a build of a project's commit says, and whether dbt had to parse it first. */
async function build(files: Files): Promise<{ warned: string; parsed: boolean; world: World }> {
  const world = await shop({ ".gitignore": ".dot/\ntarget/\nlogs/\n", ...files });
  await world.fakeDbt();
  const ran = await world.dot(["build", "dev@HEAD"]);
  assertEnded(ran);
  const from = ran.stderr.indexOf("warning:");
  const parsed = (await world.fakeRuns()).some(({ argv }) => argv[0] === "parse");
  return { warned: from === -1 ? "" : ran.stderr.slice(from), parsed, world };
}

const LAYOUTS: [string, Files][] = [
  ["a package with its tests, in which dbt looks for SQL only", {
    [TOOLS]: "name: tools\n",
    [`${PACKAGE}/tests/conftest.py`]: PYTEST,
    [`${PACKAGE}/models/helpers.yaml.txt`]: "config: {{",
    [`${PACKAGE}/macros/helpers.py`]: PYTEST,
  }],
  ["a package with projects that test it", {
    [TOOLS]: 'name: tools\nmacro-paths: ["macros"]\ndocs-paths: ["../docs"]\n',
    [`${PACKAGE}/integration_tests/dbt_project.yml`]: "name: x\nmodels: { +schema: '{{ x }}' }\n",
    [`${PACKAGE}/integration_tests/macros/names.sql`]: NAMING,
    [`${PACKAGE}/integration_tests/models/sources.yml`]:
      "sources: [{ name: raw, schema: '{{ target.schema }}', tables: [{ name: x }] }]\n",
  }],
  ["a project beside those that test it", {
    "integration_tests_2/macros/names.sql": NAMING,
    "integration_test_project/snapshots/s.sql":
      "{% snapshot s %}{{ config(target_schema='live') }}{% endsnapshot %}\n",
    "integration_test_project/tests/conftest.py": PYTEST,
    "ci/sample.profiles.yml": "shop: { outputs: { ci: { schema: \"{{ env_var('S') }}\" } } }\n",
    "ci/broken.yml": "config: [\n",
    "scripts/deploy.py": PYTEST,
  }],
  ["macros that only speak of writing", {
    "macros/speak.sql": `{% macro grant_access(role) %}
  -- Grant access on schema to user
  {% if not role %}{{ exceptions.raise_compiler_error("cannot grant select on live.orders to " ~ role) }}{% endif %}
  {% do print("No such role. Cannot create schema test.") %}
  {{ log("would insert into live.log", info=true) }}
  /* update live.log by hand */
  grant select on {{ this }} to {{ role }}
{% endmacro %}
`,
  }],
  ["macros of other adapters", {
    [TOOLS]: "name: tools\n",
    [`${PACKAGE}/macros/upload.sql`]:
      `{% macro upload() %}{{ return(adapter.dispatch('upload', 'tools')()) }}{% endmacro %}
{% macro default__upload() %}insert into {{ target.schema }}.log select 1{% endmacro %}
{% macro snowflake__upload() %}insert into audit.log select 1{% endmacro %}
{% macro bigquery__upload() %}create table audit.log as select 1{% endmacro %}
`,
  }],
  ["a source whose tables the project makes", {
    [TOOLS]: "name: tools\nseed-paths: [data]\n",
    [`${PACKAGE}/data/raw_runs.csv`]: "id\n1\n",
    [`${PACKAGE}/models/runs.sql`]: "select 1 as id\n",
    [`${PACKAGE}/models/sources.yml`]:
      "sources: [{ name: own, schema: \"{{ var('s', target.schema) }}\", tables: [{ name: RAW_RUNS }, { name: x, identifier: runs }] }]\n",
  }],
  ["a package that looks into the context, where there are no snapshots", {
    [TOOLS]: "name: tools\n",
    [`${PACKAGE}/macros/look.sql`]:
      `{% macro look(name, query) %}{% set config = tools.settings() %}{{ config.args }}{{ context[name] }}{{ render(query) }}{% endmacro %}
{% macro settings() %}{{ return(builtins) }}{% endmacro %}
`,
  }],
  ["a dictionary in a dictionary, and settings of values", {
    "models/nested.sql":
      "{{ config(partition_by={'field': 'a', 'range': {'start': 1}}) }} -- config of a model\nselect 1 as id\n",
    "dbt_project.yml":
      "name: shop\nversion: '1.0'\nprofile: shop\nmodels:\n  +persist_docs: { columns: '{{ target.name }}' }\n  shop: { +enabled: '{{ true }}', materialized: '{{ x }}' }\n",
  }],
];

for (const [what, files] of LAYOUTS) {
  Deno.test(`nothing is doubted or warned of in ${what}`, async () => {
    const { parsed, warned, world } = await build(files);
    await using _ = world;
    assertEquals({ parsed, warned }, { parsed: false, warned: "" });
  });
}

const DOUBTED: [string, Files][] = [
  ["Python where dbt looks for models", {
    "models/conftest.py": "dbt.config(schema=name)\n",
  }],
  ["a naming macro in a folder that a package names", {
    [TOOLS]: "name: tools\nmacro-paths: [integration_tests/macros]\n",
    [`${PACKAGE}/integration_tests/macros/names.sql`]: NAMING,
  }],
  ["a naming macro in a package whose dbt_project.yml cannot be read", {
    [TOOLS]: "name: [\n",
    [`${PACKAGE}/elsewhere/names.sql`]: NAMING,
  }],
  ["a naming macro in a package that the project reads as its own", {
    "dbt_project.yml":
      "name: shop\nversion: '1.0'\nprofile: shop\nmacro-paths: [macros, dbt_packages]\n",
    [TOOLS]: "name: tools\n",
    [`${PACKAGE}/integration_tests/names.sql`]: NAMING,
  }],
  ["a package that looks into the context, beside a snapshot", {
    [TOOLS]: "name: tools\n",
    [`${PACKAGE}/macros/look.sql`]: "{% macro look(q) %}{{ render(q) }}{% endmacro %}\n",
    "models/snapshots.yml": "snapshots: [{ name: s, relation: ref('a') }]\n",
  }],
  ["samples for CI where dbt looks for properties", {
    "models/sample.profiles.yml": "shop: { schema: \"{{ env_var('S') }}\" }\n",
  }],
];

for (const [what, files] of DOUBTED) {
  Deno.test(`dbt is asked to parse ${what}`, async () => {
    const { parsed, world } = await build(files);
    await using _ = world;
    assertEquals(parsed, true);
  });
}

Deno.test("what writes elsewhere, and a source that moves, are warned of once, each with what to do", async () => {
  const source = (table: string) =>
    `sources: [{ name: raw, schema: "{{ target.schema }}", tables: [{ name: ${table} }] }]\n`;
  const only = await build({ "models/s.yml": source("orders"), "models/t.yml": source("orders") });
  await using _ = only.world;
  assertEquals(only.warned.match(/the source raw/g)?.length, 1, only.warned);
  assertStringIncludes(
    only.warned,
    "Where a source lies in a live schema, name that without `target.schema`",
  );
  assertEquals(only.warned.includes("use `target.schema`"), false, only.warned);

  const writes = await build({
    "macros/m.sql":
      "{% macro duckdb__upload() %}insert into audit.log select 1{% endmacro %}\n{% macro call() %}{{ trino__other() }}{% endmacro %}\n{% macro trino__other() %}update audit.runs set a = 1{% endmacro %}\n",
  });
  await using _two = writes.world;
  assertStringIncludes(
    writes.warned,
    "the macro duckdb__upload (macros/m.sql) writes to audit.log",
  );
  assertStringIncludes(writes.warned, "the macro trino__other (macros/m.sql) writes to audit.runs");
  assertStringIncludes(writes.warned, "use `target.schema` instead");
  assertEquals(writes.warned.includes("source"), false, writes.warned);
});
