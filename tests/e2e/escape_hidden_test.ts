/**
 * Ways to hide from the guard: a naming macro in a file that a search does not look into, and a list of selected nodes
 * that is not the command's own. The real dbt, on DuckDB.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { pythonPath, World } from "../harness.ts";
import { coolDown, warmEnv } from "../warm.ts";
import { scanKey } from "../../lib/isolated/escape/scan.ts";
import { packagesHash } from "../../lib/isolated/packages.ts";

const NAMING =
  "{% macro generate_schema_name(custom, node) -%}{{ (custom or target.schema) | trim }}{%- endmacro %}\n";
const STAGED = "{{ config(schema='staging') }} select 1 as id\n";
const BASE = {
  "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\n',
  "profiles.yml":
    "shop:\n  target: prod\n  outputs:\n    prod: { type: duckdb, path: w.duckdb, schema: analytics }\n",
  "models/plain.sql": "select 1 as id\n",
  ".gitignore": "target/\nlogs/\n*.duckdb\ndbt_packages/\n",
};
Deno.test.afterAll(coolDown);

/** A world with a project's files, and links from path to path, committed. */
async function worldWith(
  files: Record<string, string>,
  links: Record<string, string> = {},
): Promise<World> {
  const world = await World.make();
  await world.write({ ...BASE, ...files });
  for (const [path, to] of Object.entries(links)) {
    const link = join(world.repo, path);
    await Deno.mkdir(dirname(link), { recursive: true });
    await Deno.symlink(to, link);
  }
  await world.commit("Start");
  return world;
}

/** The schemas of the warehouse, without the suffix of HEAD's build; none where nothing was written. */
async function schemas(world: World): Promise<string[]> {
  const program =
    "import duckdb, os, sys; print(*([] if not os.path.exists('w.duckdb') else [s for s, in duckdb.connect('w.duckdb', read_only=True).execute('select distinct table_schema from information_schema.tables order by 1').fetchall()]))";
  const ran = await world.run(pythonPath(), ["-c", program], {});
  assertEquals(ran.code, 0, ran.stderr);
  const suffix = `_${await world.git("rev-parse", "--short", "HEAD")}`;
  return ran.stdout.trim().split(" ").filter((name) => name !== "")
    .map((name) => name.endsWith(suffix) ? `${name.slice(0, -suffix.length)}+` : name);
}

const HIDDEN: [string, Record<string, string>, Record<string, string>][] = [
  ["a file that attributes call binary", {
    "macros/n.sql": NAMING,
    ".gitattributes": "*.sql -diff",
  }, {}],
  ["a file with an ending in capitals", { "macros/n.SQL": NAMING }, {}],
  ["a folder that others leave out", { "macros/node_modules/n.sql": NAMING }, {}],
  ["a folder of another name", {
    "names/n.sql": NAMING,
    "dbt_project.yml": `${BASE["dbt_project.yml"]}macro-paths: [./names/]\n`,
  }, {}],
  ["a link to a file", { "shared/n.txt": NAMING }, { "macros/n.sql": "../shared/n.txt" }],
];

for (const [what, files, links] of HIDDEN) {
  Deno.test({
    name: `a naming macro in ${what} is isolated`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using world = await worldWith({ ...files, "models/staged.sql": STAGED }, links);
      const ran = await world.dot(["run", "prod@HEAD"], { env: await warmEnv() });
      assertEquals(ran.code, 0, ran.stdout + ran.stderr);
      assertEquals(await schemas(world), ["analytics+", "staging+"]);
      const again = await world.dot(["run", "prod@HEAD"], { env: await warmEnv() });
      assertEquals(again.code, 0, again.stdout + again.stderr);
    },
  });
}

Deno.test({
  name: "a naming macro in a folder beside the project is isolated",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using world = await worldWith({
      "shared/n.sql": NAMING,
      "inner/dbt_project.yml": `${BASE["dbt_project.yml"]}macro-paths: ["../shared"]\n`,
      "inner/models/staged.sql": STAGED,
    });
    const ran = await world.dot(["run", "prod@HEAD", "--", "--project-dir", "inner"], {
      env: await warmEnv(),
    });
    assertEquals(ran.code, 0, ran.stdout + ran.stderr);
    assertEquals(await schemas(world), ["staging+"]);
  },
});

