import { withoutRepository } from "../../lib/git/pinned.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { DBT_COMMANDS } from "../../lib/dbt/commands.ts";
import { VERSION } from "../../lib/base/version.ts";
import { assertEnded, assertRefused, assertRefusedEarly } from "../assertions.ts";
import { filesBelow } from "../folders.ts";
import { DOT, PROJECT, World } from "../harness.ts";
import { start } from "../project.ts";

const SECRET_PROFILE = `shop:
  target: dev
  outputs:
    dev:
      type: postgres
      host: db.example.org
      port: 5432
      user: ada
      password: "hunter2 # {not} jinja"
      dbname: shop
      schema: "{{ env_var('WHO') }}_dev"
      sslmode: require
      settings: {api_token: deep-secret}
`;

function buildFolder(world: World, short: string): string {
  return join(world.repo, ".dot", "build", short);
}

/** The words that every isolated run has, as far as its command takes them. */
function isolatedWords(
  world: World,
  short: string,
  words: { env?: string; target?: string; profile?: string; project?: string } = {},
  targetPath = true,
): string[] {
  const { env = "dev", profile = "shop", project = "" } = words;
  const build = buildFolder(world, short);
  const folder = join(build, "env", env);
  return [
    "--project-dir",
    join(build, "worktree", project),
    "--profiles-dir",
    folder,
    "--profile",
    profile,
    "--target",
    words.target ?? env,
    ...targetPath ? ["--target-path", join(folder, "target")] : [],
    "--log-path",
    join(folder, "logs"),
  ];
}

async function mode(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}

async function textBelow(folder: string): Promise<string> {
  const texts = (await filesBelow(folder)).map((path) => Deno.readTextFile(join(folder, path)));
  return (await Promise.all(texts)).join("\n");
}

Deno.test("an isolated run of each dbt command has exactly these arguments", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  const commands = DBT_COMMANDS.map(({ name }) => name)
    .filter((name) => name !== "init" && name !== "clean");
  assertEquals(commands.length, 18);
  const without = ["debug", "deps"];
  const expected = commands.map((name) => [
    ...name.split(" "),
    ...isolatedWords(world, short, {}, !without.includes(name)),
  ]);
  const ran = await Promise.all(
    commands.map((name) => world.dot([...name.split(" "), "dev@HEAD"])),
  );
  ran.forEach((each) => assertEnded(each));
  const argv = (await world.fakeRuns()).map((run) => run.argv);
  assertEquals(
    argv.map((words) => words.join("\n")).sort(),
    [
      ...expected.map((words) => words.join("\n")),
    ].sort(),
  );
});

Deno.test("dbt runs in the commit's project, with the user's environment", async () => {
  await using world = await start();
  const short = await world.commit("Second");
  const mine = {
    DBT_TARGET: "prod",
    DBT_ENGINE_TARGET: "prod",
    DBT_PROFILE: "other",
    DBT_PROFILES_DIR: world.repo,
    DBT_ENGINE_PROFILES_DIR: world.repo,
    DBT_LOG_PATH: "mine",
    DBT_TARGET_PATH: "mine",
    DBT_ENGINE_TARGET_PATH: "mine",
    DBT_FAIL_FAST: "1",
    ANYTHING: "else\n",
  };
  assertEnded(
    await world.dot(["run", "dev@HEAD", "--", "--profile", "shop"], {
      env: mine,
      cwd: join(world.repo, "models"),
    }),
  );
  const run = await world.fakeRun();
  assertEquals(run.cwd, join(buildFolder(world, short), "worktree"));
  const own = { ...world.dotEnv(), ...mine };
  const seen = Object.entries(run.env).filter(([name]) => name in own || /^(DBT|DOT)_/.test(name));
  const { PATH: _, ...env } = Object.fromEntries(seen);
  // But for what would lead git to one repository.
  const { PATH: __, ...expected } = withoutRepository(world.dotEnv({
    DBT_FAIL_FAST: "1",
    ANYTHING: "else\n",
    DBT_TARGET_PATH: join(buildFolder(world, short), "env", "dev", "target"),
    DOT_SCHEMA_SUFFIX: `_${short}`,
  }));
  assertEquals(env, expected);
});

Deno.test("what follows -- comes last, in its order", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  const mine = ["-s", "a", "b c", "--threads=3", "--full-refresh", "--exclude", "tag:x"];
  assertEnded(await world.dot(["build", "dev@HEAD", "--", ...mine]));
  assertEquals((await world.fakeRun()).argv, ["build", ...isolatedWords(world, short), ...mine]);
});

