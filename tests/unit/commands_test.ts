/** What holds for every command: it cannot be forgotten anywhere. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { completionScript } from "../../lib/cli/completions/completions.ts";
import { grammarOf } from "../../lib/cli/completions/grammar.ts";
import { type Entry, loadCommands } from "../../lib/cli/command.ts";
import { GLOBAL_FLAGS } from "../../lib/cli/flags.ts";
import { commandHelp, mainHelp } from "../../lib/cli/help.ts";
import { FLAGS } from "../../lib/commands/dbt/flags.ts";
import { FLAGS as DIFF_FLAGS } from "../../lib/commands/diff/flags.ts";
import { SHELLS } from "../../lib/commands/completions/shells.ts";
import { COMMANDS as ENTRIES } from "../../lib/commands/index.ts";
import { DBT_COMMANDS } from "../../lib/dbt/commands.ts";
import { FORMATS } from "../../lib/diff/views/index.ts";
import { run } from "../../lib/dot.ts";
import { voice } from "../voice.ts";

const COMMANDS = await loadCommands(ENTRIES);
const ROOMS = new URL("../../lib/commands/", import.meta.url);
/** All helps, one behind the other; `DOT_TEST_UPDATE=1` writes it anew. */
const SNAPSHOT = new URL("../help.txt", import.meta.url);

Deno.test("every folder of lib/commands is in the list, and every command of dbt", async () => {
  const folders = [...Deno.readDirSync(ROOMS)].filter(({ isDirectory }) => isDirectory);
  const own = folders.map(({ name }) => name).filter((name) => name !== "dbt").sort();
  const names = COMMANDS.map(({ name }) => name);
  assertEquals(names, [...DBT_COMMANDS.map(({ name }) => name), ...own]);
  assertEquals(new Set(names).size, names.length);
  for (const name of own) {
    const code = await Deno.readTextFile(new URL(`${name}/command.ts`, ROOMS));
    assertStringIncludes(code, 'import("./run.ts")', `${name} loads what runs it when it runs`);
  }
});

for (const command of COMMANDS) {
  const { name } = command;
  const words = name.split(" ");

  Deno.test(`dot ${name} has a help, and it is found by every way`, async () => {
    const help = `${await commandHelp(command)}\n`;
    assertStringIncludes(help, `Usage: dot ${name}`);
    assertStringIncludes(help, command.about);
    for (const flag of Object.keys({ ...command.flags, ...GLOBAL_FLAGS })) {
      assertMatch(help, new RegExp(`^ .* --${flag}( |$)`, "m"));
    }
    assertMatch(await mainHelp(ENTRIES), new RegExp(`^  ${name} +\\S`, "m"));
    for (const argv of [["help", ...words], [...words, "--help"], ["-h", ...words]]) {
      const said = voice();
      assertEquals(await run(argv, ENTRIES, said.context), 0, argv.join(" "));
      assertEquals([said.stdout.text, said.stderr.text], [help, ""], argv.join(" "));
    }
  });

  Deno.test(`dot ${name} is dispatched, with the words behind it`, async () => {
    const got: string[] = [];
    const commands = ENTRIES.map((other): Entry => ({
      ...other,
      load: async () => ({
        ...await other.load(),
        run: ({ words }) => Promise.resolve(got.push(`${other.name}: ${words.join(" ")}`)),
      }),
    }));
    const word = command.actions?.[0]?.name ?? (command.target === undefined ? undefined : "dev");
    const behind = word === undefined ? [] : [word];
    await run([...words, ...behind], commands, voice().context);
    await run(["-q", ...words, ...behind], commands, voice().context);
    assertEquals(got, Array(2).fill(`${name}: ${behind.join(" ")}`));
  });

  Deno.test(`dot ${name} is completed in every shell, with its flags and actions`, () => {
    const asking = { environments: "completions environments", builds: "completions builds" };
    const grammar = grammarOf(COMMANDS, asking);
    const after = (before: string) =>
      grammar.after.find(([line]) => line === before)?.[1].map((one) => one.name) ?? [];
    assert(after(words.slice(0, -1).join(" ")).includes(words.at(-1) ?? ""));
    const offered = grammar.flags.find(([names]) => names.includes(name))?.[1] ?? [];
    assertEquals(offered.map((flag) => flag.name), Object.keys(command.flags).map((f) => `--${f}`));
    const shown = (command.actions ?? []).filter(({ hidden }) => hidden !== true);
    if (shown.length > 0) assertEquals(after(name), shown.map((one) => one.name));
    for (const { name: shell, summary } of SHELLS) {
      const script = completionScript(shell, grammar, summary);
      for (const text of [...words, ...shown.map((one) => one.name)]) {
        assertStringIncludes(script, text, shell);
      }
    }
  });
}

