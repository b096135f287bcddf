/** The macros by which dot asks a warehouse are read by the Jinja of every dbt. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { assertEnded } from "../assertions.ts";
import { exists } from "../folders.ts";
import { DBT_2_ENV, dbtPath, type DbtVersion, ROOT, World } from "../harness.ts";

const MACROS = join(ROOT, "lib", "warehouse", "macros");
const VERSIONS: readonly DbtVersion[] = ["1.8", "1.11", "1.12", "2"];

/** Methods of values that both Jinjas have. */
const METHODS = [
  ...["append", "extend", "update", "get", "values", "index", "split", "endswith", "group"],
  // Of dbt's own objects.
  ...["dispatch", "commit", "quote", "create", "translate_type", "list_schemas", "drop_schema"],
  ...["get_columns_in_relation", "raise_compiler_error", "match", "search", "sub"],
];

for (const version of VERSIONS) {
  Deno.test({
    name: `every macro is read by dbt ${version}`,
    ignore: !await exists(dbtPath(version)),
    fn: async () => {
      await using world = await World.make();
      await world.write({
        "dbt_project.yml": 'name: dot_control\nversion: "1.0"\nprofile: p\n',
        "profiles.yml":
          "p:\n  target: t\n  outputs:\n    t: {type: duckdb, path: p.duckdb, schema: s}\n",
      });
      const names: string[] = [];
      for await (const { name } of Deno.readDir(MACROS)) {
        const text = await Deno.readTextFile(join(MACROS, name));
        await world.write({ [`macros/${name}`]: text });
        names.push(...[...text.matchAll(/\{%-?\s*macro\s+(\w+)/g)].map(([, macro = ""]) => macro));
      }
      assert(names.length > 100, `${names.length} macros`);
      const env = version === "2" ? DBT_2_ENV : {};
      assertEnded(await world.run(dbtPath(version), ["parse"], { env }));
      const { macros } = JSON.parse(await world.read("target/manifest.json"));
      const missing = names.filter((name) => macros[`macro.dot_control.${name}`] === undefined);
      assertEquals(missing, []);
    },
  });
}

Deno.test("no macro calls a method, or writes an escape, that one of the Jinjas lacks", async () => {
  for await (const { name } of Deno.readDir(MACROS)) {
    const text = await Deno.readTextFile(join(MACROS, name));
    const jinja = [...text.replaceAll(/\{#[^]*?#\}/g, "").matchAll(/\{[{%][^]*?[}%]\}/g)].join(
      "\n",
    );
    // Macros of the project and functions of SQL are no methods.
    const called = [...jinja.matchAll(/(?<!dot_control|pg_catalog)\.([a-z_]+)\(/g)].map((
      [, word = ""],
    ) => word);
    assertEquals(called.filter((word) => !METHODS.includes(word)), [], name);
    assertEquals(jinja.match(/\\x[0-9a-f]{2}|\$\w*\$/gi), null, name);
  }
});
