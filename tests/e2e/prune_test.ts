import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertEnded, assertRefused } from "../assertions.ts";
import { catalogue, holdOpen, schemasIn, sql } from "../duckdb.ts";
import { exists, listing } from "../folders.ts";
import { dbtPath, PROJECT, type World } from "../harness.ts";
import { until } from "../running.ts";
import { FILES, makeBuild, schemaSql, shop } from "../upkeep.ts";
import { coolDown, dotWarm, warmEnv } from "../warm.ts";
import { shellDbt } from "../shell_dbt.ts";

/** What a test looks at of a plan in JSON. */
interface Planned {
  dry_run: boolean;
  builds: {
    name: string;
    commit: string | null;
    environment: string | null;
    at: string | null;
    schemas: { database: string; schema: string; relations: number }[];
    removed: boolean;
    error: string | null;
  }[];
  kept: { name: string; why: string }[];
  foreign: { schema: string; why: string }[];
}

Deno.test.afterAll(coolDown);

/** A world whose builds have no schemas, so that no dbt is started. */
async function offline(files: Record<string, string> = {}): Promise<World> {
  const world = await shop(files);
  await world.fakeDbt();
  return world;
}

async function planned(world: World, args: string[], code = 0): Promise<Planned> {
  const ran = await world.dot(["prune", "--dry-run", "--json", ...args]);
  assertEnded(ran, code);
  return JSON.parse(ran.stdout);
}

/** The names of what a prune would remove, sorted. */
async function doomed(world: World, ...args: string[]): Promise<string[]> {
  return (await planned(world, args)).builds.map(({ name }) => name).sort();
}

Deno.test("every rule chooses its builds, alone and with others", async () => {
  await using world = await offline();
  // Merged: in main, and no branch points there.
  const merged = await makeBuild(world, { days: 40, schemas: [] });
  await world.commit("On main");
  const head = await makeBuild(world, { days: 30, schemas: [] });
  const prod = await makeBuild(world, { environment: "prod", days: 20, schemas: [] });
  await world.git("switch", "--quiet", "--create", "feature");
  await world.commit("On a branch");
  const branch = await makeBuild(world, { days: 10, schemas: [] });
  await world.git("switch", "--quiet", "--detach");
  await world.commit("Of nobody");
  const lost = await makeBuild(world, { days: 1, schemas: [] });
  await world.git("switch", "--quiet", "main");
  const gone = await makeBuild(world, { commit: "0123456789".repeat(4), days: 2, schemas: [] });
  const names = [
    ...[merged, head, branch, lost, gone].map(({ short }) => `dev@${short}`),
    `prod@${prod.short}`,
  ];
  const [m = "", h = "", b = "", l = "", g = "", p = ""] = names;
  const is = async (args: string[], wanted: string[]) =>
    assertEquals(await doomed(world, ...args), wanted.toSorted(), args.join(" "));
  await is(["--all"], names);
  await is([], []);
  await is(["--older-than", "15d"], [m, h, p]);
  await is(["--older-than", "2w"], [m, h, p]);
  await is(["--older-than", "36h"], [m, h, b, g, p]);
  await is(["--older-than", "60d"], []);
  // The newest of each environment.
  await is(["--keep", "1"], [m, h, b, g]);
  await is(["--keep", "3"], [m, h]);
  await is(["--keep", "0"], names);
  await is(["--merged"], [m, l, g].filter((name) => name === m));
  await is(["--unreachable"], [l, g]);
  await is(["--keep", "4", "--older-than", "35d"], [m]);
  await is(["--unreachable", "--older-than", "36h"], [g]);
  await is(["--merged", "--unreachable"], []);
  await is(["--all", "--keep", "4"], [m]);
  await is(["prod", "--all"], [p]);
  await is(["prod", "dev", "--older-than", "15d"], [m, h, p]);
  await is(["dev@main", "prod@main"], [h, p]);
  await is(["dev@main", "dev@feature", "--older-than", "15d"], [h]);
  await is(["@feature"], [b]);
  await is([`dev@${gone.short}`], [g]);
  await is([`dev@${lost.short}`, "--merged"], []);
});

Deno.test("without a rule +keep decides, and without that nothing goes", async () => {
  await using world = await offline();
  for (const days of [1, 2, 20]) {
    await world.commit(`${days}`);
    for (const environment of ["dev", "prod"]) {
      await makeBuild(world, { environment, days, schemas: [] });
    }
  }
  const none = await world.dot(["prune", "--yes"]);
  assertEquals([none.code, none.stdout], [0, ""]);
  assertStringIncludes(none.stderr, "nothing is removed: no rule is given, and ");
  assertStringIncludes(none.stderr, "`+keep`");
  const keep = (dev: string, prod: string) =>
    world.write({
      "dot_environments.yml":
        `environment:\n  default: dev\n  dev: {target: dev, +keep: ${dev}}\n  prod: {target: prod${prod}}\n`,
    });
  await keep("2", "");
  assertEquals((await doomed(world)).map((name) => name.slice(0, 4)), ["dev@"]);
  await keep("1", ", +keep: 14d");
  assertEquals((await doomed(world)).map((name) => name.slice(0, 4)), ["dev@", "dev@", "prod"]);
  assertEquals((await doomed(world, "prod")).length, 1);
  // A rule that is given is the only one.
  assertEquals((await doomed(world, "--keep", "9")).length, 0);
  assertEquals((await doomed(world, "--all")).length, 6);
  await keep("soon", "");
  const bad = await world.dot(["prune"]);
  assertRefused(bad, "dot_environments.yml:3:29: `+keep` takes a count of builds, or an age");
});

