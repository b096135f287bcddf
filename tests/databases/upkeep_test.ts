/**
 * Prune and tidy on PostgreSQL, with all that can stand on a relation there. Needs a PostgreSQL: DOT_TEST_POSTGRES is its
 * port on the loopback (superuser and password `dot`). `.ci/run` starts one.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";

Deno.test.afterAll(coolDown);

const port = Deno.env.get("DOT_TEST_POSTGRES") ?? "";
const DATABASE = "dot_upkeep";
/** A role that is no superuser. */
const PLAIN = "dot_upkeep_plain";

const PYTHON = `
import json, psycopg2, psycopg2.extras, sys
c = psycopg2.connect(host="127.0.0.1", port=sys.argv[1], user="dot", password="dot", dbname=sys.argv[2])
c.autocommit = True
c = c.cursor()
sql = sys.stdin.read()
if sql:
    c.execute(sql)
    if c.description:
        print(json.dumps(c.fetchone()))
    sys.exit()
q = lambda name: '"' + name.replace('"', '""') + '"'
c.execute("select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'")
found = {row[0]: {} for row in c.fetchall()}
c.execute("""select n.nspname, c.relname, c.relkind::text, case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'""")
for schema, name, kind, text in c.fetchall():
    c.execute(f"select * from {q(schema)}.{q(name)}")
    found[schema][name] = [kind, text, sorted(map(str, c.fetchall()))]
c.execute("""select n.nspname, p.proname, pg_get_functiondef(p.oid) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'""")
for schema, name, text in c.fetchall():
    found[schema]["function " + name] = [text]
c.execute("""select n.nspname, k.conname, pg_get_constraintdef(k.oid) from pg_constraint k join pg_namespace n on n.oid = k.connamespace
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'""")
for schema, name, text in c.fetchall():
    found[schema]["constraint " + name] = [text]
print(json.dumps(found))
`;
import { assertEnded } from "../assertions.ts";
import type { Catalogue } from "../duckdb.ts";
import { dbtPath, pythonPath, TESTED, World } from "../harness.ts";
import { killTree } from "../processes.ts";
import { until } from "../running.ts";
import { provesRestraint } from "../strangers.ts";
import { FILES, makeBuild, manyCommits, schemaSql } from "../upkeep.ts";
import { coolDown, dotWarm } from "../warm.ts";

async function ask(world: World, text: string, database = DATABASE): Promise<string> {
  const ran = await world.run(pythonPath(), ["-c", PYTHON, port, database], { stdin: text });
  assertEquals(ran.code, 0, ran.stderr);
  return ran.stdout;
}

async function sql(world: World, text: string): Promise<void> {
  await ask(world, text);
}

async function catalogue(world: World): Promise<Catalogue> {
  return JSON.parse(await ask(world, ""));
}

function profiles(user: string): string {
  const output = `{ type: postgres, host: 127.0.0.1, port: ${port}, user: ${user}, password: dot,` +
    ` dbname: ${DATABASE}, schema: dev, threads: 4 }`;
  return `shop:\n  target: dev\n  outputs:\n    dev: ${output}\n    prod: ${output}\n`;
}

/** A test in a world and a database of its own; both go afterwards. */
async function inDatabase(test: (world: World) => Promise<void>): Promise<void> {
  await using world = await World.withProject({ ...FILES, "profiles.yml": profiles("dot") });
  await fresh(world);
  try {
    await test(world);
  } finally {
    await ask(world, `drop database if exists ${DATABASE} with (force)`, "dot");
    await ask(world, `drop role if exists ${PLAIN}`, "dot");
  }
}

async function fresh(world: World): Promise<void> {
  await ask(world, `drop database if exists ${DATABASE} with (force)`, "dot");
  await ask(world, `drop role if exists ${PLAIN}`, "dot");
  await ask(world, `create database ${DATABASE}`, "dot");
}

