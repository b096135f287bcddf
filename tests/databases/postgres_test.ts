/**
 * Needs a PostgreSQL: DOT_TEST_POSTGRES is its port on the loopback (superuser and password `dot`).
 * `.ci/run` starts one.
 */
import { assertEquals } from "@std/assert";
import { provesIsolation } from "../escape.ts";
import { pythonPath, type World } from "../harness.ts";
import { coolDown } from "../warm.ts";

Deno.test.afterAll(coolDown);

const port = Deno.env.get("DOT_TEST_POSTGRES") ?? "";

const CATALOGUE = `
import psycopg2, sys
c = psycopg2.connect(host="127.0.0.1", port=sys.argv[1], user="dot", password="dot", dbname=sys.argv[2]).cursor()
c.execute("select table_schema, table_name, table_type from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema') and strpos(table_schema, %s) = 0 order by 1, 2", [sys.argv[3]])
for schema, name, kind in c.fetchall():
    c.execute(f'select t::text from "{schema}"."{name}" t order by 1')
    print(schema, name, kind, c.fetchall())
c.execute("select schemaname, viewname, definition from pg_views where schemaname not in ('pg_catalog', 'information_schema') and strpos(schemaname, %s) = 0 order by 1, 2", [sys.argv[3]])
print(c.fetchall())
`;

/** Run SQL on the server, outside any transaction. */
async function sql(world: World, database: string, text: string): Promise<void> {
  const program =
    "import psycopg2, sys; c = psycopg2.connect(host='127.0.0.1', port=sys.argv[1], user='dot', password='dot', dbname=sys.argv[2]); c.autocommit = True; c.cursor().execute(sys.argv[3])";
  const ran = await world.run(pythonPath(), ["-c", program, port, database, text], {});
  assertEquals(ran.code, 0, ran.stderr);
}

/** A database of its own for a test, dropped afterwards. */
async function withDatabase(name: string, test: (world: World) => Promise<void>): Promise<void> {
  const { World } = await import("../harness.ts");
  await using world = await World.make();
  await sql(world, "dot", `drop database if exists ${name} with (force)`);
  await sql(world, "dot", `create database ${name}`);
  try {
    await test(world);
  } finally {
    await sql(world, "dot", `drop database if exists ${name} with (force)`);
  }
}

const output = (schema: string, database: string) =>
  `{ type: postgres, host: 127.0.0.1, port: ${port}, user: dot, password: dot, dbname: ${database}, schema: ${schema}, threads: 2 }`;

Deno.test("on PostgreSQL, a project with every way to escape leaves production as it was", () =>
  withDatabase("dot_escape", async () => {
    await provesIsolation({
      profiles: `escape:\n  target: dev\n  outputs:\n    dev: ${
        output("dev", "dot_escape")
      }\n    prod: ${output("analytics", "dot_escape")}\n`,
      catalogue: async (world, without) => {
        const ran = await world.run(
          pythonPath(),
          ["-c", CATALOGUE, port, "dot_escape", without],
          {},
        );
        assertEquals(ran.code, 0, ran.stderr);
        return ran.stdout;
      },
    });
  }));