Deno.test("what makes no sense is refused, and nothing is removed", async () => {
  await using world = await offline();
  const { short } = await makeBuild(world, { schemas: [] });
  const before = await listing(join(world.repo, ".dot"));
  const prune = (...args: string[]) => world.dot(["prune", "--yes", ...args]);
  for (const age of ["soon", "14", "-1d", "1.5d", "14 days"]) {
    const refused = await prune(`--older-than=${age}`);
    assertRefused(refused, `--older-than takes an age: 36h, 14d or 2w, not \`${age}\``);
  }
  for (const count of ["x", "-1", "2.5", "14d"]) {
    assertRefused(await prune(`--keep=${count}`), `--keep takes a count, not \`${count}\``);
  }
  assertRefused(await prune("dev", "dev@HEAD"), "name builds (env@ref) or environments, not both");
  assertRefused(await prune("porod", "--all"), "no environment `porod`", "Did you mean `prod`?");
  assertRefused(await prune("dev@"), "dev@");
  assertRefused(await prune("dev@nosuchref"), "nosuchref", `dev@${short}`);
  assertRefused(await prune("prod@HEAD"), "there is no build of `prod@HEAD`", `dev@${short}`);
  assertRefused(await prune("--warehouse", "dev", "prod"), "name it alone");
  assertRefused(await prune("--warehouse", "dev@HEAD"), "--warehouse");
  assertRefused(await prune("--al"), "--al");
  assertRefused(await prune("--older-than"), "older-than");
  assertEquals(await listing(join(world.repo, ".dot")), before);
  assertEquals(await world.fakeRuns(), []);
  const help = await world.dot(["prune", "--help"]);
  assertEquals(help.code, 0);
  for (const flag of ["--older-than", "--keep", "--merged", "--unreachable", "--warehouse"]) {
    assertStringIncludes(help.stdout, flag);
  }
});

Deno.test("it asks on a terminal, and without one it needs --yes", async () => {
  await using world = await offline();
  const { short } = await makeBuild(world, { schemas: [], worktree: true });
  const before = await listing(world.folder);
  const silent = await world.dot(["prune", "--all"], { stdin: "y\n" });
  assertEquals(silent.code, 1);
  assertStringIncludes(silent.stdout, `dev@${short}`);
  assertStringIncludes(silent.stderr, "dot prune asks before it changes anything");
  assertStringIncludes(silent.stderr, "--yes");
  const question = { on: "Remove them? [y/N] ", type: "n\n" };
  for (const type of ["n\n", "\n", "nay\n", "\x04"]) {
    const no = await world.terminal(["prune", "--all"], [{ ...question, type }]);
    assertEquals(no.code, 1, no.stdout);
    assertStringIncludes(no.stdout, `dev@${short}`);
  }
  const interrupted = await world.terminal(["prune", "--all"], [{ ...question, type: "\x03" }]);
  // terminal.py gives the signal that a program ends by as its negative number.
  assertEquals([130, 254].includes(interrupted.code), true, interrupted.stdout);
  const after = await listing(world.folder);
  const aside = (line: string) => !/sizes\.json|\/control\//.test(line);
  assertEquals(after.filter(aside), before.filter(aside));
  const yes = await world.terminal(["prune", "--all"], [{ ...question, type: "y\n" }]);
  assertEquals(yes.code, 0, yes.stdout);
  assertStringIncludes(yes.stdout, "removed 1 build");
  assertEquals(await world.has(`.dot/build/${short}`), false);
  assertEquals((await world.git("worktree", "list")).split("\n").length, 1);
});

Deno.test("whatever an unfinished folder holds, it goes with --all or by its commit", async () => {
  await using world = await offline();
  const hash = await world.git("rev-parse", "HEAD");
  await world.write({
    ".dot/build/abcdef0/worktree/x": "",
    [`.dot/build/${hash.slice(0, 8)}/commit`]: `${hash}\n`,
    ".dot/build/abcdef1/commit": "garbage\n",
    ".dot/build/abcdef1/env/dev/.x": "",
    ".dot/build/notes/x": "mine",
    ".dot/build/README": "mine",
  });
  const ran = await world.dot(["prune", "--all", "--yes"]);
  const left = [...Deno.readDirSync(join(world.repo, ".dot", "build"))].map(({ name }) => name);
  // A folder that is no worktree of the repository may be somebody's own.
  assertStringIncludes(ran.stdout, "stays: abcdef0: its worktree is none of this repository");
  assertEquals(left.filter((name) => name !== "sizes.json").sort(), ["README", "abcdef0", "notes"]);
  assertEnded(await world.dot(["prune", "--all", "--yes", "--force"]));
  assertEquals(await world.has(".dot/build/abcdef0"), false);
  assertEquals(await world.read(".dot/build/notes/x"), "mine");
});

