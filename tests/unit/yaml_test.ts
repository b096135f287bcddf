import { assert, assertEquals, assertThrows } from "@std/assert";
import { DotError, FileError } from "../../lib/base/errors.ts";
import {
  get,
  getText,
  isNull,
  jsonText,
  readYaml,
  readYamlArgument,
  toJson,
  typeName,
  valueOf,
  YamlFloat,
  type YamlMap,
  type YamlValue,
} from "../../lib/base/yaml.ts";

function value(text: string): YamlValue {
  const node = readYaml(text, "f.yml");
  assert(node !== undefined, `nothing in ${JSON.stringify(text)}`);
  return valueOf(node);
}

function map(text: string): YamlMap {
  const node = readYaml(text, "f.yml");
  assert(node?.kind === "map");
  return node;
}

Deno.test("plain words have the types that PyYAML's SafeLoader gives them", () => {
  const table: [string, YamlValue][] = [
    ["~", null],
    ["null", null],
    ["NULL", null],
    ["nUll", "nUll"],
    ["yes", true],
    ["On", true],
    ["TRUE", true],
    ["tRue", "tRue"],
    ["no", false],
    ["off", false],
    ["y", "y"],
    ["n", "n"],
    ["0", 0n],
    ["-0", 0n],
    ["+12", 12n],
    ["-12", -12n],
    ["1_000", 1000n],
    ["0123", 83n],
    ["-0123", -83n],
    ["0b101", 5n],
    ["0x1F", 31n],
    ["0o17", "0o17"],
    ["089", "089"],
    ["12:30:45", 45045n],
    ["-1:30", -90n],
    ["12:99", "12:99"],
    ["123456789012345678901234567890", 123456789012345678901234567890n],
    ["1.5", new YamlFloat("1.5")],
    ["1.50", new YamlFloat("1.5")],
    ["-1.", new YamlFloat("-1.0")],
    [".5", new YamlFloat("0.5")],
    ["1e5", "1e5"],
    ["1.0e5", "1.0e5"],
    ["1.0e+5", new YamlFloat("100000.0")],
    ["1.0e+300", new YamlFloat("1.0e+300")],
    ["1.0e-7", new YamlFloat("1.0e-7")],
    ["1.25e-10", new YamlFloat("1.25e-10")],
    [".inf", new YamlFloat(".inf")],
    ["-.INF", new YamlFloat("-.inf")],
    [".NaN", new YamlFloat(".nan")],
    ["190:20:30.15", new YamlFloat("685230.15")],
    ["2024-01-31", "2024-01-31"],
    ["2024-01-31T10:20:30Z", "2024-01-31T10:20:30Z"],
    ["=", "="],
    ["1.2.3", "1.2.3"],
    ["two words", "two words"],
  ];
  for (const [text, expected] of table) assertEquals(value(text), expected, text);
});

Deno.test("quotes and the tag !!str make text of anything", () => {
  for (const text of ['"123"', "'yes'", "!!str 0123", '"~"', "|-\n  12", "'2024-01-31'"]) {
    assertEquals(typeof value(text), "string", text);
  }
  assertEquals(value("!!str 0123"), "0123");
  assertEquals(value("|\n  one\n  two\n"), "one\ntwo\n");
  assertEquals(value(">\n  one\n  two\n"), "one two\n");
  assertEquals(value('"\\u00e9\\x41\\n\\t\\\\"'), "éA\n\t\\");
  assertEquals(value("'it''s'"), "it's");
});

Deno.test("anchors, aliases and merge keys are followed, own keys first", () => {
  assertEquals(value("a: &x [1]\nb: *x\n"), new Map([["a", [1n]], ["b", [1n]]]));
  const merged = map("base: &b {x: 1, y: 1}\nmore: &m {y: 2, z: 2}\nc:\n  y: 0\n  <<: [*m, *b]\n");
  const c = get(merged, "c");
  assert(c !== undefined);
  assertEquals(valueOf(c), new Map([["y", 0n], ["z", 2n], ["x", 1n]]));
  assertThrows(() => readYaml("a: 1\n<<: 5\n", "f.yml"), FileError, "f.yml:2:");
});

Deno.test("YAML's own tags set the type, and others are refused in dot's files", () => {
  const table: [string, YamlValue][] = [
    ["!!int '5'", 5n],
    ["!!float 3", new YamlFloat("3.0")],
    ["!!float 1.5", new YamlFloat("1.5")],
    ["!!bool 'yes'", true],
    ["!!null ''", null],
    ["! 12", "12"],
    ["!!timestamp 2024-01-31", "2024-01-31"],
    ["!!seq [1]", [1n]],
  ];
  for (const [text, expected] of table) assertEquals(value(text), expected, text);
  for (const [tag, text] of [["!!binary", "aGk="], ["!vault", "x"], ["!!set", "{x}"]]) {
    const error = assertThrows(() => readYaml(`a: ${tag} ${text}`, "f.yml"), FileError);
    assertEquals(error.message.startsWith("f.yml:1:"), true, error.message);
    assert(error.message.includes(`the tag ${tag} `), error.message);
    readYaml(`a: ${tag} ${text}`, "profiles.yml", { duplicateKeys: "last" });
  }
});