Deno.test({
  name: "a naming macro in a folder behind a link is not isolated, but seen",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using world = await worldWith({
      "shared/macros/n.sql": NAMING,
      "dbt_project.yml": `${BASE["dbt_project.yml"]}macro-paths: [deep/macros]\n`,
      "models/staged.sql": STAGED,
    }, { "deep": "shared" });
    const ran = await world.dot(["run", "prod@HEAD"], { env: await warmEnv() });
    assertEquals(ran.code, 2, ran.stdout + ran.stderr);
    assertStringIncludes(ran.stderr, "model.shop.staged (models/staged.sql)");
    assertEquals(await schemas(world), []);
  },
});

/** A world whose package lies outside of the repository and writes to `staging`: it is refused, not isolated. */
async function worldWithPackage(
  files: Record<string, string> = {},
  naming = NAMING,
): Promise<World> {
  const world = await World.make();
  const folder = join(world.folder, "outside");
  await world.write({ ...BASE, ...files, "packages.yml": `packages:\n  - local: ${folder}\n` });
  await Deno.mkdir(join(folder, "macros", "logs"), { recursive: true });
  await Deno.mkdir(join(folder, "models"));
  await Deno.writeTextFile(
    join(folder, "dbt_project.yml"),
    'name: outside\nversion: "1.0"\n',
  );
  await Deno.writeTextFile(join(folder, "macros", "logs", "n.sql"), naming);
  await Deno.writeTextFile(join(folder, "models", "staged.sql"), STAGED);
  await world.commit("Start");
  return world;
}

Deno.test("the list of selected nodes is the command's own, whatever the environment and the settings say", async () => {
  await using world = await worldWithPackage({
    "dot_environments.yml":
      "environment:\n  prod:\n    target: prod\n    exclude: [staged]\n    resource-types: [test]\n",
  });
  const words = ["run", "prod@HEAD", "--", "--exclude", "nothing_like_it"];
  const disguises: Record<string, string>[] = [
    {},
    { DBT_RESOURCE_TYPES: "test", DBT_EXCLUDE_RESOURCE_TYPES: "model" },
    { DBT_LOG_FORMAT: "json", DBT_PRINT: "false", DBT_LOG_LEVEL: "none" },
  ];
  for (const more of disguises) {
    const ran = await world.dot(words, { env: { ...await warmEnv(), ...more } });
    assertEquals(ran.code, 2, ran.stdout + ran.stderr);
    assertStringIncludes(ran.stderr, "model.outside.staged (models/staged.sql)");
    assertEquals(await schemas(world), []);
  }
  const env = { ...await warmEnv(), DBT_LOG_FORMAT: "json", DBT_RESOURCE_TYPES: "test" };
  const ran = await world.dot(["run", "prod@HEAD"], { env });
  assertEquals(ran.code, 0, ran.stdout + ran.stderr);
  assertEquals(await schemas(world), ["analytics+"]);
});

Deno.test("a package outside of the repository is read anew when it changes", async () => {
  await using world = await worldWithPackage({}, "{% macro other() %}{% endmacro %}\n");
  const first = await world.dot(["run", "prod@HEAD"], { env: await warmEnv() });
  assertEquals(first.code, 0, first.stdout + first.stderr);
  await Deno.writeTextFile(join(world.folder, "outside", "macros", "logs", "n.sql"), NAMING);
  const second = await world.dot(["run", "prod@HEAD"], { env: await warmEnv() });
  assertEquals(second.code, 2, second.stdout + second.stderr);
  assertStringIncludes(second.stderr, "model.outside.staged (models/staged.sql)");
});

