import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseEnvironments, resolveEnvironment } from "../../lib/config/environments.ts";
import { keepOf, parseAge, parseCount, SETTINGS, textsOf } from "../../lib/config/settings.ts";
import { FileError } from "../../lib/base/errors.ts";

const HOUR = 3_600_000;

function dev(body: string, user?: string) {
  const files = [parseEnvironments(`environment:\n  dev:\n${body}`, "team.yml")];
  if (user !== undefined) {
    files.push(parseEnvironments(`environment:\n  dev:\n${user}`, "user.yml"));
  }
  return resolveEnvironment(files, "dev");
}

Deno.test("ages and counts", () => {
  assertEquals(["36h", "14d", "2w", "0d", " 1d "].map(parseAge), [
    36 * HOUR,
    14 * 24 * HOUR,
    336 * HOUR,
    0,
    24 * HOUR,
  ]);
  for (const bad of ["", "d", "14", "1.5d", "-1d", "14 d", "14D", "1m", "1y", "1d2h", "١d"]) {
    assertEquals(parseAge(bad), undefined, bad);
  }
  assertEquals(["0", "5", "007"].map(parseCount), [0, 5, 7]);
  for (const bad of ["", "-1", "1.0", "1e3", "5 ", "14d", "1234567890"]) {
    assertEquals(parseCount(bad), undefined, bad);
  }
});

Deno.test("+keep takes a count or an age", () => {
  for (
    const [text, keep] of [
      ["5", { count: 5 }],
      ['"5"', { count: 5 }],
      ["0", { count: 0 }],
      ["14d", { age: 336 * HOUR }],
      ["2w", { age: 336 * HOUR }],
    ] as const
  ) {
    assertEquals(keepOf(dev(`    +keep: ${text}\n`)), keep, text);
  }
  assertEquals(keepOf(dev("    threads: 1\n")), undefined);
});

Deno.test("a later file has the last word, and null takes a setting back", () => {
  assertEquals(keepOf(dev("    +keep: 5\n", "    +keep: 14d\n")), { age: 336 * HOUR });
  assertEquals(keepOf(dev("    +keep: 5\n", "    +keep:\n")), undefined);
  const list = dev("    +keep-relations: [a, b]\n", "    +keep-relations: c\n");
  assertEquals(textsOf(list, "keep-relations"), ["c"]);
});

Deno.test("what applies to all environments applies to dot's settings too", () => {
  const file = parseEnvironments(
    "environment:\n  all: {+keep: 3}\n  dev:\n  prod: {+keep: 9}\n",
    "x",
  );
  assertEquals(keepOf(resolveEnvironment([file], "dev")), { count: 3 });
  assertEquals(keepOf(resolveEnvironment([file], "prod")), { count: 9 });
});

Deno.test("+keep-relations and +shared-with take a text or a list of texts", () => {
  for (const name of ["keep-relations", "shared-with"] as const) {
    assertEquals(textsOf(dev(`    +${name}: tmp_*\n`), name), ["tmp_*"]);
    assertEquals(textsOf(dev(`    +${name}: [a, "b c", ../d]\n`), name), ["a", "b c", "../d"]);
    assertEquals(textsOf(dev(`    +${name}: []\n`), name), []);
    assertEquals(textsOf(dev("    threads: 1\n"), name), []);
  }
});

Deno.test("dot's settings are no arguments of dbt's", () => {
  const { args, settings } = dev("    +keep: 5\n    threads: 2\n");
  assertEquals([[...args.keys()], [...settings.keys()]], [["threads"], ["keep"]]);
});

Deno.test("a bad value is an error with its place", () => {
  const bad: [string, string][] = [
    ["+keep: soon", "x.yml:3:12: `+keep` takes a count of builds, or an age such as 14d"],
    ["+keep: 1.5", "x.yml:3:12: "],
    ["+keep: -1", "x.yml:3:12: "],
    ["+keep: true", "x.yml:3:12: "],
    ["+keep: [5]", "x.yml:3:12: "],
    ["+keep: {count: 5}", "x.yml:3:12: "],
    ["+keep: 14 days", "not `14 days`"],
    ["+keep-relations: 5", "x.yml:3:22: `+keep-relations` takes a text, or a list of texts"],
    ["+keep-relations: [a, 5]", "x.yml:3:22: "],
    ["+keep-relations: [[a]]", "x.yml:3:22: "],
    ["+shared-with: {a: b}", "x.yml:3:19: `+shared-with` takes a text, or a list of texts"],
    ["+shared-with: [null]", "x.yml:3:19: "],
    ["+kep: 5", "x.yml:3:5: dot has no setting `+kep`"],
    ["+threads: 5", "x.yml:3:5: dot has no setting `+threads`"],
    ["+: 5", "x.yml:3:5: "],
    ["+Keep: 5", "x.yml:3:5: "],
    ["keep: 5", "x.yml:3:5: no dbt command has an option `keep`"],
  ];
  for (const [body, message] of bad) {
    const parse = () => parseEnvironments(`environment:\n  dev:\n    ${body}\n`, "x.yml");
    assertThrows(parse, FileError, message, body);
  }
});

Deno.test("an unknown setting is told with the nearest name", () => {
  const text = "environment:\n  dev:\n    +kep: 5\n";
  const error = assertThrows(() => parseEnvironments(text, "x.yml"), FileError);
  assertEquals(error.hints, ["Did you mean `+keep`?"]);
});

Deno.test("the README tells of every setting", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  for (const { name } of SETTINGS) assertStringIncludes(readme, `\`+${name}:`);
});
