import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { Ran, World } from "../harness.ts";
import { project } from "../project.ts";

/** Everything below a folder, by path: kind, mode, size, time of change and content. */
async function listing(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const visit = async (path: string) => {
    for await (const { name } of Deno.readDir(path)) {
      const child = join(path, name);
      const stat = await Deno.lstat(child);
      const content = stat.isFile ? await Deno.readTextFile(child) : "";
      found.set(child, [stat.mode, stat.mtime?.getTime(), stat.size, content].join(" "));
      if (stat.isDirectory) await visit(child);
    }
  };
  await visit(folder);
  return found;
}

/** Run dot and make sure that nothing changed on disk, and that dbt did not run. */
async function dry(
  world: World,
  args: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Ran> {
  const runs = await world.fakeRuns();
  const before = await listing(world.folder);
  const ran = await world.dot([...args], options);
  assertEquals(await listing(world.folder), before);
  assertEquals(await world.fakeRuns(), runs);
  return ran;
}

/** Paste a line into a shell and see what dbt gets. */
async function paste(world: World, line: string, cwd = world.repo): Promise<unknown> {
  const ran = await world.run("sh", ["-c", line], { cwd });
  assertEquals(ran.code, 0, `${line}\n${ran.stderr}`);
  const run = await world.lastFakeRun();
  return [run.argv, run.cwd];
}

const FILES = {
  "dot_environments.yml": `environment:
  default: dev
  dev:
    target: dev
    vars: {name: "it's \\"so\\"\\n$HOME \`x\`"}
`,
};

Deno.test("a dry run of a plain command prints it, and changes nothing at all", async () => {
  await using world = await project(FILES);
  const words = ["-s", "a b", "it's", "", "$HOME", "*"];
  const ran = await dry(world, ["build", "dev", "--dry-run", "--", ...words]);
  assertEquals([ran.code, ran.stderr], [0, ""]);
  const expected = [
    "build",
    "--vars",
    '{"name": "it\'s \\"so\\"\\n$HOME `x`"}',
    "--target",
    "dev",
    ...words,
  ];
  assertEquals(await paste(world, ran.stdout), [expected, world.repo]);
});

Deno.test("a dry run of an isolated command prints it, and changes nothing at all", async () => {
  await using world = await project(FILES, "my shop");
  const ran = await dry(world, ["build", "dev@main", "--dry-run"]);
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(ran.stdout.trimEnd().split("\n").length, 1, ran.stdout);
  assert(!await world.has(".dot"));
  const real = await world.dot(["build", "dev@main"]);
  assertEquals(real.code, 0, real.stderr);
  const run = await world.lastFakeRun();
  // dbt runs in the worktree, which is there by now.
  const pasted = await paste(world, ran.stdout);
  assertEquals(pasted, [run.argv, run.cwd], "what was printed is what runs");
});

Deno.test("a dry run over an existing build changes nothing either", async () => {
  await using world = await project(FILES);
  const built = await world.dot(["build", "@main"]);
  assertEquals(built.code, 0, built.stderr);
  const ran = await dry(world, ["run", "@main", "--dry-run", "--defer", "@main"]);
  assertEquals(ran.code, 2, "a build cannot defer to itself");
  assertEquals((await dry(world, ["run", "@main", "--dry-run"])).code, 0);
});

Deno.test("a dry run does not install packages, it prints the command that would", async () => {
  await using world = await project({
    ...FILES,
    "packages.yml": "packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.3.0\n",
  });
  const ran = await dry(world, ["build", "@main", "--dry-run"]);
  const [deps, build, ...more] = ran.stdout.trimEnd().split("\n");
  assertEquals(more, []);
  assertStringIncludes(deps ?? "", `${join(world.bin, "dbt")} deps --project-dir `);
  assertStringIncludes(build ?? "", `${join(world.bin, "dbt")} build --project-dir `);
  const without = await dry(world, ["build", "@main", "--dry-run", "--no-deps"]);
  assertEquals(without.stdout, `${build}\n`);
});

Deno.test("a dry run from another folder says where the command runs", async () => {
  await using world = await project();
  const cwd = join(world.repo, "models");
  const ran = await dry(world, ["build", "--dry-run"], { cwd });
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(ran.stdout, `cd ${world.repo} && ${join(world.bin, "dbt")} build\n`);
  assertEquals(await paste(world, ran.stdout, cwd), [["build"], world.repo]);
});

Deno.test("a dry run checks what a run would check", async () => {
  await using world = await project(FILES);
  for (
    const [args, words] of [
      [["build", "@nowhere"], "`nowhere`"],
      [["build", "staging@main"], "`staging`"],
      [["build", "dev@"], "empty"],
      [["build", "--defer", "dev@main"], "no build"],
    ] as const
  ) {
    const ran = await dry(world, [...args, "--dry-run"]);
    assertEquals([ran.code, ran.stdout], [2, ""], ran.stderr);
    assertStringIncludes(ran.stderr, words);
  }
});

Deno.test("a dry run never asks, excludes or warns", async () => {
  await using world = await project({
    "dot_environments.user.yml": "environment:\n  dev: {}\n",
  });
  const exclude = await world.read(".git/info/exclude").catch(() => "");
  const piped = await dry(world, ["build", "dev@main", "--dry-run"]);
  assertEquals([piped.code, piped.stderr], [0, ""]);
  const before = await listing(world.folder);
  const shown = await world.terminal(["build", "dev@main", "--dry-run"], []);
  assertEquals(shown.code, 0, shown.stdout);
  assert(!shown.stdout.includes("[y/N"), shown.stdout);
  assertEquals(await listing(world.folder), before);
  assertEquals(await world.read(".git/info/exclude").catch(() => ""), exclude);
});

Deno.test("a dry run of clean for a commit prints what would be removed", async () => {
  await using world = await project(FILES);
  await world.dot(["build", "@main"]);
  const short = await world.git("rev-parse", "--short", "HEAD");
  const folder = join(world.repo, ".dot/build", short, "env/dev");
  const ran = await dry(world, ["clean", "@main", "--dry-run"]);
  assertEquals(ran.stdout, `rm -rf ${join(folder, "target")} ${join(folder, "logs")}\n`);
  const cleaned = await world.dot(["clean", "@main"]);
  assertEquals(cleaned.code, 0, cleaned.stderr);
  assert(!await world.has(join(".dot/build", short, "env/dev/target")));
});

Deno.test("a dry run of a command without --target-path prints the variable instead", async () => {
  await using world = await project(FILES);
  const ran = await dry(world, ["debug", "@main", "--dry-run"]);
  const short = await world.git("rev-parse", "--short", "HEAD");
  const target = join(world.repo, ".dot/build", short, "env/dev/target");
  assertStringIncludes(ran.stdout, `DBT_TARGET_PATH=${target} ${join(world.bin, "dbt")} debug `);
});

Deno.test("a dry run keeps the profile's secrets to itself and says so", async () => {
  await using world = await project({
    "profiles.yml": `shop:
  target: dev
  outputs:
    dev:
      type: postgres
      host: h
      user: u
      password: hunter2
      port: 5432
      dbname: d
      schema: dev
`,
  });
  const ran = await dry(world, ["build", "@main", "--dry-run"]);
  assertEquals(ran.code, 0, ran.stderr);
  assert(!(ran.stdout + ran.stderr).includes("hunter2"));
  assertStringIncludes(ran.stderr, "DBT_ENV_SECRET_");
});
