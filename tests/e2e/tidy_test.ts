import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertEnded } from "../assertions.ts";
import { catalogue, sql } from "../duckdb.ts";
import { listing } from "../folders.ts";
import { type Ran, UNREADABLE } from "../harness.ts";
import { FILES, makeBuild, schemaSql, shop } from "../upkeep.ts";
import { coolDown, dotWarm, warmEnv } from "../warm.ts";

Deno.test.afterAll(coolDown);

/** What a test looks at of the strays in JSON. */
interface Strays {
  schemas: { database: string; schema: string }[];
  strays: {
    schema: string;
    name: string;
    type: string;
    bytes: number | null;
    hint: string | null;
    read_by: string[];
    dropped: boolean;
    error: string | null;
  }[];
}

/** The same, and what stays. */
interface Kept {
  strays: { schema: string; name: string; history: boolean; dropped: boolean }[];
  kept: { schema: string; name: string; why: string }[];
}

/** One of each kind of node, and what is no node's beside it. */
const MODELS: Record<string, string> = {
  "models/c.sql": "{{ config(schema='marts') }}\nselect 1 as id\n",
  "models/e.sql": "{{ config(materialized='ephemeral') }}\nselect 1 as id\n",
  "models/off.sql": "{{ config(enabled=false) }}\nselect 1 as id\n",
  "models/odd.sql": "{{ config(alias='Odd \"Name\" Größe') }}\nselect 1 as id\n",
  "models/customer_orders.sql": "select 1 as id\n",
  "models/schema.yml": `sources:
  - name: raw
    schema: dev
    tables: [{name: events}, {name: src, identifier: Src_Table}]
models:
  - name: a
    columns:
      - name: id
        data_tests: [{not_null: {config: {store_failures: true}}}, unique]
`,
  "seeds/raw_items.csv": "id\n1\n",
  "snapshots/snap.sql":
    "{% snapshot snap %}{{ config(unique_key='id', strategy='check', check_cols='all') }}\nselect 1 as id\n{% endsnapshot %}\n",
};

/** What the nodes make, and what else lies there on purpose. */
const OWN = `create schema dev; create schema dev_marts; create schema dev_dbt_test__audit;
create table dev.b as select 1 as id; create view dev.a as select * from dev.b;
create view dev_marts.c as select 1 as id; create table dev.raw_items as select 1 as id;
create table dev.snap as select 1 as id; create table dev."Odd ""Name"" Größe" as select 1 as id;
create table dev_dbt_test__audit.not_null_a_id as select 1 as id;
create table dev_dbt_test__audit.unique_a_id as select 1 as id;
create table dev.events as select 1 as id; create table dev.src_table as select 1 as id;
create table dev.audit_1 as select 1 as id; create table dev.theirs as select 1 as id;
create table dev.held as select 1 as id; create schema elsewhere;
create view elsewhere.reader as select * from dev.held;
create table elsewhere.left_over as select 1 as id;
create schema dev_0123abc; create view dev_0123abc.left_over as select 1 as id;
create schema "dev_marts "; create table "dev_marts ".left_over as select 1 as id;
`;

const STRAYS = `create table dev.left_over as select 1 as id;
create view dev.left_view as select * from dev.left_over;
create view dev_marts.left_top as select * from dev.left_view;
create table dev.old_name as select 1 as id; create table dev.off as select 1 as id;
create table dev.e as select 1 as id; create table dev.customer_order as select 1 as id;
create table dev.c as select 1 as id; create table dev."{{ it's }} ""x""" as select 1 as id;
create table dev.b__dbt_tmp as select 1 as id;
create table dev_dbt_test__audit.gone_test as select 1 as id;
`;

