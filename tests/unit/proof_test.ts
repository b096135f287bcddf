import { assertEquals } from "@std/assert";
import { findNamingMacros, prove } from "../../lib/isolated/escape/proof.ts";
import { isRead, mayLead, readsOf } from "../../lib/isolated/escape/reads.ts";
import { variablesIn } from "../../lib/dbt/env_var.ts";

/** What one file makes doubtful. */
function doubts(path: string, text: string): string[] {
  return prove([{ path, text }]).doubts.map(({ what }) => what);
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
      { path: "macros/names.sql", name, at: text.indexOf(name) },
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
    "a key that is put together",
    "{{ config({'target_' ~ 'schema': 'live'}) }}",
    "sets a config that its text does not show",
  ],
  [
    "a key with an escape",
    "{{ config({'target\\x5fschema': 'live'}) }}",
    "sets a config that its text does not show",
  ],
  [
    "a key with an escape of digits",
    "{{ config({'target\\137schema': 'live'}) }}",
    "sets a config that its text does not show",
  ],
  [
    "a key out of a variable",
    "{{ config({var('k'): 'live'}) }}",
    "sets a config that its text does not show",
  ],
  [
    "a key of two strings",
    "{{ config({'target_' 'schema': 'live'}) }}",
    "sets a config that its text does not show",
  ],
  [
    "a dictionary that is called",
    "{{ config(dict(target_schema='live')) }}",
    "sets a config that its text does not show",
  ],
  [
    "a dictionary that is joined with another",
    "{{ config({'a': 1} | combine(x)) }}",
    "sets a config that its text does not show",
  ],
  [
    "a dictionary that is chosen",
    "{{ config({'a': 1} if x else y) }}",
    "sets a config that its text does not show",
  ],
  [
    "a dictionary that is laid out",
    "{{ config(**{'target_schema': 'live'}) }}",
    "sets a config that its text does not show",
  ],
  [
    "a list that is laid out",
    "{{ config(*[{'target_schema': 'live'}]) }}",
    "sets a config that its text does not show",
  ],
  ["a config in a set", "{% set x = config(target_schema='live') %}", "sets target_schema"],
  ["a config in a do", "{% do config({'target_schema': 'live'}) %}", "sets target_schema"],
  [
    "a config in a condition",
    "{% if config(target_schema='l') %}{% endif %}",
    "sets target_schema",
  ],
  [
    "a config that is called",
    "{% call config(target_schema='l') %}{% endcall %}",
    "sets target_schema",
  ],
  [
    "a config after spaces and lines",
    "{{ config \n ( \n target_schema = 'l') }}",
    "sets target_schema",
  ],
  [
    "a config behind Jinja that looks like a comment",
    "{{ {'a': {'b': 1}} ~ '{#' }}{{ config(target_schema='live') }}",
    "sets target_schema",
  ],
  [
    "a config behind braces in a string",
    "{{ '}}{#' }}{{ config(target_schema='live') }}{# #}",
    "sets target_schema",
  ],
  ["a config in a comment of SQL", "-- {{ config(target_schema='live') }}", "sets target_schema"],
  [
    "a config among dbt's own functions",
    "{{ builtins.config(target_schema='live') }}",
    "sets target_schema",
  ],
  [
    "a config out of dbt's own functions",
    "{% set c = builtins['con' ~ 'fig'] %}{{ c(target_schema='live') }}",
    "sets a config that its text does not show",
  ],
  [
    "dbt's own functions under another name",
    "{% set b = builtins %}{{ b.config(x=1) }}",
    "sets a config that its text does not show",
  ],
  [
    "a config out of the context",
    "{{ context['config']({'x': 1}) }}",
    "sets a config that its text does not show",
  ],
  [
    "a config out of the context, with an escape",
    "{{ context.get('con\\x66ig')({'x': 1}) }}",
    "sets a config that its text does not show",
  ],
  [
    "the context gone through",
    "{% for k, v in context.items() %}{{ v(x=1) }}{% endfor %}",
    "sets a config that its text does not show",
  ],
  [
    "another config in the context",
    "{% do context.update({'render': x}) %}",
    "sets a config that its text does not show",
  ],
  [
    "text that is rendered",
    "{{ render('{{ con' ~ 'fig(x=1) }' ~ '}') }}",
    "sets a config that its text does not show",
  ],
  [
    "a config's own parts",
    "{% do config.context_config.add_config_call({'x': 1}) %}",
    "sets a config that its text does not show",
  ],
  ["a config in a list", "{{ [config][0](x=1) }}", "sets a config that its text does not show"],
  [
    "a config as a filter's input",
    "{% for c in [1] | map(config) %}{% endfor %}",
    "sets a config that its text does not show",
  ],
  [
    "a macro with a plus",
    "{%+ macro generate_schema_name(a) %}x{% endmacro %}",
    "defines the macro generate_schema_name",
  ],
  ["a tag without an end", "{{ config(schema='a') ", "is no Jinja that dot can read"],
  ["a comment without an end", "{# {{ config(schema='a') }}", "is no Jinja that dot can read"],
  ["a string without an end", "{{ config(schema='a) }}", "is no Jinja that dot can read"],
  ["bytes that are no text", "select '\ufffd'", "is no UTF-8 text"],
  [
    "raw text that dbt's search for blocks does not know as such",
    "{%+ raw %}{% snapshot s %}{{ config(target_schema='l') }}{% endsnapshot %}{% endraw %}",
    "can be read in two ways",
  ],
  [
    "a macro in what is a comment by one reading",
    "{{ {'a': {'b': 1}} }}{# {% macro generate_schema_name(a) %}{% endmacro %} #}",
    "can be read in two ways",
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

const PYTHON: [string, string, string][] = [
  ["a computed schema", "dbt.config(schema=name)", "computes the config schema"],
  ["a config over lines", "dbt . \\\n config(  # x\n target_schema='l')", "sets target_schema"],
  ["a config in parentheses", "(dbt).config(target_schema='l')", "sets target_schema"],
  [
    "a config called by another pair",
    "(dbt.config)(schema='l')",
    "sets a config that its text does not show",
  ],
  ["letters that Python takes for others", "dbt.ｃonfig(ｔarget_schema='l')", "sets target_schema"],
  [
    "a dictionary that is laid out",
    "dbt.config(**{'schema': 'l'})",
    "sets a config that its text does not show",
  ],
  [
    "a key of two strings",
    "dbt.config({'target_' 'schema': 'l'})",
    "sets a config that its text does not show",
  ],
  ["a text of two strings", "dbt.config(schema='a' 'b')", "computes the config schema"],
  ["a formatted text", "dbt.config(schema=f'{x}')", "computes the config schema"],
  [
    "a call between the quotes of a formatted text",
    "x = f'{f\"{dbt.config(schema=z)}\"}'",
    "sets a config that its text does not show",
  ],
  ["a string without an end", "x = '", "is no Python that dot can read"],
];

for (const [what, text, doubt] of PYTHON) {
  Deno.test(`${what} in Python is not proven`, () => {
    assertEquals(doubts("models/a.py", text), [doubt]);
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

const UNSEEN = ["sets a config that its text does not show"];
const WHOLE: [string, string, string][] = [
  ["a list of nodes", "models/a.yml", "snapshots: \"{{ var('s') }}\"\n"],
  ["a node in a list", "models/a.yml", "snapshots:\n  - \"{{ var('s') }}\"\n"],
  ["a test in a list", "models/a.yml", 'models:\n  - data_tests: ["{{ x }}"]\n'],
  ["the tests of a source", "models/a.yml", 'sources:\n  - tables: [{tests: ["{{ x }}"]}]\n'],
  ["a block of dbt_project.yml", "dbt_project.yml", 'models: "{{ x }}"\n'],
  ["a folder in dbt_project.yml", "dbt_project.yml", 'data-tests: { shop: "{{ x }}" }\n'],
  ["a key", "models/a.yml", "models: [{ name: a, \"{{ 'config' }}\": 1 }]\n"],
  [
    "an argument that calls",
    "models/a.yml",
    'models: [{ tests: [{ x: { a: "{{ config(y) }}" } }] }]\n',
  ],
  [
    "an argument that renders",
    "models/a.yml",
    'models: [{ tests: [{ x: { a: "{{ render(y) }}" } }] }]\n',
  ],
];

for (const [what, path, text] of WHOLE) {
  Deno.test(`${what} of Jinja in YAML is not proven`, () => {
    assertEquals(doubts(path, text), UNSEEN);
  });
}

Deno.test("a test of a source that keeps its failures is not proven, the source's own schema is nothing", () => {
  const text =
    'sources:\n  - name: s\n    schema: "{{ x }}"\n    tables:\n      - name: t\n        columns:\n          - name: c\n            tests: [{ unique: { config: { store_failures: true } } }]\n';
  assertEquals(doubts("models/s.yml", text), ["stores the failures of tests"]);
});

Deno.test("ends of lines that only dbt's reader of YAML knows are not proven", () => {
  for (const end of ["\u0085", "\u2028", "\u2029"]) {
    const text = `models: [] # ${end}snapshots: [{ name: s, config: { target_schema: live } }]\n`;
    assertEquals(doubts("models/s.yml", text), ["is no YAML that dot can read"]);
  }
});

Deno.test("what sets the value of a config below a key with a plus is no folder", () => {
  const text =
    'models:\n  +persist_docs: { columns: "{{ x }}" }\n  shop: { meta: { a: "{{ y }}" } }\n';
  assertEquals(doubts("dbt_project.yml", text), []);
});

Deno.test("snapshots are known, for they alone can be led past dbt's naming", () => {
  const found = (path: string, text: string) => prove([{ path, text }]).snapshots;
  assertEquals(found("snapshots/s.sql", "{%- snapshot s %}{% endsnapshot %}"), true);
  assertEquals(found("models/s.yml", "snapshots: []\n"), true);
  assertEquals(found("models/s.yml", '"snap\\x73hots": []\n'), true);
  assertEquals(found("dbt_project.yml", "snapshots: { +enabled: true }\n"), false);
  assertEquals(
    found("macros/s.sql", "{# {% snapshot s %} #}{% if x == 'snapshot' %}{% endif %}"),
    false,
  );
});

Deno.test("dbt reads the folders that dbt_project.yml names, else its own, and all where that cannot be told", () => {
  const reads = (text: string, ...paths: string[]) =>
    paths.filter((path) => isRead(readsOf(text), path));
  const paths = [
    "models/a.sql",
    "tests/conftest.py",
    "ci/sample.profiles.yml",
    "x/b.sql",
    "models/c.py",
  ];
  assertEquals(reads("name: a\n", ...paths), ["models/a.sql", "models/c.py"]);
  assertEquals(reads("model-paths: [./x/]\n", ...paths), ["x/b.sql"]);
  assertEquals(reads("model_paths: [X]\nsnapshot-paths: [ci]\n", ...paths), [
    "ci/sample.profiles.yml",
    "x/b.sql",
  ]);
  assertEquals(reads("source-paths: x\n", ...paths), ["x/b.sql"]);
  assertEquals(reads("model-paths: []\n", ...paths), ["models/a.sql", "models/c.py"]);
  for (
    const all of [
      'model-paths: ["."]',
      'macro-paths: ["{{ x }}"]',
      "test-paths: [x*]",
      "model-paths: {}",
      "a: [",
    ]
  ) {
    assertEquals(reads(`${all}\n`, "x/b.sql", "ci/sample.profiles.yml").length, 2, all);
  }
  assertEquals(
    ["models", "models/x", "shared/n.sql"].map((path) => mayLead(readsOf("a: 1\n"), path)),
    [true, true, false],
  );
  assertEquals(mayLead(readsOf("macro-paths: [a/b/macros]\n"), "a/b"), true);
});

Deno.test("folders outside the project are not proven", () => {
  for (const folder of ["../shared", "a/../../b", "/shared", "C:/shared", "{{ env_var('X') }}"]) {
    const text = `macro-paths: ["${folder}"]\n`;
    assertEquals(doubts("dbt_project.yml", text), [
      "reads files outside the project (macro-paths)",
    ]);
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
  ["a comma at the end", "models/a.sql", "{{ config(schema='a',) }}{{ config({'tags': [1],}) }}"],
  [
    "a config of dictionaries",
    "models/a.sql",
    "{{ config(meta={'schema': x, 'a': {'b': 1}}, tags=[y]) }}",
  ],
  [
    "what a node has",
    "macros/a.sql",
    "{{ model.config.schema }}{{ node['config']['schema'] }}{{ f(config=1) }}",
  ],
  ["dbt's own ref", "macros/a.sql", "{{ return(builtins.ref(a, **kwargs)) }}"],
  [
    "what the context has",
    "macros/a.sql",
    "{{ context['project_name'] }}{{ context.get('x', 1) }}{{ context.model }}",
  ],
  [
    "a variable of that name",
    "macros/a.sql",
    "{% set target_schema = store_failures %}select target_schema",
  ],
  [
    "a warning in words",
    "macros/a.sql",
    "{{ log('set store_failures: true') }}-- config(schema=x)",
  ],
  [
    "failures that are not kept",
    "tests/a.sql",
    "{{ config(store_failures=false, store_failures_as=none) }}",
  ],
  ["raw text", "models/a.sql", "{% raw %}{{ config(target_schema='a') }}{% endraw %}"],
  [
    "a test of pytest's",
    "models/a.py",
    "def config(x):\n    return {**x, 'schema': request.config(x)}",
  ],
  [
    "a Python model",
    "models/a.py",
    "def model(dbt, session):\n    dbt.config(schema='a', packages=['x'])\n    return dbt.config.get('a')",
  ],
  ["an empty config", "models/a.sql", "{{ config() }} select 1"],
];

for (const [what, path, text] of SAFE) {
  Deno.test(`${what} leaves the proof whole`, () => assertEquals(doubts(path, text), []));
}

Deno.test("plain schemas are known for the check of their length", () => {
  assertEquals(
    prove([
      { path: "models/a.sql", text: "{{ config(schema='marts') }}" },
      { path: "dbt_project.yml", text: "models:\n  +schema: staging\n" },
    ]).schemas,
    ["marts", "staging"],
  );
});