Deno.test("what a killed prune left of a worktree is removed by the next, git's record too", async () => {
  await using world = await offline();
  const made = async (message: string) => {
    await world.commit(message);
    return await makeBuild(world, { schemas: [], worktree: true });
  };
  const [gone, moved, whole] = [await made("Gone"), await made("Moved"), await made("Whole")];
  const at = (path: string) => join(world.repo, path);
  for (const { folder } of [gone, moved]) {
    await Deno.remove(at(`${folder}/commit`));
    await Deno.remove(at(`${folder}/env`), { recursive: true });
  }
  await Deno.remove(at(`${gone.folder}/worktree`), { recursive: true });
  await Deno.rename(at(`${moved.folder}/worktree`), at(`${moved.folder}/.pruned-1`));
  await Deno.rename(at(`${whole.folder}/env/dev`), at(`${whole.folder}/env/.pruned-2`));
  assertEnded(await world.dot(["prune", "--all", "--yes"]));
  for (const { folder } of [gone, moved, whole]) assertEquals(await world.has(folder), false);
  assertEquals((await world.git("worktree", "list")).split("\n").length, 1);
});

for (const version of ["1.11", "1.8", "1.12"] as const) {
  Deno.test({
    name: `with dbt ${version}, builds go with their schemas, and nothing else does`,
    // The newest tried release must be there; the others run where they are installed.
    ignore: version !== "1.11" && !await exists(dbtPath(version)),
    fn: async () => {
      await using world = await shop();
      const one = await makeBuild(world, { days: 30, worktree: true });
      const both = await makeBuild(world, { environment: "prod", days: 20 });
      await world.commit("Two");
      const two = await makeBuild(world, { days: 1, worktree: true });
      const names = ["dev", "analytics", `dev${one.suffix}`, `analytics${one.suffix}`];
      await sql(world, schemaSql(...names, `dev${two.suffix}`));
      const before = await catalogue(world);
      const env = version === "1.11" ? await warmEnv() : { DOT_DBT: dbtPath(version) };
      const ran = await world.dot(["prune", "--older-than", "10d", "--yes"], { env });
      assertEnded(ran);
      assertMatch(ran.stdout, /^to be removed: 2 builds, 2 schemas with 4 relations$/m);
      assertStringIncludes(ran.stdout, `dev${one.suffix} (2)`);
      assertStringIncludes(ran.stdout, `analytics${both.suffix} (2)`);
      assertStringIncludes(ran.stderr, "removed 2 builds");
      delete before[`dev${one.suffix}`];
      delete before[`analytics${one.suffix}`];
      assertEquals(await catalogue(world), before);
      assertEquals(await world.has(one.folder), false);
      assertEquals(await world.has(`${two.folder}/worktree/dbt_project.yml`), true);
      const trees = await world.git("worktree", "list", "--porcelain");
      assertEquals(trees.split("\n").filter((line) => line.startsWith("worktree ")).length, 2);
    },
  });
}

Deno.test("custom schemas and names of a macro's own go as well; what is read, stays", async () => {
  await using world = await shop({
    "macros/names.sql": `{% macro generate_schema_name(name, node) -%}
{{ target.schema if name is none else 'the ' ~ name ~ ' of Größe' }}
{%- endmacro %}`,
    "models/marts/c.sql":
      "{{ config(schema='marts', materialized='table') }}\nselect * from {{ ref('b') }}\n",
    "models/marts/d.sql": "{{ config(schema='marts') }}\nselect * from {{ ref('c') }}\n",
  });
  const dot = async (args: string[], code = 0) => {
    const ran = await dotWarm(world, args);
    assertEnded(ran, code);
    return ran;
  };
  const base = await world.git("rev-parse", "--short", "HEAD");
  await dot(["build", "dev@HEAD"]);
  await world.write({ "models/marts/d.sql": "{{ config(schema='marts') }}\nselect 2 as id\n" });
  const top = await world.commit("Change d");
  await dot(["build", "dev@HEAD", "--defer", `dev@${base}`, "--", "-s", "d"]);
  const marts = "the marts of Größe";
  const schemas = await schemasIn(world);
  for (const name of [`dev_${base}`, `${marts}_${base}`, `${marts}_${top}`]) {
    assertEquals(schemas.includes(name), true, schemas.join());
  }
  await sql(world, schemaSql("dev", marts, `x_${base}`));
  const before = await catalogue(world);

  const refused = await dot(["prune", `dev@${base}`, "--yes"], 1);
  assertStringIncludes(
    refused.stdout,
    `stays: dev@${base}: dev@${top} was built against it, and may read it`,
  );
  assertEquals(await catalogue(world), before);

  const all = await dot(["prune", "--all", "--yes"]);
  assertStringIncludes(all.stdout, `left alone: schema x_${base}: no build is known`);
  for (const name of Object.keys(before)) {
    if ([`dev_${base}`, `${marts}_${base}`, `dev_${top}`, `${marts}_${top}`].includes(name)) {
      delete before[name];
    }
  }
  assertEquals(await catalogue(world), before);
  const left = [...Deno.readDirSync(join(world.repo, ".dot", "build"))].map(({ name }) => name);
  assertEquals(left.filter((name) => name !== "sizes.json"), []);
  assertEquals((await world.git("worktree", "list")).split("\n").length, 1);
});

