import { assertEquals, assertThrows } from "@std/assert";
import {
  type ArgvParts,
  dbtArgv,
  mergeVars,
  unusable,
  varsAsText,
  varsJson,
} from "../../lib/dbt/argv.ts";
import type { Setting } from "../../lib/base/setting.ts";
import { findDbtCommand } from "../../lib/dbt/commands.ts";
import { readPassthrough } from "../../lib/dbt/passthrough.ts";
import { DotError } from "../../lib/base/errors.ts";
import { quote, quoteCommand } from "../../lib/base/shell.ts";
import { YamlFloat, type YamlValue } from "../../lib/base/yaml.ts";

function settings(values: Record<string, YamlValue>): Map<string, Setting> {
  const at = { file: "f.yml", line: 1, column: 1 };
  return new Map(Object.entries(values).map(([key, value]) => [key, { value, at }]));
}

/** The command line of a command, after the program. */
function argv(
  name: string,
  words: string[],
  parts: Partial<Omit<ArgvParts, "command" | "passthrough">> = {},
): string[] {
  const command = findDbtCommand(name);
  if (command === undefined) throw new Error(`no command ${name}`);
  return dbtArgv({
    launcher: { words: ["dbt"], version: undefined, major: 1 },
    fixed: new Map(),
    settings: new Map(),
    vars: undefined,
    ...parts,
    command,
    passthrough: readPassthrough(words, name),
  }).slice(1);
}

Deno.test("the launcher's words come first, and the command's words stand together", () => {
  const launcher = { words: ["uv", "run", "dbt"] as const, version: undefined, major: 1 };
  const command = findDbtCommand("docs generate");
  assertEquals(command === undefined, false);
  assertEquals(argv("docs generate", ["-q"], { launcher }), [
    "run",
    "dbt",
    "docs",
    "generate",
    "-q",
  ]);
});

Deno.test("fixed words, then vars, then settings, then the user's", () => {
  assertEquals(
    argv("run", ["-s", "a"], {
      fixed: new Map([["target", "dev"]]),
      vars: settings({ x: 1n }),
      settings: settings({ threads: 4n, "full-refresh": true }),
    }),
    [
      "run",
      "--target",
      "dev",
      "--vars",
      '{"x": 1}',
      "--threads",
      "4",
      "--full-refresh",
      "-s",
      "a",
    ],
  );
});

Deno.test("what is fixed stands, whatever settings and user say", () => {
  const fixed = new Map<string, YamlValue>([["target", "dev"], ["target-path", "/t"]]);
  for (const words of [["-t", "x"], ["--target=x"], ["-tx"], ["--target", "x", "-t", "y"]]) {
    assertEquals(
      argv("run", ["a", ...words, "-q"], { fixed, settings: settings({ target: "z" }) }),
      ["run", "--target", "dev", "--target-path", "/t", "a", "-q"],
      words.join(" "),
    );
  }
});

Deno.test("the user's words take the place of a setting", () => {
  const given = { settings: settings({ threads: 4n, select: ["a"], defer: true }) };
  assertEquals(argv("run", ["--threads", "8"], given), [
    "run",
    "--select",
    "a",
    "--defer",
    "--threads",
    "8",
  ]);
  assertEquals(argv("run", ["--no-defer", "-m", "b"], given), [
    "run",
    "--threads",
    "4",
    "--no-defer",
    "-m",
    "b",
  ]);
});

Deno.test("select and selector exclude each other, whoever gives them", () => {
  const select = { settings: settings({ select: "a", exclude: "b" }) };
  assertEquals(argv("run", ["--selector", "s"], select), [
    "run",
    "--exclude",
    "b",
    "--selector",
    "s",
  ]);
  const selector = { settings: settings({ selector: "s" }) };
  assertEquals(argv("run", ["-s", "a"], selector), ["run", "-s", "a"]);
});

Deno.test("dbt 2 is spared the options that it ignores", () => {
  const parts = { settings: settings({ "static-parser": false, threads: 4n }) };
  assertEquals(argv("run", [], parts), ["run", "--no-static-parser", "--threads", "4"]);
  const launcher = { words: ["dbt"] as const, version: "2.0.5", major: 2 };
  assertEquals(argv("run", [], { ...parts, launcher }), ["run", "--threads", "4"]);
});

Deno.test("merged vars take the place of the user's, and no vars leave them", () => {
  const words = ["-q", "--vars", "{a: 1}", "-x"];
  assertEquals(argv("run", words, { vars: settings({ a: 1n }) }), [
    "run",
    "--vars",
    '{"a": 1}',
    "-q",
    "-x",
  ]);
  assertEquals(argv("run", words), ["run", ...words]);
  assertEquals(argv("run", words, { vars: new Map() }), ["run", ...words]);
});

