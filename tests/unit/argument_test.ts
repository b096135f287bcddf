import { assertEquals } from "@std/assert";
import { argumentWords, asWord, checkValue } from "../../lib/dbt/argument.ts";
import { type DbtOption, findDbtOption } from "../../lib/dbt/options.ts";
import { FileError } from "../../lib/base/errors.ts";
import { yamlValue } from "../yaml.ts";

function option(name: string): DbtOption {
  const found = findDbtOption(name);
  if (found === undefined) throw new Error(`no option ${name}`);
  return found;
}

const words = (name: string, value: string) => argumentWords(option(name), yamlValue(value), 1);
const AT = { file: "dot_environments.yml", line: 3, column: 14 };

/** Why a value is refused; undefined where it is not. */
function refusal(name: string, value: string): string | undefined {
  try {
    checkValue(option(name), yamlValue(value), AT);
    return undefined;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return error.message;
  }
}

Deno.test("a number, a text and a date reach dbt as one word each", () => {
  assertEquals(words("threads", "12"), ["--threads", "12"]);
  assertEquals(words("threads", "1_000"), ["--threads", "1000"]);
  assertEquals(words("target", "prod"), ["--target", "prod"]);
  assertEquals(words("target", '"a b"'), ["--target", "a b"]);
  assertEquals(words("event-time-start", "2024-01-01"), ["--event-time-start", "2024-01-01"]);
  assertEquals(words("limit", "-1"), ["--limit", "-1"]);
});

Deno.test("true gives the flag, false its --no- form where dbt has one", () => {
  assertEquals(words("fail-fast", "true"), ["--fail-fast"]);
  assertEquals(words("fail-fast", "false"), ["--no-fail-fast"]);
  assertEquals(words("empty", "no"), ["--no-empty"]);
  assertEquals(words("full-refresh", "yes"), ["--full-refresh"]);
  assertEquals(words("full-refresh", "false"), []);
  assertEquals(words("store-failures", "false"), []);
});

Deno.test("a list is the option repeated, in its order", () => {
  assertEquals(words("select", "[a+, tag:x, 3]"), [
    "--select",
    "a+",
    "--select",
    "tag:x",
    "--select",
    "3",
  ]);
  assertEquals(words("exclude", "a b"), ["--exclude", "a b"]);
  assertEquals(words("select", "[]"), []);
});

Deno.test("a mapping is JSON, a text in its place stays as it was written", () => {
  assertEquals(words("vars", '{a: 1, b: "x y", c: [1.5, null, true]}'), [
    "--vars",
    '{"a": 1, "b": "x y", "c": [1.5, null, true]}',
  ]);
  assertEquals(words("vars", "'{a: 1}'"), ["--vars", "{a: 1}"]);
  assertEquals(words("warn-error-options", "{error: all}"), [
    "--warn-error-options",
    '{"error": "all"}',
  ]);
});

Deno.test("null gives no words", () => {
  for (const name of ["threads", "select", "fail-fast", "vars"]) {
    assertEquals(words(name, "~"), [], name);
  }
});

Deno.test("a scalar keeps its digits as a word", () => {
  assertEquals(
    asWord(yamlValue("123456789012345678901234567890")),
    "123456789012345678901234567890",
  );
  assertEquals(asWord(yamlValue("1.50")), "1.5");
  assertEquals(asWord(yamlValue('"0123"')), "0123");
  assertEquals(asWord(yamlValue("12:30")), "750");
});

Deno.test("a value of the wrong kind is refused with its place", () => {
  const cases: [string, string, string][] = [
    ["fail-fast", "1", "`fail-fast` takes true or false, not an integer"],
    ["full-refresh", '"true"', "`full-refresh` takes true or false, not text"],
    ["threads", "true", "`threads` takes a value, not a boolean"],
    ["threads", "[1, 2]", "`threads` takes one value, not a list"],
    ["target", "{a: b}", "`target` takes one value, not a mapping"],
    ["select", "{a: b}", "`select` takes a value or a list of values, not a mapping"],
    ["select", "true", "`select` takes a value or a list of values, not a boolean"],
    ["select", "[[a]]", "`select` takes a list of words, not of a list"],
    ["select", "[a, ~]", "`select` takes a list of words, not of nothing"],
    ["warn-error-options", "true", "`warn-error-options` takes a mapping, not a boolean"],
    ["args", "5", "`args` takes a mapping, not an integer"],
    ["args", "[a]", "`args` takes a mapping, not a list"],
    ["threads", "many", "`threads` takes a whole number, not `many`"],
    ["threads", "4.5", "`threads` takes a whole number, not `4.5`"],
    ["port", '"80 80"', "`port` takes a whole number, not `80 80`"],
    ["limit", '""', "`limit` takes a whole number, not ``"],
    [
      "indirect-selection",
      "eagre",
      "`indirect-selection` takes one of eager, cautious, buildable, empty, not `eagre`",
    ],
    [
      "log-level",
      "loud",
      "`log-level` takes one of debug, info, warn, error, none, off, trace, not `loud`",
    ],
  ];
  for (const [name, value, message] of cases) {
    assertEquals(refusal(name, value), `dot_environments.yml:3:14: ${message}`);
  }
});

Deno.test("a value of the right kind passes, and so does null", () => {
  const cases: [string, string, string[]][] = [
    ["fail-fast", "off", ["--no-fail-fast"]],
    ["full-refresh", "true", ["--full-refresh"]],
    ["threads", "4", ["--threads", "4"]],
    ["threads", '"4"', ["--threads", "4"]],
    ["select", "a b", ["--select", "a b"]],
    ["select", "[a, 1, 2.5]", ["--select", "a", "--select", "1", "--select", "2.5"]],
    ["vars", "{a: 1}", ["--vars", '{"a": 1}']],
    ["vars", '"a: 1"', ["--vars", "a: 1"]],
    ["threads", "~", []],
    ["limit", "-1", ["--limit", "-1"]],
    ["log-level", "DEBUG", ["--log-level", "DEBUG"]],
    ["printer-width", '"80"', ["--printer-width", "80"]],
  ];
  for (const [name, value, expected] of cases) {
    assertEquals(refusal(name, value), undefined);
    assertEquals(words(name, value), expected);
  }
});
