import { assert, assertEquals } from "@std/assert";
import { DBT_COMMANDS } from "../../lib/dbt/commands.ts";
import {
  DBT_OPTION_NAMES,
  DBT_OPTIONS,
  findDbtOption,
  optionOfWord,
  takes,
} from "../../lib/dbt/options.ts";

/** The options of a command that not every command has. */
function own(command: string): string[] {
  return DBT_OPTIONS.filter((option) => option.commands?.includes(command)).map(({ name }) => name);
}

Deno.test("a name belongs to one option", () => {
  assertEquals(new Set(DBT_OPTION_NAMES).size, DBT_OPTION_NAMES.length);
});

Deno.test("every command that an option names is a command of dbt", () => {
  const known = DBT_COMMANDS.map(({ name }) => name);
  for (const { name, commands = [] } of DBT_OPTIONS) {
    for (const command of commands) assert(known.includes(command), `${name}: ${command}`);
  }
});

Deno.test("a letter belongs to one option of each command", () => {
  for (const { name } of DBT_COMMANDS) {
    const letters = DBT_OPTIONS.filter((option) => takes(name, option))
      .flatMap(({ short }) => short ?? []);
    assertEquals(new Set(letters).size, letters.length, `${name}: ${letters.join(" ")}`);
  }
});

Deno.test("list and ls take the same", () => {
  assertEquals(own("ls"), own("list"));
});

Deno.test("each command takes what dbt's own table says", () => {
  const table: Record<string, string[]> = {
    clean: ["clean-project-files-only", "target-path"],
    debug: ["config-dir", "connection"],
    deps: ["add-package", "lock", "source", "upgrade"],
    "docs serve": ["browser", "host", "port", "target-path"],
    init: ["skip-debug", "skip-profile-setup"],
    parse: ["target-path", "threads"],
    "run-operation": ["args", "sql", "target-path", "threads"],
  };
  for (const [command, options] of Object.entries(table)) {
    assertEquals(own(command), options, command);
  }
  for (const command of ["build", "run", "test", "seed", "snapshot", "compile", "docs generate"]) {
    for (const name of ["select", "exclude", "selector", "threads", "target-path"]) {
      assert(own(command).includes(name), `${command} --${name}`);
    }
  }
  for (const command of ["list", "clean", "deps", "debug", "init", "docs serve"]) {
    assert(!own(command).includes("threads"), command);
  }
  for (const command of ["test", "snapshot", "list", "docs generate", "source freshness"]) {
    assert(!own(command).includes("full-refresh"), command);
  }
});

Deno.test("a word names its option in every form", () => {
  const table: [string, string, string | undefined][] = [
    ["--target", "run", "target"],
    ["--target=x", "run", "target"],
    ["-t", "run", "target"],
    ["-tx", "run", "target"],
    ["--no-defer", "run", "defer"],
    ["--models", "run", "select"],
    ["-m", "run", "select"],
    ["-f", "run", "full-refresh"],
    ["-f", "test", undefined],
    ["--no-such", "run", undefined],
    ["-", "run", undefined],
    ["--", "run", undefined],
    ["a", "run", undefined],
    ["--vars=a=b", "run", "vars"],
    ["--Target", "run", undefined],
  ];
  for (const [word, command, name] of table) {
    assertEquals(optionOfWord(word, command)?.name, name, `${command} ${word}`);
  }
});

Deno.test("an option is found by its name and its aliases", () => {
  assertEquals(findDbtOption("select"), findDbtOption("models"));
  assertEquals(findDbtOption("resource-type")?.name, "resource-types");
  assertEquals(findDbtOption("nope"), undefined);
});
