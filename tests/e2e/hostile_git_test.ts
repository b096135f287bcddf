/**
 * A user whose settings of git, and whose variables of git's, change whatever they can: isolation, state and prune go right
 * all the same. `deno task test:git` runs more tests in that way.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { DotError } from "../../lib/base/errors.ts";
import { Git } from "../../lib/git/git.ts";
import { submodules } from "../../lib/git/submodules.ts";
import {
  filesMatching,
  lfsPointers,
  listWorktrees,
  trackedFiles,
  worktreeState,
} from "../../lib/git/worktrees.ts";
import { dbtPath, type Ran, type World } from "../harness.ts";
import { catalogue, schemasIn } from "../duckdb.ts";
import { makeBuild, shop } from "../upkeep.ts";
import { coolDown, dotWarm } from "../warm.ts";

Deno.test.afterAll(coolDown);

/** A macro that takes custom schemas as they are, as many production projects have one. */
const AS_THEY_ARE =
  "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}\n";

function live(rows: string): string {
  return `{{ config(schema='live', materialized='table') }}\nselect '${rows}' as id\n`;
}

function assertRan(ran: Ran): void {
  assertEquals(ran.code, 0, ran.stdout + ran.stderr);
}

Deno.test("a build stays out of production, though a macro takes schemas as they are", async () => {
  await using world = await shop({
    "macros/größe 1.sql": AS_THEY_ARE,
    "models/größe.sql": live("production"),
  });
  await Deno.symlink(dbtPath(), join(world.bin, "dbt"));
  assertRan(await world.dot(["build", "prod"]));
  await world.write({ "models/größe.sql": live("branch") });
  const short = await world.commit("Branch");
  await world.makeGitHostile();
  const ran = await world.dot(["build", "prod@HEAD"]);
  assertRan(ran);
  const found = await catalogue(world);
  assertEquals(found["live"]?.["größe"], ["table", [["production"]]]);
  assertEquals(found[`live_${short}`]?.["größe"], ["table", [["branch"]]]);
  // Nothing of git's tracing or advice is dot's word.
  assertEquals(ran.stderr.includes("trace:"), false, ran.stderr);
  await assertNoHook(world);
});

Deno.test("the working tree is the same commit for everybody, and an edited worktree is seen to be", async () => {
  await using world = await shop({ "models/größe 2.sql": "select 3 as id\n" });
  await world.fakeDbt();
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertRan(await world.dot(["build", "dev@HEAD"]));
  const clean = await world.dot(["build", "dev@.", "--dry-run"]);
  assertRan(clean);
  await world.makeGitHostile();
  assertRan(await world.dot(["build", "dev@HEAD"]));
  assertEquals((await world.dot(["build", "dev@.", "--dry-run"])).stderr, clean.stderr);
  const worktree = `.dot/build/${short}/worktree`;
  for (
    const [path, text] of [
      ["models/größe 2.sql", "select 4 as id\n"],
      ["models/größe 3.sql", "select 5 as id\n"],
      ["models/a.sql", undefined],
    ] as const
  ) {
    await world.write({ [`${worktree}/${path}`]: text });
    const ran = await world.dot(["build", "dev@HEAD"]);
    assertEquals(ran.code, 2, ran.stderr);
    assertStringIncludes(ran.stderr, `is not that commit any more: ${path}\n`);
    await world.git("-C", join(world.repo, worktree), "reset", "--quiet", "--hard");
    await world.git("-C", join(world.repo, worktree), "clean", "--quiet", "--force");
  }
  assertRan(await world.dot(["build", "dev@HEAD"]));
  await assertNoHook(world);
});

