/** Which paths of a profile are pinned to the live project, and which are none. */
import { assertEquals } from "@std/assert";
import { readYaml, type YamlMap } from "../../lib/base/yaml.ts";
import { keptAt } from "../../lib/dbt/launcher_folder.ts";
import { pinPaths } from "../../lib/dbt/profile_paths.ts";

const SCOPE = {
  env: { FILE: "x.duckdb", ROOT: "/data", LAKE: "ducklake:x", PWD: "/where" },
  vars: new Map(),
};

function pinned(adapter: string, text: string): [string[], readonly string[]] {
  const output = readYaml(text, "profiles.yml");
  if (output?.kind !== "map") throw new Error("no mapping");
  const map: YamlMap = output;
  const { texts, unknown } = pinPaths({ adapter, output: map }, "/live", SCOPE);
  return [[...texts.values()], unknown];
}

/** A text that dbt pins itself. */
function byDbt(text: string): string {
  return `{% set dot_path %}${text}{% endset %}{% set dot_path = dot_path ~ '' %}` +
    "{{ dot_path if dot_path[:1] in ['', '/', '\\\\', ':', '~'] or ':' in dot_path " +
    "else '/live/' ~ dot_path }}";
}

Deno.test("relative paths are pinned, whatever they are written as, and nothing else is", () => {
  const table: [string, string, string[], string[]?][] = [
    ["duckdb", "path: shop.duckdb", ["/live/shop.duckdb"]],
    ["duckdb", "path: ../db/shop.duckdb", ["/live/../db/shop.duckdb"]],
    ["duckdb", "path: 'a b.duckdb'", ["/live/a b.duckdb"]],
    ["duckdb", "path: ':memory:'", []],
    ["duckdb", "path: /abs/shop.duckdb", []],
    ["duckdb", "path: 'C:\\shop.duckdb'", []],
    ["duckdb", "path: '\\\\server\\shop.duckdb'", []],
    ["duckdb", "path: ~/shop.duckdb", []],
    ["duckdb", "path: md:shop", []],
    ["duckdb", "path: s3://bucket/shop.duckdb", []],
    ["duckdb", "path: ducklake:meta.ducklake", ["ducklake:/live/meta.ducklake"]],
    ["duckdb", "path: 'ducklake:sqlite:meta.sqlite'", ["ducklake:sqlite:/live/meta.sqlite"]],
    ["duckdb", "path: 'ducklake:postgres:dbname=x'", []],
    ["duckdb", "path: \"{{ env_var('FILE') }}\"", ["/live/{{ env_var('FILE') }}"]],
    ["duckdb", "path: \"{{ env_var('ROOT') }}/x\"", []],
    ["duckdb", "path: \"{{ env_var('LAKE') }}\"", [], ["path"]],
    ["duckdb", "path: \"{{ env_var('UNSET', 'rel.duckdb') }}\"", [
      "/live/{{ env_var('UNSET', 'rel.duckdb') }}",
    ]],
    ["duckdb", "path: \"{{ env_var('UNSET', '/abs.duckdb') }}\"", []],
    // dbt tells whether what comes of it is relative.
    ["duckdb", "path: \"{{ 'rel.duckdb' }}\"", [byDbt("{{ 'rel.duckdb' }}")]],
    ["duckdb", 'path: "{% if x %}a{% endif %}.db"', [byDbt("{% if x %}a{% endif %}.db")]],
    ["duckdb", "attach: [{path: \"{{ env_var('UNSET') or 'a.db' }}\"}]", [
      byDbt("{{ env_var('UNSET') or 'a.db' }}"),
    ]],
    ["duckdb", "path: \"{{ env_var('PWD') ~ '/x' }}\"", [], ["path"]],
    ["duckdb", 'path: "/abs/{{ now() }}"', []],
    // Another value reaches dbt in a build.
    ["duckdb", "path: \"{{ env_var('PWD') }}/x.duckdb\"", ["/where/x.duckdb"]],
    ["duckdb", "path: \"{{ env_var('DBT_PROJECT_DIR', '.') }}/x.duckdb\"", ["/live/./x.duckdb"]],
    ["duckdb", "plugins: [{module: excel, config: {output: {file: r.xlsx}}}]", []],
    ["duckdb", "attach: [{path: a.db}, {path: 'postgres:x'}, {path: b.db}]", [
      "/live/a.db",
      "/live/b.db",
    ]],
    ["duckdb", "settings: {temp_directory: tmp, threads: 3}", ["/live/tmp"]],
    // What models read by a relative path is the commit's.
    ["duckdb", "external_root: out\nsettings: {file_search_path: data}", []],
    ["bigquery", "keyfile: keys/k.json", ["/live/keys/k.json"]],
    ["postgres", "sslrootcert: system\nsslcert: c.pem", ["/live/c.pem"]],
    ["trino", "cert: true", []],
    ["snowflake", "private_key_path: k.p8\naccount: x", ["/live/k.p8"]],
    ["nothing_known", "path: x.duckdb", []],
  ];
  for (const [adapter, text, paths, unknown = []] of table) {
    assertEquals(pinned(adapter, text), [paths, unknown], text);
  }
});

Deno.test("a launcher is kept at the live project by its own variable, or stays there", () => {
  const kept = (...words: [string, ...string[]]) =>
    keptAt({ words, version: undefined, major: 1 }, "/live");
  assertEquals(kept("/repo/.venv/bin/dbt"), {});
  assertEquals(kept("/usr/bin/python3", "-m", "dbt.cli.main"), {});
  assertEquals(kept("/bin/uv", "run", "dbt"), { UV_PROJECT: "/live" });
  assertEquals(kept("C:/bin/uv.exe".replaceAll("C:/", "/c/"), "run", "dbt"), {
    UV_PROJECT: "/live",
  });
  assertEquals(kept("/bin/uv", "run", "--project", "tools", "dbt"), undefined);
  assertEquals(kept("/bin/uv", "run", "-p", "3.12", "dbt"), { UV_PROJECT: "/live" });
  assertEquals(kept("/usr/bin/env", "A=1", "uv", "run", "dbt"), undefined);
  assertEquals(kept("/bin/sh", "tools/dbt.sh"), undefined);
  assertEquals(kept("/bin/pdm", "run", "dbt"), { PDM_PROJECT: "/live" });
  assertEquals(kept("/home/a/.pyenv/shims/dbt"), { PYENV_DIR: "/live" });
  assertEquals(kept("/bin/poetry", "run", "dbt"), undefined);
  assertEquals(kept("/home/a/.asdf/shims/dbt"), undefined);
});
