import { assert, assertEquals } from "@std/assert";
import { DBT_COMMANDS } from "../../lib/dbt/commands.ts";
import {
  DBT_OPTION_NAMES,
  DBT_OPTIONS,
  findDbtOption,
  optionOfWord,
  takersOf,
  takes,
  takesNegated,
  versionOf,
  type WhichDbt,
} from "../../lib/dbt/options.ts";

const DBT_1: WhichDbt = { version: "1.12.0", major: 1 };
const DBT_2: WhichDbt = { version: "2.0.0rc196", major: 2 };

/** The options of a command that not every command has. */
function own(command: string, dbt = DBT_1): string[] {
  return DBT_OPTIONS.filter((option) => takersOf(option) !== "every" && takes(command, option, dbt))
    .map(({ name }) => name);
}

Deno.test("a name belongs to one option", () => {
  assertEquals(new Set(DBT_OPTION_NAMES).size, DBT_OPTION_NAMES.length);
});

Deno.test("every command that an option names is a command of dbt", () => {
  const known = DBT_COMMANDS.map(({ name }) => name);
  for (const option of DBT_OPTIONS) {
    const takers = takersOf(option);
    if (takers === "every") continue;
    for (const command of takers) assert(known.includes(command), `${option.name}: ${command}`);
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

Deno.test("a dbt counts as the version whose options it has", () => {
  const table: [string | undefined, number, string][] = [
    ["1.8.2", 1, "1.8"],
    ["1.7.19", 1, "1.8"],
    ["1.10.23", 1, "1.10"],
    ["1.13.0", 1, "1.12"],
    ["1.12.0b1", 1, "1.12"],
    [undefined, 1, "1.12"],
    ["2.0.0rc196", 2, "2.0-preview"],
    ["2.0.0-preview.196", 2, "2.0-preview"],
    [undefined, 2, "2.0-preview"],
    ["2.0.9", 2, "2.0"],
    ["2", 2, "2.0"],
    ["3.1.0", 3, "2.0"],
  ];
  for (const [version, major, counts] of table) {
    assertEquals(versionOf({ version, major }), counts, `${version}`);
  }
});

Deno.test("an option counts for the versions and commands that take it", () => {
  const at = (version: string): WhichDbt => ({ version, major: Number(version[0]) });
  const table: [string, string, string, boolean][] = [
    ["empty", "snapshot", "1.8.1", false],
    ["empty", "snapshot", "1.9.0", true],
    ["empty", "seed", "1.11.2", false],
    ["empty", "seed", "1.12.0", true],
    ["enable-legacy-logger", "run", "1.8.0", true],
    ["enable-legacy-logger", "run", "1.9.0", false],
    ["full-refresh", "retry", "1.12.0", true],
    ["full-refresh", "retry", "2.0.0rc196", false],
    ["resource-types", "clone", "1.11.0", true],
    ["resource-types", "clone", "2.0.0", false],
    ["resource-types", "test", "2.0.0rc196", false],
    ["resource-types", "test", "2.0.1", true],
    ["use-colors", "run", "2.0.1", false],
    ["write-catalog", "run", "1.12.0", false],
    ["write-catalog", "run", "2.0.1", true],
  ];
  for (const [name, command, version, wanted] of table) {
    const option = findDbtOption(name);
    assert(option !== undefined, name);
    assertEquals(takes(command, option, at(version)), wanted, `${name} ${command} ${version}`);
  }
  const defer = findDbtOption("defer");
  assert(defer !== undefined);
  assertEquals(
    [takesNegated("clone", defer, DBT_2), takesNegated("build", defer, DBT_2)],
    [false, true],
  );
  assertEquals(takesNegated("clone", defer, DBT_1), true);
});

Deno.test("a variable of an option of one command is not another's", () => {
  for (const name of ["host", "port", "threads", "select", "limit"]) {
    const option = findDbtOption(name);
    assert(option !== undefined, name);
    assert(option.variable === undefined || !takes("run", option), name);
  }
});
