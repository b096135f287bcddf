/**
 * What the tests of `dot prune` and `dot tidy` stand on: builds that are cheap to make, a DuckDB to look into, and all that
 * lies in a folder.
 */
import { assertEquals } from "@std/assert";
import { join, relative } from "@std/path";
import type { BuildRecord } from "../lib/store/record.ts";
import type { Catalogue } from "./strangers.ts";
import { PROJECT, pythonPath, type Ran, World } from "./harness.ts";
import { childrenOf } from "./warm.ts";

/** The DuckDB file of the project's profile. */
export const FILE = "shop.duckdb";

/** The small project, with two environments and `.dot/` ignored. */
export const FILES: Record<string, string> = {
  ".gitignore": `${PROJECT[".gitignore"]}.dot/\n.user.yml\n`,
  "dot_environments.yml":
    "environment:\n  default: dev\n  dev: {target: dev}\n  prod: {target: prod}\n",
};

/** A world with the small project. */
export function shop(files: Record<string, string> = {}): Promise<World> {
  return World.withProject({ ...FILES, ...files });
}

/** Fail, with all that dot and dbt said, unless the exit code is the one wanted. */
export function assertEnded(ran: Ran, code = 0): void {
  assertEquals(ran.code, code, `${ran.stdout}\n${ran.stderr}`);
}

/** How a made-up build differs from the usual one. */
export interface Made extends Partial<BuildRecord> {
  ref?: string;
  /** The name of its folder; the first ten digits of the hash without it. */
  short?: string;
  /** Days since it was built. */
  days?: number;
  pinned?: boolean;
  /** Whether it has a worktree. */
  worktree?: boolean;
}

/** A build as dot leaves it, without its schemas: the short hash, and where it lies. */
export async function makeBuild(
  world: World,
  made: Made = {},
): Promise<{ short: string; folder: string; suffix: string }> {
  const { ref = "HEAD", days = 0, pinned = false, worktree = false, ...more } = made;
  const commit = made.commit ?? await world.git("rev-parse", ref);
  const short = made.short ?? commit.slice(0, 10);
  const { environment = "dev" } = made;
  const schema = `${environment === "prod" ? "analytics" : environment}_${short}`;
  const at = new Date(Date.now() - days * 86_400_000).toISOString();
  const record: BuildRecord = {
    version: 1,
    commit,
    uncommitted: false,
    environment,
    project: "",
    made_with: {
      adapter: "duckdb",
      profile: "shop",
      target: environment,
      place: "0",
      vars: "",
      dbt: "1.11.0",
      dot: "0.1.0",
    },
    state: "complete",
    command: "build",
    begun: at,
    ended: at,
    sampled: false,
    schemas: [{ database: "shop", schema }],
    defers_to: [],
    progress: { wanted: 2, built: 2, failed: 0 },
    nodes: { "model.shop.a": "success", "model.shop.b": "success" },
  };
  const known = Object.keys(record);
  Object.assign(
    record,
    Object.fromEntries(Object.entries(more).filter(([key]) => known.includes(key))),
  );
  const folder = `.dot/build/${short}`;
  await world.write({
    [`${folder}/commit`]: `${commit}\n`,
    [`${folder}/env/${environment}/build.json`]: JSON.stringify(record, null, 2) + "\n",
    [`${folder}/env/${environment}/profiles.yml`]: "{}\n",
    [`${folder}/env/${environment}/target/manifest.json`]: '{"metadata": {}, "nodes": {}}',
    ...pinned ? { [`${folder}/env/${environment}/pinned`]: "" } : {},
  });
  if (worktree) {
    await world.git("worktree", "add", "--quiet", "--detach", `${folder}/worktree`, commit);
  }
  return { short, folder, suffix: `_${short}` };
}

/** The SQL that makes a schema with a table and a view of its own. */
export function schemaSql(...names: string[]): string {
  return names.map((name) => {
    const quoted = quote(name);
    return `create schema ${quoted};
create table ${quoted}.b as select 1 as id, '${name.replaceAll("'", "''")}' as name;
create view ${quoted}.a as select * from ${quoted}.b;`;
  }).join("\n");
}

/** A name in the quotes of SQL. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

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

/** Everything below a folder: each path, with the hash of what a file holds, or the link's. */
export async function listing(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (path: string): Promise<void> => {
    for await (const { name, isDirectory, isSymlink } of Deno.readDir(path)) {
      const one = join(path, name);
      if (isDirectory && !isSymlink) {
        found.push(`${relative(folder, one)}/`);
        await walk(one);
      } else {
        const bytes = isSymlink
          ? new TextEncoder().encode(await Deno.readLink(one))
          : await Deno.readFile(one);
        const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
        found.push(`${relative(folder, one)}: ${hash}`);
      }
    }
  };
  await walk(folder);
  return found.sort();
}

/** Numbers from 0 to 1, the same every time for the same seed (a linear congruential generator). */
export function* randomNumbers(seed: number): Generator<number, never> {
  for (let state = seed;;) {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    yield state / 2 ** 32;
  }
}

/** Commits that no branch has checked out, oldest last. */
export async function manyCommits(world: World, count: number): Promise<string[]> {
  const lines = Array.from(
    { length: count },
    (_, at) =>
      `commit refs/heads/many\ncommitter A <a@b> ${1700000000 + at} +0000\ndata 8\nNo ${
        String(at).padStart(4, "0")
      }\n`,
  );
  const ran = await world.run("git", ["fast-import", "--quiet"], { stdin: lines.join("\n") });
  assertEquals(ran.code, 0, ran.stderr);
  return (await world.git("rev-list", "many")).split("\n");
}

/** Kill a process and all below it at once, so that none of them can do anything about it. Linux only. */
export async function killTree(pid: number): Promise<void> {
  const children = await childrenOf(pid);
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  for (const child of children) await killTree(child);
}