const NAMES: [string, string, string | null][] = [
  ["dev.b__dbt_tmp", "table", "left by a run of dbt, or in use by one"],
  ["dev.c", "table", "a node of this name lies in another schema"],
  ["dev.customer_order", "table", "perhaps renamed to customer_orders"],
  ["dev.e", "table", null],
  ["dev.held", "table", null],
  ["dev.left_over", "table", null],
  ["dev.left_view", "view", null],
  ["dev.off", "table", "its node is disabled"],
  ["dev.old_name", "table", "renamed to b"],
  ['dev.{{ it\'s }} "x"', "table", null],
  ["dev_dbt_test__audit.gone_test", "table", null],
  ["dev_marts.left_top", "view", null],
];

const SETTINGS = `environment:
  default: dev
  dev:
    target: dev
    +keep-relations: [AUDIT_*, "elsewhere.*"]
    +shared-with: ../other/manifest.json
  prod: {target: prod}
`;

const SHARED = JSON.stringify({
  metadata: {},
  nodes: {
    "model.other.theirs": {
      resource_type: "model",
      database: "SHOP",
      schema: "dev",
      name: "theirs",
      alias: "Theirs",
    },
  },
});

function assertFailed(ran: Ran, code: number, ...words: string[]): void {
  assertEnded(ran, code);
  for (const text of words) assertStringIncludes(ran.stderr, text);
}

Deno.test("what no node makes is listed, dropped after a question, and nothing else is", async () => {
  await using world = await shop({ ...MODELS, "dot_environments.yml": SETTINGS });
  await world.git("mv", "models/b.sql", "models/old_name.sql");
  await world.commit("Another name");
  await world.git("mv", "models/old_name.sql", "models/b.sql");
  await world.commit("And back");
  await Deno.mkdir(`${world.folder}/other`);
  await Deno.writeTextFile(`${world.folder}/other/manifest.json`, SHARED);
  await sql(world, OWN);
  const own = await catalogue(world);
  await sql(world, STRAYS);
  const before = await catalogue(world);
  const files = await listing(world.repo);

  const dry = await dotWarm(world, ["tidy", "--drop", "--dry-run", "--exit-code", "--json"]);
  assertEnded(dry, 1);
  assertEquals(await listing(world.repo), files);
  const { schemas, strays }: Strays = JSON.parse(dry.stdout);
  assertEquals(schemas.map(({ schema }) => schema), ["dev", "dev_dbt_test__audit", "dev_marts"]);
  const found = strays.map(({ hint, name, schema, type }) => [`${schema}.${name}`, type, hint]);
  assertEquals(found.toSorted(), NAMES);
  assertEquals(
    strays.filter(({ read_by }) => read_by.length > 0).map(({ name, read_by }) => [name, read_by]),
    [["held", ["elsewhere.reader"]]],
  );
  assertEquals(strays.some(({ dropped, error }) => dropped || error !== null), false);
  // What stands on others goes first.
  const order = strays.map(({ name }) => name).filter((name) => name.startsWith("left_"));
  assertEquals(order, ["left_top", "left_view", "left_over"]);

  const silent = await dotWarm(world, ["tidy", "--drop"]);
  assertFailed(silent, 1, "dot tidy --drop asks before it changes anything", "--yes");
  assertMatch(
    silent.stderr,
    /^12 relations of 24 in dev, dev_dbt_test__audit, dev_marts are no node's:$/m,
  );
  assertMatch(silent.stdout, /^dev\.held +table +stays: elsewhere\.reader reads it$/m);
  assertMatch(silent.stdout, /^dev\.left_view +view$/m);
  assertMatch(silent.stdout, /^dev\.old_name +table +renamed to b$/m);
  const question = "Drop 11 relations? [y/N] ";
  const env = await warmEnv();
  const no = await world.terminal(["tidy", "--drop"], [{ on: question, type: "n\n" }], { env });
  assertEquals(no.code, 1, no.stdout);
  assertEquals(await catalogue(world), before);

  const yes = await world.terminal(["tidy", "--drop"], [{ on: question, type: "y\n" }], { env });
  assertEquals(yes.code, 0, yes.stdout);
  assertStringIncludes(yes.stdout, "dropped 11 relations");
  assertEquals(await catalogue(world), own);

  await sql(world, "drop view elsewhere.reader");
  const last = await dotWarm(world, ["tidy", "--drop", "--yes", "--exit-code", "--json"]);
  assertEnded(last);
  const gone: Strays = JSON.parse(last.stdout);
  assertEquals(gone.strays.map(({ dropped, name }) => [name, dropped]), [["held", true]]);
});