Deno.test("an isolated build leaves exactly its own files, closed to others", async () => {
  await using world = await start();
  const hash = await world.git("rev-parse", "HEAD");
  const short = await world.git("rev-parse", "--short", "HEAD");
  const before = new Date().toISOString();
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  const build = buildFolder(world, short);
  assertEquals(await mode(build), 0o700);
  assertEquals(await mode(join(build, "env", "dev")), 0o700);
  assertEquals(await mode(join(build, "env", "dev", "profiles.yml")), 0o600);
  assertEquals(await Deno.readTextFile(join(build, "commit")), `${hash}\n`);
  assertEquals(
    await Deno.readTextFile(join(build, "worktree", "models/a.sql")),
    "select 1 as id\n",
  );
  assertEquals(
    await Deno.readTextFile(join(build, "env", "dev", "profiles.yml")),
    `"shop":
  target: "dev"
  outputs:
    "dev":
      type: duckdb
      path: "${world.repo}/shop.duckdb"
      schema: "dev_${short}"
`,
  );
  const {
    begun,
    ended,
    made_with: { env_hash, profile_hash, vars_hash, warehouse_hash, ...made },
    ...record
  } = JSON.parse(
    await Deno.readTextFile(join(build, "env", "dev", "build.json")),
  );
  assertEquals(made, {
    adapter: "duckdb",
    profile: "shop",
    target: "dev",
    vars: {},
    env: {},
    dbt: "1.11.0",
    dot: VERSION,
  });
  assertEquals(record, {
    version: 1,
    commit: hash,
    uncommitted: false,
    environment: "dev",
    project: "",
    state: "complete",
    command: "build",
    sampled: false,
    schemas: [],
    defers_to: [],
    progress: { wanted: 0, built: 0, failed: 0 },
    nodes: {},
  });
  for (const hash of [env_hash, profile_hash, vars_hash, warehouse_hash]) {
    assertMatch(hash, /^[0-9a-f]{64}$/);
  }
  const times = [before, begun, ended, new Date().toISOString()];
  assertEquals(times, times.toSorted());
  const own = (await filesBelow(join(world.repo, ".dot")))
    .filter((path) => !path.includes(join(short, "worktree")) && !/lock(\.holder)?$/.test(path));
  assertEquals(own, [
    join("build", short, "commit"),
    join("build", short, "data.json"),
    join("build", short, "env", "dev", "build.json"),
    join("build", short, "env", "dev", "profiles.yml"),
    join("build", short, "env", "dev", "state", "manifest.json"),
    join("build", short, "env", "dev", "target", "manifest.json"),
    join("build", short, "env", "dev", "target", "run_results.json"),
    join("build", short, "scan.json"),
    join("build", short, "submodules.json"),
  ]);
});

Deno.test("two environments of one commit share its worktree", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  const worktree = join(buildFolder(world, short), "worktree");
  const first = (await Deno.stat(join(worktree, "models", "a.sql"))).ino;
  assertEnded(await world.dot(["build", "prod@HEAD"]));
  assertEquals((await Deno.stat(join(worktree, "models", "a.sql"))).ino, first);
  const [one, two] = await world.fakeRuns();
  assertEquals(one?.argv, ["build", ...isolatedWords(world, short)]);
  assertEquals(two?.argv, ["build", ...isolatedWords(world, short, { env: "prod" })]);
  const profile = (env: string) => world.read(`.dot/build/${short}/env/${env}/profiles.yml`);
  assertStringIncludes(await profile("dev"), `schema: "dev_${short}"`);
  assertStringIncludes(await profile("prod"), `schema: "analytics_${short}"`);
  assertEquals(
    (await world.git("worktree", "list", "--porcelain")).match(/^worktree /gm)?.length,
    2,
  );
});

Deno.test("a project in a subfolder lies at the same path in the worktree", async () => {
  await using world = await World.make();
  const files = Object.entries(PROJECT).map(([path, text]) => [join("data", "dbt", path), text]);
  await world.write({ ...Object.fromEntries(files), ".gitignore": ".dot/\n" });
  const short = await world.commit("Start");
  await world.fakeDbt();
  const cwd = join(world.repo, "data", "dbt", "models");
  assertEnded(await world.dot(["build", "dev@HEAD"], { cwd }));
  const run = await world.fakeRun();
  const project = join("data", "dbt");
  assertEquals(run.argv, ["build", ...isolatedWords(world, short, { project })]);
  assertEquals(run.cwd, join(buildFolder(world, short), "worktree", project));
  const record = JSON.parse(await world.read(`.dot/build/${short}/env/dev/build.json`));
  assertEquals(record.project, "data/dbt");
});

Deno.test("the commit's files are built, with the live profile", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  await world.write({
    "models/a.sql": "select 2 as id\n",
    "profiles.yml": (PROJECT["profiles.yml"] ?? "").replace("schema: dev", "schema: live"),
  });
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals(await world.read(`.dot/build/${short}/worktree/models/a.sql`), "select 1 as id\n");
  assertStringIncludes(
    await world.read(`.dot/build/${short}/env/dev/profiles.yml`),
    `schema: "live_${short}"`,
  );
});

