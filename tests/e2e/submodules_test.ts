/** A build has the submodules of its commit, and what is edited there is an edit. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertEnded } from "../assertions.ts";
import { listing } from "../folders.ts";
import type { World } from "../harness.ts";
import { start } from "../project.ts";

/** A world whose repository has a submodule at `vendor/lib`. */
async function withSubmodule(): Promise<World> {
  const world = await start();
  const lib = join(world.folder, "lib");
  await world.git("config", "--global", "protocol.file.allow", "always");
  await world.git("init", "--quiet", "--initial-branch=main", lib);
  await Deno.mkdir(join(lib, "macros"));
  await Deno.writeTextFile(join(lib, "macros", "x.sql"), "first\n");
  await world.git("-C", lib, "add", "--all");
  await world.git("-C", lib, "commit", "--quiet", "--message", "Lib");
  await world.git("submodule", "--quiet", "add", lib, "vendor/lib");
  await world.commit("With a submodule");
  return world;
}

Deno.test("a submodule is there at its pinned commit", async () => {
  await using world = await withSubmodule();
  const first = await world.git("rev-parse", "--short", "HEAD");
  await Deno.writeTextFile(join(world.repo, "vendor/lib/macros/x.sql"), "second\n");
  await world.git("-C", "vendor/lib", "commit", "--quiet", "--all", "--message", "Two");
  const second = await world.commit("Newer submodule");
  const config = await world.git("config", "--local", "--list");
  for (const [short, text] of [[first, "first\n"], [second, "second\n"]]) {
    const ran = await world.dot(["build", `dev@${short}`]);
    assertEnded(ran);
    assertEquals(ran.stderr.includes("warning"), false, ran.stderr);
    assertEquals(await world.read(`.dot/build/${short}/worktree/vendor/lib/macros/x.sql`), text);
    assertEnded(await world.dot(["build", `dev@${short}`]));
  }
  assertEquals(await world.git("config", "--local", "--list"), config);
  assertEquals(await world.git("status", "--porcelain"), "");
});

Deno.test("a submodule that this clone lacks is named, with the command that gets it", async () => {
  await using world = await withSubmodule();
  const short = await world.git("rev-parse", "--short", "HEAD");
  const clone = join(world.folder, "clone");
  await world.git("clone", "--quiet", world.repo, clone);
  const ran = await world.dot(["build", "dev@HEAD"], { cwd: clone });
  assertEnded(ran);
  assertStringIncludes(
    ran.stderr,
    `warning: the submodule vendor/lib of ${short} is not in this clone, so its files are missing`,
  );
  assertStringIncludes(ran.stderr, "git submodule update --init -- vendor/lib");
  await world.run("git", ["submodule", "--quiet", "update", "--init"], { cwd: clone });
  await Deno.remove(join(clone, ".dot", "build", short), { recursive: true });
  const again = await world.dot(["build", "dev@HEAD"], { cwd: clone });
  assertEnded(again);
  assertEquals(again.stderr.includes("warning"), false, again.stderr);
  const file = join(clone, ".dot/build", short, "worktree/vendor/lib/macros/x.sql");
  assertEquals(await Deno.readTextFile(file), "first\n");
});

Deno.test("what is edited in a submodule is refused by a build and kept by prune, as any edit", async () => {
  await using world = await withSubmodule();
  const lib = join(world.repo, "vendor/lib");
  await Deno.writeTextFile(join(lib, ".gitignore"), "logs/\n");
  await Deno.writeTextFile(join(lib, "macros/größe 2.sql"), "more\n");
  await world.git("-C", lib, "add", "--all");
  await world.git("-C", lib, "commit", "--quiet", "--message", "More");
  // A repository in the repository that nobody made a submodule of.
  await world.git("init", "--quiet", join(world.repo, "stray"));
  await world.git("-C", "stray", "commit", "--quiet", "--allow-empty", "--message", "Stray");
  const short = await world.commit("More");
  const folder = `.dot/build/${short}`;
  const worktree = `${folder}/worktree`;
  const prune = ["prune", "--all", "--dry-run", "--json"];
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  assertEquals(JSON.parse((await world.dot(prune)).stdout).kept, []);
  const edits: Record<string, string | undefined>[] = [
    { "vendor/lib/macros/x.sql": "mine\n" },
    { "vendor/lib/macros/größe 2.sql": undefined },
    { "vendor/lib/macros/new one.sql": "mine\n" },
    { "stray/a.sql": "mine\n" },
    { "vendor/lib/.git": "gitdir: elsewhere\n" },
  ];
  for (const edit of edits) {
    const [path = ""] = Object.keys(edit);
    const before = await world.read(`${worktree}/${path}`).catch(() => undefined);
    await world.write({ [`${worktree}/${path}`]: edit[path] });
    const ran = await world.dot(["build", "dev@HEAD"]);
    assertEnded(ran, 2);
    assertStringIncludes(
      ran.stderr,
      `error[DOT032]: the worktree of ${short} was edited, so it is not that commit any more: ${path}\n`,
    );
    const files = await listing(world.folder);
    assertEquals(
      JSON.parse((await world.dot(prune)).stdout).kept.map(({ why }: { why: string }) => why),
      [`its worktree holds somebody's work: ${path} (--force removes it)`],
    );
    assertEquals(await listing(world.folder), files);
    await world.write({ [`${worktree}/${path}`]: before });
    // Written anew, and the same: no edit. Nor is what git ignores there.
    await world.write({ [`${worktree}/vendor/lib/logs/dbt.log`]: "log\n" });
    assertEnded(await world.dot(["build", "dev@HEAD"]));
  }
  // A worktree that was filled by an older dot has no index of the submodule's files.
  for await (const { name } of Deno.readDir(join(world.repo, folder))) {
    if (name.startsWith("index-")) await Deno.remove(join(world.repo, folder, name));
  }
  assertEnded(await world.dot(["build", "dev@HEAD"]));
  await world.write({ [`${worktree}/vendor/lib/macros/x.sql`]: "mine\n" });
  assertEnded(await world.dot(["build", "dev@HEAD"]), 2);
  // Without the repository's copy nobody can tell.
  await world.write({ [`${worktree}/vendor/lib/macros/x.sql`]: "first\n" });
  await Deno.remove(join(world.repo, ".git/modules"), { recursive: true });
  await Deno.remove(join(world.repo, "vendor/lib"), { recursive: true });
  assertEnded(await world.dot(["build", `dev@${short}`]), 2);
});
