import { assertEquals } from "@std/assert";
import { findBlindSpots } from "../../lib/isolated/escape/blind.ts";

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