Deno.test("dbt's exit code is dot's", async () => {
  await using world = await start();
  for (const code of [1, 2, 7]) {
    const ran = await world.dot(["build", "dev@HEAD"], { env: { FAKE_DBT_EXIT: String(code) } });
    assertEnded(ran, code);
  }
});

Deno.test("dot's stdout is dbt's alone", async () => {
  await using world = await start();
  const ran = await world.dot(["ls", "dev@HEAD"], { env: { FAKE_DBT_STDOUT: "shop.a" } });
  assertEnded(ran);
  assertEquals(ran.stdout, "shop.a\n");
});

Deno.test("the worktree of a build that was broken off is made again", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  const build = buildFolder(world, short);
  await Deno.mkdir(join(build, "worktree", "models"), { recursive: true });
  await Deno.writeTextFile(join(build, "worktree", "models", "half.sql"), "sel");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals(await world.has(`.dot/build/${short}/worktree/models/half.sql`), false);
  assertEquals(await world.has(`.dot/build/${short}/worktree/models/b.sql`), true);

  await Deno.remove(join(build, "commit"));
  await Deno.remove(join(build, "worktree", "models", "b.sql"));
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals(await world.has(`.dot/build/${short}/worktree/models/b.sql`), true);
  assertEquals(await world.has(`.dot/build/${short}/commit`), true);
});

Deno.test("a worktree or a whole .dot folder deleted by hand is made again", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  for (const path of [join(buildFolder(world, short), "worktree"), join(world.repo, ".dot")]) {
    await Deno.remove(path, { recursive: true });
    const ran = await world.dot(["build", "dev@HEAD"]);
    assertEnded(ran);
    assertEquals(ran.stderr.includes("warning"), false, ran.stderr);
    assertEquals(await world.has(`.dot/build/${short}/worktree/models/a.sql`), true);
  }
  assertEquals(
    (await world.git("worktree", "list", "--porcelain")).match(/^worktree /gm)?.length,
    2,
  );
});

Deno.test("a repository that was moved has its worktree mended", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  const moved = join(world.folder, "moved elsewhere");
  await Deno.rename(world.repo, moved);
  const ran = await world.dot(["build", "dev@HEAD"], { cwd: moved });
  assertEnded(ran);
  assertEquals(ran.stderr.includes("warning"), false, ran.stderr);
  const worktree = join(moved, ".dot", "build", short, "worktree");
  const status = await world.run("git", ["-C", worktree, "status", "--porcelain"], { cwd: moved });
  assertEquals([status.code, status.stdout], [0, ""]);
  assertEquals((await world.lastFakeRun()).argv[2], worktree);
});

Deno.test("a worktree that git has forgotten is kept aside, and made again", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  await world.write({ [`.dot/build/${short}/worktree/models/mine.sql`]: "select 3" });
  await Deno.remove(join(world.repo, ".git", "worktrees"), { recursive: true });
  const ran = await world.dot(["build", "dev@HEAD"]);
  assertEnded(ran);
  assertStringIncludes(ran.stderr, `warning: the worktree of ${short} had lost its repository`);
  assertStringIncludes(ran.stderr, `worktree.old-1`);
  const kept = `.dot/build/${short}/worktree.old-1/models/mine.sql`;
  assertEquals(await world.read(kept), "select 3");
  assertEquals(await world.has(`.dot/build/${short}/worktree/models/mine.sql`), false);
  assertEquals(await world.has(`.dot/build/${short}/worktree/models/a.sql`), true);
});

