import { assert, assertEquals } from "@std/assert";
import { parseSpec } from "../../lib/places/spec.ts";
import { findBlindSpots } from "../../lib/isolated/escape/blind.ts";
import { prove } from "../../lib/isolated/escape/proof.ts";
import { chooseConfiguration } from "../../lib/config/load.ts";
import { dbtArgv } from "../../lib/dbt/argv.ts";
import { findDbtCommand } from "../../lib/dbt/commands.ts";
import { parseDotenv } from "../../lib/dbt/dotenv.ts";
import { isolateProfile } from "../../lib/dbt/isolated_profile.ts";
import { parseManifest } from "../../lib/dbt/manifest/manifest.ts";
import { dataNamedBy, unreadSeeds } from "../../lib/dbt/manifest/named_data.ts";
import { readersOfEnvironment, readersOfVariables } from "../../lib/dbt/manifest/readers.ts";
import { findDifferences, unseenOf } from "../../lib/compare/differences.ts";
import { readPassthrough } from "../../lib/dbt/passthrough.ts";
import { DotError } from "../../lib/base/errors.ts";
import { withSettings } from "../../lib/prompts/editor.ts";
import { get, getText, readYaml } from "../../lib/base/yaml.ts";
import { dice } from "../random.ts";

/** How many mutations of each input are tried. */
const ROUNDS = 1500;

const PIECES = [
  ..."\t\n\r \0:{}[]\"'#&*!|>%@`,-?~<=\\\ufeff\u2028é😀",
  "<<: *a",
  "&a ",
  "*a",
  "!!int ",
  "!vault ",
  "---\n",
  "...\n",
  "{{ ",
  " }}",
  "{% ",
  "env_var('X')",
  "12:30",
  "0x",
  "0b",
  "-.inf",
  ".nan",
  "1e999",
  "default",
  "vars:",
  "__proto__: ",
  "constructor: ",
  "[".repeat(300),
  "  ".repeat(150) + "x:\n",
  "9".repeat(400),
];

/** A text with a few random edits. */
function mutated(text: string, roll: (bound: number) => number): string {
  let result = text;
  for (let edits = 1 + roll(4); edits > 0; edits--) {
    const at = roll(result.length + 1);
    const cut = roll(3) === 0 ? roll(12) : 0;
    const piece = roll(4) === 0 ? "" : PIECES[roll(PIECES.length)] ?? "";
    result = result.slice(0, at) + piece + result.slice(at + cut);
  }
  return result;
}

/** Feed mutations to a function: it may throw only errors for the user. A hang hangs the test. */
function fuzz(name: string, seeds: readonly string[], feed: (text: string) => void): void {
  Deno.test(`${name}: mutated input gives an answer or an error in words, and ends`, () => {
    const roll = dice(name.length);
    for (let round = 0; round < ROUNDS; round++) {
      const text = mutated(seeds[round % seeds.length] ?? "", roll);
      try {
        feed(text);
      } catch (error) {
        assert(error instanceof DotError, `${JSON.stringify(text)}: ${String(error)}`);
        assert(error.message.length > 5, JSON.stringify(text));
      }
    }
  });
}

const ENVIRONMENTS = `environment:
  default: dev
  all: &all
    threads: 4
    vars: { a: 1, b: [x, 1.5, yes], c: "2024-01-02" }
  dev:
    <<: *all
    select: [a, "b+"]
    full-refresh: false
  prod:
    target: prod
    warn-error-options: { include: all }
`;
const VARIABLES = `vars:
  a: { description: first, values: [1, 2], strict: true, required: true }
  b:
`;
const PROFILE = `config: { send_anonymous_usage_stats: false }
shop:
  target: dev
  outputs:
    dev: &dev
      type: postgres
      schema: "{{ env_var('X', 'dev') }}"
      password: secret
      port: 5432
      extra: [1, { a: b }, ~]
      multi: |
        one
        two
    prod: { <<: *dev, schema: analytics }
`;
const SETTINGS = `{
  // comment
  "search.exclude": { "**/x": true, },
  "files.watcherExclude": {},
}
`;

