/**
 * The repositories that the benchmark runs in.
 * @module
 */
import { join } from "@std/path";
import { World } from "../tests/harness.ts";

const PROFILE = `shop:
  target: dev
  outputs:
    dev: { type: duckdb, path: shop.duckdb, schema: dev, threads: 4 }
`;

const SHARED: Record<string, string> = {
  "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\n',
  "profiles.yml": PROFILE,
  "dot_environments.yml":
    "environment:\n  default: dev\n  dev:\n    vars: { currency: EUR, smallest: 0 }\n",
  "dot_vars.yml": "vars:\n  currency: { values: [EUR, USD], strict: true }\n",
  ".gitignore": ".dot/\n.venv/\ntarget/\nlogs/\n*.duckdb\n*.duckdb.wal\ndbt_packages/\n.user.yml\n",
};

const NAMING =
  "{% macro generate_schema_name(custom_schema_name, node) %}{{ custom_schema_name or target.schema }}{% endmacro %}\n";

/** A repository whose project has 20 nodes: a seed, 12 models, 7 tests. */
export function twentyNodes(): Promise<World> {
  return withNodes(20);
}

/**
 * A repository whose project has so many nodes: a seed, three models of every five nodes in chains of twelve (every third
 * a table, the others views), and tests.
 */
export async function withNodes(count: number): Promise<World> {
  const world = await World.make();
  const names = Array.from({ length: Math.round(count * 0.6) }, (_, at) => `model_${at + 1}`);
  const models = names.map((name, at) => {
    const from = at % 12 === 0 ? "raw_orders" : `model_${at}`;
    const kind = at % 3 === 2 ? "table" : "view";
    return [
      `models/${name}.sql`,
      `{{ config(materialized='${kind}') }}\nselect * from {{ ref('${from}') }}\n`,
    ];
  });
  const tests = names.slice(0, count - 1 - names.length).map((name) =>
    `  - name: ${name}\n    columns:\n      - name: id\n        data_tests: [not_null]\n`
  );
  await world.write({
    ...SHARED,
    ...Object.fromEntries(models),
    "seeds/raw_orders.csv": "id,amount\n1,10\n2,20\n3,30\n",
    "models/schema.yml": `models:\n${tests.join("")}`,
  });
  await world.commit("Start");
  return world;
}

/** Give a project a naming macro of its own, committed: it may leave its schemas, so that the guard must ask dbt. */
export async function nameSchemas(world: World): Promise<void> {
  await world.write({ "macros/names.sql": NAMING });
  await world.commit("Name the schemas");
}

/** A repository of 5,000 files, half of them models, and its commit's hash. */
export async function manyFiles(): Promise<World> {
  const world = await World.make();
  const files = Array.from({ length: 5000 - Object.keys(SHARED).length }, (_, at) => {
    const folder = `part_${at % 50}`;
    return at % 2 === 0
      ? [`models/${folder}/model_${at}.sql`, `select ${at} as id, 'a line of text' as word\n`]
      : [`docs/${folder}/page_${at}.md`, `# Page ${at}\n\nA line of text.\n`];
  });
  await world.write({ ...SHARED, ...Object.fromEntries(files) });
  await world.commit("Start");
  return world;
}

/** Give a repository a dbt that does nothing, beside packages as an installation has them. */
export async function idleDbt(world: World): Promise<string> {
  const bin = join(world.repo, ".venv", "bin");
  const packages = join(world.repo, ".venv", "lib", "python3.11", "site-packages");
  await Deno.mkdir(bin, { recursive: true });
  for (let at = 0; at < 120; at++) await Deno.mkdir(join(packages, `p${at}`), { recursive: true });
  await Deno.mkdir(join(packages, "dbt_core-1.11.16.dist-info"));
  const dbt = join(bin, "dbt");
  await Deno.writeTextFile(
    dbt,
    '#!/bin/sh\n[ "$1" = --version ] && printf "Core:\\n  - installed: 1.11.16\\n"\nexit 0\n',
    { mode: 0o755 },
  );
  return dbt;
}
