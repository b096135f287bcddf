import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertRefused } from "../assertions.ts";
import { type Answer, type Ran, World } from "../harness.ts";
import { project } from "../project.ts";

const GITIGNORE = "Add `.dot/` to .gitignore?";
const VSCODE = "Keep VS Code from searching and watching .dot/";
const SETTINGS = `{
  "search.exclude": {
    "**/.dot": true
  },
  "files.watcherExclude": {
    "**/.dot": true
  }
}
`;
const EXCLUDE = ".git/info/exclude";

/** The answers to both questions. */
function answers(gitignore: string, vscode: string): Answer[] {
  return [{ on: GITIGNORE, type: gitignore + "\n" }, { on: VSCODE, type: vscode + "\n" }];
}

function assertSilent(ran: Ran): void {
  assertEquals(ran.code, 0, ran.stdout);
  assert(!ran.stdout.includes("[y/N"), ran.stdout);
}

/** How often a line is in a text. */
function count(text: string, line: string): number {
  return text.split(/\r?\n/).filter((other) => other === line).length;
}

async function dbtRuns(world: World): Promise<number> {
  return (await world.fakeRuns()).length;
}

Deno.test("yes edits .gitignore and the editor's settings, and is not asked again", async () => {
  await using world = await project();
  const before = await world.read(".gitignore");
  const ran = await world.terminal(["build"], answers("y", "y"));
  assertEquals(ran.code, 0, ran.stdout);
  assertEquals(await world.read(".gitignore"), before + ".dot/\n");
  assertEquals(await world.read(".vscode/settings.json"), SETTINGS);
  assertSilent(await world.terminal(["build"], []));
  assertEquals(await dbtRuns(world), 2);
  assert(!await world.has(".dot"), "a plain run with nothing to remember makes no folder");
});

Deno.test("answers may be long and in capitals", async () => {
  await using world = await project();
  const ran = await world.terminal(["build"], answers("YES", "Never"));
  assertEquals(ran.code, 0, ran.stdout);
  assertEquals(count(await world.read(".gitignore"), ".dot/"), 1);
  assertEquals(await world.read(".dot/config.yml"), "prompts:\n  vscode_settings: disabled\n");
});

Deno.test("no to .gitignore stops before dbt, changes nothing and is asked again", async () => {
  await using world = await project();
  const before = await world.read(".gitignore");
  const exclude = await world.read(EXCLUDE).catch(() => "");
  for (const typed of ["n\n", "\n", "nonsense\n", "\x04"]) {
    const ran = await world.terminal(["build", "@main"], [{ on: GITIGNORE, type: typed }]);
    assertEquals(ran.code, 1, ran.stdout);
    assertStringIncludes(ran.stdout, "dot does not go on");
  }
  assertEquals(await world.read(".gitignore"), before);
  assertEquals(await world.read(EXCLUDE).catch(() => ""), exclude);
  assert(!await world.has(".dot"));
  assertEquals(await dbtRuns(world), 0);
});

Deno.test("never is remembered, and .dot/ goes into the repository's exclude file", async () => {
  await using world = await project();
  const before = await world.read(".gitignore");
  const ran = await world.terminal(["build"], answers("e", "e"));
  assertEquals(ran.code, 0, ran.stdout);
  assertEquals(await world.read(".gitignore"), before);
  assertEquals(count(await world.read(EXCLUDE), ".dot/"), 1);
  assertEquals(
    await world.read(".dot/config.yml"),
    "prompts:\n  gitignore: disabled\n  vscode_settings: disabled\n",
  );
  assert(!await world.has(".vscode"));
  assertSilent(await world.terminal(["build", "@main"], []));
  assertEquals(await world.git("status", "--porcelain"), "");
});

Deno.test("after never, a lost exclude line is put back without a question", async () => {
  await using world = await project();
  await world.terminal(["build"], answers("e", "e"));
  await Deno.remove(join(world.repo, EXCLUDE));
  const ran = await world.terminal(["build"], []);
  assertSilent(ran);
  assertEquals(await world.read(EXCLUDE), ".dot/\n");
});

Deno.test("no to the editor's settings goes on, and is asked again", async () => {
  await using world = await project();
  await world.terminal(["build"], answers("y", "n"));
  assert(!await world.has(".vscode"));
  const again = await world.terminal(["build"], [{ on: VSCODE, type: "n\n" }]);
  assertEquals(again.code, 0, again.stdout);
  assertEquals(await dbtRuns(world), 2);
});