Deno.test("what cannot be known is an error, and nothing is dropped", async () => {
  await using world = await shop({ "dot_environments.yml": SETTINGS });
  await sql(world, schemaSql("dev") + "create table dev.stray as select 1 as id");
  const before = await catalogue(world);
  const drop = (...args: string[]) => dotWarm(world, ["tidy", "--drop", "--yes", ...args]);
  assertFailed(await drop(), 2, "`+shared-with` names ../other/manifest.json, which is not there");
  await Deno.mkdir(`${world.folder}/other`);
  for (const text of ["", SHARED.slice(0, -20)]) {
    await Deno.writeTextFile(`${world.folder}/other/manifest.json`, text);
    assertFailed(await drop(), 2, "../other/manifest.json, which is no manifest of dbt's");
  }
  await world.write({
    "dot_environments.yml": FILES["dot_environments.yml"],
    "models/broken.sql": "select * from {{ ref('nowhere') }}\n",
  });
  const broken = await drop();
  assertFailed(
    broken,
    UNREADABLE,
    "dbt could not parse the project",
    "nowhere",
    "models/broken.sql",
  );
  await world.write({ "models/broken.sql": "{% if %}\n" });
  assertFailed(await drop(), UNREADABLE, "dbt could not parse the project", "models/broken.sql");
  await world.write({ "models/broken.sql": undefined });

  assertFailed(await dotWarm(world, ["tidy", "--yes"]), 2, "--yes goes with --drop");
  assertFailed(await drop("dev", "prod"), 2, "unexpected `prod` after `dev`");
  assertFailed(await drop("dev@HEAD"), 2, "there is no build of `dev@HEAD`");
  assertFailed(await drop("porod"), 2, "porod");
  const help = await dotWarm(world, ["tidy", "--help"]);
  assertStringIncludes(help.stdout, "--exit-code");
  assertEquals(await catalogue(world), before);
});

Deno.test("a build is tidied by its own manifest, in its own schemas", async () => {
  await using world = await shop();
  const { folder, suffix } = await makeBuild(world);
  const at = `dev${suffix}`;
  const target = `${folder}/env/dev/target/manifest.json`;
  const nodes = Object.fromEntries(
    [["a", at], ["b", at], ["out", "dev"]].map(([name, schema]) => [`model.shop.${name}`, {
      resource_type: "model",
      database: "shop",
      schema,
      name,
    }]),
  );
  await sql(
    world,
    schemaSql("dev", at, `${at}_x`) +
      `create table dev.stray as select 1 as id; create table "${at}".stray as select 1 as id`,
  );
  const before = await catalogue(world);
  await world.write({ [target]: undefined });
  const unknown = await dotWarm(world, ["tidy", "dev@HEAD", "--drop", "--yes"]);
  assertFailed(unknown, 2, "has no manifest, so nobody can tell what its nodes are", "dot parse");
  await world.write({ [target]: JSON.stringify({ metadata: {}, nodes }) });
  const lock = await Deno.open(`${world.repo}/${folder}/env/dev/lock`, {
    create: true,
    write: true,
  });
  await lock.lock(true);
  const busy = await dotWarm(world, ["tidy", "dev@HEAD", "--drop", "--yes"]);
  assertFailed(busy, 2, "error[DOT038]: a dot is at work on");
  lock.close();
  assertEquals(await catalogue(world), before);
  const ran = await dotWarm(world, ["tidy", "dev@HEAD", "--drop", "--yes"]);
  assertEnded(ran);
  assertEquals(ran.stdout, `${at}.stray  table\n`);
  delete before[at]?.["stray"];
  assertEquals(await catalogue(world), before);
  const tidy = await dotWarm(world, ["tidy", "dev@HEAD", "--exit-code"]);
  assertEquals([tidy.code, tidy.stdout], [0, ""]);
  assertStringIncludes(tidy.stderr, `tidy: every one of 2 relations in ${at} is a node's`);
});

