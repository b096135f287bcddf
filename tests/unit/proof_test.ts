import { assertEquals } from "@std/assert";
import {
  findDoubts,
  findNamingMacros,
  foldersOf,
  plainSchemas,
} from "../../lib/isolated/escape/proof.ts";
import { variablesIn } from "../../lib/isolated/escape/scan.ts";

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
  ["BigQuery's target_dataset", "{{ config(target_dataset='d') }}", "sets target_dataset"],
  ["BigQuery's target_project", "{{ config(target_project='d') }}", "sets target_project"],
  [
    "a config out of a variable with a default",
    "{{ config(var('c', {'a': 1})) }}",
    "sets a config that its text does not show",
  ],
  [
    "a config under another name",
    "{% set c = config %}{{ c(x=1) }}",
    "sets a config that its text does not show",
  ],
  [
    "a config in another macro's hands",
    "{{ settle(config) }}",
    "sets a config that its text does not show",
  ],
  [
    "a macro between the signs of a comment",
    "{{ '{#' }}{% macro generate_schema_name(a) %}x{% endmacro %}{{ '#}' }}",
    "defines the macro generate_schema_name",
  ],
  [
    "a macro after raw text",
    "{% raw %}{#{% endraw %}{% macro generate_schema_name(a) %}x{% endmacro %}{# x #}",
    "defines the macro generate_schema_name",
  ],
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

Deno.test("BigQuery's words and escapes in YAML are understood", () => {
  assertEquals(doubts("dbt_project.yml", "snapshots:\n  +target_dataset: d\n"), [
    "sets target_dataset",
  ]);
  assertEquals(doubts("models/a.yml", 'x:\n  "target_\\x73chema": d\n'), ["sets target_schema"]);
});

Deno.test("settings that come whole out of a variable are not proven", () => {
  const unseen = ["sets a config that its text does not show"];
  assertEquals(
    doubts("snapshots/s.yml", "snapshots:\n  - name: s\n    config: \"{{ var('c') }}\"\n"),
    unseen,
  );
  assertEquals(doubts("dbt_project.yml", "snapshots:\n  shop: \"{{ var('c') }}\"\n"), unseen);
});

Deno.test("folders outside the project are not proven", () => {
  for (const folder of ["../shared", "a/../../b", "/shared", "C:/shared", "{{ env_var('X') }}"]) {
    const text = `macro-paths: ["${folder}"]\n`;
    assertEquals(doubts("dbt_project.yml", text), [
      "reads files outside the project (macro-paths)",
    ]);
    assertEquals(foldersOf(text), [folder]);
  }
  assertEquals(doubts("dbt_project.yml", 'macro-paths: ["macros", "a..b"]\n'), []);
});

Deno.test("a naming macro in a file of capitals is found", () => {
  const text = "{% macro generate_schema_name(a) %}x{% endmacro %}";
  assertEquals(findNamingMacros([{ path: "macros/N.SQL", text }]).length, 1);
});

Deno.test("an environment variable with a computed name is any", () => {
  assertEquals(variablesIn("{{ env_var('A') }} {{ env_var (\"B-2\", 'x') }}"), ["A", "B-2"]);
  assertEquals(variablesIn("{{ env_var(name) }} {% set e = env_var %}"), ["*", "*"]);
  assertEquals(variablesIn("{{ env_var('A' ~ b) }}"), ["*"]);
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
  [
    "a comment with an apostrophe in it",
    "macros/a.sql",
    "{# don't {% macro generate_schema_name(a) %} #}",
  ],
  [
    "what reads a config",
    "models/a.sql",
    "{% set m = config.get('materialized') %}{{ config(alias='b') }}",
  ],
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