Deno.test("comments, trailing commas and indentation of settings.json stay", async () => {
  await using world = await project({ ".gitignore": ".dot/\n" });
  const text = `// Ours
{
    /* fonts */
    "editor.fontSize": 14, // big
    "search.exclude": {
        "**/target": true, // dbt's
    },
    "[sql]": { "editor.tabSize": 4, },
}
`;
  await world.write({ ".vscode/settings.json": text });
  const ran = await world.terminal(["build"], [{ on: VSCODE, type: "y\n" }]);
  assertEquals(ran.code, 0, ran.stdout);
  assertEquals(
    await world.read(".vscode/settings.json"),
    `// Ours
{
    /* fonts */
    "editor.fontSize": 14, // big
    "search.exclude": {
        "**/target": true, // dbt's
        "**/.dot": true,
    },
    "[sql]": { "editor.tabSize": 4, },
    "files.watcherExclude": {
        "**/.dot": true
    },
}
`,
  );
  assertSilent(await world.terminal(["build"], []));
});

Deno.test("a settings.json that cannot be parsed stays; the lines are printed once", async () => {
  await using world = await project({ ".gitignore": ".dot/\n" });
  for (const text of ['{ "a": 1 "b" }', "[1]\n", '{"search.exclude": 5}\n', "{\n", "\x00\n"]) {
    await world.write({ ".vscode/settings.json": text, ".dot/config.yml": "" });
    const ran = await world.terminal(["build"], []);
    assertSilent(ran);
    assertEquals(await world.read(".vscode/settings.json"), text);
    assertStringIncludes(ran.stdout, "cannot be parsed");
    for (const section of ["search.exclude", "files.watcherExclude"]) {
      assertStringIncludes(ran.stdout, `"${section}": { "**/.dot": true }`);
    }
    const again = await world.terminal(["build"], []);
    assertSilent(again);
    assert(!again.stdout.includes("cannot be parsed"));
  }
});

Deno.test("a .gitignore keeps its line ends, and one without a last newline gets it", async () => {
  for (
    const [before, after] of [
      ["target/", "target/\n.dot/\n"],
      ["target/\r\nlogs/\r\n", "target/\r\nlogs/\r\n.dot/\r\n"],
      ["a\r\nb", "a\r\nb\r\n.dot/\r\n"],
      ["", ".dot/\n"],
      [undefined, ".dot/\n"],
    ] as const
  ) {
    await using world = await project();
    await world.write({ ".gitignore": before });
    await world.terminal(["build"], answers("y", "n"));
    assertEquals(await world.read(".gitignore"), after);
  }
});

Deno.test("in a folder below, the repository's own .gitignore and settings are meant", async () => {
  await using world = await World.make();
  await world.fakeDbt();
  await world.write({ "shop/dbt_project.yml": "name: shop\nprofile: shop\n" });
  const ran = await world.terminal(["build"], answers("y", "y"), {
    cwd: join(world.repo, "shop"),
  });
  assertEquals(ran.code, 0, ran.stdout);
  assertEquals(await world.read(".gitignore"), ".dot/\n");
  assertEquals(await world.read(".vscode/settings.json"), SETTINGS);
});

Deno.test("--disable-prompts asks nothing on a terminal, and uses the exclude file", async () => {
  await using world = await project();
  const before = await world.read(".gitignore");
  const ran = await world.terminal(["build", "--disable-prompts"], []);
  assertSilent(ran);
  assertStringIncludes(ran.stdout, `added \`.dot/\` to`);
  assertEquals(await world.read(".gitignore"), before);
  assertEquals(count(await world.read(EXCLUDE), ".dot/"), 1);
  assert(!await world.has(".vscode"));
  assert(!await world.has(".dot"), "nothing was answered, so nothing is remembered");
});

Deno.test("without a terminal nothing waits: the exclude file is used, said once", async () => {
  await using world = await project();
  for (const options of [{}, { stdin: "" }, { stdin: "n\nn\n" }]) {
    const ran = await world.dot(["build"], options);
    assertEquals(ran.code, 0, ran.stderr);
    assertEquals(
      ran.stderr.includes(`added \`.dot/\` to ${join(world.repo, EXCLUDE)}`),
      !("stdin" in options),
      "only the first run says it",
    );
  }
  assertEquals(count(await world.read(EXCLUDE), ".dot/"), 1);
  const isolated = await world.dot(["build", "@main"]);
  assertEquals(isolated.code, 0, isolated.stderr);
  assertEquals(await world.git("status", "--porcelain"), "");
});

Deno.test("in a linked worktree, the exclude file is the one that git reads", async () => {
  await using world = await project();
  const linked = join(world.folder, "linked");
  await world.git("worktree", "add", "--quiet", linked, "-b", "side");
  const ran = await world.dot(["build", "dev@main"], { cwd: linked });
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(count(await world.read(EXCLUDE), ".dot/"), 1);
  assertEquals(await world.git("-C", linked, "status", "--porcelain"), "");
});

