import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { type Ran, World } from "../harness.ts";
import { project } from "../project.ts";
import { shellDbt } from "../shell_dbt.ts";

/** Put a dbt somewhere that says who it is. */
async function dbtAt(path: string, name: string, mode = 0o755): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, shellDbt(`echo "${name}" "$@"\n`), { mode });
}

/** A PATH with git and nothing else. */
async function onlyGit(world: World): Promise<string> {
  const folder = join(world.folder, "only-git");
  await Deno.mkdir(folder);
  const found = await world.run("sh", ["-c", "command -v git"], {});
  await Deno.symlink(found.stdout.trim(), join(folder, "git"));
  return folder;
}

function assertSaid(ran: Ran, stdout: string): void {
  assertEquals([ran.code, ran.stdout], [0, stdout], ran.stderr);
}

Deno.test("dbt is the project's .venv's, else the repository's, else PATH", async () => {
  await using world = await World.make();
  await world.write({ "shop/dbt_project.yml": "name: shop\nprofile: shop\n" });
  const cwd = join(world.repo, "shop");
  await dbtAt(join(world.bin, "dbt"), "path");
  assertSaid(await world.dot(["parse"], { cwd }), "path parse\n");
  await dbtAt(join(world.repo, ".venv/bin/dbt"), "repository");
  assertSaid(await world.dot(["parse"], { cwd }), "repository parse\n");
  await dbtAt(join(cwd, ".venv/bin/dbt"), "project");
  assertSaid(await world.dot(["parse"], { cwd }), "project parse\n");
  const env = { DOT_DBT: join(world.bin, "dbt") };
  assertSaid(await world.dot(["parse"], { cwd, env }), "path parse\n");
  assertSaid(await world.dot(["parse"], { cwd, env: { DOT_DBT: "" } }), "project parse\n");
});

Deno.test("DOT_DBT may be an existing file, spaces and all", async () => {
  await using world = await World.withProject();
  const file = join(world.folder, "my tools", "dbt run");
  await dbtAt(file, "mine");
  assertSaid(await world.dot(["parse"], { env: { DOT_DBT: file } }), "mine parse\n");
  await dbtAt(join(world.repo, "tool dbt"), "relative");
  assertSaid(await world.dot(["parse"], { env: { DOT_DBT: "./tool dbt" } }), "relative parse\n");
});

Deno.test("DOT_DBT may be words, which no shell reads", async () => {
  await using world = await World.withProject();
  await dbtAt(join(world.bin, "uvx"), "uvx");
  const env = { DOT_DBT: "  uvx run  dbt;touch $HOME `id` * " };
  assertSaid(
    await world.dot(["parse", "--", "-q"], { env }),
    "uvx run dbt;touch $HOME `id` * parse -q\n",
  );
  const isolated = await world.dot(["parse", "@main"], { env: { DOT_DBT: "uvx run dbt" } });
  assertEquals(isolated.code, 0, isolated.stderr);
  assertStringIncludes(isolated.stdout, "uvx run dbt parse --project-dir");
});

Deno.test("a program in DOT_DBT may be a path seen from where the user stands", async () => {
  await using world = await World.withProject();
  await dbtAt(join(world.repo, "models/bin/wrap"), "wrap");
  const options = { cwd: join(world.repo, "models"), env: { DOT_DBT: "bin/wrap dbt" } };
  assertSaid(await world.dot(["parse"], options), "wrap dbt parse\n");
});

Deno.test("a DOT_DBT that is nowhere is an error, not a reason to look further", async () => {
  await using world = await project();
  for (const named of ["nosuch run dbt", "./nosuch", "   "]) {
    const ran = await world.dot(["parse"], { env: { DOT_DBT: named } });
    assertEquals(ran.code, 2, named);
    assertStringIncludes(ran.stderr, `DOT_DBT is \`${named}\``);
  }
  assertEquals(await world.fakeRuns(), []);
});

Deno.test("a file that may not be executed is no dbt", async () => {
  await using world = await World.withProject();
  await dbtAt(join(world.repo, ".venv/bin/dbt"), "not me", 0o644);
  await dbtAt(join(world.bin, "dbt"), "path");
  assertSaid(await world.dot(["parse"]), "path parse\n");
});

Deno.test("without dbt the error says where dot looked and how to install it", async () => {
  await using world = await World.make();
  await world.write({ "shop/dbt_project.yml": "name: shop\nprofile: shop\n" });
  const env = { PATH: await onlyGit(world) };
  const ran = await world.dot(["build"], { cwd: join(world.repo, "shop"), env });
  assertEquals([ran.code, ran.stdout], [2, ""]);
  for (
    const words of [
      join(world.repo, "shop/.venv/bin/dbt"),
      join(world.repo, ".venv/bin/dbt"),
      "PATH",
      "pip install dbt-core",
      "DOT_DBT",
    ]
  ) assertStringIncludes(ran.stderr, words);
});

Deno.test("help and version need neither dbt nor git", async () => {
  await using world = await World.make();
  const env = { PATH: join(world.folder, "empty") };
  for (const args of [["--help"], ["--version"], ["build", "--help"]]) {
    assertEquals((await world.dot(args, { env })).code, 0, args.join(" "));
  }
});

Deno.test("without git a plain run works, and a ref says how to install it", async () => {
  await using world = await World.withProject();
  const bin = join(world.folder, "no-git");
  await dbtAt(join(bin, "dbt"), "mine");
  const env = { PATH: bin };
  assertSaid(
    await world.dot(["parse", "dev"], { env }),
    "mine parse --profile shop --target dev\n",
  );
  const ran = await world.dot(["parse", "dev@main"], { env });
  assertEquals([ran.code, ran.stdout], [2, ""]);
  assertStringIncludes(ran.stderr, "git is not installed, or not on PATH");
  assertStringIncludes(ran.stderr, "https://git-scm.com");
  assert(!await world.has(".dot"));
});

Deno.test("a dbt whose interpreter is gone is named in the error", async () => {
  await using world = await World.withProject();
  const dbt = join(world.repo, ".venv/bin/dbt");
  await Deno.mkdir(dirname(dbt), { recursive: true });
  await Deno.writeTextFile(dbt, "#!/no/such/python\n", { mode: 0o755 });
  const ran = await world.dot(["parse"]);
  assertEquals(ran.code, 2);
  assertStringIncludes(ran.stderr, `cannot run ${dbt}`);
});
