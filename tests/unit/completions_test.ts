import { assertEquals, assertStringIncludes } from "@std/assert";
import { completionScript } from "../../lib/cli/completions/completions.ts";
import { grammarOf } from "../../lib/cli/completions/grammar.ts";
import { type Command, command, loadCommands, OWN } from "../../lib/cli/command.ts";
import { type Flags, GLOBAL_FLAGS } from "../../lib/cli/flags.ts";
import { SHELLS } from "../../lib/commands/completions/shells.ts";
import { COMMANDS as ENTRIES } from "../../lib/commands/index.ts";

const COMMANDS = await loadCommands(ENTRIES);
const ASKING = { environments: "completions environments", builds: "completions builds" };

function scriptOf(shell: string, commands: readonly Command[] = COMMANDS): string {
  const found = SHELLS.find(({ name }) => name === shell);
  if (found === undefined) throw new Error(`no shell ${shell}`);
  return completionScript(found.name, grammarOf(commands, ASKING), found.summary);
}

/** A command as it may be declared, with nothing behind it. */
function made(name: string, summary: string, flags: Flags = {}, more: object = {}): Command {
  const load = () => Promise.reject(new Error("never run"));
  return {
    name,
    summary,
    section: OWN,
    ...command({ about: "", usage: [], flags, load, ...more }),
  };
}

const OWN_COMMANDS = [
  made("quoted", 'It\'s `quoted` "$(twice)"'),
  made("prune", "Prune", { "older-than": { value: "age", summary: "Age" } }, { target: "builds" }),
];

for (const { name: shell, summary: install } of SHELLS) {
  Deno.test(`${shell} completes every command and flag that there is`, () => {
    const script = scriptOf(shell);
    for (const { actions = [], flags, name } of COMMANDS) {
      for (const word of name.split(" ")) assertStringIncludes(script, word);
      for (const flag of Object.keys(flags)) assertStringIncludes(script, `--${flag}`);
      for (const { hidden, name } of actions) {
        if (hidden !== true) assertStringIncludes(script, name);
      }
    }
    for (const name of Object.keys(GLOBAL_FLAGS)) assertStringIncludes(script, `--${name}`);
  });

  Deno.test(`${shell} offers a group once, and its commands behind it`, () => {
    const script = scriptOf(shell, COMMANDS.filter(({ name }) => name.startsWith("docs ")));
    assertStringIncludes(script, "generate");
    assertEquals(script.includes("docs docs"), false);
  });

  Deno.test(`${shell} says how it is installed`, () => {
    assertStringIncludes(scriptOf(shell).slice(0, 200), install);
  });
}

Deno.test("the summary of a command stays text in every script", () => {
  const script = (shell: string) => scriptOf(shell, OWN_COMMANDS);
  assertStringIncludes(script("zsh"), `'quoted:It'\\''s \`quoted\` "$(twice)"'`);
  assertStringIncludes(script("fish"), `'quoted\tIt\\'s \`quoted\` "$(twice)"'`);
  assertStringIncludes(script("powershell"), `'quoted\tIt''s \`quoted\` "$(twice)"'`);
  assertEquals(script("bash").includes("twice"), false);
});

Deno.test("only commands that can defer are offered --defer, and only those that can seed --seed-from", () => {
  const lines = scriptOf("bash").split("\n").filter((line) => line.includes("found+="));
  const offered = (flag: string) =>
    lines.filter((line) => line.includes(` ${flag} `)).map((line) => line.split(")")[0]).join();
  assertStringIncludes(offered("--defer"), `"build "*`);
  assertStringIncludes(offered("--defer"), `"docs generate "*`);
  assertEquals(/debug|deps|docs serve|parse|retry|operation/.test(offered("--defer")), false);
  for (const flag of ["--state", "--modified"]) assertEquals(offered(flag), offered("--defer"));
  assertEquals(offered("--seed-from").trim(), `"build "* | "run "* | "snapshot "*`);
});

Deno.test("a flag of dot's own command is offered there, and its value is not taken for a word", () => {
  const defer = { base: { value: "ref", summary: "" }, defer: { value: "env@ref", summary: "" } };
  const script = (shell: string) => scriptOf(shell, [made("build", "", defer), ...OWN_COMMANDS]);
  assertStringIncludes(script("bash"), `"prune "*) found+=" --older-than" ;;`);
  assertStringIncludes(script("bash"), "      --base | --older-than)\n        i=$((i + 1))");
  assertStringIncludes(
    script("zsh"),
    "      --base | --older-than)\n        ((++i == CURRENT)) && return",
  );
  assertStringIncludes(script("fish"), "case --base --older-than\n                set place value");
  assertStringIncludes(script("powershell"), "@('--base', '--older-than') -contains $word");
  for (const { name } of SHELLS) assertStringIncludes(script(name), "dot completions builds");
});
