import { assertEquals } from "@std/assert";
import { staysText } from "../../lib/dbt/yaml_text.ts";

Deno.test("words that YAML 1.2 reads as nothing, a boolean or a number are no texts to dbt 2", () => {
  const words = [
    ..."null Null NULL ~ true True FALSE 0 -1 +1 0x1F -0x1f 0o7 0b11 1_000 1__0 1_ 0_1 .5 +.5 1."
      .split(" "),
    ..."1e5 1E+5 -1e-5 1_0.5 01e5 00.5 .inf -.INF .nan 18446744073709551615".split(" "),
    ...["", " ", " 12 ", "true ", "12\n", "1 # x", "#x", "---", "9".repeat(45)],
  ];
  assertEquals(words.filter(staysText), []);
});

Deno.test("lists, mappings and tags are none either, nor is an anchor alone", () => {
  const texts = [
    ...["a: b", "a:", "'a': b", "a b: c", "a:\tb", "{x}", "{}", "[x]", "[]", "- x", "-", "? x"],
    ...["!t", "!t x", "! x", "!!int 5", "!!bool true", "&a", "a: b\nc: d"],
  ];
  assertEquals(texts.filter(staysText), []);
});

Deno.test("what only looks like it stays a text, and so does what is no YAML", () => {
  const texts = [
    ..."hunter2 yes no on off nULL none tRUE 007 0123 08 + - -- --1 -+1 _1 0x 0xZZ 0X1F 0O7 0o8"
      .split(" ")
      .filter((word) => word !== "-"),
    ..."1e e5 1e999 . .. inf nan infinity 1:30 2024-01-01 12a 1,000 99999999999999999999".split(
      " ",
    ),
    ...[
      "'x'",
      '"x"',
      "'x",
      '"x',
      "[x",
      "{x",
      "x]",
      "x}",
      "@x",
      "`x",
      "%x",
      "*a",
      "*",
      "&a b",
      "& a",
    ],
    ...["|x", ">x", ":", ": x", ":x", "x:y", "x :y", "a: b: c", "http://x", "-x", "...", "--- x"],
    ...["x#y", "x #y", "a\nb", "a\tb", "!!str 1", "!!int x", "-\tx", "$1", "~x", "ü", "\u0007"],
  ];
  assertEquals(texts.filter((text) => !staysText(text)), []);
});
