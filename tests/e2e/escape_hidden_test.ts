/**
 * Ways to hide from the guard: a naming macro in a file that a search does not look into, and a list of selected nodes
 * that is not the command's own. The real dbt, on DuckDB.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { pythonPath, World } from "../harness.ts";
import { coolDown, warmEnv } from "../warm.ts";

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