Deno.test("a worktree on another commit is refused, with the way back", async () => {
  await using world = await start();
  const first = await world.git("rev-parse", "HEAD");
  await world.commit("Second");
  const short = await world.git("rev-parse", "--short", "HEAD");
  const hash = await world.git("rev-parse", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  const worktree = join(buildFolder(world, short), "worktree");
  await world.git("-C", worktree, "checkout", "--quiet", first);
  const ran = await world.dot(["build", "dev@HEAD"]);
  assertRefused(ran);
  assertEquals((await world.fakeRuns()).length, 1);
  assertStringIncludes(
    ran.stderr,
    `error[DOT032]: the worktree of ${short} is on another commit, ${
      first.slice(0, 12)
    }: ${worktree}`,
  );
  const back = /git -C (\S+) checkout --detach ([0-9a-f]+)/.exec(ran.stderr);
  assertEquals(back?.slice(1), [worktree, hash]);
  await world.git("-C", worktree, "checkout", "--quiet", "--detach", hash);
  assertEnded(await world.dot(["build", "dev@HEAD"]));
});

Deno.test("an edited worktree is refused with its edits named, and they stay", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  const at = (path: string) => `.dot/build/${short}/worktree/${path}`;
  const edits: [string, () => Promise<void>, string][] = [
    ["modified", () => world.write({ [at("models/a.sql")]: "select 3 as id\n" }), "models/a.sql"],
    ["untracked", () => world.write({ [at("models/größe 1.sql")]: "x" }), "models/größe 1.sql"],
    ["deleted", () => world.write({ [at("models/b.sql")]: undefined }), "models/b.sql"],
    [
      "staged",
      () =>
        world.write({ [at("new.txt")]: "x" }).then(async () => {
          await world.git("-C", join(world.repo, at("")), "add", "new.txt");
        }),
      "new.txt",
    ],
  ];
  for (const [what, edit, path] of edits) {
    await edit();
    const changed = await world.git("-C", join(world.repo, at("")), "status", "--porcelain");
    const ran = await world.dot(["build", "dev@HEAD"]);
    assertRefused(ran);
    assertEquals((await world.fakeRuns()).length, 1);
    assertStringIncludes(
      ran.stderr,
      `error[DOT032]: the worktree of ${short} was edited, so it is not that commit any more: ${path}\n`,
      what,
    );
    const after = await world.git("-C", join(world.repo, at("")), "status", "--porcelain");
    assertEquals(after, changed, what);
    await world.git("-C", join(world.repo, at("")), "reset", "--quiet", "--hard");
    await world.git("-C", join(world.repo, at("")), "clean", "--quiet", "--force");
  }
  assertEnded(await world.dot(["build", "dev@HEAD"]));
});

Deno.test("the way out of an edited worktree that the hint gives works", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  await world.write({ [`.dot/build/${short}/worktree/models/a.sql`]: "select 3 as id\n" });
  const refused = await world.dot(["build", "dev@HEAD"]);
  const folder = /To build from the commit again, remove (.+): dot makes it anew/
    .exec(refused.stderr)?.[1];
  assertEquals(folder, buildFolder(world, short));
  await Deno.remove(folder ?? "", { recursive: true });
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals(await world.read(`.dot/build/${short}/worktree/models/a.sql`), "select 1 as id\n");
});

Deno.test("many edits are counted, the first five are named", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  const names = ["1", "2", "3", "4", "5", "6", "7"].map((name) => `extra/${name}.sql`);
  await world.write(
    Object.fromEntries(names.map((name) => [`.dot/build/${short}/worktree/${name}`, "x"])),
  );
  const ran = await world.dot(["build", "dev@HEAD"]);
  assertRefused(ran);
  assertEquals((await world.fakeRuns()).length, 1);
  assertStringIncludes(ran.stderr, `: ${names.slice(0, 5).join(", ")} and 2 more\n`);
});

Deno.test("ignored files in the worktree, such as dbt's own, are no edits", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  await world.write({ [`.dot/build/${short}/worktree/logs/dbt.log`]: "x" });
  assertEnded(await world.dot(["build", "dev@HEAD"]));
});

Deno.test("a build keeps its folder when git's short hash grows", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  await world.git("config", "core.abbrev", "12");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals((await world.fakeRuns()).map((run) => run.argv), [
    ["build", ...isolatedWords(world, short)],
    ["build", ...isolatedWords(world, short)],
  ]);
});

Deno.test("a folder that another commit has taken is left alone", async () => {
  await using world = await start();
  const hash = await world.git("rev-parse", "HEAD");
  const short = await world.git("rev-parse", "--short", "HEAD");
  const other = short + (hash[short.length] === "0" ? "1" : "0").repeat(40 - short.length);
  await world.write({ [`.dot/build/${short}/commit`]: `${other}\n` });
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  const longer = hash.slice(0, short.length + 1);
  assertEquals((await world.fakeRun()).argv, ["build", ...isolatedWords(world, longer)]);
  assertEquals(await world.read(`.dot/build/${short}/commit`), `${other}\n`);
});

Deno.test("stale worktree entries of the user's own are not pruned", async () => {
  await using world = await start();
  const gone = join(world.folder, "gone");
  await world.git("worktree", "add", "--quiet", "--detach", gone);
  await Deno.remove(gone, { recursive: true });
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  await Deno.remove(join(buildFolder(world, short), "worktree"), { recursive: true });
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertStringIncludes(await world.git("worktree", "list", "--porcelain"), `worktree ${gone}\n`);
});

/** What of the user's checkout a build must not change. */
async function userState(world: World): Promise<Record<string, string>> {
  const index = await Deno.readFile(join(world.repo, ".git", "index"));
  return {
    index: index.toBase64(),
    status: await world.git("status", "--porcelain=v2", "--branch", "--ignored=no"),
    refs: await world.git("for-each-ref"),
    head: await world.git("rev-parse", "--symbolic-full-name", "HEAD"),
    reflog: await world.git("reflog"),
    stash: await world.git("stash", "list", "--format=%H %gd %s"),
    config: await world.git("config", "--local", "--list"),
    exclude: await world.read(".git/info/exclude"),
  };
}