Deno.test("the user's vars win by name, the others stay in their place", () => {
  const own = settings({ a: 1n, b: "x" });
  const merge = (words: string[]) => varsJson(mergeVars(own, readPassthrough(words, "run")));
  assertEquals(merge([]), '{"a": 1, "b": "x"}');
  assertEquals(
    merge(["--vars", "a: '2'\nc: 2024-01-31"]),
    '{"a": "2", "b": "x", "c": "2024-01-31"}',
  );
  assertEquals(merge(["--vars", "{a: 5}", "--vars={b: 6}"]), '{"a": 1, "b": 6}');
  assertEquals(merge(["--vars", ""]), '{"a": 1, "b": "x"}');
  assertEquals(merge(["--vars", "{}"]), '{"a": 1, "b": "x"}');
  for (const bad of ["x", "[1]", "{a", "5"]) {
    assertThrows(() => merge(["--vars", bad]), DotError, "--vars", bad);
  }
});

Deno.test("vars as Jinja reads them are text", () => {
  const vars = settings({ a: "x", b: 1n, c: true, d: new YamlFloat("1.5") });
  assertEquals(Object.fromEntries(varsAsText(vars)), { a: "x", b: "1", c: "true", d: "1.5" });
});

Deno.test("a command line is quoted for a POSIX shell only where it must be", () => {
  assertEquals(quoteCommand(["dbt", "run", "-s", "a.b+1", "x=y"]), "dbt run -s a.b+1 x=y");
  const table: [string, string][] = [
    ["", "''"],
    ["a b", "'a b'"],
    ["it's", "'it'\\''s'"],
    ["$HOME", "'$HOME'"],
    ["*", "'*'"],
    ["~", "'~'"],
    ["a\nb", "'a\nb'"],
    ["{a: 1}", "'{a: 1}'"],
    ["\\", "'\\'"],
    ["ü", "'ü'"],
    ["HEAD^", "'HEAD^'"],
    ["!x", "'!x'"],
    ["#x", "'#x'"],
  ];
  for (const [word, quoted] of table) assertEquals(quote(word), quoted);
});

const DBT_2 = { words: ["dbt"] as const, version: "2.0.0rc196", major: 2 };

Deno.test("what this dbt's command lacks is left out of the environment's, and what the user typed stays", () => {
  const of = settings({
    "full-refresh": true,
    "use-colors": false,
    "write-catalog": true,
    empty: true,
    threads: 2n,
  });
  const launcher = DBT_2;
  assertEquals(argv("retry", [], { settings: of, launcher }), [
    ...["retry", "--write-catalog", "--threads", "2"],
  ]);
  assertEquals(argv("retry", ["-f", "--use-colors"], { settings: of, launcher }), [
    ...["retry", "--write-catalog", "--threads", "2", "-f", "--use-colors"],
  ]);
  assertEquals(argv("retry", [], { settings: of }), [
    ...["retry", "--full-refresh", "--no-use-colors", "--threads", "2"],
  ]);
});

Deno.test("what is left out is named, unless the user's words or dot's stand in its place", () => {
  const command = findDbtCommand("retry");
  if (command === undefined) throw new Error("no retry");
  const left = (launcher: ArgvParts["launcher"], words: string[], fixed: [string, YamlValue][]) => [
    ...unusable({
      launcher,
      command,
      fixed: new Map(fixed),
      settings: settings({
        "full-refresh": true,
        "use-colors": false,
        "write-index": true,
        "write-catalog": false,
        "resource-types": "model",
        log: "x",
      }),
      passthrough: readPassthrough(words, "retry"),
    }).keys(),
  ];
  assertEquals(left(DBT_2, [], []), ["full-refresh", "use-colors"]);
  assertEquals(left(DBT_2, ["--full-refresh"], [["use-colors", true]]), []);
  assertEquals(left({ ...DBT_2, version: "1.11.2", major: 1 }, [], []), ["write-index"]);
});

Deno.test("dbt 2 clones without `--no-defer`, which it cannot", () => {
  const parts = { fixed: new Map([["defer", false]]), launcher: DBT_2 };
  assertEquals(argv("clone", [], parts), ["clone"]);
  assertEquals(argv("build", [], parts), ["build", "--no-defer"]);
  assertEquals(argv("clone", [], { fixed: parts.fixed }), ["clone", "--no-defer"]);
});

Deno.test("a level that only the other dbt knows is spelled as this one does", () => {
  const of = settings({ "log-level": "None", "log-level-file": "off", "log-format": "json" });
  assertEquals(argv("run", [], { settings: of, launcher: DBT_2 }), [
    ...["run", "--log-level", "off", "--log-level-file", "off", "--log-format", "json"],
  ]);
  assertEquals(argv("run", [], { settings: of }), [
    ...["run", "--log-level", "None", "--log-level-file", "none", "--log-format", "json"],
  ]);
});