Deno.test("what is pinned, read, at work, edited or looked at stays, and a dry run changes nothing", async () => {
  await using world = await shop();
  await world.fakeDbt();
  const made = async (message: string, more: Parameters<typeof makeBuild>[1] = {}) => {
    await world.commit(message);
    return await makeBuild(world, { days: 9, ...more });
  };
  const pinned = await made("pinned", { pinned: true });
  const base = await made("base");
  const baseHash = await world.git("rev-parse", "HEAD");
  const reader = await made("reader", {
    pinned: true,
    defers_to: [{ environment: "dev", commit: baseHash }],
  });
  const viewed = await made("viewed");
  const edited = await made("edited", { worktree: true });
  await world.write({ [`${edited.folder}/worktree/models/a.sql`]: "select 'my work' as id\n" });
  const free = await made("free", { worktree: true });
  const builds = [pinned, base, reader, viewed, edited, free];
  const names = builds.map(({ suffix }) => `dev${suffix}`);
  const [, , , ofViewed = "", ofEdited = "", ofFree = ""] = names;
  await sql(
    world,
    schemaSql(
      "dev",
      ...names,
      // Look-alikes: a name that goes on, another schema's, a hash in the middle.
      `${ofFree}x`,
      `other${free.suffix}`,
      `x${free.suffix}_dev`,
    ) + `create view dev.theirs as select * from "${ofViewed}".b;`,
  );
  // A slow dbt is at work on one more.
  await using busy = world.spawnDot(["build", "prod@HEAD"], { env: { FAKE_DBT_WAIT: "1" } });
  await until(
    async () => (await world.fakeRuns()).some(({ argv }) => argv[0] === "build"),
    "dbt runs",
    busy,
  );
  try {
    const before = await catalogue(world);
    const files = await listing(world.folder);
    const dry = await dotWarm(world, ["prune", "--all", "--dry-run"]);
    assertEnded(dry);
    assertMatch(dry.stdout, /^to be removed: 1 build, 1 schema with 2 relations$/m);
    for (
      const line of [
        `stays: dev@${pinned.short}: it is pinned`,
        `stays: dev@${base.short}: dev@${reader.short} was built against it, and may read it`,
        `stays: dev@${reader.short}: it is pinned`,
        `stays: dev@${viewed.short}: dev.theirs reads ${ofViewed}`,
        `stays: dev@${edited.short}: its worktree holds somebody's work: models/a.sql (--force removes it)`,
        `stays: prod@${free.short}: a dot is at work on it`,
        `left alone: schema ${ofFree}x: no build is known to have written it`,
        `left alone: schema other${free.suffix}: no build is known to have written it`,
        `left alone: schema x${free.suffix}_dev: no build is known to have written it`,
      ]
    ) {
      assertEquals(dry.stdout.split("\n").includes(line), true, `${line}\n${dry.stdout}`);
    }
    assertEquals(await listing(world.folder), files);
    assertEquals(await catalogue(world), before);

    const yes = await dotWarm(world, ["prune", "--all", "--yes", "--json"]);
    assertEnded(yes);
    const plan: Planned = JSON.parse(yes.stdout);
    assertEquals(
      plan.builds.map(({ error, name, removed, schemas }) => [
        name,
        removed,
        error,
        schemas,
      ]),
      [[
        `dev@${free.short}`,
        true,
        null,
        [{ database: "shop", schema: ofFree, relations: 2 }],
      ]],
    );
    assertEquals([plan.dry_run, plan.kept.length, plan.foreign.length], [false, 6, 3]);
    delete before[ofFree];
    assertEquals(await catalogue(world), before);

    const forced = await dotWarm(world, ["prune", "--all", "--force", "--yes"]);
    assertEnded(forced);
    delete before[ofEdited];
    assertEquals(await catalogue(world), before);
    assertEquals(await world.has(edited.folder), false);
    for (const { folder } of [pinned, base, reader, viewed]) {
      assertEquals(await world.has(`${folder}/env/dev/build.json`), true, folder);
    }
    // What was asked for by name and stays is a failure.
    const named = await dotWarm(world, ["prune", `dev@${pinned.short}`, "--yes"]);
    assertEquals(named.code, 1);
  } finally {
    busy.kill("SIGINT");
    await busy.end();
  }
  assertEquals(await world.has(`${free.folder}/env/prod/build.json`), true);
});