Deno.test("the user's status, index, branches, stash and settings stay as they are", async () => {
  await using world = await start();
  await world.git("branch", "feature/one");
  await world.write({ "models/a.sql": "select 5 as id\n" });
  await world.git("stash", "push", "--quiet");
  await world.write({
    "models/a.sql": "select 6 as id\n",
    "models/staged.sql": "select 7",
    "models/untracked.sql": "select 8",
  });
  await world.git("add", "models/staged.sql");
  await world.git("status");
  const before = await userState(world);
  for (const spec of ["dev@HEAD", "prod@feature/one", "dev@HEAD"]) {
    assertEnded(await world.dot(["build", spec]));
  }
  assertEquals(await userState(world), before);
  assertEquals(await world.read("models/a.sql"), "select 6 as id\n");
});

Deno.test("no hook of the user's runs", async () => {
  await using world = await start();
  const log = join(world.folder, "hooks.log");
  const names = ["post-checkout", "post-index-change", "reference-transaction", "pre-commit"];
  for (const folder of [".git/hooks", "team-hooks"]) {
    for (const name of names) {
      await world.write({
        [`${folder}/${name}`]: `#!/bin/sh\necho ${folder}/${name} >> '${log}'\n`,
      });
      await Deno.chmod(join(world.repo, folder, name), 0o755);
    }
  }
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  await world.git("config", "core.hooksPath", "team-hooks");
  await world.git("commit", "--quiet", "--allow-empty", "--message", "Second");
  const ofCommit = await Deno.readTextFile(log);
  assertStringIncludes(ofCommit, "team-hooks/pre-commit");
  assertEquals(ofCommit.includes(".git/hooks"), false, ofCommit);
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals(await Deno.readTextFile(log), ofCommit);
});

Deno.test("dot works inside a git hook and leaves the commit in the making alone", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  const words = [...DOT, "build", "dev@HEAD"].map((word) => `'${word}'`).join(" ");
  await world.write({ ".git/hooks/pre-commit": `#!/bin/sh\nexec ${words}\n` });
  await Deno.chmod(join(world.repo, ".git/hooks/pre-commit"), 0o755);
  await world.write({ "models/a.sql": "select 9 as id\n", "models/other.sql": "select 10\n" });
  await world.git("add", "models/other.sql");
  // `--only` gives the hook an index of its own, by GIT_INDEX_FILE.
  await world.git("commit", "--quiet", "--message", "Second", "--only", "models/a.sql");
  const run = await world.fakeRun();
  assertEquals(run.argv, ["build", ...isolatedWords(world, short)]);
  assertEquals(await world.git("show", "--format=", "--name-only", "HEAD"), "models/a.sql");
  assertEquals(await world.git("status", "--porcelain"), "A  models/other.sql");
  const worktree = join(buildFolder(world, short), "worktree");
  assertEquals(await world.git("-C", worktree, "status", "--porcelain"), "");
});

Deno.test("GIT_DIR and GIT_INDEX_FILE of a caller do not lead dot astray", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  const index = join(world.folder, "other-index");
  const env = { GIT_DIR: ".git", GIT_INDEX_FILE: index, GIT_WORK_TREE: ".", GIT_PREFIX: "models/" };
  assertEnded(await world.dot(["build", "dev@HEAD"], { env }));
  assertEquals((await world.fakeRun()).argv, ["build", ...isolatedWords(world, short)]);
  assertEquals(await Deno.stat(index).then(() => true, () => false), false);
});

Deno.test("a linked worktree of the user's has builds of its own", async () => {
  await using world = await start();
  const linked = join(world.folder, "linked tree");
  await world.git("worktree", "add", "--quiet", "-b", "side", linked);
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"], { cwd: linked }));
  const run = await world.fakeRun();
  const worktree = join(linked, ".dot", "build", short, "worktree");
  assertEquals([run.cwd, run.argv[2]], [worktree, worktree]);
  assertEquals(await world.has(".dot"), false);
  assertEquals(await world.git("-C", linked, "status", "--porcelain"), "");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals((await world.fakeRuns())[1]?.argv, ["build", ...isolatedWords(world, short)]);
});

