import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { completionScript } from "../../lib/cli/completions/completions.ts";
import { SHELLS } from "../../lib/cli/completions/grammar.ts";
import { DBT_COMMANDS } from "../../lib/dbt/commands.ts";
import { DBT_FLAGS, GLOBAL_FLAGS } from "../../lib/cli/flags.ts";

const OWN = [{ name: "completions", summary: 'It\'s `quoted` "$(twice)"' }];

for (const { name: shell } of SHELLS) {
  Deno.test(`${shell} completes every command and flag of the tables`, () => {
    const script = completionScript(shell, DBT_COMMANDS, OWN);
    for (const { name } of DBT_COMMANDS) assertStringIncludes(script, name);
    for (const { name } of [...DBT_FLAGS, ...GLOBAL_FLAGS]) {
      assertStringIncludes(script, `--${name}`);
    }
    for (const { name } of SHELLS) assertStringIncludes(script, name);
  });

  Deno.test(`${shell} offers a group once, and its commands behind it`, () => {
    const script = completionScript(shell, [
      ...DBT_COMMANDS.filter(({ name }) => name.startsWith("docs ")),
    ], OWN);
    assertStringIncludes(script, "generate");
    assertEquals(script.includes("docs docs"), false);
  });

  Deno.test(`${shell} says how it is installed`, () => {
    const script = completionScript(shell, DBT_COMMANDS, OWN);
    const install = SHELLS.find(({ name }) => name === shell)?.summary ?? "";
    assertStringIncludes(script.slice(0, 200), install);
  });
}

Deno.test("the summary of a command stays text in every script", () => {
  const script = (shell: string) => completionScript(shell, DBT_COMMANDS, OWN);
  assertStringIncludes(script("zsh"), `'completions:It'\\''s \`quoted\` "$(twice)"'`);
  assertStringIncludes(script("fish"), `'completions\tIt\\'s \`quoted\` "$(twice)"'`);
  assertStringIncludes(script("powershell"), `'completions\tIt''s \`quoted\` "$(twice)"'`);
  assertEquals(script("bash").includes("twice"), false);
});

Deno.test("only commands that can defer are offered --defer", () => {
  const lines = completionScript("bash", DBT_COMMANDS, OWN).split("\n");
  const before = lines[
    lines.findIndex((line) =>
      line.includes(`found+=" --defer --state --modified --base --seed-from"`)
    ) - 1
  ] ?? "";
  assertStringIncludes(before, `"build "*`);
  assertStringIncludes(before, `"docs generate "*`);
  assertEquals(/debug|deps|docs serve/.test(before), false, before);
});

Deno.test("a flag of dot's own command is offered there, and its value is not taken for a word", () => {
  const own = [{
    name: "prune",
    summary: "Prune",
    target: "builds" as const,
    flags: [{ name: "older-than", value: "age", summary: "Age" }],
  }];
  const script = (shell: string) => completionScript(shell, DBT_COMMANDS, own);
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

Deno.test("another shell is refused", () => {
  assertThrows(() => completionScript("csh", DBT_COMMANDS, OWN), RangeError);
});
