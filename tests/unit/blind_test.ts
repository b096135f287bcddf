import { assertEquals } from "@std/assert";
import { findBlindSpots, spotsFor } from "../../lib/isolated/escape/blind.ts";

const SPOTS: [string, string, string][] = [
  [
    "dbt_project.yml",
    'on-run-end: "insert into audit.log values (1)"\n',
    "the on-run-end of dbt_project.yml writes to audit.log",
  ],
  [
    "dbt_project.yml",
    "on-run-start:\n  - create schema if not exists raw\n",
    "the on-run-start of dbt_project.yml writes to the schema raw",
  ],
  [
    "dbt_project.yml",
    'models:\n  +post-hook: "grant select on table prod.a to bi"\n',
    "the post-hook of dbt_project.yml writes to prod.a",
  ],
  [
    "models/a.sql",
    '{{ config(pre_hook="delete from ops.runs where true") }} select 1',
    "the pre-hook of models/a.sql writes to ops.runs",
  ],
  [
    "macros/m.sql",
    "{% macro log_run() %}{% do run_query('insert into ops.log select 1') %}{% endmacro %}",
    "the macro log_run (macros/m.sql) writes to ops.log",
  ],
  [
    "snapshots/s.sql",
    "{{ config(target_schema=('live' if flags.FULL_REFRESH else target.schema), unique_key='id') }}",
    "snapshots/s.sql computes target_schema from flags, which differs from run to run",
  ],
  [
    "macros/m.sql",
    "{% materialization view, default %}{% call statement('main') %}create view live.a as select 1{% endcall %}{% endmaterialization %}",
    "the materialization view (macros/m.sql) writes to live.a",
  ],
  [
    "models/a.sql",
    "{% do run_query('insert into ops.log select 1') %} select 1",
    "a query in models/a.sql writes to ops.log",
  ],
  [
    "models/a.sql",
    "{% call statement('x') %}delete from ops.log{% endcall %} select 1",
    "a query in models/a.sql writes to ops.log",
  ],
  [
    "models/a.sql",
    "{{ config(materialized='external', location='out.parquet') }} select 1",
    "models/a.sql writes files (location)",
  ],
  [
    "models/s.yml",
    'sources:\n  - name: raw\n    schema: "{{ target.schema }}_raw"\n    tables: [{ name: orders }]\n',
    "the source raw (models/s.yml) has the schema `{{ target.schema }}_raw`, which takes the suffix and may not exist",
  ],
];

for (const [path, text, spot] of SPOTS) {
  Deno.test(`a warning says: ${spot}`, () => {
    assertEquals(findBlindSpots([{ path, text }]).slice(0, 1).map(({ words }) => words), [spot]);
  });
}

const QUIET: [string, string, string][] = [
  [
    "a comment of SQL",
    "macros/m.sql",
    "{% macro m() %}\n-- Grant access on schema to user\n/* insert into a.b */ select 1\n{% endmacro %}",
  ],
  [
    "a comment in a string",
    "macros/m.sql",
    "{% macro m() %}{% do run_query('-- drop table a.b\\n select 1') %}{% endmacro %}",
  ],
  [
    "a message",
    "macros/m.sql",
    '{% macro m() %}{% do print("Sorry. Cannot create schema test.") %}{{ log("update a.b", info=true) }}{% endmacro %}',
  ],
  [
    "an error",
    "macros/m.sql",
    "{% macro m() %}{{ exceptions.raise_compiler_error('do not insert into a.b') }}{% endmacro %}",
  ],
  ["a comment of Jinja", "macros/m.sql", "{% macro m() %}{# insert into a.b #}{% endmacro %}"],
  ["a comment in a hook", "dbt_project.yml", 'on-run-end: "-- grant select on a.b to c"\n'],
  [
    "a comment in a model's hook",
    "models/a.sql",
    "{{ config(post_hook='-- delete from a.b') }} select 1",
  ],
  [
    "a schema of Jinja",
    "macros/m.sql",
    "{% macro m() %}create schema {{ target.schema }}.x; insert into {{ a }}.b{% endmacro %}",
  ],
];