Deno.test("a shallow clone builds what it has, and says how to get what it has not", async () => {
  await using world = await start();
  const old = await world.git("rev-parse", "HEAD");
  const short = await world.commit("Second");
  const clone = join(world.folder, "clone");
  await world.git("clone", "--quiet", "--depth=1", `file://${world.repo}`, clone);
  assertEnded(await world.dot(["build", "dev@HEAD"], { cwd: clone }));
  assertEquals((await world.fakeRun()).argv[2], join(clone, ".dot/build", short, "worktree"));
  const missing = await world.dot(["build", `dev@${old}`], { cwd: clone });
  assertRefused(missing);
  assertEquals((await world.fakeRuns()).length, 1);
  assertStringIncludes(missing.stderr, `the commit \`${old}\` is not in this repository`);
  assertStringIncludes(missing.stderr, "git fetch --unshallow");
  assertStringIncludes(missing.stderr, `git fetch origin ${old}`);
  const parent = await world.dot(["build", "dev@HEAD~1"], { cwd: clone });
  assertRefused(parent);
  assertEquals((await world.fakeRuns()).length, 1);
  assertStringIncludes(parent.stderr, "git finds no commit for `HEAD~1`");
  assertStringIncludes(parent.stderr, "git fetch --unshallow");
  await world.run("git", ["fetch", "--quiet", "--unshallow"], { cwd: clone });
  assertEnded(await world.dot(["build", "dev@HEAD~1"], { cwd: clone }));
});

Deno.test("a repository's path may hold spaces, quotes and other letters", async () => {
  await using world = await start({}, "Größe 数据 it's");
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  const [one, two] = await world.fakeRuns();
  assertEquals(one?.argv, ["build", ...isolatedWords(world, short)]);
  assertEquals(two?.argv, one?.argv);
  assertEquals(one?.cwd, join(buildFolder(world, short), "worktree"));
});

const LFS = {
  ".gitattributes": "*.parquet filter=lfs diff=lfs merge=lfs -text\n",
  "seeds/big one.parquet": "version https://git-lfs.github.com/spec/v1\noid sha256:" +
    `${"0".repeat(64)}\nsize 12\n`,
  "seeds/real.parquet": "not a pointer\n",
};

Deno.test("files of Git LFS that are only pointers are named", async () => {
  await using world = await start(LFS);
  const short = await world.git("rev-parse", "--short", "HEAD");
  const ran = await world.dot(["build", "dev@HEAD"]);
  assertEnded(ran);
  assertStringIncludes(
    ran.stderr,
    `warning: ${short} holds files of Git LFS that are not here: seeds/big one.parquet\n`,
  );
});

Deno.test("a required LFS filter that is not installed stops the build only as long as it is set", async () => {
  await using world = await start(LFS);
  await world.git("config", "filter.lfs.smudge", "git-lfs-is-not-here smudge -- %f");
  await world.git("config", "filter.lfs.required", "true");
  const ran = await world.dot(["build", "dev@HEAD"]);
  assertEquals([ran.code, ran.stdout], [1, ""], ran.stderr);
  assertEquals(await world.fakeRuns(), []);
  assertStringIncludes(ran.stderr, "git worktree add failed");
  assertStringIncludes(ran.stderr, "Git LFS");
  await world.git("config", "filter.lfs.required", "false");
  await world.git("config", "--unset", "filter.lfs.smudge");
  assertEnded(await world.dot(["build", "dev@HEAD"]));
});

Deno.test("a commit without the dbt project is an error that names it", async () => {
  await using world = await World.make();
  await world.write({ "README.md": "x", ".gitignore": ".dot/\n" });
  const empty = await world.commit("Only words");
  await world.write({ ...PROJECT, ".gitignore": ".dot/\n" });
  await world.commit("Project");
  await world.fakeDbt();
  const ran = await world.dot(["build", "dev@HEAD~1"]);
  await assertRefusedEarly(world, ran);
  assertStringIncludes(
    ran.stderr,
    `error[DOT026]: the commit ${empty} (Only words) has no dbt_project.yml`,
  );
  assertEquals(await world.has(".dot/build"), false);
});

Deno.test("a profile renamed since the commit is taken by its present name", async () => {
  await using world = await start();
  const old = await world.git("rev-parse", "--short", "HEAD");
  const renamed = (PROJECT["profiles.yml"] ?? "").replace("shop:", "bakery:");
  await world.write({
    "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: bakery\n',
    "profiles.yml": renamed,
  });
  await world.commit("Rename the profile");
  assertEnded(await world.dot(["build", `dev@${old}`]));
  const [first] = await world.fakeRuns();
  assertEquals(first?.argv, ["build", ...isolatedWords(world, old, { profile: "bakery" })]);
  assertMatch(await world.read(`.dot/build/${old}/env/dev/profiles.yml`), /^"bakery":/);
  await world.write({ "profiles.yml": renamed + PROJECT["profiles.yml"] });
  assertEnded(await world.dot(["build", `dev@${old}`]));
  const [, second] = await world.fakeRuns();
  assertEquals(second?.argv, ["build", ...isolatedWords(world, old)]);
});

