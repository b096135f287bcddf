/**
 * What looking at and clearing a warehouse costs, beside the same done by SQL that somebody wrote by hand: 500 builds
 * listed, 500 schemas pruned, 5,000 relations looked through. `deno task bench:upkeep [rounds]`; with DOT_TEST_POSTGRES set
 * also on that PostgreSQL. See README.md here.
 * @module
 */
import { MADE_WITH } from "../tests/records.ts";
import type { BuildRecord } from "../lib/store/record.ts";
import { dirname, join } from "@std/path";
import { dbtPath, pythonPath, ROOT, World } from "../tests/harness.ts";
import { type Case, measure, printTable } from "./measure.ts";

const DOT = [Deno.execPath(), "run", "--allow-all", "--quiet", join(ROOT, "main.ts")];
const BUILDS = 500;
const RELATIONS = 5000;
/** Relations in each schema of a build. */
const EACH = 3;

const rounds = Number(Deno.args[0] ?? 3);
const port = Deno.env.get("DOT_TEST_POSTGRES");

/** An engine: how a profile and a Python script reach it. */
interface Engine {
  name: string;
  database: string;
  output: string;
  connect: string;
}

const ENGINES: readonly Engine[] = [
  {
    name: "DuckDB",
    database: "shop",
    output: "{type: duckdb, path: shop.duckdb, schema: dev, threads: 4}",
    connect: "import duckdb; c = duckdb.connect('shop.duckdb'); run = lambda q: c.execute(q)",
  },
  ...port === undefined ? [] : [{
    name: "PostgreSQL",
    database: "dot",
    output:
      `{type: postgres, host: 127.0.0.1, port: ${port}, user: dot, password: dot, dbname: dot, schema: dev, threads: 4}`,
    connect:
      `import psycopg2; k = psycopg2.connect(host='127.0.0.1', port=${port}, user='dot', password='dot', dbname='dot'); k.autocommit = True; c = k.cursor()
def run(q):
    c.execute(q)
    return c`,
  }],
];

/** A repository with a commit and a folder of a build for each of the schemas, as dot leaves them. */
async function withBuilds(engine: Engine): Promise<{ world: World; shorts: string[] }> {
  const world = await World.withProject({
    "profiles.yml": `shop:\n  target: dev\n  outputs:\n    dev: ${engine.output}\n`,
  });
  const shorts: string[] = [];
  for (let at = 0; at < BUILDS; at++) {
    await world.git("commit", "--quiet", "--allow-empty", "--message", `Change ${at}`);
  }
  const listed = await world.git("log", "--format=%H %h", `--max-count=${BUILDS}`);
  const builds = join(world.repo, ".dot", "build");
  for (const line of listed.split("\n")) {
    const [commit = "", short = ""] = line.split(" ");
    const folder = join(builds, short, "env", "dev");
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(builds, short, "commit"), `${commit}\n`);
    const record: BuildRecord = {
      version: 1,
      commit,
      uncommitted: false,
      environment: "dev",
      project: "",
      made_with: MADE_WITH,
      state: "complete",
      command: "build",
      begun: "2026-01-01T00:00:00.000Z",
      ended: "2026-01-01T00:00:00.000Z",
      sampled: false,
      schemas: [{ database: engine.database, schema: `dev_${short}` }],
      defers_to: [],
      progress: { wanted: EACH, built: EACH, failed: 0 },
      nodes: {},
    };
    await Deno.writeTextFile(join(folder, "build.json"), JSON.stringify(record, null, 2) + "\n");
    shorts.push(short);
  }
  return { world, shorts };
}

async function python(world: World, text: string): Promise<void> {
  const ran = await world.run(pythonPath(), ["-c", text], {});
  if (ran.code !== 0) throw new Error(ran.stderr);
}

