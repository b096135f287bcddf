/** SQL on the databases of the pairs, without dbt. */
import { assertEquals } from "@std/assert";
import { pythonPath, type World } from "../harness.ts";
import type { Engine } from "./types.ts";

const PYTHON: Record<Engine, string> = {
  duckdb: `
import duckdb, sys
duckdb.connect(sys.argv[1]).execute(sys.stdin.buffer.read().decode())
`,
  postgres: `
import psycopg2, sys
c = psycopg2.connect(host="127.0.0.1", port=sys.argv[1], user="dot", password="dot", dbname=sys.argv[2])
c.autocommit = True
c.cursor().execute(sys.stdin.buffer.read().decode())
`,
};

/** Run SQL on a database; `where` is the file, or port and database. */
export async function runSql(
  world: World,
  engine: Engine,
  where: string[],
  text: string,
): Promise<void> {
  const ran = await world.run(pythonPath(), ["-c", PYTHON[engine], ...where], { stdin: text });
  assertEquals(ran.code, 0, ran.stderr);
}
