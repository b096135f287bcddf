import { assertEquals } from "@std/assert";
import { findDoubts, findNamingMacros, plainSchemas } from "../../lib/build/isolation/proof.ts";

/** What one file makes doubtful. */
function doubts(path: string, text: string): string[] {
  return findDoubts([{ path, text }]).map(({ what }) => what);
}

const MACROS: [string, string][] = [
  ["{% macro generate_schema_name(a, b) %}x{% endmacro %}", "generate_schema_name"],
  ["{%- macro  generate_database_name(a) -%}x{% endmacro %}", "generate_database_name"],
  ["{% macro generate_alias_name(a, b) %}x{% endmacro %}", "generate_alias_name"],
  [
    "{% macro duckdb__generate_schema_name(a, b) %}x{% endmacro %}",
    "duckdb__generate_schema_name",
  ],
  [
    "{% macro default__generate_schema_name(a, b) %}x{% endmacro %}",
    "default__generate_schema_name",
  ],
];

for (const [text, name] of MACROS) {
  Deno.test(`a project that defines ${name} is not proven`, () => {
    assertEquals(doubts("macros/names.sql", text), [`defines the macro ${name}`]);
    assertEquals(findNamingMacros([{ path: "macros/names.sql", text }]), [
      { path: "macros/names.sql", name },
    ]);
  });
}

const CODE: [string, string, string][] = [
  ["a snapshot's target_schema", "{{ config(target_schema='snaps') }}", "sets target_schema"],
  ["a snapshot's target_database", "{{ config(target_database='d') }}", "sets target_database"],
  ["stored failures", "{{ config(store_failures=true) }}", "stores the failures of tests"],
  [
    "stored failures as a view",
    "{{ config(store_failures_as='view') }}",
    "stores the failures of tests",
  ],
  ["a computed schema", "{{ config(schema=var('s')) }}", "computes the config schema"],
  ["a joined schema", "{{ config(schema='a' ~ var('s')) }}", "computes the config schema"],
  ["a computed database", "{{ config(database=target.name) }}", "computes the config database"],
  ["BigQuery's dataset", "{{ config(dataset=var('d')) }}", "computes the config dataset"],
  ["Databricks' catalog", "{{ config(catalog=var('d')) }}", "computes the config catalog"],
  [
    "a config of keyword arguments",
    "{{ config(**var('all')) }}",
    "sets a config that its text does not show",
  ],
  [
    "a config in a variable",
    "{{ config(settings) }}",
    "sets a config that its text does not show",
  ],
  [
    "a schema in a dictionary",
    "{{ config({'schema': var('s')}) }}",
    "computes the config schema",
  ],
  ["a Python model's schema", "dbt.config(schema=name)", "computes the config schema"],
];

for (const [what, text, doubt] of CODE) {
  Deno.test(`${what} is not proven`, () => {
    assertEquals(doubts("models/a.sql", text), [doubt]);
  });
}

const YAML: [string, string, string][] = [
  ["a schema with Jinja", "models:\n  shop:\n    +schema: \"{{ var('s') }}\"\n", "schema"],
  ["a database with Jinja", 'models:\n  +database: "{{ target.name }}_db"\n', "database"],
  [
    "a schema in a properties file",
    "models:\n  - name: a\n    config:\n      schema: \"{{ env_var('S') }}\"\n",
    "schema",
  ],
  ["a project with Jinja", "seeds:\n  +project: \"{{ var('p') }}\"\n", "project"],
];

for (const [what, text, key] of YAML) {
  Deno.test(`${what} is not proven`, () => {
    assertEquals(doubts("dbt_project.yml", text), [`computes the config ${key}`]);
  });
}

Deno.test("target_schema and stored failures in YAML are not proven", () => {
  assertEquals(doubts("dbt_project.yml", "snapshots:\n  +target_schema: snaps\n"), [
    "sets target_schema",
  ]);
  assertEquals(doubts("dbt_project.yml", "tests:\n  +store_failures: true\n"), [
    "stores the failures of tests",
  ]);
  assertEquals(doubts("dbt_project.yml", "tests:\n  +store_failures: false\n"), []);
});

Deno.test("a file that dot cannot read is not proven", () => {
  assertEquals(doubts("models/schema.yml", "models: [\n"), ["is no YAML that dot can read"]);
});

const SAFE: [string, string, string][] = [
  ["a plain schema", "models/a.sql", "{{ config(schema='marts', materialized='table') }}"],
  ["a plain schema in YAML", "dbt_project.yml", "models:\n  +schema: marts\n"],
  ["a plain database", "models/a.sql", '{{ config(database="other") }}'],
  [
    "a source's schema",
    "models/s.yml",
    'sources:\n  - name: s\n    schema: "{{ target.schema }}"\n',
  ],
  ["a variable called schema", "dbt_project.yml", 'vars:\n  schema: "{{ x }}"\n'],
  ["a commented macro", "macros/a.sql", "{# {% macro generate_schema_name(a) %} #}"],
  ["another macro", "macros/a.sql", "{% macro cents(a) %}x{% endmacro %}"],
  ["a column called schema", "models/a.sql", "select schema = 'x' as same, schema from t"],
  ["packages", "packages.yml", "packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.3.0\n"],
  ["an empty config", "models/a.sql", "{{ config() }} select 1"],
];

for (const [what, path, text] of SAFE) {
  Deno.test(`${what} leaves the proof whole`, () => assertEquals(doubts(path, text), []));
}

Deno.test("plain schemas are known for the check of their length", () => {
  assertEquals(
    plainSchemas([
      { path: "models/a.sql", text: "{{ config(schema='marts') }}" },
      { path: "dbt_project.yml", text: "models:\n  +schema: staging\n" },
    ]),
    ["marts", "staging"],
  );
});