Deno.test("a warehouse that cannot be reached is told, and nothing is lost", async () => {
  await using world = await shop();
  const { folder, suffix } = await makeBuild(world);
  await sql(world, schemaSql("dev", `dev${suffix}`));
  const before = await catalogue(world);
  const env = await warmEnv();
  const prune = async (code: number, words: string[], more: Record<string, string> = {}) => {
    const ran = await world.dot(["prune", "--all", "--yes"], { env: { ...env, ...more } });
    assertEnded(ran, code);
    for (const text of words) assertStringIncludes(ran.stdout + ran.stderr, text);
    assertEquals(await world.has(`${folder}/env/dev/build.json`), true);
  };
  await prune(1, ["its warehouse cannot be reached", "nowhere"], { DOT_DBT: "/nowhere/dbt" });
  await world.write({ "profiles.yml": "shop:\n  outputs: [\n" });
  await prune(1, ["its warehouse cannot be reached", "profiles.yml"]);
  await world.write({ "profiles.yml": undefined });
  await prune(1, ["its warehouse cannot be reached", "profiles.yml"]);
  await world.write({
    "profiles.yml": PROJECT["profiles.yml"],
    "dot_environments.yml": "environment:\n  prod: {target: prod}\n",
  });
  // The environment is not defined any more; what needs no warehouse goes all the same.
  await world.commit("Another");
  const bare = await makeBuild(world, { environment: "prod", schemas: [] });
  await prune(1, ["its warehouse cannot be reached", "`dev`", "removed 1 build"]);
  assertEquals(await world.has(bare.folder), false);
  await world.write({ "dot_environments.yml": FILES["dot_environments.yml"] });
  // Somebody has the file open.
  await using holder = await holdOpen(world);
  await prune(1, ["its warehouse cannot be asked", "shop.duckdb", "lock"]);
  await holder.end();
  assertEquals(await catalogue(world), before);
  // The profile leads elsewhere: a build whose schemas are nowhere stays.
  const elsewhere = PROJECT["profiles.yml"]?.replaceAll("shop.duckdb", "other/shop.duckdb");
  await world.write({ "profiles.yml": elsewhere, "other/x": "" });
  await prune(0, ["none of its schemas is in this warehouse"]);
  await world.write({ "profiles.yml": PROJECT["profiles.yml"] });
  assertEnded(await world.dot(["prune", "--all", "--yes"], { env }));
  assertEquals(await schemasIn(world), ["dev"]);
});

Deno.test("a build goes only from the warehouse that it was made in", async () => {
  await using world = await shop({
    "profiles.yml": (PROJECT["profiles.yml"] ?? "").replace(
      "path: shop.duckdb",
      `path: "{{ env_var('PLACE', 'shop') }}.duckdb"`,
    ),
  });
  const built = await dotWarm(world, ["build", "dev@HEAD"]);
  assertEnded(built);
  const short = await world.git("rev-parse", "--short", "HEAD");
  const schema = `dev_${short}`;
  // A colleague's build of the same commit lies in another file.
  await sql(world, schemaSql("dev", schema), "other.duckdb");
  const env = { PLACE: "other" };
  const ran = await dotWarm(world, ["prune", `dev@${short}`, "--yes"], { env });
  assertStringIncludes(ran.stdout + ran.stderr, "it was made in another warehouse");
  assertEquals(await schemasIn(world, "other.duckdb"), ["dev", schema]);
  assertEquals(await world.has(`.dot/build/${short}`), true);
  const forced = await dotWarm(world, ["prune", `dev@${short}`, "--force", "--yes"], { env });
  assertEnded(forced);
  assertEquals(await schemasIn(world, "other.duckdb"), ["dev", schema]);
  assertEquals(await world.has(`.dot/build/${short}/env/dev`), false);
  assertEquals((await schemasIn(world)).includes(schema), true);
  assertEnded(await dotWarm(world, ["build", "dev@HEAD"]));
  assertEnded(await dotWarm(world, ["prune", `dev@${short}`, "--yes"]));
  assertEquals((await schemasIn(world)).includes(schema), false);
});