Deno.test("a .dot/ that is ignored anywhere is not asked about", async () => {
  await using world = await project();
  const ignore = join(world.home, "ignore");
  await Deno.writeTextFile(ignore, ".dot\n");
  await Deno.writeTextFile(
    join(world.home, ".gitconfig"),
    `[core]\n\texcludesFile = ${ignore}\n`,
  );
  const before = await world.read(".gitignore");
  const ran = await world.terminal(["build"], [{ on: VSCODE, type: "e\n" }]);
  assertEquals(ran.code, 0, ran.stdout);
  assert(!ran.stdout.includes(GITIGNORE));
  assertEquals(await world.read(".gitignore"), before);
});

Deno.test("a .gitignore that takes .dot/ back does not fill the exclude file", async () => {
  await using world = await project({ ".gitignore": "!.dot/\n" });
  for (let times = 0; times < 3; times++) assertEquals((await world.dot(["build"])).code, 0);
  assertEquals(count(await world.read(EXCLUDE), ".dot/"), 1);
});

Deno.test("a tracked .dot is refused until git lets it go", async () => {
  await using world = await project({ ".dot/build/x": "secret\n", ".gitignore": ".dot/\n" });
  await world.git("add", "--force", ".dot/build/x");
  await world.git("commit", "--quiet", "--message", "Oops");
  const exclude = await world.read(EXCLUDE).catch(() => "");
  const first = await world.dot(["build"]);
  assertRefused(first, "git tracks files in", ".dot", "git rm -r --cached .dot");
  assertEquals(await world.fakeRuns(), []);
  await world.git("rm", "-r", "--quiet", "--cached", ".dot");
  const second = await world.dot(["build"]);
  assertEquals(second.code, 0, second.stderr);
  assertEquals(await world.read(".gitignore"), ".dot/\n", "it is there already");
  assertEquals(await world.read(EXCLUDE).catch(() => ""), exclude);
});

Deno.test("a user's file that git does not ignore is warned of once", async () => {
  await using world = await project({ ".gitignore": ".dot/\n" });
  const file = "dot_environments.user.yml";
  assert(!(await world.dot(["build"])).stderr.includes("warning"));
  await world.write({ [file]: "" });
  const first = await world.dot(["build", "--quiet"]);
  assertStringIncludes(first.stderr, `warning: ${file} is not ignored by git`);
  assertStringIncludes(first.stderr, `\`${file}\` to .gitignore`);
  assert(!(await world.dot(["build"])).stderr.includes("warning"));
});

Deno.test("a user's file that is ignored is not warned of, unless git tracks it", async () => {
  const file = "dot_environments.user.yml";
  await using world = await project({ ".gitignore": `.dot/\n${file}\n`, [file]: "" });
  assert(!(await world.dot(["build"])).stderr.includes("warning"));
  await world.git("add", "--force", file);
  assertStringIncludes((await world.dot(["build"])).stderr, `warning: ${file}`);
});

Deno.test("what else .dot/config.yml holds stays when an answer is added", async () => {
  await using world = await project({ ".gitignore": ".dot/\n" });
  await world.write({
    ".dot/config.yml": "later:\n  key: value\nprompts:\n  gitignore: disabled\n",
  });
  await world.terminal(["build"], [{ on: VSCODE, type: "e\n" }]);
  assertEquals(
    await world.read(".dot/config.yml"),
    "later:\n  key: value\nprompts:\n  gitignore: disabled\n  vscode_settings: disabled\n",
  );
});

Deno.test("a broken .dot/config.yml is an error that names it and says what to do", async () => {
  await using world = await project({ ".gitignore": ".dot/\n" });
  for (const text of ["prompts: [\n", "- a\n"]) {
    await world.write({ ".dot/config.yml": text });
    const ran = await world.dot(["build"]);
    assertEquals(ran.code, 2);
    assertStringIncludes(ran.stderr, join(world.repo, ".dot/config.yml"));
    assertStringIncludes(ran.stderr, "remove it");
  }
  assertEquals(await dbtRuns(world), 0);
  await world.write({ ".dot/config.yml": "" });
  assertEquals((await world.dot(["build"])).code, 0);
});

Deno.test("Ctrl-C at a question stops dot and changes nothing", async () => {
  await using world = await project();
  const before = await world.read(".gitignore");
  const ran = await world.terminal(["build"], [{ on: GITIGNORE, type: "\x03" }]);
  assert(ran.code !== 0);
  assertEquals(await world.read(".gitignore"), before);
  assert(!await world.has(".dot"));
  assertEquals(await dbtRuns(world), 0);
});

Deno.test("an error comes before any question", async () => {
  await using world = await project();
  const ran = await world.terminal(["build", "@nowhere"], []);
  assertEquals(ran.code, 2);
  assert(!ran.stdout.includes("[y/N"), ran.stdout);
});