/** Builds of commits of their own, with their schemas. */
async function builds(
  world: World,
  count: number,
): Promise<{ short: string; schema: string; folder: string }[]> {
  const made = [];
  for (const commit of (await manyCommits(world, count)).slice(0, count)) {
    const schema = `dev_${commit.slice(0, 10)}`;
    const schemas = [{ database: DATABASE, schema }];
    made.push({ ...await makeBuild(world, { commit, schemas }), schema });
  }
  await sql(world, schemaSql("dev", ...made.map(({ schema }) => schema)));
  return made;
}

Deno.test("on PostgreSQL, prune and tidy touch nothing that is not theirs", () =>
  inDatabase(() =>
    provesRestraint({
      profiles: profiles("dot"),
      database: DATABASE,
      folds: false,
      sql,
      catalogue,
      dot: dotWarm,
    }, 20261121)
  ));

Deno.test("on PostgreSQL, a build goes with all that lies in it, unless something outside stands on it", () =>
  inDatabase(async (world) => {
    const made = await builds(world, 18);
    const [whole, ...read] = made.map(({ schema }) => schema);
    const [view, matview, key, result, body, fallback, part, kind, heir] = read;
    const [array, domain, index, check, operator, statistics, member, every] = read.slice(9);
    await sql(
      world,
      `create schema "Their ""own""";
create materialized view ${whole}.m as select * from ${whole}.b;
create table ${whole}.parts (id int primary key, day date) partition by range (id);
create table ${whole}.part_1 partition of ${whole}.parts for values from (0) to (9);
create table ${whole}."Mixed ""Case"" 🍰" (id int references ${whole}.parts (id), at serial);
create function ${whole}.f(x int) returns int language sql as 'select x';
create function ${whole}.g() returns setof ${whole}.b language sql as 'select * from ${whole}.b';
create type ${whole}.kind as enum ('a', 'b');
create domain ${whole}.positive as int check (value > 0);
create view "Their ""own""".v as select * from ${view}.b;
create materialized view "Their ""own""".m as select * from ${matview}.a;
create table ${key}.parent (id int primary key);
create table "Their ""own""".child (id int references ${key}.parent (id));
create function "Their ""own""".rows() returns setof ${result}.b language sql as 'select null::int, null::text limit 0';
create function "Their ""own""".one() returns int language sql begin atomic select id from ${body}.b; end;
create sequence ${fallback}.numbers;
create table "Their ""own""".counted (id int default nextval('${fallback}.numbers'));
create table ${part}.parts (id int) partition by range (id);
create table "Their ""own""".part_1 partition of ${part}.parts for values from (0) to (9);
create type ${kind}.kind as enum ('a', 'b');
create table "Their ""own""".kinds (kind ${kind}.kind);
create table "Their ""own""".heir () inherits (${heir}.b);
alter default privileges in schema ${whole} grant select on tables to public;
create statistics ${whole}.s on id, name from ${whole}.b;
create index on ${whole}.b (${whole}.f(id));
create operator ${whole}.=== (leftarg = int, rightarg = int, procedure = int4eq);
create type ${array}.kind as enum ('a', 'b');
create table "Their ""own""".arrays (kinds ${array}.kind[]);
create domain ${domain}.d as int;
create table "Their ""own""".domains (d ${domain}.d);
create function ${index}.f(int) returns int language sql immutable as 'select $1';
create table "Their ""own""".indexed (id int);
create index indexed_f on "Their ""own""".indexed (${index}.f(id));
create function ${check}.f(int) returns int language sql immutable as 'select $1';
create domain "Their ""own""".checked as int check (${check}.f(value) > 0);
create operator ${operator}.=== (leftarg = int, rightarg = int, procedure = int4eq);
create view "Their ""own""".compares as select 1 operator(${operator}.===) 1 as same;
create function ${statistics}.f(int) returns int language sql immutable as 'select $1';
create statistics "Their ""own""".counts on (${statistics}.f(id)), id from "Their ""own""".indexed;
create publication single for table ${member}.b;
create publication every for tables in schema ${every};`,
    );
    const before = await catalogue(world);
    const ran = await dotWarm(world, ["prune", "--all", "--yes"]);
    assertEnded(ran);
    for (
      const [schema, reader] of [
        [view, "v"],
        [matview, "m"],
        [key, "child"],
        [result, "rows"],
        [body, "one"],
        [fallback, "counted"],
        [part, "part_1"],
        [kind, "kinds"],
        [heir, "heir"],
        [array, "arrays"],
        [domain, "domains"],
        [index, "indexed"],
        [check, "checked"],
        [operator, "compares"],
        [statistics, "counts"],
      ]
    ) {
      assertStringIncludes(ran.stdout, `: Their "own".${reader} reads ${schema}\n`);
    }
    for (
      const text of [`relation ${member}.b in publication single`, `${every} in publication every`]
    ) {
      assertStringIncludes(ran.stdout, text);
    }
    delete before[whole ?? ""];
    assertEquals(await catalogue(world), before);
    await sql(
      world,
      `drop schema "Their ""own""" cascade; drop publication single; drop publication every`,
    );
    assertEnded(await dotWarm(world, ["prune", "--all", "--yes"]));
    assertEquals(Object.keys(await catalogue(world)).sort(), ["dev", "public"]);
  }));

