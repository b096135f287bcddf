import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { World } from "../harness.ts";
import { project } from "../project.ts";

/** Two commits on main; `old` and `young` are their short hashes. */
async function history(): Promise<{ world: World; old: string; young: string }> {
  const world = await project();
  const old = await world.git("rev-parse", "--short", "HEAD");
  await world.write({ "models/a.sql": "select 2 as id\n" });
  return { world, old, young: await world.commit("Second thoughts") };
}

Deno.test("a ref may be whatever git resolves to a commit", async () => {
  const { world, old, young } = await history();
  await using _ = world;
  await world.git("tag", "--annotate", "v1", "--message", "One", old);
  await world.git("tag", "--annotate", "v1-of-v1", "--message", "Tag of a tag", "v1");
  await world.git("tag", "light", old);
  await world.git("branch", "feature/sub/x", old);
  await world.git("branch", "ünïcode", old);
  await world.git("update-ref", "refs/remotes/origin/far", old);
  await world.git("update-ref", "refs/heads/-dash", old);
  await world.git("update-ref", "refs/heads/a@b", old);
  const full = await world.git("rev-parse", old);
  for (
    const ref of [
      "v1",
      "v1-of-v1",
      "light",
      "feature/sub/x",
      "ünïcode",
      "origin/far",
      "-dash",
      "a@b",
      "HEAD@{1}",
      "main~1",
      "@{1}",
      "@~1",
      ":/Start",
      `${old}^{commit}`,
      "HEAD^{/Start}",
      old,
      full,
    ]
  ) {
    const ran = await world.dot(["parse", `@${ref}`, "--dry-run"]);
    assertEquals(ran.code, 0, `${ref}: ${ran.stderr}`);
    assertStringIncludes(ran.stdout, `/build/${old}/worktree`, ref);
  }
  const head = await world.dot(["parse", "dev@HEAD", "--dry-run"]);
  assertStringIncludes(head.stdout, `/build/${young}/worktree`);
});

Deno.test("a ref that begins with - is data in a build too", async () => {
  const { world, old } = await history();
  await using _ = world;
  await world.git("update-ref", "refs/heads/--force", old);
  const ran = await world.dot(["run", "dev@--force"]);
  assertEquals(ran.code, 0, ran.stderr);
  const worktree = join(world.repo, ".dot", "build", old, "worktree");
  assertEquals(await world.git("-C", worktree, "rev-parse", "--short", "HEAD"), old);
  assertEquals(await Deno.readTextFile(join(worktree, "models", "a.sql")), "select 1 as id\n");
});

Deno.test("an annotated tag is built as its commit", async () => {
  const { world, old } = await history();
  await using _ = world;
  await world.git("tag", "--annotate", "v1", "--message", "One", old);
  const ran = await world.dot(["build", "prod@v1"]);
  assertEquals(ran.code, 0, ran.stderr);
  const build = join(".dot", "build", old);
  assertEquals((await world.read(join(build, "commit"))).trim(), await world.git("rev-parse", old));
  assertStringIncludes(ran.stderr, `prod@${old} Start`);
  assertStringIncludes(ran.stderr, `analytics_${old}`);
});

Deno.test("what git cannot resolve to one commit is an error that names it", async () => {
  const { world } = await history();
  await using _ = world;
  for (
    const ref of [
      "nowhere",
      "HEAD~99",
      "--all",
      "--help",
      "-",
      "--",
      "main..HEAD",
      "^main",
      "main nowhere",
      "main\nHEAD",
      ":/no such words",
      "*",
      "refs/heads/",
    ]
  ) {
    const ran = await world.dot(["build", `dev@${ref}`]);
    assertEquals(ran.code, 2, `${ref}: ${ran.stderr}`);
    assertEquals(ran.stdout, "");
    assertStringIncludes(ran.stderr, `error[DOT028]: git finds no commit for \`${ref}\``);
  }
  assertEquals(await world.fakeRuns(), []);
  assert(!await world.has(".dot"), "nothing was made");
});

Deno.test("a mistyped branch is answered with the nearest", async () => {
  const { world } = await history();
  await using _ = world;
  await world.git("branch", "release");
  await world.git("update-ref", "refs/remotes/upstream/topic", "HEAD");
  const near = await world.dot(["build", "@relaese"]);
  assertStringIncludes(near.stderr, "Did you mean `release`?");
  const remote = await world.dot(["build", "@topic"]);
  assertStringIncludes(remote.stderr, "Did you mean `upstream/topic`?");
});

