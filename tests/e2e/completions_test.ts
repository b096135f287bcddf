import { assertEquals, assertStringIncludes } from "@std/assert";
import { DELIMITER, dirname, join } from "@std/path";
import { quoteCommand } from "../../lib/base/shell.ts";
import { passedOn } from "../environment.ts";
import { DOT, type Ran, World } from "../harness.ts";

const WINDOWS = Deno.build.os === "windows";
const FILES = {
  "dot_environments.yml": "environment:\n  default: dev\n  dev: {}\n  prod: {}\n",
  "dot_environments.user.yml": "environment:\n  mine:\n    target: dev\n",
  "notes.txt": "",
};

/** What each shell must offer for a line; the cursor stands at its end. */
const OFFERS: [line: string, offered: string[]][] = [
  ["dot bui", ["build", "builds"]],
  ["dot do", ["docs"]],
  ["dot docs ", ["generate", "serve"]],
  ["dot source ", ["freshness"]],
  ["dot completions ", ["bash", "fish", "powershell", "zsh"]],
  ["dot help sou", ["source"]],
  ["dot help build ", []],
  ["dot build @", ["@.", "@feature/cities", "@main", "@v1.0"]],
  ["dot build dev@f", ["dev@feature/cities"]],
  ["dot build new@f", ["new@feature/cities"]],
  ["dot --verbose docs generate prod@v", ["prod@v1.0"]],
  ["dot build --defer @m", ["@main"]],
  ["dot build --defer=dev@m", ["--defer=dev@main"]],
  ["dot build --state=dev@m", ["--state=dev@main"]],
  ["dot build --state @m", ["@main"]],
  ["dot build --base m", []],
  ["dot build dev@.", ["dev@."]],
  ["dot build --defer @main dev@v", ["dev@v1.0"]],
  ["dot build --d", ["--defer", "--disable-prompts", "--dry-run"]],
  ["dot debug dev --d", ["--disable-prompts", "--dry-run"]],
  ["dot completions --v", ["--verbose", "--version"]],
  ["dot builds ", ["dev", "mine", "pin", "prod", "unpin"]],
  ["dot builds p", ["pin", "prod"]],
  ["dot builds --j", ["--json"]],
  ["dot builds --o", ["--offline"]],
  ["dot builds pin ", ["dev@abc1234", "prod@abc1234"]],
  ["dot builds unpin dev@abc1234 p", ["prod@abc1234"]],
  ["dot diff dev@main dev@v", ["dev@v1.0"]],
  ["dot diff dev prod d", []],
  ["dot help builds dev", []],
  ["dot build dev ", []],
  ["dot nothing ", []],
];

async function makeWorld(): Promise<World> {
  const world = await World.withProject(FILES);
  await world.git("branch", "feature/cities");
  await world.git("tag", "v1.0");
  for (const name of ["dev", "prod"]) {
    await Deno.mkdir(join(world.repo, ".dot", "build", "abc1234", "env", name), {
      recursive: true,
    });
  }
  const dot = join(world.bin, "dot");
  await Deno.writeTextFile(dot, `#!/bin/sh\nexec ${quoteCommand(DOT)} "$@"\n`, { mode: 0o755 });
  return world;
}

Deno.test("completions prints a script, and nothing else", async () => {
  await using world = await makeWorld();
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    const ran = await world.dot(["completions", shell]);
    assertEquals([ran.code, ran.stderr], [0, ""]);
    assertStringIncludes(ran.stdout, `dot completions ${shell}`);
  }
});

Deno.test("completions explains itself, and refuses what is no shell", async () => {
  await using world = await World.make();
  const help = await world.dot(["completions", "--help"]);
  assertEquals(help.code, 0);
  assertStringIncludes(help.stdout, "Usage: dot completions <shell>");
  assertStringIncludes(help.stdout, 'eval "$(dot completions zsh)"');

  const near = await world.dot(["completions", "bahs"]);
  assertEquals([near.code, near.stdout], [2, ""]);
  assertStringIncludes(near.stderr, "Did you mean `bash`?");
  const far = await world.dot(["completions", "nushell7"]);
  assertStringIncludes(far.stderr, "nushell7");
  const none = await world.dot(["completions"]);
  assertEquals(none.code, 2);
  assertStringIncludes(none.stderr, "bash, zsh, fish, powershell");
  const more = await world.dot(["completions", "bash", "zsh"]);
  assertEquals(more.code, 2);
});

Deno.test("the environments come from both files, from any folder of the project", async () => {
  await using world = await makeWorld();
  const ran = await world.dot(["completions", "environments"], {
    cwd: join(world.repo, "models"),
  });
  assertEquals(ran, { code: 0, stdout: "dev\nmine\nprod\n", stderr: "" });
});

Deno.test("a broken or missing file is no error where nobody asked for it", async () => {
  await using world = await makeWorld();
  await world.write({ "dot_environments.yml": "environment: [\n" });
  const broken = await world.dot(["completions", "environments"]);
  assertEquals(broken, { code: 0, stdout: "mine\n", stderr: "" });
  const outside = await world.dot(["completions", "environments"], { cwd: world.home });
  assertEquals(outside, { code: 0, stdout: "", stderr: "" });
});