Deno.test("on PostgreSQL, what a role may not drop is told in the engine's words, and does not stop the rest", () =>
  inDatabase(async (world) => {
    const made = await builds(world, 12);
    const [first, , second] = made;
    await sql(world, `create role ${PLAIN} login password 'dot'`);
    const given = made.filter((one) => one !== first && one !== second);
    for (const schema of ["dev", ...given.map(({ schema }) => schema)]) {
      await sql(
        world,
        `alter schema ${schema} owner to ${PLAIN}; alter table ${schema}.b owner to ${PLAIN};
alter view ${schema}.a owner to ${PLAIN};`,
      );
    }
    await sql(
      world,
      `create table dev.stray_1 as select 1 as id; create table dev.stray_2 as select 1 as id;
create table dev.stray_3 as select 1 as id; alter table dev.stray_1 owner to ${PLAIN};
alter table dev.stray_3 owner to ${PLAIN}; alter schema dev owner to dot; grant usage on schema dev to ${PLAIN}`,
    );
    await world.write({ "profiles.yml": profiles(PLAIN) });
    const looks = "execute on function pg_catalog.pg_total_relation_size(regclass)";
    await sql(world, `revoke ${looks} from public`);
    const refused = await dotWarm(world, ["tidy"]);
    assertEnded(refused, 1);
    assertStringIncludes(refused.stderr, "error[DOT036]: the warehouse refused (relations");
    assertStringIncludes(refused.stderr, "permission denied for function");
    await sql(world, `grant ${looks} to public`);
    const ran = await dotWarm(world, ["prune", "--all", "--yes"]);
    assertEnded(ran, 1);
    for (const one of [first, second]) {
      assertStringIncludes(
        ran.stderr,
        `error: dev@${one?.short} is not removed: must be owner of schema ${one?.schema}`,
      );
      assertEquals(await world.has(`${one?.folder}/env/dev/build.json`), true);
    }
    assertStringIncludes(ran.stderr, "removed 10 builds");
    const left = [first?.schema ?? "", second?.schema ?? ""];
    assertEquals(
      Object.keys(await catalogue(world)).sort(),
      ["dev", "public", ...left].toSorted(),
    );

    const tidy = await dotWarm(world, ["tidy", "--drop", "--yes"]);
    assertEnded(tidy, 1);
    assertStringIncludes(
      tidy.stderr,
      "error: dev.stray_2 is not dropped: must be owner of table stray_2",
    );
    assertStringIncludes(tidy.stderr, "dropped 2 relations");
    assertEquals(Object.keys((await catalogue(world))["dev"] ?? {}).sort(), ["a", "b", "stray_2"]);

    for (const schema of left) await sql(world, `alter schema ${schema} owner to ${PLAIN}`);
    assertEnded(await dotWarm(world, ["prune", "--all", "--yes"]));
    assertEquals(Object.keys(await catalogue(world)).sort(), ["dev", "public"]);
  }));

