import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { holdOpen } from "../duckdb.ts";
import { dbtPath, PROJECT, pythonPath, TESTED, World } from "../harness.ts";
import { project } from "../project.ts";

const env = { DOT_DBT: dbtPath() };

/** The relations of a DuckDB file, `schema.name`, sorted. */
async function relations(world: World, file: string): Promise<string[]> {
  const program =
    "import duckdb, sys; print(*[f'{s}.{n}' for s, n in duckdb.connect(sys.argv[1], read_only=True).execute('select table_schema, table_name from information_schema.tables order by 1, 2').fetchall()])";
  const ran = await world.run(pythonPath(), ["-c", program, join(world.repo, file)], {});
  assertEquals(ran.code, 0, ran.stderr);
  return ran.stdout.trim().split(" ");
}

Deno.test("a profile without a schema, in the project's folder, is isolated from DuckDB's default", async () => {
  await using world = await World.withProject({
    "profiles.yml":
      "shop:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n      path: 'shop.duckdb'\n      threads: 24\n",
    "models/schema.yml": "models: []\n",
  });
  const short = await world.git("rev-parse", "--short", "HEAD");
  const ran = await world.dot(["run", "@HEAD"], { env });
  assertEquals(ran.code, 0, ran.stdout + ran.stderr);
  assertEquals(await relations(world, "shop.duckdb"), [`main_${short}.a`, `main_${short}.b`]);
});

Deno.test("two dbt projects of one repository do not share a build's folder", async () => {
  await using world = await World.make();
  for (const name of ["core", "team a/marts"]) {
    await world.write(
      Object.fromEntries(
        Object.entries(PROJECT).map(([path, text]) => [
          `${name}/${path}`,
          text.replace("select 1 as id", `select '${name}' as id`),
        ]),
      ),
    );
  }
  const short = await world.commit("Two projects");
  await world.fakeDbt();
  for (const name of ["core", "team a/marts"]) {
    const ran = await world.dot(["build", "dev@HEAD"], { cwd: join(world.repo, name) });
    assertEquals(ran.code, 0, ran.stderr);
  }
  const folders = [...Deno.readDirSync(join(world.repo, ".dot", "build", short, "env"))];
  assertEquals(folders.map(({ name }) => name).sort(), ["dev@core", "dev@team a+marts"]);
  const targets = (await world.fakeRuns()).map(({ argv }) =>
    argv[argv.indexOf("--target-path") + 1]
  );
  assertEquals(targets, [
    join(world.repo, ".dot", "build", short, "env", "dev@core", "target"),
    join(world.repo, ".dot", "build", short, "env", "dev@team a+marts", "target"),
  ]);
});

Deno.test("an integration project that depends on the package above it builds at a commit", async () => {
  await using world = await World.make();
  await world.write({
    "dbt_project.yml": 'name: above\nversion: "1.0"\n',
    "models/from_above.sql": "select 'committed' as origin\n",
    "integration_tests/dbt_project.yml": 'name: checks\nversion: "1.0"\nprofile: shop\n',
    "integration_tests/packages.yml": "packages:\n  - local: ../\n",
    "integration_tests/models/on_top.sql": "select * from {{ ref('from_above') }}\n",
    "integration_tests/profiles.yml": PROJECT["profiles.yml"] ?? "",
    ".gitignore": PROJECT[".gitignore"] ?? "",
  });
  const short = await world.commit("Start");
  await world.write({ "models/from_above.sql": "this is no SQL\n" });
  const cwd = join(world.repo, "integration_tests");
  for (const command of ["run", "ls"]) {
    const ran = await world.dot([command, "dev@HEAD"], { cwd, env });
    assertEquals(ran.code, 0, ran.stdout + ran.stderr);
  }
  assertEquals(await relations(world, "integration_tests/shop.duckdb"), [
    `dev_${short}.from_above`,
    `dev_${short}.on_top`,
  ]);
});

// dbt 2 does not look at what a project asks for.
Deno.test("a commit that asks for another dbt is said so", { ignore: TESTED === "2" }, async () => {
  await using world = await World.withProject({
    "dbt_project.yml": `${PROJECT["dbt_project.yml"]}require-dbt-version: "<1.0.0"\n`,
  });
  const ran = await world.dot(["ls", "dev@HEAD"], { env });
  assertEquals(ran.code, 2, ran.stdout + ran.stderr);
  assertStringIncludes(ran.stderr, "does not accept this project");
  assertStringIncludes(ran.stderr, "DOT_DBT=");
});

Deno.test("a DuckDB file that another process holds is said in one sentence, with who holds it", async () => {
  await using world = await World.withProject();
  await using holder = await holdOpen(world);
  for (const target of ["dev", "dev@HEAD"]) {
    const ran = await world.dot(["run", target], { env });
    assertEquals(ran.code === 0, false);
    assertStringIncludes(ran.stderr, "shop.duckdb is in use by");
    assertStringIncludes(ran.stderr, `(process ${holder.pid})`);
  }
});

Deno.test("a build keeps its folder and schema when git prints longer short hashes", async () => {
  await using world = await project();
  const first = await world.dot(["build", "dev@HEAD"]);
  assertEquals(first.code, 0, first.stderr);
  const short = await world.git("rev-parse", "--short", "HEAD");
  await world.git("config", "core.abbrev", "16");
  const second = await world.dot(["build", "dev@HEAD"]);
  assertEquals(second.code, 0, second.stderr);
  const builds = [...Deno.readDirSync(join(world.repo, ".dot", "build"))];
  assertEquals(builds.map(({ name }) => name), [short]);
  assertStringIncludes(
    await world.read(`.dot/build/${short}/env/dev/profiles.yml`),
    `dev_${short}"`,
  );
});

Deno.test("a SHA-256 repository builds like any other", async () => {
  await using world = await World.make();
  await Deno.remove(join(world.repo, ".git"), { recursive: true });
  await world.git("init", "--quiet", "--initial-branch=main", "--object-format=sha256");
  await world.write(PROJECT);
  const short = await world.commit("Start");
  await world.fakeDbt();
  const ran = await world.dot(["build", "dev@main"]);
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals((await world.read(`.dot/build/${short}/commit`)).trim().length, 64);
});

for (const name of ["../../x", "a/b", "con", "-x", "a b", "😀", "x."]) {
  Deno.test(`an environment called \`${name}\` is refused with its reason, and nothing is written`, async () => {
    await using world = await project();
    const typed = await world.dot(["build", `${name}@HEAD`]);
    assertEquals(typed.code, 2, typed.stderr);
    assertEquals(
      /cannot be|is not an environment|unknown flag/.test(typed.stderr),
      true,
      typed.stderr,
    );
    assertEquals(await world.has(".dot"), false);
    assertEquals(await world.fakeRuns(), []);
  });
}

Deno.test("quotes and letters of every kind in a project's path, an argument and a variable stay data", async () => {
  await using world = await project({}, `a'b "c" $(touch x) é 日本`);
  const word = `'; echo "$HOME" \`id\` [bold]x[/bold] \\ é`;
  const ran = await world.dot(["build", "dev@HEAD", "--", "--inline", word]);
  assertEquals(ran.code, 0, ran.stderr);
  const { argv } = await world.fakeRun();
  assertEquals(argv.slice(-2), ["--inline", word]);
  assertEquals(await world.has("x"), false);
});
