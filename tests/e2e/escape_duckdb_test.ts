import { assertEquals } from "@std/assert";
import { provesIsolation } from "../escape.ts";
import { pythonPath, type World } from "../harness.ts";
import { coolDown } from "../warm.ts";

Deno.test.afterAll(coolDown);

const CATALOGUE = `
import duckdb, sys
c = duckdb.connect("escape.duckdb", read_only=True)
rows = c.execute("select table_schema, table_name, table_type from information_schema.tables order by 1, 2").fetchall()
for schema, name, kind in rows:
    if sys.argv[1] in schema:
        continue
    print(schema, name, kind, c.execute(f'select * from "{schema}"."{name}" order by all').fetchall())
print(c.execute("select schema_name, view_name, sql from duckdb_views() where not internal and not contains(schema_name, ?) order by 1, 2", [sys.argv[1]]).fetchall())
`;

const profiles = `escape:
  target: dev
  outputs:
    dev: { type: duckdb, path: escape.duckdb, schema: dev }
    prod: { type: duckdb, path: escape.duckdb, schema: analytics }
`;

async function catalogue(world: World, without: string): Promise<string> {
  const ran = await world.run(pythonPath(), ["-c", CATALOGUE, without], {});
  assertEquals(ran.code, 0, ran.stderr);
  return ran.stdout;
}

Deno.test("on DuckDB, a project with every way to escape leaves production as it was", () =>
  provesIsolation({ profiles, catalogue }));
