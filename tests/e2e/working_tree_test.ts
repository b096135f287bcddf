/** `env@.`: the working tree, built as a commit is. */
import { assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { World } from "../harness.ts";
import { IGNORING, project } from "../project.ts";

/** Everything of the user's repository that must not change. */
async function repository(world: World): Promise<unknown> {
  return {
    status: await world.git("status", "--porcelain"),
    staged: await world.git("diff", "--cached"),
    refs: await world.git("for-each-ref"),
    head: await world.git("log", "-1", "--format=%H"),
    reflog: await world.git("reflog"),
    stash: await world.git("stash", "list"),
    index: await Deno.readFile(join(world.repo, ".git", "index")),
  };
}

/** The short hash of the newest build. */
async function newest(world: World): Promise<string> {
  const { stdout } = await world.dot(["builds", "--offline", "--json"]);
  return JSON.parse(stdout).builds[0].short;
}

Deno.test("@. builds uncommitted and untracked files, without the ignored, and changes nothing of the user's", async () => {
  await using world = await project({
    ".gitignore": "target/\nlogs/\n*.duckdb\nsecret.txt\n.dot/\n",
  });
  await world.write({
    "models/a.sql": "select 2 as id\n",
    "models/new file.sql": "select 1 as é\n",
    "models/b.sql": undefined,
    "secret.txt": "no",
  });
  await world.git("add", "models/new file.sql");
  await world.write({ "models/new file.sql": "select 3 as é\n" });
  const before = await repository(world);
  const ran = await world.dot(["build", "dev@."]);
  assertEquals(ran.code, 0, ran.stderr);
  assertStringIncludes(ran.stderr, "Uncommitted files");
  assertEquals(await repository(world), before);
  const short = await newest(world);
  const worktree = `.dot/build/${short}/worktree`;
  assertEquals(await world.read(`${worktree}/models/a.sql`), "select 2 as id\n");
  assertEquals(await world.read(`${worktree}/models/new file.sql`), "select 3 as é\n");
  assertEquals(
    [await world.has(`${worktree}/models/b.sql`), await world.has(`${worktree}/secret.txt`)],
    [false, false],
  );
  const { stdout } = await world.dot(["builds", "--offline"]);
  assertStringIncludes(stdout, "uncommitted");
});

Deno.test("@.: the same files are the same build, whatever is staged or checked out; others are another", async () => {
  await using world = await project();
  await world.write({ "models/a.sql": "select 2 as id\n" });
  const build = async () => {
    const ran = await world.dot(["build", "@.", "-q"], { env: { DBT_TARGET: "dev" } });
    assertEquals(ran.code, 0, ran.stderr);
    return await newest(world);
  };
  const first = await build();
  await world.git("add", "models/a.sql");
  assertEquals(await build(), first);
  await world.git("commit", "--quiet", "--message", "Change a");
  assertEquals(await build(), first);
  await world.write({ "models/a.sql": "select 3 as id\n" });
  assertNotEquals(await build(), first);
});

Deno.test("@.: a dry run leaves no object, and dot's own folder is never part of it", async () => {
  await using world = await project({ ".gitignore": "target/\n" });
  await world.write({ "models/new.sql": "select 1 as id\n", ".dot/build/x/trap": "no" });
  const before = await world.git("count-objects", "-v");
  const dry = await world.dot(["build", "dev@.", "--dry-run"]);
  assertEquals(dry.code, 0, dry.stderr);
  assertMatch(dry.stdout, /_[0-9a-f]{7}\b/);
  assertEquals(await world.git("count-objects", "-v"), before);
  const ran = await world.dot(["build", "dev@."]);
  assertEquals(ran.code, 0, ran.stderr);
  const short = await newest(world);
  assertStringIncludes(dry.stdout, short);
  assertEquals(await world.has(`.dot/build/${short}/worktree/.dot`), false);
  assertEquals(await world.has(`.dot/build/${short}/worktree/models/new.sql`), true);
});

Deno.test("@.: a repository without a commit, and a folder without a repository", async () => {
  await using world = await World.make();
  await world.fakeDbt();
  const { PROJECT } = await import("../harness.ts");
  await world.write(PROJECT);
  const ran = await world.dot(["build", "dev@."]);
  assertEquals(ran.code, 0, ran.stderr);
  const outside = await world.dot(["build", "dev@."], { cwd: world.home });
  assertEquals(outside.code, 2);
  assertStringIncludes(outside.stderr, "is not in a git repository");
});

Deno.test("@.: prune keeps a commit's build before a working tree's that is newer", async () => {
  await using world = await project();
  for (const ref of ["HEAD", "."]) {
    if (ref === ".") await world.write({ "models/a.sql": "select 2 as id\n" });
    const ran = await world.dot(["build", `dev@${ref}`]);
    assertEquals(ran.code, 0, ran.stderr);
  }
  const ran = await world.dot(["prune", "--keep", "1", "--yes", "--json"]);
  assertEquals(ran.code, 0, ran.stderr);
  const { builds: left } = JSON.parse(
    (await world.dot(["builds", "--offline", "--json"])).stdout,
  );
  assertEquals(left.map((build: { uncommitted: boolean }) => build.uncommitted), [false]);
});

for (const mark of ["--skip-worktree", "--assume-unchanged"]) {
  Deno.test(`@.: an edit in a file marked ${mark} is built, compared and left marked`, async () => {
    await using world = await project(IGNORING);
    const head = await world.git("rev-parse", "HEAD");
    await world.git("update-index", mark, "models/a.sql", "models/schema.yml");
    const state = async (): Promise<{ head: { commit: string } }> => {
      const ran = await world.dot(["state", "--base", "HEAD", "--json"]);
      assertEquals(ran.code, 0, ran.stderr);
      return JSON.parse(ran.stdout);
    };
    // A mark alone changes no file.
    assertEquals((await state()).head.commit, head);
    await world.write({ "models/a.sql": "select 2 as id\n", "models/schema.yml": undefined });
    const before = await repository(world);
    const shown = await state();
    assertNotEquals(shown.head.commit, head);
    const ran = await world.dot(["build", "dev@."]);
    assertEquals(ran.code, 0, ran.stderr);
    assertEquals(await repository(world), before);
    const worktree = `.dot/build/${await newest(world)}/worktree`;
    assertEquals(await world.read(`${worktree}/models/a.sql`), "select 2 as id\n");
  });
}

Deno.test("@.: what a sparse checkout leaves out is no deletion; what was put there is an edit", async () => {
  await using world = await project({
    ...IGNORING,
    "other/deep/far.sql": "select 1",
    "other/near.sql": "select 1",
  });
  await world.git("sparse-checkout", "set", "--no-cone", "/*", "!/other/");
  assertEquals(await world.has("other"), false);
  await world.write({ "models/new.sql": "select 3 as id\n" });
  const build = async () => {
    const before = await repository(world);
    const ran = await world.dot(["build", "dev@."]);
    assertEquals(ran.code, 0, ran.stderr);
    assertEquals(await repository(world), before);
    const short = await newest(world);
    return (path: string) => world.read(`.dot/build/${short}/worktree/${path}`);
  };
  const read = await build();
  assertEquals(await read("other/deep/far.sql"), "select 1");
  assertEquals(await read("models/new.sql"), "select 3 as id\n");
  await world.write({ "other/near.sql": "select 2" });
  const again = await build();
  assertEquals(await again("other/near.sql"), "select 2");
  assertEquals(await again("other/deep/far.sql"), "select 1");
});
