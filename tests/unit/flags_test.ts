import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../lib/base/errors.ts";
import { findCommand, plainWords } from "../../lib/cli/find.ts";
import { type Flags, flags, givenFor, GLOBAL_FLAGS, type Line } from "../../lib/cli/flags.ts";
import { readLine } from "../../lib/cli/line.ts";
import { unknownFlag } from "../../lib/cli/refuse.ts";
import { FLAGS } from "../../lib/commands/dbt/flags.ts";
import { COMMANDS } from "../../lib/commands/index.ts";

function read(argv: readonly string[], declared: Flags): Line {
  const line = readLine(argv, { ...GLOBAL_FLAGS, ...declared });
  if ("unknown" in line) {
    throw new UsageError(`unknown flag \`${line.unknown}\``, { code: "DOT003" });
  }
  return line;
}

function parse(...argv: string[]) {
  const { words, values, rest } = read(argv, FLAGS);
  const given = [...values];
  return {
    words,
    switches: given.filter(([, value]) => value === true).map(([name]) => name).sort(),
    values: Object.fromEntries(given.filter(([, value]) => value !== true)),
    rest,
  };
}

/** What is said of a flag that is unknown. */
async function refused(...argv: string[]): Promise<UsageError> {
  const command = await findCommand(argv, COMMANDS);
  const line = readLine(argv, { ...GLOBAL_FLAGS, ...command?.known });
  if (!("unknown" in line)) throw new Error(`${argv.join(" ")} is known`);
  return await unknownFlag(line, command, COMMANDS);
}

const NOTHING = { words: [], switches: [], values: {}, rest: [] };

Deno.test("words, switches and values are told apart wherever they stand", () => {
  assertEquals(parse(), NOTHING);
  assertEquals(parse("--dry-run", "build", "--defer", "prod@main", "dev@x", "-q"), {
    words: ["build", "dev@x"],
    switches: ["dry-run", "quiet"],
    values: { defer: "prod@main" },
    rest: [],
  });
  assertEquals(parse("build", "--defer=@HEAD@{1}", "-qv").values, { defer: "@HEAD@{1}" });
  assertEquals(parse("build", "-qv").switches, ["quiet", "verbose"]);
  assertEquals(parse("--no-deps").switches, ["no-deps"]);
});

Deno.test("words stay as they are typed", () => {
  for (const word of ["0123", "1e5", "", "@-x", "dev@--force", "true", "a=b", "-"]) {
    assertEquals(parse("build", word).words, ["build", word]);
  }
});

Deno.test("what follows the first -- is not looked at", () => {
  assertEquals(parse("build", "--", "--dry-run", "--", "-x", ""), {
    ...NOTHING,
    words: ["build"],
    rest: ["--dry-run", "--", "-x", ""],
  });
  assertEquals(parse("--", "build").words, []);
});

Deno.test("a value is needed where one is taken", () => {
  for (const argv of [["--defer"], ["--defer="], ["--defer", "--dry-run"]]) {
    assertThrows(
      () => parse("build", ...argv),
      UsageError,
      "--defer needs a value: --defer <env@ref>",
    );
  }
});

Deno.test("a flag of two values takes both, the first behind it or behind an equals sign", () => {
  const declared = flags({ since: { value: "column", second: "value", summary: "" } });
  for (const argv of [["--since", "at", "2026"], ["--since=at", "2026"]]) {
    const line = read(["a", ...argv, "b"], declared);
    assertEquals(line.words, ["a", "b"]);
    assertEquals(givenFor(declared, line.values), { since: ["at", "2026"] });
  }
  for (const argv of [["--since"], ["--since", "at"], ["--since=at"], ["--since", "at", ""]]) {
    assertThrows(() => read(argv, declared), UsageError, "--since needs two values");
  }
});

Deno.test("a command is given its flags by their names, those that were left out too", () => {
  const declared = flags({
    all: { summary: "" },
    keep: { value: "count", summary: "" },
    since: { value: "column", second: "value", summary: "" },
  });
  const given = givenFor(declared, read(["--keep", "5"], declared).values);
  const kinds: { all: boolean; keep: string | undefined } = given;
  assertEquals([kinds.all, kinds.keep], [false, "5"]);
  assertEquals(given, { all: false, keep: "5", since: undefined });
  // @ts-expect-error A misspelt flag does not compile.
  assertEquals(given.kep, undefined);
  assertThrows(() => givenFor(declared, new Map([["keep", true]])), TypeError);
});

Deno.test("an unknown flag is refused by name, with the nearest or the way to dbt", async () => {
  const table: [string, string, string][] = [
    ["--dryrun", "unknown flag `--dryrun`", "`--dry-run`"],
    ["--defr=x", "unknown flag", "`--defer`"],
    ["--verbos", "unknown flag `--verbos`", "`--verbose`"],
    ["--full-refresh", "unknown flag `--full-refresh`", "dot run dev -- --full-refresh"],
    ["-s", "unknown flag `-s`", "dot run dev -- -s"],
    ["--xyzzy", "unknown flag `--xyzzy`", "dot --help"],
  ];
  for (const [flag, message, hint] of table) {
    const error = await refused("run", flag);
    assertStringIncludes(error.message, message);
    assertStringIncludes(error.hints.join("\n"), hint);
  }
});

Deno.test("a command of dot's own has its own flags, and sends nobody to dbt", async () => {
  const command = await findCommand(["builds"], COMMANDS);
  const known = read(["builds", "--json", "-q"], command?.flags ?? {});
  assertEquals([...known.values.keys()].sort(), ["json", "quiet"]);
  const hintsOf = async (flag: string) => (await refused("builds", flag)).hints;
  assertEquals(await hintsOf("--full-refresh"), ["Its flags: dot builds --help"]);
  assertEquals(await hintsOf("--jsn"), ["Did you mean `--json`?"]);
});

Deno.test("a flag that begins like an object's own property is unknown too", () => {
  for (const flag of ["--constructor", "--__proto__", "--toString"]) {
    assertThrows(() => parse("run", flag), UsageError, "unknown flag");
  }
  assertEquals(plainWords(["--constructor", "run", "--__proto__=x"], GLOBAL_FLAGS), ["run"]);
});

Deno.test("the command is found wherever flags and their values stand", async () => {
  const table: [string[], string | undefined][] = [
    [["build", "dev"], "build"],
    [["--keep", "3", "prune"], "prune"],
    [["--keep=3", "-q", "prune"], "prune"],
    [["--since", "at", "2026", "diff"], "diff"],
    [["--since=at", "2026", "diff"], "diff"],
    [["--dry-run", "docs", "--defer", "@main", "generate"], "docs generate"],
    [["docs"], undefined],
    [["--", "build"], undefined],
    [["-", "build"], undefined],
  ];
  for (const [argv, name] of table) {
    assertEquals((await findCommand(argv, COMMANDS))?.name, name, argv.join(" "));
  }
});
