import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { checkVariables, parseVariables } from "../../lib/config/variables.ts";
import type { Setting } from "../../lib/base/setting.ts";
import { DotError, FileError } from "../../lib/base/errors.ts";
import { readYaml, valueOf } from "../../lib/base/yaml.ts";

/** The variables of a YAML mapping. */
function vars(text: string): Map<string, Setting> {
  const root = readYaml(text, "env.yml");
  if (root?.kind !== "map") return new Map();
  return new Map(
    root.entries.map(({ key, value }) => [key.text, { value: valueOf(value), at: key.at }]),
  );
}

/** What is wrong with the variables of an environment. */
function faults(
  specs: ReturnType<typeof parseVariables>,
  text: string,
  environment: string | undefined = "dev",
): string[] {
  const found: string[] = [];
  checkVariables(specs, vars(text), environment, (error) => found.push(error.message));
  return found;
}

Deno.test("a declaration is read whole, and an empty one declares", () => {
  const specs = parseVariables(
    "vars:\n  a: {description: x, values: [1], strict: true, required: true}\n  b:\n",
    "v.yml",
  );
  assertEquals(specs.get("a"), {
    description: "x",
    values: [1n],
    strict: true,
    required: true,
    at: { file: "v.yml", line: 2, column: 3 },
  });
  assertEquals(specs.get("b"), {
    description: undefined,
    values: undefined,
    strict: false,
    required: false,
    at: { file: "v.yml", line: 3, column: 3 },
  });
});

Deno.test("strict compares type and value, deep ones too", () => {
  const specs = parseVariables(
    'vars:\n  a: {strict: true, values: [1, "x", {k: [1]}, 1.0, no]}\n',
    "v.yml",
  );
  for (const good of ["1", "0x1", "x", "{k: [1]}", "1.0", "off"]) {
    assertEquals(faults(specs, `a: ${good}`), [], good);
  }
  for (const bad of ['"1"', "2", "X", "{k: ['1']}", "{k: [1], j: 1}", "1.5", '"no"', "~", "yes"]) {
    assertThrows(() => checkVariables(specs, vars(`a: ${bad}`), "dev"), FileError, "`a`", bad);
  }
});

Deno.test("a value that is right but for its type is told apart by the type", () => {
  const specs = parseVariables("vars:\n  a: {strict: true, values: [1, 2]}\n", "v.yml");
  const error = assertThrows(() => checkVariables(specs, vars('a: "1"'), "dev"), FileError);
  assertStringIncludes(error.message, "env.yml:1:1: ");
  assertStringIncludes(error.hints.join(" "), '"1" is text, but 1 is an integer');
  const other = assertThrows(() => checkVariables(specs, vars("a: 7"), "dev"), FileError);
  assertStringIncludes(other.message, "allowed: 1, 2");
  assertStringIncludes(other.hints.join(" "), "v.yml:2");
});

Deno.test("required asks for the variable, not for a value", () => {
  const specs = parseVariables("vars:\n  a: {required: true}\n", "v.yml");
  assertEquals(faults(specs, "a: null"), []);
  assertEquals(faults(specs, 'a: ""', undefined), []);
  const error = assertThrows(() => checkVariables(specs, vars("A: 1"), "dev"), DotError);
  assertStringIncludes(error.message, "required variable `a` is not set for environment `dev`");
  assertStringIncludes(error.hints.join(" "), "`A`");
});

Deno.test("values without strict are advice", () => {
  const declared = (body: string) => parseVariables(`vars:\n  a: {${body}}\n`, "v.yml");
  assertEquals(faults(declared("values: [1]"), "a: 2\nb: 3"), []);
  assertEquals(faults(declared("values: [1], strict: true"), "a: 2\nb: 3"), [
    "env.yml:1:1: the variable `a` has the value 2 for environment `dev`; allowed: 1",
  ]);
});