Deno.test("on PostgreSQL, strays of every kind are dropped, but for what something stands on", () =>
  inDatabase(async (world) => {
    await sql(
      world,
      `${schemaSql("dev")}
create schema theirs;
create table dev.base as select 1 as id; create materialized view dev.over as select * from dev.base;
create index on dev.over (id);
create view dev.top as select * from dev.over;
create table dev.parts (id int) partition by range (id);
create table dev.part_1 partition of dev.parts for values from (0) to (9);
create table dev."Mixed ""Case"" 🍰" (id serial primary key);
create table dev."B" as select 1 as id;
create table dev.parent (id int primary key); create table theirs.child (id int references dev.parent (id));
create table dev.row (id int); create function theirs.f() returns setof dev.row language sql as 'select 1';
create table dev.under as select 1 as id; create view dev.between as select * from dev.under;
create view theirs.v as select * from dev.between;
create table dev.child (id int references dev.parent (id));
create table dev.one (id int primary key); create table dev.two (id int references dev.one (id));
create table theirs.base as select 1 as id;`,
    );
    const before = await catalogue(world);
    const ran = await dotWarm(world, ["tidy", "--drop", "--yes", "--json"]);
    assertEnded(ran);
    const { strays }: { strays: Record<string, unknown>[] } = JSON.parse(ran.stdout);
    const found = strays.map(({ dropped, name, read_by, type }) => [name, type, dropped, read_by]);
    assertEquals(
      found.map((one) => JSON.stringify(one)).sort(),
      [
        // A name in other letters may be a node's.
        ['Mixed "Case" 🍰', "table", true, []],
        ["base", "table", true, []],
        ["between", "view", false, ["theirs.v"]],
        ["child", "table", true, []],
        ["one", "table", true, []],
        ["over", "materialized_view", true, []],
        ["parent", "table", false, ["theirs.child"]],
        ["parts", "table", true, []],
        ["row", "table", false, ["theirs.f"]],
        ["top", "view", true, []],
        ["two", "table", true, []],
        ["under", "table", false, ["dev.between"]],
      ].map((one) => JSON.stringify(one)).sort(),
    );
    const dev = before["dev"] ?? {};
    for (const [name, type, dropped] of found) {
      if (dropped !== true) continue;
      assertEquals(typeof type, "string");
      delete dev[String(name)];
    }
    const gone =
      /^(?:part_1|Mixed .*_seq|constraint (?:child_id_fkey|one_pkey|two_id_fkey|Mixed .*))$/;
    for (const name of Object.keys(dev)) if (gone.test(name)) delete dev[name];
    assertEquals(await catalogue(world), before);
  }));