fuzz("environments and variables", [ENVIRONMENTS, VARIABLES], (text) => {
  const side = {
    environments: { text, file: "dot_environments.yml" },
    variables: { text, file: "dot_vars.yml" },
  };
  for (const name of [undefined, "dev", "prod"]) {
    const { environment } = chooseConfiguration(name, undefined, side);
    dbtArgv({
      launcher: { words: ["dbt"], version: undefined, major: 1 },
      command: findDbtCommand("build") ??
        {
          name: "",
          summary: "",
          defers: false,
          seeds: false,
          needsPackages: false,
          needsProfile: false,
        },
      fixed: new Map(),
      settings: environment.args,
      vars: environment.vars,
      passthrough: readPassthrough([], "build"),
    });
  }
});

fuzz("variables", [VARIABLES], (text) => {
  chooseConfiguration(undefined, undefined, {
    environments: undefined,
    variables: { text, file: "dot_vars.yml" },
  });
});

fuzz("profiles", [PROFILE], (text) => {
  const root = readYaml(text, "profiles.yml", { duplicateKeys: "last" });
  const profile = root?.kind === "map" ? get(root, "shop") : undefined;
  const outputs = profile?.kind === "map" ? get(profile, "outputs") : undefined;
  if (outputs?.kind !== "map") return;
  for (const { key, value } of outputs.entries) {
    if (value.kind !== "map") continue;
    const isolated = isolateProfile({
      file: "profiles.yml",
      profile: "shop",
      target: key.text,
      output: value,
      outputs: value,
      adapter: getText(value, "type") ?? "",
      config: undefined,
    }, { suffix: "_abc1234", keepConfig: true, scope: { env: {}, vars: new Map() } });
    // What dot writes can be read again, and still carries the suffix.
    const again = readYaml(isolated.text, "isolated", { duplicateKeys: "last" });
    assert(again !== undefined && isolated.text.includes("_abc1234"));
  }
});

fuzz("specs", ["dev@main", "@v1", "prod"], (text) => void parseSpec(text));
fuzz("editor settings", [SETTINGS], (text) => void withSettings(text));
fuzz("dotenv files", ["A=1\nexport B='x'\nC=\"y\\n\"\n"], (text) => void parseDotenv(text));
fuzz("manifests", [
  '{"metadata": {}, "nodes": {"model.a": {"config": {}}}}',
  `{"metadata": {}, "child_map": {"model.a": ["test.b"]}, "disabled": {"model.c": [{"name": "c"}]},
"macros": {"macro.m": {"macro_sql": "var('x')", "depends_on": {"macros": ["macro.m"]}}},
"nodes": {"model.a": {"resource_type": "model", "fqn": ["a"], "columns": {"id": {"constraints": [{}]}},
"config": {"unique_key": ["id"]}, "unrendered_config": {"tags": ["t"]}}}}`,
], (text) => {
  const manifest = parseManifest(text);
  if (manifest === undefined) return;
  void [manifest.nodes, manifest.data, manifest.sources, manifest.disabled];
  manifest.selectionOf("model.a");
  readersOfEnvironment(manifest);
  const unseen = unseenOf(readersOfVariables(manifest, ["x"]));
  assertEquals(findDifferences({ base: manifest, head: manifest }, new Map()), []);
  findDifferences({ base: manifest, head: manifest }, unseen);
  void [dataNamedBy(manifest), unreadSeeds(manifest)];
});
fuzz("project files", [
  "{{ config(schema='a', database=\"b\", **x) }} select {# c #} 1",
  "{% macro generate_schema_name(a) %}insert into a.b{% endmacro %}",
  'sources:\n  - name: s\n    schema: "{{ target.schema }}"\non-run-end: drop table a.b\n',
], (text) => {
  for (const path of ["models/a.sql", "models/a.yml"]) {
    prove([{ path, text }]);
    findBlindSpots([{ path, text }]);
  }
});
