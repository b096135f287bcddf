import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { valueOf } from "../argv.ts";
import { PROJECT, World } from "../harness.ts";
import { project } from "../project.ts";

/** A world whose project lies in a folder of the repository. */
async function projectAt(folder: string, more: Record<string, string> = {}): Promise<World> {
  const world = await World.make();
  await world.fakeDbt();
  await world.write(
    Object.fromEntries(
      Object.entries(PROJECT).map(([path, text]) => [`${folder}/${path}`, text]),
    ),
  );
  await world.write(more);
  await world.commit("Start");
  return world;
}

Deno.test("from any folder inside the project, dbt runs in the project's root", async () => {
  await using world = await project();
  await world.write({ "models/deep/er/c.sql": "select 1\n" });
  for (const folder of ["", "models", "models/deep/er"]) {
    const ran = await world.dot(["build"], { cwd: join(world.repo, folder) });
    assertEquals(ran.code, 0, ran.stderr);
    const { argv, cwd } = await world.lastFakeRun();
    assertEquals([argv, cwd], [["build"], world.repo]);
  }
  const isolated = await world.dot(["run", "@main"], { cwd: join(world.repo, "models/deep") });
  assertEquals(isolated.code, 0, isolated.stderr);
  const short = await world.git("rev-parse", "--short", "HEAD");
  const worktree = join(world.repo, ".dot/build", short, "worktree");
  assertEquals((await world.lastFakeRun()).cwd, worktree);
});

Deno.test("a project below the root lies at the same path in the worktree", async () => {
  await using world = await projectAt("warehouse/shop");
  const short = await world.git("rev-parse", "--short", "HEAD");
  const project = join(world.repo, "warehouse/shop");
  for (const cwd of [project, join(project, "models")]) {
    const ran = await world.dot(["run", "dev@main"], { cwd });
    assertEquals(ran.code, 0, ran.stderr);
    const run = await world.lastFakeRun();
    const folder = join(world.repo, ".dot/build", short, "worktree/warehouse/shop");
    assertEquals([run.cwd, valueOf(run.argv, "--project-dir")], [folder, folder]);
  }
  assert(!await world.has("warehouse/shop/.dot"), ".dot belongs to the repository's root");
});

Deno.test("the nearest dbt project upward counts, and none beyond the repository", async () => {
  await using world = await projectAt("inner");
  await world.write({ "dbt_project.yml": "name: outer\nprofile: shop\n", "docs/x.md": "" });
  await world.dot(["parse"], { cwd: join(world.repo, "inner/models") });
  assertEquals((await world.lastFakeRun()).cwd, join(world.repo, "inner"));
  await world.dot(["parse"], { cwd: join(world.repo, "docs") });
  assertEquals((await world.lastFakeRun()).cwd, world.repo);

  await world.write({ "dbt_project.yml": undefined });
  await Deno.writeTextFile(join(world.folder, "dbt_project.yml"), "name: stray\nprofile: shop\n");
  const before = (await world.fakeRuns()).length;
  const ran = await world.dot(["parse"], { cwd: join(world.repo, "docs") });
  assertEquals(ran.code, 2, ran.stderr);
  assertStringIncludes(ran.stderr, "no dbt_project.yml");
  assertEquals((await world.fakeRuns()).length, before);
});

Deno.test("--project-dir after -- is honoured, and dbt stays where the user stands", async () => {
  await using world = await projectAt("shop", {
    "profiles.yml": PROJECT["profiles.yml"] ?? "",
    "shop/dot_environments.yml": "environment:\n  dev:\n    threads: 3\n",
  });
  const short = await world.git("rev-parse", "--short", "HEAD");
  for (const given of [["--project-dir", "shop"], ["--project-dir=shop"]]) {
    const plain = await world.dot(["run", "dev", "--", ...given]);
    assertEquals(plain.code, 0, plain.stderr);
    const run = await world.lastFakeRun();
    assertEquals(run.cwd, world.repo);
    assertEquals(
      run.argv,
      ["run", "--threads", "3", "--profile", "shop", "--target", "dev", ...given],
    );

    const isolated = await world.dot(["run", "dev@main", "--", ...given]);
    assertEquals(isolated.code, 0, isolated.stderr);
    const { argv } = await world.lastFakeRun();
    const worktree = join(world.repo, ".dot/build", short, "worktree");
    assertEquals(
      argv.filter((word) => word.startsWith("--project-dir")),
      ["--project-dir"],
      "the worktree's, not the user's",
    );
    assertEquals(valueOf(argv, "--project-dir"), join(worktree, "shop"));
  }
});

Deno.test("an absolute --project-dir finds its own repository", async () => {
  await using world = await projectAt("shop");
  const folder = join(world.repo, "shop");
  const env = { DBT_PROFILES_DIR: folder };
  const short = await world.git("rev-parse", "--short", "HEAD");
  const ran = await world.dot(["run", "dev@main", "--", "--project-dir", folder], {
    cwd: world.home,
    env,
  });
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(
    valueOf((await world.lastFakeRun()).argv, "--project-dir"),
    join(world.repo, ".dot/build", short, "worktree/shop"),
  );
});

