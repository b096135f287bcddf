/** What dot asks dbt itself is answered alike, whatever the user sets, in whatever way; with real dbt. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { TESTED, UNREADABLE, World } from "../harness.ts";
import { coolDown, dotWarm } from "../warm.ts";

Deno.test.afterAll(coolDown);

const ignore = Deno.build.os === "windows";

/** All that changes what dbt prints and logs, and when it gives up, by the names of `flags:`. */
const SETTINGS: Record<string, string> = {
  debug: "true",
  fail_fast: "true",
  indirect_selection: "empty",
  log_format: "json",
  log_format_file: "json",
  log_level: "error",
  log_level_file: TESTED === "2" ? "off" : "none",
  partial_parse: "false",
  printer_width: "20",
  use_colors: "true",
  use_colors_file: "true",
};
/** What no file can say. */
const MORE: Record<string, string> = { log_cache_events: "true", print: "false", quiet: "true" };

/** A way to set something: files of the project, or the environment. */
interface Way {
  files?: Record<string, string>;
  env?: Record<string, string>;
}

const PROJECT_FILE = 'name: shop\nversion: "1.0"\nprofile: shop\n';
const PROFILES =
  "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb, schema: dev, threads: 1}\n";

function environment(settings: Record<string, string> = {}, colour = "red"): string {
  const args = Object.entries(settings).map(([name, value]) =>
    `    ${name.replaceAll("_", "-")}: ${value}\n`
  );
  return `environment:\n  default: dev\n  dev:\n    vars: {colour: ${colour}}\n${args.join("")}`;
}

const yaml = (settings: Record<string, string>) =>
  Object.entries(settings).map(([name, value]) => `  ${name}: ${value}\n`).join("");
const variables = (prefix: string, settings: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [prefix + name.toUpperCase(), value]),
  );

/** How a way sets some settings; the unit tests go through all ways there are. */
const WAYS: Record<string, (settings: Record<string, string>) => Way> = {
  "flags of dbt_project.yml": (settings) => ({
    files: { "dbt_project.yml": `${PROJECT_FILE}flags:\n${yaml(settings)}` },
  }),
  "variables": (settings) => ({ env: variables("DBT_", { ...settings, ...MORE }) }),
};
/** Warnings as errors, the one flag or the other: dbt takes no two of them. */
const STRICT: Record<string, string>[] = [
  { warn_error: "true" },
  { warn_error_options: '{"error": ["NoNodesForSelectionCriteria", "NoNodesSelected"]}' },
];

/** A model that reads a variable, one that is filled incrementally, and a snapshot that would be written elsewhere. */
const FILES: Record<string, string> = {
  "dbt_project.yml": PROJECT_FILE,
  "profiles.yml": PROFILES,
  "dot_environments.yml": environment(),
  ".gitignore": "target/\nlogs/\n*.duckdb\n.dot/\n.user.yml\n",
  "models/a.sql": "select 1 as id, '{{ var('colour') }}' as colour\n",
  "models/b.sql": "{{ config(materialized='incremental') }}select 2 as id\n",
  "snapshots/s.sql": `{% snapshot s %}
{{ config(target_schema='live', unique_key='id', strategy='check', check_cols='all') }}
select 1 as id
{% endsnapshot %}
`,
};

// In turn: with `warn_error` no run of dbt's would pass that has `config:`, which dbt warns of.
for (const [at, [name, way]] of Object.entries(WAYS).entries()) {
  const strict = STRICT[at % STRICT.length] ?? {};
  Deno.test({
    name: `dot's own questions are answered alike, with ${
      Object.keys(strict)
    } and all else by ${name}`,
    ignore,
    fn: async () => {
      const { env = {}, files = {} } = way({ ...SETTINGS, ...strict });
      await using world = await World.make();
      await world.write({ ...FILES, ...files });
      const main = await world.commit("Begin");
      await world.git("checkout", "--quiet", "-b", "feature");
      const dot = async (...args: string[]) => {
        const ran = await dotWarm(world, args, { env });
        assertEquals(ran.code, 0, `dot ${args.join(" ")}\n${ran.stdout}\n${ran.stderr}`);
        return ran;
      };
      // Which of the nodes are selected, dbt is asked: else the snapshot would be refused.
      await dot("build", "dev@main", "--", "-s", "a", "b");

      await world.commit("Nothing");
      const nothing = await dot("build", "dev@HEAD", "--modified");
      assertStringIncludes(nothing.stderr, "nothing is modified since");

      const changed = (await world.read("dot_environments.yml")).replace("red", "blue");
      await world.write({ "dot_environments.yml": changed });
      await world.commit("Another value");
      const { nodes } = JSON.parse((await dot("state", "dev@HEAD", "--json")).stdout);
      assertEquals(nodes.map(({ by, id }: { id: string; by: string[] }) => [id, by]), [
        ["model.shop.a", ["var"]],
      ]);
      const modified = await dot("build", "dev@HEAD", "--modified");
      assertStringIncludes(modified.stderr, "1 node is modified");
      const diff = await dot(
        "diff",
        "dev@main",
        "dev@HEAD",
        "--format",
        "json",
        "--",
        "-s",
        "a",
      );
      assertEquals(JSON.parse(diff.stdout).models[0].rows.changed ?? "none", "none");
      const seeded = await dot(
        ...["run", "dev@HEAD", "--seed-from", `dev@${main}`],
        ...["--", "-s", "b"],
      );
      assertStringIncludes(seeded.stderr, "copying 1 table");
      const tidy = await dot("tidy", "--json");
      assertEquals(JSON.parse(tidy.stdout).version, 1);
    },
  });
}

Deno.test({
  name: "what dbt warns of in a project stays an error, also where dot has asked before the run",
  ignore,
  fn: async () => {
    await using world = await World.make();
    await world.write({
      ...FILES,
      "snapshots/s.sql": "",
      "models/a.yml": "models: [{name: a, description: It is}]\n",
    });
    const main = await world.commit("Begin");
    assertEquals((await dotWarm(world, ["build", "dev@main"])).code, 0);
    await world.git("checkout", "--quiet", "-b", "feature");
    await world.write({
      "models/a.yml": "models: [{name: nobody, description: It is}]\n",
      "models/b.sql": "select 3 as id\n",
    });
    await world.commit("Describe what is not there");
    const ways: [string[], Record<string, string>][] = [
      [["build", "dev@HEAD", "--modified"], { DBT_WARN_ERROR: "1" }],
      [["build", "dev@HEAD", "--modified", "--", "--warn-error"], {}],
      [["build", "dev@HEAD", "--seed-from", `dev@${main}`, "--", "--warn-error"], {}],
    ];
    for (const [args, env] of ways) {
      const ran = await dotWarm(world, args, { env });
      assertEquals(ran.code, UNREADABLE, args.join(" ") + ran.stdout + ran.stderr);
      assertStringIncludes(ran.stdout + ran.stderr, "'nobody'");
    }
    // Without the flag it is what dbt says and no more.
    assertEquals((await dotWarm(world, ["build", "dev@HEAD", "--modified"])).code, 0);
  },
});