const INCREMENTAL = "{{ config(materialized='incremental') }}\nselect 1 as id\n";

Deno.test("what the default branch makes stays, whatever is checked out", async () => {
  await using world = await shop();
  await world.git("branch", "old");
  await world.write({
    "models/history.sql": INCREMENTAL,
    "models/named.sql": "{{ config(alias='another_name', schema='marts') }}\nselect 1 as id\n",
    "models/c.sql": "{{ config(schema='marts') }}\nselect 1 as id\n",
    "models/schema.yml": "sources: [{name: raw, schema: dev, tables: [{name: events}]}]\n",
  });
  await world.commit("More");
  await world.git("switch", "--quiet", "old");
  await world.write({ "models/c.sql": "{{ config(schema='marts') }}\nselect 1 as id\n" });
  await world.commit("One of them here too");
  const tables = ["dev.history", "dev.events", "dev.c", "dev_marts.another_name", "dev_marts.c"];
  await sql(
    world,
    "create schema dev; create schema dev_marts;" +
      ["dev.stray", ...tables].map((name) => `create table ${name} (id int);`).join(""),
  );
  const before = await catalogue(world);
  const files = await listing(world.repo);
  const dry = await dotWarm(world, ["tidy", "--drop", "--dry-run", "--json"]);
  assertEnded(dry);
  assertEquals(await listing(world.repo), files);
  const shown: Kept = JSON.parse(dry.stdout);
  const names = (list: { schema: string; name: string }[]) =>
    list.map(({ name, schema }) => `${schema}.${name}`).sort();
  assertEquals(names(shown.strays), ["dev.c", "dev.stray"]);
  assertEquals(names(shown.kept), ["dev.events", "dev.history", "dev_marts.another_name"]);
  assertEquals([...new Set(shown.kept.map(({ why }) => why))], ["main makes it"]);
  const dropped = await dotWarm(world, ["tidy", "--drop", "--yes"]);
  assertEnded(dropped);
  assertStringIncludes(dropped.stdout, "stays: dev.history: main makes it\n");
  delete before["dev"]?.["c"];
  delete before["dev"]?.["stray"];
  assertEquals(await catalogue(world), before);
  // What stays is no reason for an alarm.
  assertEnded(await dotWarm(world, ["tidy", "--exit-code"]));
});

Deno.test("where nobody can tell what the default branch makes, nothing is dropped", async () => {
  await using world = await shop();
  await world.git("branch", "old");
  await world.write({ "models/broken.sql": "select * from {{ ref('nowhere') }}\n" });
  await world.commit("Broken");
  await world.git("switch", "--quiet", "old");
  await sql(world, schemaSql("dev") + "create table dev.x as select 1 as id");
  const before = await catalogue(world);
  const broken = await dotWarm(world, ["tidy", "--drop", "--yes"]);
  assertFailed(broken, 1, "dbt could not parse", "so nothing is a stray");
  assertStringIncludes(broken.stdout, "stays: dev.x: nobody can tell whether main makes it\n");
  // Neither of two branches is the default.
  await world.git("branch", "--move", "main", "trunk");
  const none = await dotWarm(world, ["tidy", "--drop", "--yes"]);
  assertFailed(none, 1, "there is no default branch", "git remote set-head origin --auto");
  assertEquals(await catalogue(world), before);
  // With one branch only, there is nobody to ask.
  await world.git("branch", "--delete", "--force", "trunk");
  assertEnded(await dotWarm(world, ["tidy", "--drop", "--yes"]));
  delete before["dev"]?.["x"];
  assertEquals(await catalogue(world), before);
});