Deno.test("every question gets the answer that it gets without", async () => {
  await using world = await shop({
    "models/größe.sql": "select 3 as id -- config\n",
    "models/old name.sql": "select 4 as id -- a text that is long enough to be known again\n",
    "models/bytes.sql": "select '\0' as id -- config\n",
    ".gitattributes": "*.big filter=lfs\n",
    "one.big": "version https://git-lfs.github.com/spec/v1\n",
  });
  await world.git("mv", "models/old name.sql", "models/new name.sql");
  await world.git("mv", "models/b.sql", "models/c.sql");
  const second = await world.commit("Ünd\ta subject");
  await world.git("tag", "--annotate", "--message", "A tag", "v1");
  await world.git("branch", "feature", "HEAD~1");
  await world.write({ "models/größe.sql": "select 5 as id\n", "models/unknown.sql": "select 6\n" });
  await Deno.symlink("größe.sql", join(world.repo, "models", "link.sql"));
  await world.git("add", "models/link.sql");
  await world.git("stash", "--keep-index", "--quiet");
  await world.git("stash", "apply", "--quiet");

  const ask = async (env: Record<string, string>) => {
    const git = await Git.require(join(world.repo, "models"), env);
    const head = await git.resolveCommit("v1");
    const first = (await git.resolveCommit("HEAD~1")).hash;
    return {
      root: [git.root, git.commonDir, git.excludeFile],
      head,
      missing: await git.resolveCommit("faeture").catch((
        error: DotError,
      ) => [error.message, error.hints]),
      working: await git.resolveCommit("."),
      subjects: await git.subjects([head.hash, first]),
      refs: await git.refs(),
      main: [
        await git.defaultBranch(),
        await git.mergeBase("feature", "main"),
        await git.isShallow(),
      ],
      distance: await git.distance(first, head.hash),
      unreachable: [...await git.unreachable([head.hash, first], "feature")],
      named: await git.commitsNamed([second, "faeture"]),
      renames: await git.renames("models", 10),
      texts: await git.readFiles(head.hash, ["models/größe.sql", "models", "nope.sql"]),
      changed: await git.changedPaths(first, head.hash),
      files: await git.filesNamed(head.hash, "schema.yml"),
      ignored: [await git.isIgnored(".dot/"), await git.isIgnored("models/a.sql")],
      tracked: [await git.isTracked(".dot"), await git.isTracked("models/größe.sql")],
      worktrees: await listWorktrees(git),
      state: await worktreeState(git, world.repo),
      matching: (await filesMatching(git, git.cwd, ["config", "nothing(like)?this"], ["sql"]))
        .sort(),
      listed: await trackedFiles(git, world.repo),
      pointers: await lfsPointers(git, world.repo),
      submodules: await submodules(git, head.hash),
    };
  };
  const plain = await ask(world.env());
  assertEquals(plain.matching, ["bytes.sql", "c.sql"]);
  assertEquals(plain.renames.length, 2);
  assertEquals(plain.pointers, ["one.big"]);
  assertEquals([plain.state?.changed.length, plain.state?.untracked.length], [2, 1]);
  await world.makeGitHostile();
  assertEquals(await ask(world.dotEnv()), plain);
});

Deno.test("a commit is what its hash names, whatever stands in for it", async () => {
  await using world = await shop();
  await world.fakeDbt();
  const first = await world.git("rev-parse", "HEAD");
  await world.write({ "models/a.sql": "select 'another' as id\n" });
  await world.commit("Another");
  await world.git("replace", first, "HEAD");
  await world.makeGitHostile();
  assertRan(await world.dot(["build", `dev@${first}`]));
  const text = await world.read(`.dot/build/${first.slice(0, 7)}/worktree/models/a.sql`);
  assertEquals(text, "select 1 as id\n");
});