Deno.test("--warehouse finds what has no folder, on a fresh clone, and only by proof", async () => {
  await using world = await shop();
  const hash = await world.git("rev-parse", "HEAD");
  const tree = await world.git("rev-parse", "HEAD^{tree}");
  await world.commit("Two");
  const second = await world.git("rev-parse", "HEAD");
  const own = [
    `dev_${hash.slice(0, 7)}`,
    `dev_${hash.slice(0, 7)}_dbt_test__audit`,
    `DEV_${second}`,
  ];
  const foreign = [
    `dev_${tree.slice(0, 7)}`,
    "dev_0123abc",
    `analytics_${hash.slice(0, 7)}`,
    `dev_${hash.slice(0, 7)}_x`,
    `dev_${hash.slice(0, 6)}`,
    `dev_${hash.slice(0, 7)}x`,
    `dev-${hash.slice(0, 7)}`,
  ];
  await sql(world, schemaSql("dev", "analytics", ...own, ...foreign));
  const before = await catalogue(world);
  const unasked = await dotWarm(world, ["prune", "dev", "--all", "--yes"]);
  assertEquals([unasked.code, unasked.stderr], [0, "there is nothing to remove\n"]);
  const files = await listing(world.repo);
  const dry = await dotWarm(world, ["prune", "dev", "--all", "--warehouse", "--dry-run"]);
  assertEnded(dry);
  assertMatch(dry.stdout, /^to be removed: 2 builds, 3 schemas with 6 relations$/m);
  assertStringIncludes(dry.stdout, "the warehouse alone");
  assertStringIncludes(
    dry.stdout,
    "left alone: schema dev_0123abc: no commit of this repository has that hash",
  );
  assertStringIncludes(
    dry.stdout,
    `left alone: schema analytics_${hash.slice(0, 7)}: the rest of the name is no schema of this`,
  );
  assertEquals(await listing(world.repo), files);
  assertEnded(await dotWarm(world, ["prune", "dev", "--all", "--warehouse", "--yes"]));
  for (const name of own) delete before[name];
  assertEquals(await catalogue(world), before);
});

Deno.test("a live schema that is named as a build's stays, whoever's it is: with its folder and without", async () => {
  await using world = await shop();
  const hash = await world.git("rev-parse", "HEAD");
  const short = hash.slice(0, 7);
  await world.commit("Two");
  const second = (await world.git("rev-parse", "HEAD")).slice(0, 7);
  const profiles = PROJECT["profiles.yml"] ?? "";
  await world.write({
    // A target that no environment names, and an environment with a schema of its own.
    "profiles.yml":
      `${profiles}    kept: {type: duckdb, path: shop.duckdb, schema: DEV_${second}}\n`,
    "dot_environments.yml":
      `environment:\n  default: dev\n  dev: {target: dev}\n  snap: {target: dev, +schema: dev_${short}}\n`,
  });
  const live = [`dev_${short}`, `dev_${short}_audit`, `dev_${second}`];
  const third = await world.commit("Three");
  await sql(world, schemaSql("dev", ...live, `dev_${third.slice(0, 7)}`));
  const before = await catalogue(world);
  const dry = await dotWarm(world, ["prune", "dev", "--all", "--warehouse", "--dry-run"]);
  assertEnded(dry);
  assertStringIncludes(
    dry.stdout,
    `left alone: schema dev_${short}: it is a live schema of \`snap\``,
  );
  assertStringIncludes(
    dry.stdout,
    `left alone: schema dev_${second}: it is a live schema of \`kept\``,
  );
  assertEnded(await dotWarm(world, ["prune", "dev", "--all", "--warehouse", "--yes"]));
  delete before[`dev_${third.slice(0, 7)}`];
  assertEquals(await catalogue(world), before);
  const { folder } = await makeBuild(world, {
    commit: hash,
    short,
    schemas: [{ database: "shop", schema: `dev_${short}` }],
  });
  const ran = await dotWarm(world, ["prune", "dev", "--all", "--yes"]);
  assertStringIncludes(ran.stdout + ran.stderr, `dev_${short} is a live schema of \`snap\``);
  assertEquals(await world.has(folder), true);
  assertEquals(await catalogue(world), before);
});

Deno.test("--warehouse does not take what a build here holds, whose record is lost", async () => {
  await using world = await shop();
  const made = async (message: string, pinned: boolean) => {
    await world.commit(message);
    const build = await makeBuild(world, { pinned });
    await world.write({ [`${build.folder}/env/dev/build.json`]: "cut of" });
    return build;
  };
  const pinned = await made("Pinned", true);
  const free = await made("Free", false);
  await sql(world, schemaSql("dev", `dev${pinned.suffix}`, `dev${free.suffix}`));
  const ran = await dotWarm(world, ["prune", "dev", "--all", "--warehouse", "--yes"]);
  assertEnded(ran);
  assertStringIncludes(ran.stdout, `stays: dev@${pinned.short}: it is pinned`);
  assertEquals(await schemasIn(world), ["dev", `dev${pinned.suffix}`]);
  assertEquals([await world.has(pinned.folder), await world.has(free.folder)], [true, false]);
});