Deno.test("what a build of another branch holds stays, and what an older one held does not", async () => {
  await using world = await shop();
  const nodes = (schema: string, ...names: string[]) =>
    JSON.stringify({
      metadata: {},
      nodes: Object.fromEntries(names.map((name) => [`model.shop.${name}`, {
        resource_type: "model",
        ...{ database: "shop", schema, name },
      }])),
    });
  const at = async (environment: string, schema: string, ...names: string[]) => {
    const { folder, suffix } = await makeBuild(world, { environment });
    const file = `${folder}/env/${environment}/target/manifest.json`;
    await world.write({ [file]: nodes(`${schema}${suffix}`, ...names) });
  };
  await at("dev", "dev", "older");
  await world.git("switch", "--quiet", "--create", "feature");
  await world.commit("Feature");
  await at("dev", "dev", "mine");
  await at("prod", "analytics", "theirs");
  await world.git("switch", "--quiet", "main");
  await world.commit("On main");
  const tables = ["older", "mine", "theirs"].map((name) => `create table dev.${name} (id int);`);
  await sql(world, schemaSql("dev") + tables.join(""));
  const ran = await dotWarm(world, ["tidy", "--drop", "--yes"]);
  assertEnded(ran);
  assertMatch(ran.stdout, /^dev\.older +table/);
  assertMatch(ran.stdout, /^stays: dev\.mine: dev@\w+ makes it$/m);
  assertMatch(ran.stdout, /^stays: dev\.theirs: prod@\w+ makes it$/m);
  assertEquals(Object.keys((await catalogue(world))["dev"] ?? {}), ["b", "mine", "theirs", "a"]);
});

Deno.test("what no run brings back is listed apart, and dropped with --include-history only", async () => {
  await using world = await shop({
    "models/off.sql": "{{ config(materialized='incremental', enabled=false) }}\nselect 1 as id\n",
    "snapshots/snap.yml":
      "snapshots: [{name: snap, relation: ref('a'), config: {enabled: false, unique_key: id, " +
      "strategy: check, check_cols: all}}]\n",
    // Nothing that dbt left knows of these.
    "snapshots/old file.sql":
      "{% snapshot once %}{{ config(unique_key='id', strategy='check', check_cols='all') }}\nselect 1 as id\n{% endsnapshot %}\n",
    "snapshots/in_yaml.yml":
      "snapshots:\n  - name: twice\n    relation: ref('a')\n    config: {unique_key: id, strategy: check, check_cols: all}\n",
  });
  // A build of before, and dbt's own last run, knew another each.
  const { folder, suffix } = await makeBuild(world);
  const model = (schema: string, name: string) =>
    JSON.stringify({
      metadata: {},
      nodes: {
        x: {
          ...{ resource_type: "model", database: "shop", schema, name },
          config: { materialized: "incremental" },
        },
      },
    });
  await world.write({
    [`${folder}/env/dev/target/manifest.json`]: model(`dev${suffix}`, "built"),
    "target/manifest.json": model("dev", "ran"),
    "snapshots/old file.sql": undefined,
    "snapshots/in_yaml.yml": undefined,
  });
  await world.commit("Now");
  const tables = ["off", "snap", "built", "ran", "once", "twice", "stray"];
  await sql(
    world,
    schemaSql("dev") + tables.map((name) => `create table dev.${name} (id int);`).join(""),
  );
  assertFailed(
    await dotWarm(world, ["tidy", "--include-history"]),
    2,
    "--include-history goes with --drop",
  );
  const first = await dotWarm(world, ["tidy", "--drop", "--yes"]);
  assertEnded(first);
  assertStringIncludes(first.stderr, "6 of them may hold what no run brings back");
  assertStringIncludes(first.stderr, "dropped 1 relation");
  const left = async () => Object.keys((await catalogue(world))["dev"] ?? {}).sort();
  assertEquals(await left(), ["a", "b", "built", "off", "once", "ran", "snap", "twice"]);
  const silent = await dotWarm(world, ["tidy", "--drop", "--yes"]);
  assertEnded(silent);
  assertEquals(await left(), ["a", "b", "built", "off", "once", "ran", "snap", "twice"]);
  const json = await dotWarm(world, ["tidy", "--drop", "--yes", "--include-history", "--json"]);
  assertEnded(json);
  const { strays }: Kept = JSON.parse(json.stdout);
  assertEquals(strays.map(({ dropped, history }) => dropped && history), Array(6).fill(true));
  assertEquals(await left(), ["a", "b"]);
});