Deno.test("state and --modified tell what differs", async () => {
  await using world = await shop({ "models/größe.sql": "select 3 as id\n" });
  await world.git("switch", "--quiet", "--create", "feature");
  await world.write({ "models/größe.sql": "select 4 as id\n" });
  await world.commit("Change");
  await world.makeGitHostile();
  for (const target of ["dev", "dev@HEAD", "dev@."]) {
    const ran = await dotWarm(world, ["ls", target, "--modified", "--", "--quiet"]);
    assertEquals([ran.code, ran.stdout.trim()], [0, "shop.größe"], ran.stderr);
  }
  const state = await dotWarm(world, ["state", "dev@HEAD"]);
  assertRan(state);
  assertStringIncludes(state.stdout, "größe");
  assertEquals(state.stdout.includes("shop.a"), false, state.stdout);
});

Deno.test("prune removes what its rules name, and keeps somebody's work", async () => {
  await using world = await shop();
  await Deno.symlink(dbtPath(), join(world.bin, "dbt"));
  const merged = await makeBuild(world, { days: 40, schemas: [] });
  await world.commit("On main");
  await world.git("switch", "--quiet", "--create", "feature");
  await world.commit("On a branch");
  const branch = await makeBuild(world, { days: 10, schemas: [] });
  await world.git("switch", "--quiet", "--detach");
  await world.commit("Of nobody");
  const lost = await makeBuild(world, { days: 1, schemas: [] });
  await world.git("switch", "--quiet", "main");
  await world.makeGitHostile();
  const doomed = async (...args: string[]) => {
    const ran = await world.dot(["prune", "--dry-run", "--json", ...args]);
    assertRan(ran);
    const { builds }: { builds: { name: string }[] } = JSON.parse(ran.stdout);
    return builds.map(({ name }) => name);
  };
  assertEquals(await doomed("--merged"), [`dev@${merged.short}`]);
  assertEquals(await doomed("--unreachable"), [`dev@${lost.short}`]);
  assertEquals(await doomed("dev@feature", "--older-than", "1d"), [`dev@${branch.short}`]);

  assertRan(await world.dot(["build", "prod@main"]));
  const short = await world.git("rev-parse", "--short", "main");
  await world.write({ [`.dot/build/${short}/worktree/models/größe 3.sql`]: "select 1\n" });
  const kept = await world.dot(["prune", "prod", "--all", "--yes"]);
  assertStringIncludes(
    kept.stderr + kept.stdout,
    "its worktree holds somebody's work: models/größe 3.sql",
  );
  assert(await world.has(`.dot/build/${short}/env/prod/build.json`));
  await world.write({ [`.dot/build/${short}/worktree/models/größe 3.sql`]: undefined });
  assertRan(await world.dot(["prune", "prod", "--all", "--yes"]));
  assertEquals(await world.has(`.dot/build/${short}`), false);
  assertEquals(await schemasIn(world), []);
  await assertNoHook(world);
});

Deno.test("a worktree that git cannot read is an error, and prune keeps it", async () => {
  await using world = await shop();
  await world.fakeDbt();
  assertRan(await world.dot(["build", "dev@HEAD"]));
  const short = await world.git("rev-parse", "--short", "HEAD");
  const folder = `.dot/build/${short}`;
  await world.write({ [`${folder}/worktree/models/mine.sql`]: "select 1\n" });
  const index = await world.git(
    "-C",
    join(world.repo, folder, "worktree"),
    "rev-parse",
    "--git-path",
    "index",
  );
  await Deno.writeTextFile(index, "no index");
  const ran = await world.dot(["build", "dev@HEAD"]);
  assertEquals(ran.code, 1, ran.stderr);
  assertStringIncludes(ran.stderr, "error[DOT029]: git status failed: ");
  const pruned = await world.dot(["prune", "--all", "--yes"]);
  assertStringIncludes(
    pruned.stdout + pruned.stderr,
    "nobody can tell what is in its worktree: git status failed",
  );
  assert(await world.has(`${folder}/worktree/models/mine.sql`));
});

async function assertNoHook(world: World): Promise<void> {
  const ran = await Deno.readTextFile(join(world.folder, "hostile", "hooks-ran")).catch(() => "");
  assertEquals(ran, "");
}
