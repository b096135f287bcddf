import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../lib/base/errors.ts";
import {
  BUILDS_FLAGS,
  DBT_FLAGS,
  type Flag,
  GLOBAL_FLAGS,
  parseFlags,
} from "../../lib/cli/flags.ts";

const FLAGS: readonly Flag[] = [...GLOBAL_FLAGS, ...DBT_FLAGS];

function parse(...argv: string[]) {
  const { words, switches, values, rest } = parseFlags(argv, FLAGS);
  return {
    words,
    switches: [...switches].sort(),
    values: Object.fromEntries(values),
    rest,
  };
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

Deno.test("an unknown flag is refused by name, with the nearest or the way to dbt", () => {
  const table: [string, string, string][] = [
    ["--dryrun", "unknown flag `--dryrun`", "`--dry-run`"],
    ["--defr=x", "unknown flag", "`--defer`"],
    ["--verbos", "unknown flag `--verbos`", "`--verbose`"],
    ["--full-refresh", "unknown flag `--full-refresh`", "dot run dev -- --full-refresh"],
    ["-s", "unknown flag `-s`", "dot run dev -- -s"],
    ["--xyzzy", "unknown flag `--xyzzy`", "dot --help"],
  ];
  for (const [flag, message, hint] of table) {
    const error = assertThrows(() => parse("run", flag), UsageError, message);
    assertStringIncludes(error.hints.join("\n"), hint);
  }
});

Deno.test("a command of dot's own has its own flags, and sends nobody to dbt", () => {
  const flags = [...GLOBAL_FLAGS, ...BUILDS_FLAGS];
  const known = parseFlags(["builds", "--json", "-q"], flags, "builds");
  assertEquals([...known.switches].sort(), ["json", "quiet"]);
  const hintsOf = (flag: string) =>
    assertThrows(() => parseFlags(["builds", flag], flags, "builds"), UsageError).hints;
  assertEquals(hintsOf("--full-refresh"), ["Its flags: dot builds --help"]);
  assertEquals(hintsOf("--jsn"), ["Did you mean `--json`?"]);
});

Deno.test("a flag that begins like an object's own property is unknown too", () => {
  for (const flag of ["--constructor", "--__proto__", "--toString"]) {
    assertThrows(() => parse("run", flag), UsageError, "unknown flag");
  }
});
