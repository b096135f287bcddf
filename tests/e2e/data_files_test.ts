/** A commit is built from the commit's own data files, and from those of the live project that are shared by name. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { assertEnded, assertRefused } from "../assertions.ts";
import { dbtPath, PROJECT, pythonPath, TESTED, World } from "../harness.ts";
import { start } from "../project.ts";

const IGNORED = ".dot/\n*.duckdb*\ndata/raw/\n";

/** A world with a fake dbt, and the folder of its HEAD's worktree. */
async function shop(files: Record<string, string> = {}): Promise<[World, string]> {
  const world = await start({ ".gitignore": IGNORED, "data/t.csv": "id\n1\n", ...files });
  return [world, await worktreeOf(world)];
}

async function worktreeOf(world: World): Promise<string> {
  const short = await world.git("rev-parse", "--short", "HEAD");
  return join(world.repo, ".dot", "build", short, "worktree");
}

Deno.test("dbt runs in the worktree where it would run in the working tree, and the profile means the live project", async () => {
  const [world, worktree] = await shop({
    "profiles.yml":
      "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: db/shop.duckdb, schema: dev, attach: [{path: x.db}]}\n",
    "sub/keep": "",
  });
  await using _ = world;
  const profile = () => Deno.readTextFile(join(worktree, "..", "env", "dev", "profiles.yml"));
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals((await world.lastFakeRun()).cwd, worktree);
  assertStringIncludes(await profile(), `path: "${world.repo}/db/shop.duckdb"`);
  assertStringIncludes(await profile(), `path: "${world.repo}/x.db"`);
  // Whoever names the project stays where he stands: dbt sees paths from there.
  const named = {
    cwd: join(world.repo, "sub"),
    env: { DBT_PROJECT_DIR: "..", DBT_PROFILES_DIR: ".." },
  };
  assertEnded(await world.dot(["build", "dev@HEAD"], named));
  assertEquals((await world.lastFakeRun()).cwd, join(worktree, "sub"));
  assertStringIncludes(await profile(), `path: "${world.repo}/sub/db/shop.duckdb"`);
  // A path of the user's own is seen from where a plain run sees it.
  assertEnded(
    await world.dot(["build", "dev@HEAD", "--", "--state", "artifacts", "-r", "times"]),
  );
  const { argv } = await world.lastFakeRun();
  assertEquals(argv[argv.indexOf("--state") + 1], join(world.repo, "artifacts"));
  assertEquals(argv[argv.indexOf("--record-timing-info") + 1], join(world.repo, "times"));
});

Deno.test("a launcher that finds dbt by the folder stays there, and that is said", async () => {
  const [world, worktree] = await shop();
  await using _ = world;
  await Deno.writeTextFile(join(world.bin, "poetry"), '#!/bin/sh\nshift\nexec "$@"\n', {
    mode: 0o755,
  });
  await Deno.copyFile(join(world.bin, "poetry"), join(world.bin, "uv"));
  const bound = await world.dot(["build", "dev@HEAD"], { env: { DOT_DBT: "poetry run dbt" } });
  assertEnded(bound);
  assertEquals((await world.lastFakeRun()).cwd, world.repo);
  assertMatch(bound.stderr, /warning: dbt runs in .*, where `.*poetry run dbt` finds it/);
  const kept = await world.dot(["build", "dev@HEAD"], { env: { DOT_DBT: "uv run dbt" } });
  assertEnded(kept);
  const run = await world.lastFakeRun();
  assertEquals([run.cwd, run.env["UV_PROJECT"]], [worktree, world.repo]);
  assertStringIncludes(kept.stderr, `UV_PROJECT=${world.repo} `);
  assertEquals(kept.stderr.includes("warning"), false);
});

Deno.test("a path that neither dot nor dbt can pin is named", async () => {
  const [world] = await shop({
    "profiles.yml":
      "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: \"{{ env_var('PWD') ~ '/x' }}\", schema: dev}\n",
  });
  await using _ = world;
  const ran = await world.dot(["build", "dev@HEAD"]);
  assertEnded(ran);
  assertStringIncludes(ran.stderr, "only dbt can render `path` of the target `dev`");
});