Deno.test("what happens to a build between the plan and the drop keeps it", async () => {
  await using world = await shop();
  const made = async (message: string) => {
    await world.commit(message);
    return await makeBuild(world);
  };
  const [pinned, rebuilt, free] = [await made("Pin"), await made("Again"), await made("Free")];
  await world.commit("In the warehouse alone");
  const alone = (await world.git("rev-parse", "HEAD")).slice(0, 10);
  const names = [pinned, rebuilt, free].map(({ suffix }) => `dev${suffix}`);
  await sql(world, schemaSql("dev", `dev_${alone}`, ...names));
  const before = await catalogue(world);
  // While dbt looks into the warehouse, others work.
  const again = (await world.read(`${rebuilt.folder}/env/dev/build.json`))
    .replace(/"ended": ".*?"/, '"ended": "2026-01-01T00:00:00.000Z"');
  await world.write({ "../again.json": again });
  const dbt = join(world.bin, "slow-dbt");
  const script = shellDbt(
    `cd "${world.repo}" && touch ${pinned.folder}/env/dev/pinned && mkdir -p .dot/build/${alone}/env/dev &&
cp ../again.json ${rebuilt.folder}/env/dev/build.json && exec "${dbtPath()}" "$@"
`,
  );
  await Deno.writeTextFile(dbt, script, { mode: 0o755 });
  const ran = await world.dot(["prune", "dev", "--all", "--warehouse", "--yes"], {
    env: { DOT_DBT: dbt },
  });
  assertEnded(ran, 1);
  for (
    const line of [
      `error: dev@${pinned.short} is not removed: it was pinned meanwhile`,
      `error: dev@${rebuilt.short} is not removed: it was built again meanwhile`,
      `error: dev@${alone} is not removed: it was built here meanwhile`,
      "removed 1 build",
    ]
  ) assertStringIncludes(ran.stderr, line);
  delete before[`dev${free.suffix}`];
  assertEquals(await catalogue(world), before);
});

Deno.test("an answer that does not come through is no empty warehouse, and Ctrl-C ends it all", async () => {
  await using world = await shop();
  const { folder, suffix } = await makeBuild(world);
  // Whoever reads a profile may put flags of dbt's into it.
  await world.write({
    "profiles.yml": `${PROJECT["profiles.yml"]}config:\n  write_json: false\n  fail_fast: true\n`,
  });
  await sql(world, schemaSql("dev", `dev${suffix}`));
  const before = await catalogue(world);
  const env = await warmEnv();
  const prune = ["prune", "--all", "--yes"];
  const masked = await world.dot(prune, { env: { ...env, DBT_ENV_SECRET_X: "o" } });
  assertEnded(masked, 1);
  assertStringIncludes(masked.stdout, "its answer did not come through");
  const tidy = await world.dot(["tidy", "dev"], { env: { ...env, DBT_ENV_SECRET_X: "o" } });
  assertEnded(tidy, 1);
  assertStringIncludes(tidy.stderr, "error[DOT037]: ");
  assertEquals(await catalogue(world), before);

  // This dbt does not hear the signal, and gives its answer.
  const dbt = join(world.bin, "deaf-dbt");
  const script = shellDbt(`trap '' INT
touch "${world.folder}/started"
while [ ! -e "${world.folder}/go" ]; do sleep 0.05; done
exec "${dbtPath()}" "$@"
`);
  await Deno.writeTextFile(dbt, script, { mode: 0o755 });
  await using dot = world.spawnDot(prune, { env: { DOT_DBT: dbt } });
  await until(() => exists(join(world.folder, "started")), "dbt runs", dot);
  dot.kill("SIGINT");
  await Deno.writeTextFile(join(world.folder, "go"), "");
  const ran = await dot.end();
  assertEnded(ran, 130);
  assertStringIncludes(ran.stderr, "error: interrupted");
  assertEquals(await catalogue(world), before);
  assertEquals(await world.has(`${folder}/env/dev/build.json`), true);

  assertEnded(await world.dot(prune, { env: { ...env, DBT_ENV_SECRET_X: "do" } }));
  assertEquals(await schemasIn(world), ["dev"]);
});

Deno.test("what a build that stays has as well, or somebody's work in it, stays", async () => {
  await using world = await shop();
  await world.git("switch", "--quiet", "--create", "work");
  const made = async (message: string, more: Parameters<typeof makeBuild>[1] = {}) => {
    await world.commit(message);
    return await makeBuild(world, more);
  };
  const shared = await made("Shared");
  const schema = `dev${shared.suffix}`;
  await makeBuild(world, {
    environment: "prod",
    pinned: true,
    schemas: [{ database: "SHOP", schema: schema.toUpperCase() }],
  });
  const committed = await made("Committed to", { worktree: true });
  await world.git(
    "-C",
    `${committed.folder}/worktree`,
    "commit",
    "--quiet",
    "--allow-empty",
    "-m",
    "Mine",
  );
  const locked = await made("Locked", { worktree: true });
  await world.git("worktree", "lock", `${locked.folder}/worktree`);
  const hash = await world.git("rev-parse", "HEAD");
  const free = await made("Free", { worktree: true });
  // What only reads is read by what stays.
  const read = await made("Read");
  const readHash = await world.git("rev-parse", "HEAD");
  const reader = await made("Reads, and is locked", {
    worktree: true,
    defers_to: [{ environment: "dev", commit: readHash }],
  });
  await world.git("worktree", "lock", `${reader.folder}/worktree`);
  await world.git("switch", "--quiet", "main");
  await world.git("branch", "--quiet", "-D", "work");
  assertEquals(hash.startsWith(locked.short), true);
  const builds = [shared, committed, locked, free, read, reader];
  await sql(world, schemaSql("dev", ...builds.map(({ suffix }) => `dev${suffix}`)));
  const before = await catalogue(world);
  const ran = await dotWarm(world, ["prune", "dev", "--unreachable", "--yes"]);
  assertEnded(ran);
  for (
    const line of [
      `stays: dev@${shared.short}: its schema ${schema} is prod@${shared.short}'s as well`,
      `stays: dev@${committed.short}: its worktree holds somebody's work: commits (it is at `,
      `stays: dev@${locked.short}: its worktree holds somebody's work: its lock (git worktree lock)`,
      `stays: dev@${read.short}: dev@${reader.short} was built against it, and may read it`,
    ]
  ) assertStringIncludes(ran.stdout, line);
  delete before[`dev${free.suffix}`];
  assertEquals(await catalogue(world), before);
  assertEquals(await world.has(free.folder), false);
});