Deno.test("a flag takes as many values in every command, and has one short form", () => {
  const seen = new Map<string, string>();
  for (const { known } of COMMANDS) {
    for (const [name, { second, short, value }] of Object.entries(known)) {
      const kind = `${value !== undefined} ${second !== undefined} ${short ?? ""}`;
      assertEquals(seen.get(name) ?? kind, kind, name);
      seen.set(name, kind);
      assertEquals(Object.hasOwn(GLOBAL_FLAGS, name), false, name);
    }
  }
});

Deno.test("dbt's commands offer the flags that they can use, and refuse the others by name", async () => {
  const without = new Map(COMMANDS.map((command) => [
    command.name,
    Object.keys(FLAGS).filter((flag) => !Object.hasOwn(command.flags, flag)),
  ]));
  for (const name of ["clean", "debug", "deps", "docs serve", "parse", "retry", "run-operation"]) {
    assertEquals(without.get(name), ["defer", "state", "modified", "base", "seed-from"], name);
  }
  for (const name of ["test", "compile", "seed"]) assertEquals(without.get(name), ["seed-from"]);
  for (const name of ["build", "run", "snapshot"]) assertEquals(without.get(name), []);
  const refusals: [string[], string][] = [
    [["--defer", "@main"], "`dbt deps` cannot defer"],
    [["--state", "@main"], "`dbt deps` compares nothing"],
    [["--modified"], "`dbt deps` compares nothing"],
    [["--base", "main"], "`dbt deps` compares nothing"],
    [["--seed-from", "prod"], "`dbt deps` builds no incremental model and no snapshot"],
  ];
  for (const [flags, words] of refusals) {
    const said = voice();
    assertEquals(await run(["deps", "dev", ...flags], ENTRIES, said.context), 2);
    assertStringIncludes(said.stderr.text, `error[DOT008]: ${words}`);
    assertStringIncludes(said.stderr.text, `Leave out ${flags[0]}`);
  }
});

Deno.test("the formats that dot diff offers are those that it has", () => {
  assertEquals(DIFF_FLAGS.format.value, FORMATS.join("|"));
});

Deno.test("the help of every command is as it was", async () => {
  const parts = await Promise.all(COMMANDS.map(async (command) => [
    `$ dot ${command.name} --help`,
    await commandHelp(command),
  ]));
  const text = [["$ dot --help", await mainHelp(ENTRIES)], ...parts]
    .map((lines) => lines.join("\n\n")).join("\n\n\n") + "\n";
  if (Deno.env.get("DOT_TEST_UPDATE")) await Deno.writeTextFile(SNAPSHOT, text);
  const kept = (await Deno.readTextFile(SNAPSHOT)).replaceAll("\r\n", "\n");
  assertEquals(text, kept, "When that is meant: deno task help");
});

Deno.test("a start loads nothing but the list of commands", async () => {
  const main = fromFileUrl(new URL("../../main.ts", import.meta.url));
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", main],
  }).output();
  const { modules }: { modules: Loaded[] } = JSON.parse(new TextDecoder().decode(stdout));
  const byName = new Map(modules.map((one) => [one.specifier, one.dependencies ?? []]));
  const found = new Set<string>();
  const walk = (specifier: string) => {
    if (found.has(specifier)) return;
    found.add(specifier);
    for (const { code, isDynamic } of byName.get(specifier) ?? []) {
      if (isDynamic !== true && code !== undefined) walk(code.specifier);
    }
  };
  walk(new URL("../../main.ts", import.meta.url).href);
  const rooms = [...found].flatMap((one) => /\/lib\/(.*)\.ts$/.exec(one)?.[1] ?? []);
  const fine = /^(?:dot|base\/.*|cli\/\w+|commands\/index|dbt\/commands)$/;
  assertEquals(rooms.filter((name) => !fine.test(name)), []);
});

/** A module as `deno info` tells it. */
interface Loaded {
  specifier: string;
  dependencies?: { isDynamic?: boolean; code?: { specifier: string } }[];
}