Deno.test("dbt itself pins a path of which only it knows what comes", async () => {
  const [world, worktree] = await shop({
    "profiles.yml":
      "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: \"{{ env_var('FILE', '') or 'db/live.duckdb' }}\", schema: dev}\n",
    "db/keep": "",
  });
  await using _ = world;
  const run = async (FILE: string): Promise<void> => {
    const ran = await world.dot(["run", "dev@HEAD"], { env: { DOT_DBT: dbtPath(), FILE } });
    assertEnded(ran);
    assertEquals(ran.stderr.includes("warning"), false, ran.stderr);
  };
  await run("");
  await run(join(world.folder, "absolute.duckdb"));
  assertEquals(await world.has("db/live.duckdb"), true);
  assertEquals([...Deno.readDirSync(join(worktree, "db"))].map(({ name }) => name), ["keep"]);
  assert((await Deno.stat(join(world.folder, "absolute.duckdb"))).isFile);
});

Deno.test("data that git ignores is named before the run, and read where it is shared", async () => {
  const models = {
    "models/r.sql":
      "select * from read_parquet('data/raw/*.parquet'), 'x/*/y.csv' -- 'data/raw/z.txt'\n",
    "models/s.yml":
      "sources:\n  - name: f\n    meta: {external_location: './data/raw/{name}.csv'}\n",
    "models/fine.sql":
      "select * from read_csv('data/t.csv'), 's3://b/x.csv', '/abs/x.csv', 'no.csv'\n",
  };
  const [world, worktree] = await shop(models);
  await using _ = world;
  await world.write({ "data/raw/a.parquet": "a", "data/raw/c.csv": "c", "data/raw/z.txt": "z" });
  const nodes = { FAKE_DBT_NODES: JSON.stringify({ "model.shop.r": "success" }) };
  const build = () => world.dot(["build", "dev@HEAD"], { env: nodes });
  const first = await build();
  assertEnded(first);
  const warned = first.stderr.split("\n").filter((line) => line.startsWith("warning"));
  assertEquals(warned.map((line) => / (\S+) reads (\S+),/.exec(line)?.slice(1)), [
    ["models/r.sql", "data/raw/*.parquet"],
    ["models/s.yml", "data/raw/*.csv"],
  ]);
  assertStringIncludes(first.stderr, "`+shared-files: [data/raw/a.parquet]`");
  await world.write({
    "dot_environments.yml": "environment:\n  dev:\n    +shared-files: [data/raw/*, data/t.csv]\n",
  });
  await world.commit("Share");
  const second = await build();
  assertEnded(second);
  assertEquals(second.stderr.includes("warning"), false, second.stderr);
  const shared = await worktreeOf(world);
  assert(shared !== worktree);
  for (const [name, text] of [["a.parquet", "a"], ["c.csv", "c"], ["z.txt", "z"]] as const) {
    assertEquals(await Deno.readTextFile(join(shared, "data", "raw", name)), text);
  }
  // What the commit holds is the commit's.
  assertEquals((await Deno.lstat(join(shared, "data", "t.csv"))).isSymlink, false);
  const record = async () =>
    JSON.parse(await Deno.readTextFile(join(shared, "..", "env", "dev", "build.json")));
  const before = await record();
  assertEquals((await build()).code, 0);
  assertEquals((await record()).made_with, before.made_with);
  await world.write({ "data/raw/a.parquet": "longer" });
  assertEquals((await build()).code, 0);
  assert((await record()).made_with.vars_hash !== before.made_with.vars_hash);
  assertEquals(await Deno.readTextFile(join(shared, "data", "raw", "a.parquet")), "longer");

  await world.write({ "dot_environments.yml": "environment:\n  dev: {+shared-files: ../../x}\n" });
  await world.commit("Share");
  assertRefused(await build(), "`+shared-files` names ../../x, which lies outside the repository");
});

Deno.test("new files of a run are let be; a file of the commit that it changed is put back, and named", async () => {
  const [world, worktree] = await shop();
  await using _ = world;
  const writes = (files: Record<string, string>, more: Record<string, string> = {}) =>
    world.dot(["build", "dev@HEAD"], { env: { FAKE_DBT_WRITES: JSON.stringify(files), ...more } });
  assertEnded(await writes({ "out/new.csv": "1", "data/t.csv": "changed" }));
  const again = await writes({});
  assertEnded(again);
  assertStringIncludes(again.stderr, "which are put back: data/t.csv\n");
  assertEquals(await Deno.readTextFile(join(worktree, "data", "t.csv")), "id\n1\n");
  assertEquals(await Deno.readTextFile(join(worktree, "out", "new.csv")), "1");
  assertEquals(
    await Deno.readTextFile(join(worktree, "..", "changed-1", "data", "t.csv")),
    "changed",
  );
  assertEquals((await writes({})).stderr.includes("put back"), false);
  // A run that was killed has said nothing; whatever changed is its own.
  const killed = await writes({ "data/t.csv": "cut off" }, { FAKE_DBT_DIES: "1" });
  assert(killed.code !== 0);
  const after = await writes({});
  assertEnded(after);
  assertStringIncludes(after.stderr, "which are put back: data/t.csv\n");
  // Prune takes what a run left, and keeps what somebody else did.
  const plan = async () => {
    const { stderr, stdout } = await world.dot(["prune", "--all", "--dry-run"]);
    return stdout + stderr;
  };
  assertEquals((await plan()).includes("edited"), false);
  await Deno.writeTextFile(join(worktree, "notes.txt"), "mine");
  assertStringIncludes(await plan(), "notes.txt");
  // It was there before the next run, which is let begin, and stays somebody's.
  assertEnded(await writes({ "out/other.csv": "2" }));
  const after2 = await plan();
  assertStringIncludes(after2, "notes.txt");
  assertEquals(after2.includes("out/"), false, after2);
});