/** One table of an engine's: the cases in turns. */
async function pruning(engine: Engine): Promise<void> {
  const { world, shorts } = await withBuilds(engine);
  await using _ = world;
  const env = world.env({ PATH: `${dirname(dbtPath())}:${Deno.env.get("PATH")}`, DOT_WARM: "" });
  const base = { cwd: world.repo, env };
  const run = join(world.folder, "run");
  await Deno.mkdir(run, { mode: 0o700 });
  env["XDG_RUNTIME_DIR"] = run;
  const saved = join(world.folder, "saved");
  await world.run("cp", ["-a", join(world.repo, ".dot"), saved], {});
  const make = async () => {
    await python(
      world,
      `${engine.connect}
for s in ${JSON.stringify(shorts)}:
    run('create schema if not exists dev_' + s)
    for i in range(${EACH}): run(f'create table if not exists dev_{s}.t{i} as select 1 as id')`,
    );
    await Deno.remove(join(world.repo, ".dot", "build"), { recursive: true }).catch(() => {});
    await world.run("cp", ["-a", join(saved, "build"), join(world.repo, ".dot")], {});
  };
  const byHand = `${engine.connect}
names = [r[0] for r in run("select schema_name from information_schema.schemata where schema_name like 'dev\\\\_%' escape '\\\\'").fetchall()]
run("select table_schema, count(*) from information_schema.tables group by 1").fetchall()
for name in set(names): run(f'drop schema if exists "{name}" cascade')`;
  const start = await oneStart(world, env);
  const prune = ["prune", "--all", "--yes"];
  const cases: Case[] = [
    { ...base, name: "SQL by hand", command: [pythonPath(), "-c", byHand], before: make },
    { ...base, name: "one start of dbt, cold", command: start },
    {
      ...base,
      name: "`dot prune --all --yes`, cold",
      command: [...DOT, ...prune, "--cold"],
      before: make,
    },
    { ...base, name: "`dot prune --all --yes`, warm", command: [...DOT, ...prune], before: make },
    {
      ...base,
      name: "`dot builds --offline`",
      command: [...DOT, "builds", "--offline"],
      before: async () => {
        await make();
        // The first look measures the folders.
        await world.dot(["builds", "--offline"], { env });
      },
    },
  ];
  printTable(`${BUILDS} builds on ${engine.name}`, await measure(cases, rounds));
  await world.dot(["warm", "stop"], { env });
}

/** A start of dbt as small as dot's own: the control project with nothing to ask. */
async function oneStart(world: World, env: Record<string, string>): Promise<string[]> {
  const folder = join(world.folder, "empty");
  await Deno.mkdir(join(folder, "models"), { recursive: true });
  await Deno.writeTextFile(join(folder, "dbt_project.yml"), 'name: empty\nversion: "1.0"\n');
  await Deno.writeTextFile(join(folder, "models", "one.sql"), "select 1 as id\n");
  const args = ["--project-dir", folder, "--profiles-dir", world.repo, "--profile", "shop"];
  const command = [dbtPath(), "--quiet", "compile", ...args];
  await world.run(command[0] ?? "", command.slice(1), { env });
  return command;
}

async function tidying(engine: Engine): Promise<void> {
  await using world = await World.withProject({
    "profiles.yml": `shop:\n  target: dev\n  outputs:\n    dev: ${engine.output}\n`,
  });
  const run = join(world.folder, "run");
  await Deno.mkdir(run, { mode: 0o700 });
  const env = world.env({
    PATH: `${dirname(dbtPath())}:${Deno.env.get("PATH")}`,
    DOT_WARM: "",
    XDG_RUNTIME_DIR: run,
  });
  await python(
    world,
    `${engine.connect}
run('drop schema if exists dev cascade')
run('create schema dev')
for i in range(${RELATIONS}): run(f'create table dev.stray_{i} (id int)')`,
  );
  const byHand = `${engine.connect}
known = {'a', 'b'}
rows = run("select table_schema, table_name, table_type from information_schema.tables where table_schema = 'dev'").fetchall()
print(len([r for r in rows if r[1] not in known]))`;
  const base = { cwd: world.repo, env };
  const start = await oneStart(world, env);
  const cases: Case[] = [
    { ...base, name: "SQL by hand", command: [pythonPath(), "-c", byHand] },
    { ...base, name: "one start of dbt, cold", command: start },
    { ...base, name: "`dot tidy`, cold", command: [...DOT, "tidy", "--cold"] },
    { ...base, name: "`dot tidy`, warm", command: [...DOT, "tidy"] },
  ];
  printTable(`${RELATIONS} relations on ${engine.name}`, await measure(cases, rounds));
  await world.dot(["warm", "stop"], { env });
  // One by one: PostgreSQL has not the locks for all of them in one statement.
  await python(
    world,
    `${engine.connect}
for i in range(${RELATIONS}): run(f'drop table dev.stray_{i}')
run('drop schema if exists dev cascade')`,
  );
}

for (const engine of ENGINES) {
  await pruning(engine);
  await tidying(engine);
}