Deno.test({
  name: "bash offers what may follow",
  ignore: !installed("bash"),
  fn: async () => {
    await using world = await makeWorld();
    for (const [line, offered] of OFFERS) {
      assertEquals(await bash(world, line, " "), offered, line);
    }
    assertEquals(await bash(world, "dot build ", " "), ["@", "dev", "mine", "prod"]);
    assertEquals(await bash(world, "dot build -- notes", " "), []);
  },
});

Deno.test({
  name: "bash gets only what stands behind its word breaks",
  ignore: !installed("bash"),
  fn: async () => {
    await using world = await makeWorld();
    const breaks = " \t\n\"'@><=;|&(:";
    assertEquals(await bash(world, "dot build dev@f", breaks), ["feature/cities"]);
    assertEquals(await bash(world, "dot build @f", breaks), ["feature/cities"]);
    assertEquals(await bash(world, "dot build --defer=dev@f", breaks), ["feature/cities"]);
  },
});

Deno.test({
  name: "the name of a branch is never run",
  ignore: !installed("bash"),
  fn: async () => {
    await using world = await makeWorld();
    await world.git("branch", "a;$(touch${IFS}hacked)`id`");
    assertEquals(await bash(world, "dot build @a", " "), [
      "@a\\;\\$\\(touch\\$\\{IFS\\}hacked\\)\\`id\\`",
    ]);
    assertEquals(await world.has("hacked"), false);
  },
});

Deno.test({
  name: "fish offers what may follow",
  ignore: !installed("fish"),
  fn: async () => {
    await using world = await makeWorld();
    await world.write({ "t.fish": (await world.dot(["completions", "fish"])).stdout });
    for (const [line, offered] of OFFERS) {
      const script = `source t.fish; complete -C ${quoteCommand([line])}`;
      assertEquals(
        names(await world.run("fish", ["--no-config", "-c", script], {})),
        offered,
        line,
      );
    }
    const script = "source t.fish; complete -C 'dot build '";
    const ran = await world.run("fish", ["--no-config", "-c", script], {});
    assertEquals(names(ran), ["@", "dev", "dev@", "mine", "mine@", "prod", "prod@"]);
  },
});

/** For each shell: how it starts with a start-up file, that file's place below HOME, and what it says. */
const INTERACTIVE: Record<string, { argv: string[]; file: string; text: string }> = {
  bash: {
    argv: ["bash", "--noprofile", "-i"],
    file: ".bashrc",
    text: "PS1='ready> '\neval \"$(dot completions bash)\"\n",
  },
  zsh: {
    argv: ["zsh", "-i"],
    file: ".zshrc",
    text: "PS1='ready> '\nautoload -Uz compinit\ncompinit -D -u\neval \"$(dot completions zsh)\"\n",
  },
  fish: {
    argv: ["fish", "-i"],
    file: ".config/fish/config.fish",
    text: "function fish_prompt\n  echo 'ready> '\nend\ndot completions fish | source\n",
  },
};

for (const [shell, { argv, file, text }] of Object.entries(INTERACTIVE)) {
  Deno.test({
    name: `${shell} completes at the Tab key`,
    ignore: WINDOWS || !installed(shell),
    fn: async () => {
      await using world = await makeWorld();
      await Deno.mkdir(dirname(join(world.home, file)), { recursive: true });
      await Deno.writeTextFile(join(world.home, file), text);
      const answers = [
        { on: "ready> ", type: "dot snaps\t" },
        { on: "shot", type: "dev@fe\t" },
        { on: "ature/cities", type: "\x15exit\r" },
      ];
      const ran = await world.onTerminal(argv, answers, { env: { TERM: "xterm" } });
      assertEquals(ran.code, 0, ran.stdout);
      assertStringIncludes(ran.stdout, "ature/cities");
    },
  });
}

/** What bash would offer; `breaks` are readline's word breaks. */
async function bash(world: World, line: string, breaks: string): Promise<string[]> {
  const script = [
    'eval "$(dot completions bash)"',
    "COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDBREAKS=$2",
    "_dot dot",
    '[[ ${#COMPREPLY[@]} == 0 ]] || printf "%s\\n" "${COMPREPLY[@]}"',
  ].join("\n");
  const ran = await world.run("bash", ["--norc", "-c", script, "bash", line, breaks], {});
  assertEquals([ran.code, ran.stderr], [0, ""], line);
  return names(ran);
}

function names({ stdout }: Ran): string[] {
  return stdout.split("\n").filter((line) => line !== "")
    .map((line) => line.split("\t")[0] ?? "").sort();
}

function installed(program: string): boolean {
  if (WINDOWS) return false;
  return passedOn().PATH.split(DELIMITER).some((folder) => {
    try {
      return Deno.statSync(join(folder, program)).isFile;
    } catch {
      return false;
    }
  });
}