Deno.test("what another environment makes in the same schemas stays", async () => {
  const enabled = (condition: string) => `{{ config(enabled=${condition}) }}\nselect 1 as id\n`;
  await using world = await shop({
    "dot_environments.yml": `environment:
  default: dev
  dev: {target: dev}
  prod: {target: prod}
  wide: {target: dev, vars: {wide: true}}
  elsewhere: {target: server}
`,
    "profiles.yml": `shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: shop.duckdb, schema: dev}
    prod:
      type: duckdb
      path: shop.duckdb
      schema: dev
      settings: {memory_limit: "{{ env_var('PROD_LIMIT') }}"}
    bare: {type: duckdb, path: shop.duckdb, schema: dev}
`,
    "models/by_target.sql": enabled("target.name == 'prod'"),
    "models/by_login.sql": enabled("target.name == 'server'"),
    "models/by_bare.sql": enabled("target.name == 'bare'"),
    "models/by_variable.sql": enabled("var('wide', false)"),
    "models/named.sql":
      "{{ config(alias='named_' ~ target.name, schema='marts') }}\nselect 1 as id\n",
  });
  const tables = ["by_target", "by_login", "by_bare", "by_variable", "named_prod", "stray"];
  await sql(
    world,
    schemaSql("dev") + "create schema dev_marts;" +
      "create table dev_marts.named_dev (id int); create table dev_marts.named_prod (id int);" +
      tables.map((name) => `create table dev.${name} (id int);`).join(""),
  );
  const ran = await dotWarm(world, ["tidy", "--drop", "--yes", "--json"]);
  assertEnded(ran);
  const { kept, strays }: Kept = JSON.parse(ran.stdout);
  assertEquals(strays.map(({ name }) => name).sort(), ["named_prod", "stray"]);
  assertEquals(kept.map(({ name, schema, why }) => `${schema}.${name}: ${why}`).sort(), [
    "dev.by_bare: bare makes it",
    "dev.by_login: elsewhere makes it",
    "dev.by_target: prod makes it",
    "dev.by_variable: wide makes it",
    "dev_marts.named_prod: prod makes it",
  ]);
});

Deno.test("where nobody can tell what another environment makes, nothing is dropped", async () => {
  await using world = await shop({
    "models/by_target.sql":
      "{{ config(enabled=(target.name == 'prod' and env_var('ONLY_THERE') == '1')) }}\nselect 1 as id\n",
  });
  await sql(world, schemaSql("dev") + "create table dev.by_target (id int)");
  const before = await catalogue(world);
  const unknown = await dotWarm(world, ["tidy", "--drop", "--yes"]);
  assertFailed(unknown, 1, "so nothing is a stray: `prod`: dbt could not parse", "ONLY_THERE");
  assertStringIncludes(
    unknown.stdout,
    "stays: dev.by_target: nobody can tell whether prod makes it\n",
  );
  assertEquals(await catalogue(world), before);
  const known = await dotWarm(world, ["tidy", "--drop", "--yes"], { env: { ONLY_THERE: "0" } });
  assertEnded(known);
  assertEquals(Object.keys((await catalogue(world))["dev"] ?? {}).sort(), ["a", "b"]);
});