Deno.test("DBT_PROJECT_DIR is honoured, relative and absolute, plain and isolated", async () => {
  await using world = await projectAt("shop", {
    "shop/dot_environments.yml": "environment:\n  dev:\n    threads: 3\n",
  });
  const folder = join(world.repo, "shop");
  const short = await world.git("rev-parse", "--short", "HEAD");
  for (
    const [cwd, dir] of [[world.repo, "shop"], [world.repo, folder], [world.home, folder]] as const
  ) {
    const env = { DBT_PROJECT_DIR: dir, DBT_PROFILES_DIR: folder };
    const plain = await world.dot(["run", "dev"], { cwd, env });
    assertEquals(plain.code, 0, plain.stderr);
    const run = await world.lastFakeRun();
    assertEquals(run.argv, ["run", "--threads", "3", "--profile", "shop", "--target", "dev"]);
    assertEquals([run.cwd, run.env["DBT_PROJECT_DIR"]], [cwd, dir]);

    const isolated = await world.dot(["run", "dev@main"], { cwd, env });
    assertEquals(isolated.code, 0, isolated.stderr);
    const { argv, env: seen } = await world.lastFakeRun();
    assertEquals(
      valueOf(argv, "--project-dir"),
      join(world.repo, ".dot/build", short, "worktree/shop"),
    );
    assertEquals(seen["DBT_PROJECT_DIR"], undefined, "nothing of the user's reaches past the flag");
  }
});

Deno.test("--project-dir wins over DBT_PROJECT_DIR", async () => {
  await using world = await projectAt("shop");
  const env = { DBT_PROJECT_DIR: "nowhere", DBT_PROFILES_DIR: join(world.repo, "shop") };
  const ran = await world.dot(["run", "--", "--project-dir", "shop"], { env });
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals((await world.lastFakeRun()).argv, ["run", "--project-dir", "shop"]);
  const wrong = await world.dot(["run"], { env });
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, join(world.repo, "nowhere"));
});

Deno.test("the environment's project-dir is seen from dot's files", async () => {
  await using world = await projectAt("sub/shop", {
    "dot_environments.yml": "environment:\n  default: dev\n  dev:\n    project-dir: sub/shop\n",
    "docs/x.md": "",
  });
  const project = join(world.repo, "sub/shop");
  const short = await world.git("rev-parse", "--short", "HEAD");
  for (const cwd of [world.repo, join(world.repo, "docs")]) {
    const plain = await world.dot(["run"], { cwd });
    assertEquals(plain.code, 0, plain.stderr);
    const run = await world.lastFakeRun();
    assertEquals(run.argv, [
      "run",
      "--project-dir",
      project,
      "--profile",
      "shop",
      "--target",
      "dev",
    ]);
    assertEquals(run.cwd, project);
    const isolated = await world.dot(["run", "@main"], { cwd });
    assertEquals(isolated.code, 0, isolated.stderr);
    assertEquals(
      valueOf((await world.lastFakeRun()).argv, "--project-dir"),
      join(world.repo, ".dot/build", short, "worktree/sub/shop"),
    );
  }
});

Deno.test("--project-dir after -- wins over the environment's", async () => {
  await using world = await projectAt("shop", {
    "shop/dot_environments.yml": "environment:\n  dev:\n    project-dir: ../nowhere\n",
  });
  const env = { DBT_PROFILES_DIR: join(world.repo, "shop") };
  const ran = await world.dot(["run", "dev", "--", "--project-dir", "shop"], { env });
  assertEquals(ran.code, 0, ran.stderr);
  const { argv } = await world.lastFakeRun();
  assertEquals(argv, ["run", "--profile", "shop", "--target", "dev", "--project-dir", "shop"]);
});

Deno.test("a project outside the repository cannot be built at a commit", async () => {
  await using world = await project({
    "dot_environments.yml": "environment:\n  dev:\n    project-dir: ../elsewhere\n",
  });
  const ran = await world.dot(["run", "dev@main"]);
  assertEquals(ran.code, 2, ran.stderr);
  assertStringIncludes(ran.stderr, join(world.folder, "elsewhere"));
  assertStringIncludes(ran.stderr, "outside the repository");
  assertEquals(await world.fakeRuns(), []);
});

Deno.test("a repository's path may hold spaces, quotes and other letters", async () => {
  await using world = await project({}, "Läden & 'co' 店");
  const short = await world.git("rev-parse", "--short", "HEAD");
  const ran = await world.dot(["run", "dev@main"]);
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(
    valueOf((await world.lastFakeRun()).argv, "--project-dir"),
    join(world.repo, ".dot/build", short, "worktree"),
  );
});

Deno.test("a repository reached through a symbolic link is the same repository", async () => {
  await using world = await project();
  const link = join(world.folder, "link");
  await Deno.symlink(world.repo, link);
  const ran = await world.dot(["run", "dev@main", "--", "--project-dir", link]);
  assertEquals(ran.code, 0, ran.stderr);
  const short = await world.git("rev-parse", "--short", "HEAD");
  assertEquals(
    valueOf((await world.lastFakeRun()).argv, "--project-dir"),
    join(world.repo, ".dot/build", short, "worktree"),
  );
});