Deno.test("a literal secret reaches dbt by its environment only", async () => {
  await using world = await start();
  await world.write({ "profiles.yml": undefined });
  const short = await world.commit("Profile elsewhere");
  const file = join(world.home, ".dbt", "profiles.yml");
  await Deno.mkdir(join(world.home, ".dbt"));
  await Deno.writeTextFile(file, SECRET_PROFILE);
  const ran = await world.dot(["build", "dev@HEAD", "--verbose"], { env: { WHO: "ada" } });
  assertEnded(ran);
  const run = await world.fakeRun();
  assertEquals(run.env["DBT_ENV_SECRET_DOT_0"], "hunter2 # {not} jinja");
  assertEquals(run.env["DBT_ENV_SECRET_DOT_1"], "deep-secret");
  const profile = await world.read(`.dot/build/${short}/env/dev/profiles.yml`);
  assertStringIncludes(profile, `password: "{{ env_var('DBT_ENV_SECRET_DOT_0') }}"`);
  assertStringIncludes(profile, `schema: "{{ env_var('WHO') }}_dev_${short}"`);
  const seen = [
    run.argv.join(" "),
    ran.stdout,
    ran.stderr,
    await textBelow(join(world.repo, ".dot")),
  ];
  for (const text of seen) {
    assertEquals(text.includes("hunter2"), false);
    assertEquals(text.includes("deep-secret"), false);
  }
  assertEquals(await Deno.readTextFile(file), SECRET_PROFILE);
});

Deno.test("the file's config is kept unless the commit's project has flags", async () => {
  const config = "config:\n  use_colors: false\n";
  await using world = await start({ "profiles.yml": config + PROJECT["profiles.yml"] });
  const first = await world.git("rev-parse", "--short", "HEAD");
  await world.write({
    "dbt_project.yml": `${PROJECT["dbt_project.yml"]}flags:\n  use_colors: true\n`,
  });
  const second = await world.commit("Flags");
  for (const spec of ["dev@HEAD~1", "dev@HEAD"]) assertEnded(await world.dot(["build", spec]));
  const profile = (short: string) => world.read(`.dot/build/${short}/env/dev/profiles.yml`);
  assertEquals((await profile(first)).startsWith(config), true);
  assertEquals((await profile(second)).startsWith('"shop":'), true);
});

Deno.test("an adapter that cannot be isolated is refused before anything is made", async () => {
  const profile = "shop: {outputs: {dev: {type: oracle, schema: s, user: u}}}\n";
  await using world = await start({ "profiles.yml": profile });
  const ran = await world.dot(["build", "dev@HEAD"]);
  await assertRefusedEarly(world, ran);
  assertStringIncludes(ran.stderr, "no isolated build with oracle: on Oracle a schema is a user");
  assertEquals(await world.has(".dot/build"), false);
  assertEnded(await world.dot(["build", "dev"]));
});

Deno.test("plain runs pass the profile and the target of a named environment on", async () => {
  await using world = await start();
  for (const args of [["build"], ["build", "prod"], ["ls", "dev"], ["deps", "prod"]]) {
    assertEnded(await world.dot(args));
  }
  assertEquals((await world.fakeRuns()).map((run) => run.argv), [
    ["build"],
    ["build", "--profile", "shop", "--target", "prod"],
    ["ls", "--profile", "shop", "--target", "dev"],
    ["deps", "--profile", "shop", "--target", "prod"],
  ]);
  assertEquals(await world.has(".dot/build"), false);
});

Deno.test("a named environment without an output is an error that lists them", async () => {
  const environments = "environment:\n  staging: {vars: {x: 1}}\n  live: {target: prod}\n";
  await using world = await start({ "dot_environments.yml": environments });
  for (const spec of ["staging", "staging@HEAD"]) {
    const ran = await world.dot(["build", spec], { env: { DBT_TARGET: "dev" } });
    await assertRefusedEarly(world, ran);
    assertStringIncludes(ran.stderr, "has no target `staging` for the environment `staging`");
    assertStringIncludes(ran.stderr, "Its targets: dev, prod.");
  }
  assertEquals(await world.has(".dot/build"), false);
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "live@HEAD"]));
  assertEnded(await world.dot(["build", "staging@HEAD", "--", "--target", "prod"]));
  const [live, staging] = await world.fakeRuns();
  assertEquals(live?.argv, [
    "build",
    ...isolatedWords(world, short, { env: "live", target: "prod" }),
  ]);
  assertEquals(
    staging?.argv.filter((word) => word !== "--vars" && word !== '{"x": 1}'),
    ["build", ...isolatedWords(world, short, { env: "staging", target: "prod" })],
  );
});

Deno.test("a target by dbt's own name for it, `default`, can be built and named", async () => {
  const profile = "shop: {outputs: {default: {type: duckdb, path: x.duckdb, schema: main}}}\n";
  await using world = await start({ "profiles.yml": profile });
  const short = await world.git("rev-parse", "--short", "HEAD");
  for (const spec of ["@HEAD", "default@HEAD"]) assertEnded(await world.dot(["build", spec]));
  const words = ["build", ...isolatedWords(world, short, { env: "default" })];
  assertEquals((await world.fakeRuns()).map((run) => run.argv), [words, words]);
});