Deno.test("what the run before changed while this one waited is put back too", async () => {
  const [world, worktree] = await shop();
  await using _ = world;
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  const environment = join(worktree, "..", "env", "dev");
  const lock = await Deno.open(join(environment, "lock"), { write: true });
  await lock.lock(true);
  await using waiting = world.spawnDot(["build", "dev@HEAD"]);
  await waiting.says("waiting for");
  const file = join(worktree, "data", "t.csv");
  await Deno.writeTextFile(file, "changed");
  await Deno.writeTextFile(join(environment, "changes.json"), '{"running": true}');
  lock.close();
  await waiting.says("which are put back: data/t.csv");
  assertEnded(await waiting.end());
  assertEquals(await Deno.readTextFile(file), "id\n1\n");
});

Deno.test("a macro that is run writes files as any run does", async () => {
  const [world, worktree] = await shop();
  await using _ = world;
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  const env = { FAKE_DBT_WRITES: JSON.stringify({ "data/t.csv": "changed" }) };
  assertEnded(await world.dot(["run-operation", "dev@HEAD", "--", "m"], { env }));
  const ran = await world.dot(["build", "dev@HEAD"]);
  assertEnded(ran);
  assertStringIncludes(ran.stderr, "which are put back: data/t.csv");
  assertEquals(await Deno.readTextFile(join(worktree, "data", "t.csv")), "id\n1\n");
});

Deno.test("a link in the worktree leads nobody to the live project's files", async () => {
  const [world, worktree] = await shop({
    "dot_environments.yml": "environment:\n  dev:\n    +shared-files: [data/raw/*]\n",
  });
  await using _ = world;
  await world.write({ "data/raw/x.csv": "precious" });
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  await Deno.remove(join(worktree, "data"), { recursive: true });
  await Deno.symlink(join(world.repo, "data"), join(worktree, "data"));
  assertRefused(await world.dot(["build", "dev@HEAD"]), "[DOT032]");
  // After a kill whatever changed would be a run's.
  const changes = join(worktree, "..", "env", "dev", "changes.json");
  await Deno.writeTextFile(changes, '{"running": true}');
  assertRefused(await world.dot(["build", "dev@HEAD"]), "[DOT032]");
  assertEquals(await world.read("data/raw/x.csv"), "precious");
  assertEquals(await world.read("data/t.csv"), "id\n1\n");
});

Deno.test("a project may name folders outside of the repository", async () => {
  const [world] = await shop({
    "dbt_project.yml": `${PROJECT["dbt_project.yml"]}macro-paths: [macros, ../elsewhere]\n`,
  });
  await using _ = world;
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEnded(await world.dot(["build", "dev@HEAD"]));
});

Deno.test("what one environment shares, another does not read", async () => {
  const [world, worktree] = await shop({
    "dot_environments.yml":
      "environment:\n  dev: {+shared-files: [data/raw/*]}\n  prod: {}\n  code: {target: dev, +shared-files: [macros/*]}\n",
    ".gitignore": `${IGNORED}macros/\n`,
    "models/r.sql": "select * from read_csv('data/raw/x.csv')\n",
  });
  await using _ = world;
  await world.write({ "data/raw/x.csv": "1", "macros/m.sql": "select 1" });
  const shared = join(worktree, "data", "raw", "x.csv");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals(await Deno.readTextFile(shared), "1");
  const other = await world.dot(["build", "prod@HEAD"]);
  assertEnded(other);
  assertStringIncludes(other.stderr, "does not hold such a file");
  await assertRejects(() => Deno.lstat(shared), Deno.errors.NotFound);
  assertRefused(await world.dot(["build", "code@HEAD"]), "[DOT021]", "macros/m.sql");
});