Deno.test({
  name: "on PostgreSQL, a prune killed while it drops is finished by the next",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inDatabase(async (world) => {
      const made = await builds(world, 50);
      await sql(world, schemaSql("dev_0123abc", `${made[0]?.schema}x`));
      const before = await catalogue(world);
      const names = new Set(made.map(({ schema }) => schema));
      const count = async (what: string): Promise<number> =>
        JSON.parse(await ask(world, `select count(*) from ${what}`))[0];
      const list = [...names].map((name) => `'${name}'`).join();
      const left = () => count(`pg_namespace where nspname in (${list})`);
      const sessions = () =>
        count("pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
      const env = { DOT_DBT: dbtPath() };
      for (const some of [49, 25]) {
        await using prune = world.spawnDot(["prune", "--all", "--yes"], { env });
        await until(async () => await left() <= some, `${some} schemas are left`, prune);
        await killTree(prune.pid);
        await prune.end();
        // What the server had begun it ends, or takes back.
        await until(async () => await sessions() === 0, "the sessions end");
        const there = await catalogue(world);
        for (const { folder, schema } of made) {
          // No schema without a folder that names it.
          if (there[schema] === undefined) continue;
          assertEquals(await world.has(`${folder}/env/dev/build.json`), true, schema);
        }
      }
      assertEnded(await world.dot(["prune", "--all", "--yes"], { env }));
      for (const name of names) delete before[name];
      assertEquals(await catalogue(world), before);
      for (const { folder } of made) assertEquals(await world.has(folder), false);
    }),
});

// dbt 2 panics at `indexes`.
Deno.test(
  "on PostgreSQL, a copied incremental table has the index and the types of its own materialization",
  {
    ignore: TESTED === "2",
  },
  () =>
    inDatabase(async (world) => {
      await world.write({
        "models/a.sql": "select 1 as id\n",
        "models/log.sql":
          `{{ config(materialized='incremental', indexes=[{'columns': ['id'], 'unique': true}]) }}
select id, 1.50::numeric(9, 3) as amount, {{ is_incremental() }} as later from {{ ref('a') }}
{% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}
`,
      });
      await world.commit("A log");
      const first = await world.git("rev-parse", "--short", "HEAD");
      assertEnded(await dotWarm(world, ["build", "dev@HEAD"]));
      await world.write({ "models/a.sql": "select 1 as id union all select 2 as id\n" });
      await world.commit("More");
      const second = await world.git("rev-parse", "--short", "HEAD");
      const ran = await dotWarm(world, ["build", "dev@HEAD", "--seed-from", `dev@${first}`]);
      assertEnded(ran);
      assertStringIncludes(ran.stderr, `copying 1 table from dev@${first}`);
      const { [`dev_${second}`]: schema } = await catalogue(world);
      assertEquals(schema?.["log"]?.[2], [
        "(1, Decimal('1.500'), False)",
        "(2, Decimal('1.500'), True)",
      ]);
      const indexes = await ask(
        world,
        `select count(*) from pg_indexes where schemaname = 'dev_${second}' and indexdef like 'CREATE UNIQUE INDEX%(id)'`,
      );
      assertEquals(JSON.parse(indexes), [1]);
      await world.write({
        "profiles.yml": profiles("dot").replace(/(prod: .*dbname: )\w+/, "$1dot"),
        "models/a.sql": "select 3 as id\n",
      });
      const elsewhere = await dotWarm(world, ["build", "dev@.", "--seed-from", "prod"]);
      assertEnded(elsewhere, 2);
      assertStringIncludes(
        elsewhere.stderr,
        "the live schemas of prod lie in another database: dot",
      );
    }),
);

Deno.test("on PostgreSQL, a table that inherits from a node's table stays, whatever lies between", () =>
  inDatabase(async (world) => {
    await sql(
      world,
      schemaSql("dev") + `create schema "Their ""own""";
create table "Their ""own""".parent (id int);
create table dev.heir () inherits (dev.b);
create table dev."Heir's ""heir""" () inherits (dev.heir);
create table dev.theirs () inherits ("Their ""own""".parent);
create table dev.old (id int);
create table dev.old_heir () inherits (dev.old);
insert into dev."Heir's ""heir""" values (7, 'seven');`,
    );
    const before = await catalogue(world);
    const ran = await dotWarm(world, ["tidy", "--drop", "--yes"]);
    assertEnded(ran);
    for (const name of ["heir", `Heir's "heir"`]) {
      assertStringIncludes(ran.stdout, `stays: dev.${name}: it inherits from dev.`);
    }
    assertStringIncludes(ran.stdout, `stays: dev.theirs: it inherits from Their "own".parent`);
    delete before["dev"]?.["old"];
    delete before["dev"]?.["old_heir"];
    assertEquals(await catalogue(world), before);
  }));
