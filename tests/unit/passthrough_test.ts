import { assertEquals } from "@std/assert";
import { givenValue, isGiven, readPassthrough, without } from "../../lib/dbt/passthrough.ts";

Deno.test("a value is found in every form that dbt takes, the last one counting", () => {
  const table: [string[], string | undefined][] = [
    [["--target", "x"], "x"],
    [["--target=x"], "x"],
    [["-t", "x"], "x"],
    [["-tx"], "x"],
    [["-t=x"], "=x"],
    [["-t", "x", "--target", "y"], "y"],
    [["--target", "--weird"], "--weird"],
    [["--target=a=b"], "a=b"],
    [["--target"], undefined],
    [["a", "b"], undefined],
    [["--", "--target", "x"], undefined],
    [["--args", "--target", "x"], undefined],
    [["-s", "a", "b", "-t", "x"], "x"],
    [["my_macro", "--target", "x", "--args", "{a: 1}"], "x"],
  ];
  for (const [words, value] of table) {
    assertEquals(
      givenValue(readPassthrough(words, "run-operation"), "target"),
      value,
      words.join(" "),
    );
  }
});

Deno.test("a word that is another option's value is not an option", () => {
  const given = readPassthrough(["--vars", "--target", "--selector", "-t"], "run");
  assertEquals(isGiven(given, "target"), false);
  assertEquals(givenValue(given, "vars"), "--target");
  assertEquals(givenValue(given, "selector"), "-t");
});

Deno.test("a switch takes no word", () => {
  const given = readPassthrough(["--full-refresh", "-t", "x", "-x", "-q", "a"], "run");
  assertEquals(isGiven(given, "full-refresh"), true);
  assertEquals(isGiven(given, "fail-fast"), true);
  assertEquals(givenValue(given, "target"), "x");
});

Deno.test("the --no- form is the option, negated", () => {
  const { options } = readPassthrough(["--no-defer", "--defer"], "run");
  assertEquals(options.map(({ option, negated }) => [option.name, negated]), [
    ["defer", true],
    ["defer", false],
  ]);
});

Deno.test("aliases and letters are the option, letters by the command", () => {
  for (const word of ["--models", "--model", "--select", "-s", "-m"]) {
    assertEquals(isGiven(readPassthrough([word, "a"], "run"), "select"), true, word);
  }
  assertEquals(isGiven(readPassthrough(["-o", "json"], "list"), "output"), true);
  assertEquals(isGiven(readPassthrough(["-o", "json"], "run"), "output"), false);
});

Deno.test("dropping options drops their values and leaves the rest in order", () => {
  const words = [
    "m",
    "-t",
    "x",
    "-s",
    "a",
    "b",
    "--target=y",
    "-q",
    "--vars",
    "{}",
    "--",
    "-t",
    "z",
  ];
  const given = readPassthrough(words, "run");
  assertEquals(without(given, ["target"]), [
    "m",
    "-s",
    "a",
    "b",
    "-q",
    "--vars",
    "{}",
    "--",
    "-t",
    "z",
  ]);
  assertEquals(without(given, ["select", "vars"]), [
    "m",
    "-t",
    "x",
    "--target=y",
    "-q",
    "--",
    "-t",
    "z",
  ]);
  assertEquals(without(given, []), words);
});

Deno.test("short options in one word stand apart, as dbt reads them", () => {
  const cases: [string[], string[], Record<string, string | undefined>][] = [
    [["-xt", "prod"], ["-x", "-t", "prod"], { "fail-fast": undefined, target: "prod" }],
    [["-xtprod"], ["-x", "-tprod"], { "fail-fast": undefined, target: "prod" }],
    [["-qxs", "a", "b"], ["-q", "-x", "-s", "a", "b"], { select: "a" }],
    [["-dxqt", "prod", "-x"], ["-d", "-x", "-q", "-t", "prod", "-x"], { target: "prod" }],
    // The rest of a word is the value of what takes one, whatever letters it has.
    [["-txq"], ["-txq"], { target: "xq" }],
    [["-t", "-xt"], ["-t", "-xt"], { target: "-xt" }],
    // What dbt does not know stays as it is, for dbt to refuse.
    [["-xZt", "prod"], ["-x", "-Zt", "prod"], { "fail-fast": undefined }],
    [["--", "-xt", "prod"], ["--", "-xt", "prod"], {}],
  ];
  for (const [typed, words, values] of cases) {
    const given = readPassthrough(typed, "run");
    assertEquals([...given.words], words);
    for (const [name, value] of Object.entries(values)) {
      assertEquals([isGiven(given, name), givenValue(given, name)], [true, value], typed.join(" "));
    }
  }
  assertEquals(without(readPassthrough(["-xt", "prod", "a"], "run"), ["target"]), [
    "-x",
    "a",
  ]);
});

Deno.test("all values of a list are told, the attached one and those behind it", () => {
  const table: [string[], string[]][] = [
    [["--select", "a", "b", "-t", "x"], ["a", "b"]],
    [["--select=a", "b"], ["a", "b"]],
    [["-sa", "b", "--exclude", "c", "d"], ["a", "b"]],
    [["-qs=a", "b", "--", "c"], ["=a", "b"]],
    [["-s", "-t", "b"], ["-t", "b"]],
  ];
  for (const [words, values] of table) {
    const { options } = readPassthrough(words, "run");
    const select = options.filter(({ option }) => option.name === "select");
    assertEquals(select.flatMap((given) => [...given.values]), values, words.join(" "));
  }
});