Deno.test("DBT_TARGET counts only where no environment is named or the default", async () => {
  await using world = await start();
  const env = { DBT_TARGET: "prod" };
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEnded(await world.dot(["build", "dev"], { env }));
  assertEnded(await world.dot(["build", "dev@HEAD"], { env }));
  assertEnded(await world.dot(["build", "@HEAD"], { env }));
  assertEnded(await world.dot(["build", "@HEAD"]));
  assertEnded(await world.dot(["build", "@HEAD"], { env: { DBT_TARGET: "" } }));
  await world.write({ "dot_environments.yml": "environment: {default: dev, dev: {}}\n" });
  const later = await world.commit("A default");
  assertEnded(await world.dot(["build", "@HEAD"], { env }));
  assertEnded(await world.dot(["build"], { env }));
  assertEquals((await world.fakeRuns()).map((run) => run.argv), [
    ["build", "--profile", "shop", "--target", "dev"],
    ["build", ...isolatedWords(world, short)],
    ["build", ...isolatedWords(world, short, { env: "prod" })],
    ["build", ...isolatedWords(world, short)],
    ["build", ...isolatedWords(world, short)],
    ["build", ...isolatedWords(world, later)],
    ["build", "--profile", "shop", "--target", "dev"],
  ]);
});

Deno.test("--target-path and --log-path after -- are refused for an isolated run", async () => {
  await using world = await start();
  for (const words of [["--target-path", "x"], ["--target-path=x"], ["--log-path", "x"]]) {
    const name = (words[0] ?? "").replace("=x", "");
    const ran = await world.dot(["build", "dev@HEAD", "--", ...words]);
    await assertRefusedEarly(world, ran);
    assertEquals(ran.code, 2);
    assertStringIncludes(
      ran.stderr,
      `error[DOT009]: ${name} cannot be given for an isolated build`,
    );
  }
  assertEquals(await world.has(".dot"), false);
  assertEnded(await world.dot(["build", "dev", "--", "--target-path", "x"]));
});

Deno.test("a relative --state is seen from the live project, wherever it is said", async () => {
  await using world = await start({
    "dot_environments.yml": "environment: {dev: {}, prod: {state: artifacts/prod}}\n",
  });
  const cwd = join(world.repo, "models");
  const value = (argv: string[], name: string) => argv[argv.indexOf(name) + 1];
  const given = ["--", "--state", "artifacts/x", "--defer-state=artifacts/y"];
  assertEnded(await world.dot(["ls", "dev@HEAD", ...given], { cwd }));
  assertEnded(await world.dot(["ls", "prod@HEAD"]));
  assertEnded(await world.dot(["ls", "dev@HEAD"], { env: { DBT_STATE: "artifacts/z" } }));
  const [flag, setting, variable] = await world.fakeRuns();
  assertEquals(value(flag?.argv ?? [], "--state"), join(world.repo, "artifacts/x"));
  assertEquals(value(flag?.argv ?? [], "--defer-state"), join(world.repo, "artifacts/y"));
  assertEquals(flag?.argv.filter((word) => word.startsWith("--state")).length, 1);
  assertEquals(value(setting?.argv ?? [], "--state"), join(world.repo, "artifacts/prod"));
  assertEquals(variable?.env["DBT_STATE"], join(world.repo, "artifacts/z"));
});

Deno.test("an isolated clean removes what dbt made of this build, and starts no dbt", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  for (const spec of ["dev@HEAD", "prod@HEAD"]) assertEnded(await world.dot(["build", spec]));
  assertEnded(await world.dot(["clean", "dev@HEAD"]));
  assertEquals((await world.fakeRuns()).length, 2);
  assertEquals(await world.has(`.dot/build/${short}/env/dev/target`), false);
  assertEquals(await world.has(`.dot/build/${short}/env/prod/target/manifest.json`), true);
  assertEquals(await world.has(`.dot/build/${short}/worktree/models/a.sql`), true);
});

Deno.test("init has no commit to run at", async () => {
  await using world = await start();
  const ran = await world.dot(["init", "dev@HEAD"]);
  await assertRefusedEarly(world, ran);
  assertEquals(ran.code, 2);
  assertStringIncludes(ran.stderr, "`dbt init` starts a project");
});

Deno.test("outside a repository an isolated build says what it needs", async () => {
  await using world = await start();
  const outside = join(world.folder, "outside");
  await Deno.mkdir(outside);
  const ran = await world.dot(["build", "dev@HEAD"], { cwd: outside });
  await assertRefusedEarly(world, ran);
  assertStringIncludes(ran.stderr, `${outside} is not in a git repository`);
});