Deno.test("text that was no UTF-8 is refused where it is damaged", () => {
  const text = new TextDecoder().decode(new Uint8Array([0x61, 0x3a, 0x20, 0xfc]));
  assertThrows(() => readYaml(text, "f.yml"), FileError, "f.yml:1:4: this is not UTF-8 text");
});

Deno.test("an empty document is nothing", () => {
  for (const text of ["", "\n\n", "# words\n", "---\n", "\ufeff", "---\n# x\n...\n"]) {
    const node = readYaml(text, "f.yml");
    assert(node === undefined || isNull(node), JSON.stringify(text));
  }
});

Deno.test("every value knows its line and column", () => {
  const root = map("# head\na:\n  - b: 1\n    c: [x, y]\n");
  const a = get(root, "a");
  assert(a?.kind === "list");
  const item = a.items[0];
  assert(item?.kind === "map");
  const c = get(item, "c");
  assert(c?.kind === "list");
  assertEquals(c.items[1]?.at, { file: "f.yml", line: 4, column: 12 });
  assertEquals(root.entries[0]?.key.at, { file: "f.yml", line: 2, column: 1 });
});

Deno.test("a BOM and CRLF change neither values nor places", () => {
  const root = map("\ufeffa: 1\r\nb: |\r\n  x\r\n  y\r\nc: z\r\n");
  assertEquals(toJson(valueOf(root)), '{"a": 1, "b": "x\\ny\\n", "c": "z"}');
  const places = root.entries.map(({ key }) => [key.at.line, key.at.column]);
  assertEquals(places, [[1, 1], [2, 1], [5, 1]]);
});

Deno.test("what is broken is an error with its place", () => {
  const table: [string, string][] = [
    ["a:\n\t- b\n", "f.yml:2:"],
    ["a: [1\n", "f.yml:2:1"],
    ["a: 1\na: 2\n", "f.yml:2:1: `a` is there twice; first in line 1"],
    ["a: *x\n", "f.yml:1:4: "],
    ["a: &x\n  b: *x\n", "f.yml:2:6: an alias inside its own anchor"],
    ["? [a]\n: 1\n", "f.yml:1:3: a key must be a word"],
    ["a: 1\n---\nb: 1\n", "f.yml:2:1: "],
    ["a: @b\n", "f.yml:1:4: "],
    ["a: 'x\n", "f.yml:2:1: "],
  ];
  for (const [text, words] of table) {
    const error = assertThrows(() => readYaml(text, "f.yml"), FileError);
    assert(error.message.startsWith(words), `${error.message}\ndoes not start with ${words}`);
    assert(!error.message.includes("\n"), error.message);
  }
});

Deno.test("files that would never end are refused", () => {
  const laughs = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let at = 1; at < 9; at++) {
    laughs.push(`a${at}: &a${at} [${Array(10).fill(`*a${at - 1}`).join(", ")}]`);
  }
  assertThrows(() => readYaml(laughs.join("\n"), "f.yml"), FileError);
  assertThrows(() => readYaml("[".repeat(500) + "]".repeat(500), "f.yml"), FileError, "deep");
  assertThrows(() => readYaml("[".repeat(50000), "f.yml"), FileError);
});

Deno.test("where the last of two equal keys counts, it does", () => {
  const node = readYaml("a: 1\nb: 2\na: 3\n", "f.yml", { duplicateKeys: "last" });
  assert(node !== undefined);
  assertEquals(valueOf(node), new Map([["a", 3n], ["b", 2n]]));
});

Deno.test("getText gives text only", () => {
  const root = map("a: word\nb: 1\nc: '1'\nd:\n");
  assertEquals(["a", "b", "c", "d", "e"].map((key) => getText(root, key)), [
    "word",
    undefined,
    "1",
    undefined,
    undefined,
  ]);
});

Deno.test("JSON of a value reads back as the same value", () => {
  const texts = [
    "{a: 1, b: [yes, ~, 1.5, .inf], c: {d: '0123'}}",
    "'ünï 🦆 \u2028'",
    '"\\x00\\x7f\\x85\\uFEFF"',
    "-123456789012345678901234567890",
    "1.0e-7",
    "'it''s \"so\"\n\n  fine'",
    "{}",
    "[]",
    "''",
    "{1: one, yes: two, '': three}",
  ];
  for (const text of texts) {
    const json = toJson(value(text));
    assert(!json.includes("\n"), json);
    assertEquals(value(json), value(text), json);
  }
});

Deno.test("JSON escapes what PyYAML refuses to read", () => {
  assertEquals(
    jsonText("a\x7f\x85\u2028\ufeff\ufffe"),
    '"a\\u007f\\u0085\\u2028\\ufeff\\ufffe"',
  );
  assertEquals(jsonText('é🦆\t"\\'), '"é🦆\\t\\"\\\\"');
});

Deno.test("types have names", () => {
  const names = ["~", "yes", "1", "1.5", "x", "[]", "{}"].map((text) => typeName(value(text)));
  assertEquals(names, [
    "nothing",
    "a boolean",
    "an integer",
    "a number",
    "text",
    "a list",
    "a mapping",
  ]);
});

Deno.test("YAML from the command line is blamed on where it came from", () => {
  const error = assertThrows(() => readYamlArgument("{a: ", "--vars"), DotError);
  assert(error.message.startsWith("--vars is not YAML: "), error.message);
  assertEquals(readYamlArgument("", "--vars"), undefined);
});
