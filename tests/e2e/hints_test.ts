import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertRefusedEarly } from "../assertions.ts";
import { PROJECT, World } from "../harness.ts";
import { project } from "../project.ts";

const ENVIRONMENTS = "environment:\n  default: dev\n  dev: {}\n  prod: {}\n";

/** What dot says of a wrong command line; nothing may have run. */
async function said(args: string[], files: Record<string, string> = {}): Promise<string> {
  await using world = await project(files);
  await world.git("tag", "v1.0");
  const ran = await world.dot(args);
  await assertRefusedEarly(world, ran);
  return ran.stderr;
}

for (const files of [{}, { "dot_environments.yml": ENVIRONMENTS }] as Record<string, string>[]) {
  const where = Object.keys(files).length === 0 ? "no environments file" : "an environments file";
  for (const word of ["main", "v1.0"]) {
    Deno.test(`with ${where}, \`dot build ${word}\` is told of the @ that is missing`, async () => {
      assertStringIncludes(
        await said(["build", word], files),
        `\`${word}\` is a git revision: dot build @${word}`,
      );
    });
  }
}

const WORDS: [string[], string][] = [
  [["build", "prod", "@v1.0"], "Write them together: dot build prod@v1.0"],
  [["build", "prod", "main"], "For a commit: dot build prod@main"],
  [["prod", "build"], "The command comes first: dot build prod"],
  [["@v1.0", "build"], "The command comes first: dot build @v1.0"],
  [["build", "prod@v1.0", "-s", "a"], "as in `dot build prod@v1.0 -- -s …`"],
  [["build", "@main", "--full-refresh"], "as in `dot build @main -- --full-refresh`"],
];

for (const [args, hint] of WORDS) {
  Deno.test(`\`dot ${args.join(" ")}\` is told what was meant`, async () => {
    assertStringIncludes(await said(args), hint);
  });
}

Deno.test("at a folder without a project, dot says where the commit has one", async () => {
  await using world = await World.make();
  for (const [path, text] of Object.entries(PROJECT)) {
    await world.write({ [`analytics/${path}`]: text });
  }
  await world.commit("Start");
  await world.fakeDbt();
  const ran = await world.dot(["build", "@main"]);
  assertEquals(ran.code, 2);
  assertStringIncludes(ran.stderr, "It has one in analytics/: run dot there.");
});

Deno.test("with environments and no default, an isolated run asks for a name", async () => {
  const text = await said(["build", "@main"], {
    "dot_environments.yml": "environment:\n  prod: {}\n",
  });
  assertStringIncludes(text, "no environment is named, and none is the default");
  assertStringIncludes(text, "dot build prod@…");
});

Deno.test("a project whose packages are missing is not said to need another dbt", async () => {
  await using world = await project();
  const log = [
    "====================== 12:00 | x ======================",
    "Encountered an error:",
    "Compilation Error",
    "  dbt found 1 package(s) specified in packages.yml, but only 0 package(s) installed in dbt_packages.",
  ].join("\n");
  await Deno.mkdir(join(world.repo, "logs"));
  await world.write({ "logs/dbt.log": log });
  const ran = await world.dot(["build"], { env: { FAKE_DBT_EXIT: "2" } });
  assertEquals(ran.code, 2);
  assertStringIncludes(ran.stderr, "The packages are not installed: dot deps");
  assertEquals(ran.stderr.includes("another dbt"), false);
});
