/** The DuckDB file that the small project writes: what is in it, and changes to it, without dbt. */
import { assertEquals } from "@std/assert";
import { pythonPath, type World } from "./harness.ts";
import type { Running } from "./running.ts";

/** The DuckDB file of the project's profile. */
export const FILE = "shop.duckdb";

/** All schemas of a warehouse, with their relations and all that these hold. */
export type Catalogue = Record<string, Record<string, unknown[]>>;

const PYTHON = `
import duckdb, json, sys
file, sql = sys.argv[1], sys.stdin.read()
c = duckdb.connect(file, read_only=sql == "")
if sql:
    c.execute(sql)
else:
    q = lambda name: '"' + name.replace('"', '""') + '"'
    found = {row[0]: {} for row in c.execute("select schema_name from duckdb_schemas() where not internal and database_name = current_database()").fetchall()}
    found.setdefault("main", {})
    for schema, name in c.execute("select schema_name, table_name from duckdb_tables() where not internal").fetchall():
        found[schema][name] = ["table", c.execute(f"select * from {q(schema)}.{q(name)} order by all").fetchall()]
    for schema, name, sql in c.execute("select schema_name, view_name, sql from duckdb_views() where not internal").fetchall():
        try:
            rows = c.execute(f"select * from {q(schema)}.{q(name)} order by all").fetchall()
        except duckdb.Error:
            rows = "broken"
        found[schema][name] = ["view", sql, rows]
    print(json.dumps(found, default=str))
`;

/** Run statements in the DuckDB file. */
export async function sql(world: World, statements: string, file = FILE): Promise<void> {
  const ran = await world.run(pythonPath(), ["-c", PYTHON, file], { stdin: statements });
  assertEquals(ran.code, 0, ran.stderr);
}

/** What is in the DuckDB file. */
export async function catalogue(world: World, file = FILE): Promise<Catalogue> {
  const ran = await world.run(pythonPath(), ["-c", PYTHON, file], { stdin: "" });
  assertEquals(ran.code, 0, ran.stderr);
  return JSON.parse(ran.stdout);
}

/** The names of the schemas in the DuckDB file, sorted; without `main`, which is always there. */
export async function schemasIn(world: World, file = FILE): Promise<string[]> {
  return Object.keys(await catalogue(world, file)).filter((name) => name !== "main").sort();
}

/** Somebody who has the DuckDB file open, until it is ended. */
export async function holdOpen(world: World): Promise<Running> {
  const program =
    "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); " +
    "sys.stdin.read()";
  const holder = world.spawn(pythonPath(), ["-c", program, FILE]);
  await holder.says("open");
  return holder;
}