Deno.test("a tree and a blob are no commits", async () => {
  const { world } = await history();
  await using _ = world;
  await world.git("tag", "of-a-tree", "HEAD^{tree}");
  for (
    const [ref, kind] of [
      ["HEAD^{tree}", "tree"],
      ["HEAD:models", "tree"],
      ["HEAD:models/a.sql", "blob"],
      ["of-a-tree", "tree"],
    ]
  ) {
    const ran = await world.dot(["build", `@${ref}`]);
    assertEquals(ran.code, 2, ran.stderr);
    assertStringIncludes(ran.stderr, `\`${ref}\` is a ${kind}, not a commit`);
  }
  assertEquals(await world.fakeRuns(), []);
});

Deno.test("a hash that this clone does not have is said to be missing", async () => {
  const { world } = await history();
  await using _ = world;
  const ran = await world.dot(["build", "@0123456789012345678901234567890123456789"]);
  assertEquals(ran.code, 2);
  assertStringIncludes(ran.stderr, "is not in this repository");
  assertStringIncludes(ran.stderr, "git fetch");
});

Deno.test("a repository without a commit has nothing to resolve", async () => {
  await using world = await World.make();
  await world.fakeDbt();
  await world.write({ "dbt_project.yml": "name: shop\nprofile: shop\n" });
  const ran = await world.dot(["build", "@HEAD"]);
  assertEquals(ran.code, 2, ran.stderr);
  assertStringIncludes(ran.stderr, "git finds no commit for `HEAD`");
  const plain = await world.dot(["build"]);
  assertEquals(plain.code, 0, plain.stderr);
});

Deno.test("a branch and a tag of one name do as git does", async () => {
  const { world, old, young } = await history();
  await using _ = world;
  await world.git("tag", "both", old);
  await world.git("branch", "both", young);
  const ran = await world.dot(["parse", "@both", "--dry-run"]);
  assertStringIncludes(ran.stdout, `/build/${old}/`);
  const branch = await world.dot(["parse", "@heads/both", "--dry-run"]);
  assertStringIncludes(branch.stdout, `/build/${young}/`);
});

Deno.test("a commit without the project at this path is refused", async () => {
  await using world = await World.make();
  await world.fakeDbt();
  await world.write({ "README.md": "soon\n" });
  const short = await world.commit("Before the project");
  await world.write({ "dbt_project.yml": "name: shop\nprofile: shop\n" });
  const ran = await world.dot(["build", "@HEAD"]);
  assertEquals(ran.code, 2, ran.stderr);
  assertStringIncludes(ran.stderr, short);
  assertStringIncludes(ran.stderr, "has no dbt_project.yml");
});

Deno.test("a name that cannot be a folder is refused as an environment", async () => {
  const { world } = await history();
  await using _ = world;
  for (const name of ["../prod", "a/b", "all", "default", "con", ".hidden", "a b"]) {
    const ran = await world.dot(["build", `${name}@main`]);
    assertEquals(ran.code, 2, name);
    assertStringIncludes(ran.stderr, `\`${name}\``);
  }
  assertEquals(await world.fakeRuns(), []);
});

Deno.test("a run asks git once for what does not change meanwhile", async () => {
  await using world = await World.withProject({ ".gitignore": ".dot/\n" });
  await world.fakeDbt();
  const first = await world.git("rev-parse", "HEAD");
  await world.commit("Second");
  const trace = join(world.folder, "trace");
  const ran = await world.dot(["diff", `dev@${first}`, "dev@HEAD", "--no-build"], {
    env: { GIT_TRACE: trace },
  });
  assertStringIncludes(ran.stderr, `parsing ${first.slice(0, 7)} to compare`);
  const asked = (await Deno.readTextFile(trace)).split("\n").flatMap((line) =>
    / built-in: git (.*)$/.exec(line)?.[1]?.trim() ?? []
  );
  for (const question of ["rev-parse --show-toplevel", "check-ignore", "ls-files -z", "rev-list"]) {
    const count = asked.filter((words) => words.startsWith(question)).length;
    // Each place is a commit of its own.
    assertEquals(count, question === "rev-list" ? 2 : 1, asked.join("\n"));
  }
});