Deno.test("a verdict is asked again when a variable with a computed name changes", async () => {
  await using world = await worldWith({
    "dbt_project.yml": `${BASE["dbt_project.yml"]}vars: { name: SNAPS }\n`,
    "snapshots/s.sql":
      "{% snapshot s %}{{ config(target_schema=env_var(var('name')), unique_key='id', strategy='check', check_cols=['id']) }} select 1 as id{% endsnapshot %}\n",
  });
  const short = await world.git("rev-parse", "--short", "HEAD");
  const words = ["snapshot", "prod@HEAD"];
  const first = await world.dot(words, { env: { ...await warmEnv(), SNAPS: `snaps_${short}` } });
  assertEquals(first.code, 0, first.stdout + first.stderr);
  const second = await world.dot(words, { env: { ...await warmEnv(), SNAPS: "live" } });
  assertEquals(second.code, 2, second.stdout + second.stderr);
  assertEquals(await schemas(world), ["snaps+"]);
});

const ROW = "'unique_key': 'id', 'strategy': 'check', 'check_cols': ['id']";
const CALL = "unique_key='id', strategy='check', check_cols=['id']";

/** Ways to set `target_schema` that a look for the word does not find. */
const DISGUISED: [string, Record<string, string>][] = [
  ["a key that is put together", {
    "snapshots/s.sql":
      `{% snapshot s %}{{ config({'target_' ~ 'schema': 'live', ${ROW}}) }} select 1 as id{% endsnapshot %}`,
  }],
  ["a key with an escape of digits", {
    "snapshots/s.sql":
      `{% snapshot s %}{{ config({'target\\137schema': 'live', ${ROW}}) }} select 1 as id{% endsnapshot %}`,
  }],
  ["a config behind what looks like a comment", {
    "snapshots/s.sql":
      `{% snapshot s %}{% set x = {'a': {'b': 1}} ~ '{#' %}{{ config(target_schema='live', ${CALL}) }} select 1 as id{% endsnapshot %}`,
  }],
  ["a config out of dbt's own functions", {
    "snapshots/s.sql":
      `{% snapshot s %}{% set c = builtins['con' ~ 'fig'] %}{{ c(**fromjson('{"target" "_schema": 1}'.replace('" "', '').replace('1', '"live"'))) }}{{ config(${CALL}) }} select 1 as id{% endsnapshot %}`,
  }],
  ["a config that a macro gets", {
    "macros/m.sql": "{% macro m(settle, all) %}{{ settle(**all) }}{% endmacro %}",
    "snapshots/s.sql":
      `{% snapshot s %}{{ m(config, {'target_' + 'schema': 'live'}) }}{{ config(${CALL}) }} select 1 as id{% endsnapshot %}`,
  }],
  ["text that is rendered", {
    "snapshots/s.sql":
      `{% snapshot s %}{{ render('{' ~ '{ con' ~ 'fig(target_' ~ 'schema="live") }' ~ '}') }}{{ config(${CALL}) }} select 1 as id{% endsnapshot %}`,
  }],
  ["a config out of a variable, in YAML", {
    "dbt_project.yml": `${BASE["dbt_project.yml"]}vars: { c: { target_schema: live, ${ROW} } }\n`,
    "snapshots/s.yml":
      "snapshots:\n  - name: s\n    relation: ref('plain')\n    config: \"{{ var('c') }}\"\n",
  }],
];

Deno.test("a snapshot's own place is seen however it is set: refused, and nothing is written", async () => {
  await using world = await worldWith({});
  const env = await warmEnv();
  for (const [what, files] of DISGUISED) {
    await world.git("rm", "-rq", "--cached", ".");
    for (const folder of ["macros", "snapshots"]) {
      await Deno.remove(join(world.repo, folder), { recursive: true }).catch(() => {});
    }
    await world.write({ ...BASE, ...files });
    await world.commit(what);
    const live = await world.dot(["parse", "prod"], { env });
    assertEquals(live.code, 0, `${what}: ${live.stdout}${live.stderr}`);
    const manifest = JSON.parse(await world.read("target/manifest.json"));
    // Else it would be no way to escape.
    assertEquals(manifest.nodes["snapshot.shop.s"].schema, "live", what);
    const ran = await world.dot(["snapshot", "prod@HEAD"], { env });
    assertEquals(ran.code, 2, `${what}: ${ran.stdout}${ran.stderr}`);
    assertStringIncludes(ran.stderr, "live.s: it lies outside the build's schemas");
    assertEquals(await schemas(world), [], what);
  }
});