for (const [what, path, text] of QUIET) {
  Deno.test(`${what} is not warned of`, () => assertEquals(findBlindSpots([{ path, text }]), []));
}

const LOUD: [string, string, string][] = [
  [
    "behind a comment",
    "{% macro m() %}\n-- grants\ngrant select on a.b to c\n{% endmacro %}",
    "a.b",
  ],
  [
    "behind quotes with the sign of a comment",
    "{% macro m() %}select '--'; insert into a.b{% endmacro %}",
    "a.b",
  ],
  [
    "in a message's neighbour",
    "{% macro m() %}{{ log('x') }}{% do run_query('insert into a.b') %}{% endmacro %}",
    "a.b",
  ],
  ["between tags", "{% macro m() %}insert into {% if x %}a.b{% endif %}{% endmacro %}", "a.b"],
  [
    "in a text that is set",
    "{% macro m() %}{% set q %}drop table a.b{% endset %}{% do run_query(q) %}{% endmacro %}",
    "a.b",
  ],
];

for (const [what, text, name] of LOUD) {
  Deno.test(`what writes ${what} is warned of`, () => {
    const [spot] = findBlindSpots([{ path: "macros/m.sql", text }]);
    assertEquals(spot?.words, `the macro m (macros/m.sql) writes to ${name}`);
  });
}

Deno.test("a query of a model whose text is set before is warned of", () => {
  const text = "{% set q %}drop table a.b{% endset %}{% do run_query(q) %} select 1";
  assertEquals(findBlindSpots([{ path: "models/a.sql", text }]).map(({ words }) => words), [
    "a query in models/a.sql writes to a.b",
  ]);
});

Deno.test("a macro of another adapter is warned of only where something calls it by that name", () => {
  const macro = (name: string) => `{% macro ${name}() %}insert into a.b{% endmacro %}`;
  const found = (text: string, adapter: string) =>
    spotsFor(findBlindSpots([{ path: "macros/m.sql", text }]), adapter).length;
  const text = macro("snowflake__upload");
  assertEquals(found(text, "duckdb"), 0);
  assertEquals(found(text, "snowflake"), 1);
  assertEquals(found(`${text}{% macro m() %}{{ snowflake__upload() }}{% endmacro %}`, "duckdb"), 1);
  assertEquals(found(macro("postgres__upload"), "redshift"), 1);
  assertEquals(found(macro("spark__upload"), "databricks"), 1);
  assertEquals(found(macro("default__upload"), "duckdb"), 1);
  assertEquals(found(macro("upload"), "duckdb"), 1);
  // Nobody knows what an adapter takes that dot has no row for.
  assertEquals(found(text, "brandnew"), 1);
});

Deno.test("a source in the build's schema is warned of once, and not where the project makes its tables", () => {
  const text = (table: string) =>
    `sources:\n  - name: raw\n    schema: "{{ target['schema'] }}"\n    tables: [{ name: x, identifier: ${table} }]\n`;
  const found = (table: string, ...made: string[]) =>
    findBlindSpots([{ path: "models/s.yml", text: text(table) }], new Set(made)).map(({ kind }) =>
      kind
    );
  assertEquals(found("Orders", "orders"), []);
  assertEquals(found("orders", "others"), ["source"]);
  assertEquals(
    findBlindSpots([
      { path: "models/s.yml", text: text("orders") },
      { path: "models/t.yml", text: text("orders") },
    ]).length,
    1,
  );
});

Deno.test("what names its place by Jinja is not warned of", () => {
  assertEquals(
    findBlindSpots([
      {
        path: "macros/m.sql",
        text: "{% macro m() %}insert into {{ target.schema }}.log select 1{% endmacro %}",
      },
      { path: "models/a.sql", text: "select a.b from {{ ref('x') }} as a" },
      { path: "models/b.sql", text: "{{ config(post_hook='analyze {{ this }}') }} select 1" },
    ]),
    [],
  );
});