Deno.test("a hook's or an alias's variables of git's reach no dbt of a build", async () => {
  const [world] = await shop();
  await using _ = world;
  const env = { GIT_DIR: join(world.repo, ".git"), GIT_INDEX_FILE: "x", GIT_SSH_COMMAND: "ssh -4" };
  assertEnded(await world.dot(["build", "dev@HEAD"], { env }));
  const seen = (await world.lastFakeRun()).env;
  assertEquals([seen["GIT_DIR"], seen["GIT_INDEX_FILE"], seen["GIT_SSH_COMMAND"]], [
    undefined,
    undefined,
    "ssh -4",
  ]);
});

Deno.test("what somebody changed is no work of a run's", async () => {
  const [world, worktree] = await shop();
  await using _ = world;
  const build = () => world.dot(["build", "dev@HEAD"]);
  assertEnded(await build());
  const edits: [string, string][] = [
    ["data/t.csv", "by hand"],
    ["models/new.sql", "select 1"],
    ["seeds/new.csv", "id\n1\n"],
    ["elsewhere/macros/m.sql", "select 1"],
    ["packages.yml", "packages: []"],
    [".dbtignore", "models/a.sql"],
    // git ignores it there, and dbt reads it.
    ["macros/hidden.sql", "select 1"],
  ];
  await world.write({ ".git/info/exclude": "hidden.sql\n" });
  for (const [path, text] of edits) {
    const file = join(worktree, path);
    await Deno.mkdir(join(file, ".."), { recursive: true });
    await Deno.writeTextFile(file, text);
    assertRefused(await build(), "was edited", path);
    await world.git("-C", worktree, "clean", "-fdxq");
    await world.git("-C", worktree, "checkout", "--quiet", ".");
    assertEnded(await build());
  }
});

// Sources and models of files are what the adapter of dbt 1 adds.
Deno.test("two commits read each their own data, and a diff sees it, with the real dbt", {
  ignore: TESTED === "2",
}, async () => {
  await using world = await World.withProject({
    ".gitignore": "target/\nlogs/\n.user.yml\n*.duckdb*\n.dot/\n",
    "dbt_project.yml": "name: p\nversion: '1.0'\nprofile: p\nmodels: {p: {+materialized: table}}\n",
    "profiles.yml":
      "p:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: p.duckdb, schema: dev, threads: 1}\n",
    "dot_environments.yml": "environment: {default: dev, dev: {}}\n",
    "models/s.yml":
      "sources:\n  - {name: files, meta: {external_location: 'data/{name}.csv'}, tables: [{name: t}]}\n",
    "models/t.sql": "select * from {{ source('files', 't') }}\n",
    "models/u.sql": "select * from read_csv('data/t.csv')\n",
    "models/v.sql": "{{ config(materialized='view') }}\nselect * from {{ source('files', 't') }}\n",
    "models/w.sql": "{{ config(materialized='view') }}\nselect * from {{ ref('v') }}\n",
    "models/x.sql": "select * from {{ ref('v') }}\n",
    "models/y.sql": "{{ config(materialized='external') }}\nselect * from {{ ref('t') }}\n",
    "data/t.csv": "id\n1\n",
  });
  await Deno.symlink(dbtPath(), join(world.bin, "dbt"));
  const first = await world.git("rev-parse", "--short", "HEAD");
  await world.write({ "data/t.csv": "id\n1\n2\n" });
  const second = await world.commit("More");
  const ran = await world.dot([
    ...["diff", `dev@${first}`, `dev@${second}`, ..."tuvwxy", "--build", "--format", "json"],
  ]);
  // What cannot be compared is no success.
  assertEnded(ran, 2);
  const { models } = JSON.parse(ran.stdout);
  const said = (model: { name: string; reason: string | null; rows: { added: number } | null }) => [
    model.name,
    model.rows?.added ?? model.reason?.slice(0, 40),
  ];
  const view = "it is a view of data/*.csv, a relative p";
  assertEquals(
    models.map(said).sort(),
    [["t", 1], ["u", 1], ["v", view], ["w", view], ["x", 1], [
      "y",
      "it is a view of external_root/y, a relat",
    ]].sort(),
  );
  const count = await world.run(pythonPath(), [
    "-c",
    `import duckdb; c = duckdb.connect("p.duckdb"); print(*(c.sql(f"select count(*) from dev_{s}.{m}").fetchall()[0][0] for s in ("${first}", "${second}") for m in "tu"))`,
  ], {});
  assertEquals([count.stdout, count.stderr], ["1 1 2 2\n", ""]);
});