Deno.test("a committed file by the name of dot's own macro is read as any other", async () => {
  await using world = await worldWith({
    "macros/dot_generate_schema_name.sql": NAMING,
    "models/staged.sql": STAGED,
  });
  const ran = await world.dot(["run", "prod@HEAD"], { env: await warmEnv() });
  assertEquals(ran.code, 2, ran.stdout + ran.stderr);
  assertStringIncludes(ran.stderr, "model.shop.staged (models/staged.sql)");
  assertEquals(await schemas(world), []);
});

/** What a git that answers otherwise than it should does with the paths that it finds. */
const BLIND: [string, string][] = [
  ["finds nothing", "exit 1"],
  [
    "colours what it finds",
    `"$GIT" "$@" | tr '\\0' '\\n' | sed 's/^/c:/' | tr '\\n' '\\0'; exit 0`,
  ],
];

for (const [what, does] of BLIND) {
  Deno.test({
    name: `a search by a git that ${what} proves nothing`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using world = await worldWith({
        "models/staged.sql": STAGED,
        "macros/n.sql": NAMING,
      });
      const git = (await world.run("sh", ["-c", "command -v git"], {})).stdout.trim();
      const script =
        `#!/bin/sh\nGIT='${git}'\ncase " $* " in *" --files-with-matches "*) ${does};; esac\nexec "$GIT" "$@"\n`;
      const path = join(world.bin, "git");
      await Deno.writeTextFile(path, script, { mode: 0o755 });
      const ran = await world.dot(["run", "prod@HEAD"], { env: await warmEnv() });
      assertEquals(ran.code, 2, ran.stdout + ran.stderr);
      assertStringIncludes(ran.stderr, "model.shop.staged (models/staged.sql)");
      assertEquals(await schemas(world), []);
      // What it took for the project is not kept for a git that sees.
      await Deno.remove(path);
      const again = await world.dot(["run", "prod@HEAD"], { env: await warmEnv() });
      assertEquals(again.code, 0, again.stdout + again.stderr);
      assertEquals(await schemas(world), ["analytics+", "staging+"]);
    },
  });
}

Deno.test("what other code kept of a scan or a verdict is not believed", async () => {
  await using world = await worldWith({
    "snapshots/s.sql":
      `{% snapshot s %}{{ config(target_schema='live', ${CALL}) }} select 1 as id{% endsnapshot %}`,
  });
  const env = await warmEnv();
  const words = ["snapshot", "prod@HEAD"];
  const refused = await world.dot(words, { env });
  assertEquals(refused.code, 2, refused.stdout + refused.stderr);
  const build = join(world.repo, ".dot/build", await world.git("rev-parse", "--short", "HEAD"));
  const kept: Record<string, { doubts: unknown[] }> = JSON.parse(
    await Deno.readTextFile(join(build, "scan.json")),
  );
  const [key = "", scan] = Object.entries(kept)[0] ?? [];
  const keep = (key: string, more: object) =>
    Deno.writeTextFile(join(build, "scan.json"), JSON.stringify({ [key]: { ...scan, ...more } }));

  const hash = await packagesHash(new Map(), "1.11.16", {});
  assertEquals(await scanKey({ project: "", packagesHash: hash }, []), key);
  await keep(await scanKey({ project: "", packagesHash: hash }, [], "older"), { doubts: [] });
  assertEquals((await world.dot(words, { env })).code, 2);
  // Nor is what is no scan.
  await keep(key, { doubts: ["none"] });
  assertEquals((await world.dot(words, { env })).code, 2);
  await Deno.writeTextFile(
    join(build, "env/prod/verdict.json"),
    JSON.stringify({
      ...JSON.parse(await Deno.readTextFile(join(build, "env/prod/verdict.json"))),
      problems: ["none"],
    }),
  );
  assertEquals((await world.dot(words, { env })).code, 2);
  assertEquals(await schemas(world), []);
});