Deno.test("a build whose schemas are nowhere goes only where a prune has dropped them, or by force", async () => {
  await using world = await shop({
    "dot_environments.yml":
      "environment:\n  default: dev\n  dev: {target: dev}\n  prod: {target: prod}\n  old: {target: dev}\n",
  });
  // Killed in the middle, and the profile leads elsewhere since.
  const killed = await makeBuild(world, { state: "running", ended: null });
  await world.commit("Another");
  const cut = await makeBuild(world, { state: "running", ended: null });
  const record = JSON.parse(await world.read(`${cut.folder}/env/dev/build.json`));
  await world.write({ [`${cut.folder}/env/dev/dropped`]: `${record.begun}\n` });
  await world.commit("A third");
  const vanished = await makeBuild(world, { environment: "old" });
  await world.write({ "dot_environments.yml": FILES["dot_environments.yml"] });
  await sql(world, schemaSql("dev"));
  const ran = await dotWarm(world, ["prune", "--all", "--yes"]);
  assertEnded(ran, 1);
  assertStringIncludes(
    ran.stdout,
    `stays: dev@${killed.short}: none of its schemas is in this warehouse`,
  );
  assertStringIncludes(ran.stdout, `stays: old@${vanished.short}: its warehouse cannot be reached`);
  assertEquals(
    [await world.has(killed.folder), await world.has(cut.folder), await world.has(vanished.folder)],
    [true, false, true],
  );
  assertEnded(await dotWarm(world, ["prune", "--all", "--force", "--yes"]));
  assertEquals([await world.has(killed.folder), await world.has(vanished.folder)], [false, false]);
});

Deno.test("a build whose record names a schema that is not its own stays, and the plan says so", async () => {
  await using world = await offline();
  const own = await world.git("rev-parse", "--short=10", "HEAD");
  const names = ["dev", `dev_${own}`];
  const schemas = names.map((schema) => ({ database: "dev", schema }));
  const { short } = await makeBuild(world, { schemas });
  const { builds, kept } = await planned(world, ["--all", "--force"]);
  assertEquals(builds, []);
  assertEquals(kept, [{
    name: `dev@${short}`,
    why: "its record names dev, which is no schema of its own",
  }]);
});

Deno.test("the build of another project is removed where that one lies", async () => {
  await using world = await offline({ "other/dbt_project.yml": PROJECT["dbt_project.yml"] ?? "" });
  const { folder, short } = await makeBuild(world, { project: "other", schemas: [] });
  const ran = await world.dot(["prune", `dev@${short}`, "--yes"]);
  assertRefused(
    ran,
    `dev@${short} is a build of another dbt project: other`,
    "in that project's folder",
  );
  assertEquals(
    (await world.dot(["prune", "--all", "--yes"])).stderr,
    "there is nothing to remove\n",
  );
  assertEquals(await world.has(folder), true);
});

Deno.test("a build that waits for a prune to end is made anew", async () => {
  await using world = await shop();
  const { folder, suffix, short } = await makeBuild(world);
  await sql(world, schemaSql("dev", `dev${suffix}`));
  assertEnded(await world.dot(["build", `dev@${short}`], { env: await warmEnv() }));
  // It has come to the second dbt, which drops.
  const dbt = join(world.bin, "slow-dbt");
  const script = shellDbt(`echo x >>"${world.folder}/starts"
if [ "$(wc -l <"${world.folder}/starts")" -gt 1 ]; then
  while [ ! -e "${world.folder}/go" ]; do sleep 0.05; done
fi
exec "${dbtPath()}" "$@"
`);
  await Deno.writeTextFile(dbt, script, { mode: 0o755 });
  await using prune = world.spawnDot(["prune", "--all", "--yes"], { env: { DOT_DBT: dbt } });
  const starts = () => Deno.readTextFile(join(world.folder, "starts")).catch(() => "");
  await until(async () => (await starts()).length > 2, "the schemas are dropped", prune);
  await using build = world.spawnDot(["build", `dev@${short}`], { env: await warmEnv() });
  await build.says("waiting for dot prune");
  await Deno.writeTextFile(join(world.folder, "go"), "");
  assertEnded(await prune.end());
  assertEnded(await build.end());
  assertEquals(await schemasIn(world), ["dev", `dev${suffix}`]);
  assertEquals(await world.has(`${folder}/worktree/dbt_project.yml`), true);
});
