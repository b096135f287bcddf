/** The names of variables in dbt's parse, whatever else stands before them. */
import { assertEquals } from "@std/assert";
import { variablesInParse } from "../../lib/dbt/parsed_variables.ts";

const text = (word: string) => [0xa0 + word.length, ...new TextEncoder().encode(word)];
const zeros = (count: number) => Array.from({ length: count }, () => 0);
const vars = [...text("env_vars"), 0x82, ...text("A"), ...text("1"), ...text("B_C"), 0xc0];

/** A value of each form of MessagePack. */
const FORMS: readonly (readonly number[])[] = [
  ...[[0x05], [0xff], [0xc0], [0xc2], [0xc3]],
  [0x81, ...text("env_vars"), 0x01],
  [0x92, 0x01, ...text("x")],
  ...[[0xc4, 2, 0, 0], [0xc5, 0, 2, 0, 0], [0xc6, 0, 0, 0, 2, 0, 0]],
  ...[[0xc7, 2, 9, 0, 0], [0xc8, 0, 2, 9, 0, 0], [0xc9, 0, 0, 0, 2, 9, 0, 0]],
  ...[[0xca, ...zeros(4)], [0xcb, ...zeros(8)]],
  ...[[0xcc, 0], [0xcd, 0, 0], [0xce, ...zeros(4)], [0xcf, ...zeros(8)]],
  ...[[0xd0, 0], [0xd1, 0, 0], [0xd2, ...zeros(4)], [0xd3, ...zeros(8)]],
  ...[1, 2, 4, 8, 16].map((size, at) => [0xd4 + at, 9, ...zeros(size)]),
  ...[[0xd9, 1, 97], [0xda, 0, 1, 97], [0xdb, 0, 0, 0, 1, 97]],
  ...[[0xdc, 0, 2, 1, 1], [0xdd, 0, 0, 0, 2, 1, 1]],
  ...[[0xde, 0, 1, 1, 1], [0xdf, 0, 0, 0, 1, 1, 1]],
];

Deno.test("the names stand behind any value, and nothing is read behind the end", () => {
  for (const form of FORMS) {
    const bytes = [0x82, ...text("x"), ...form, ...vars];
    assertEquals(variablesInParse(Uint8Array.from(bytes)), ["A", "B_C"], String(form));
    for (let end = 0; end < bytes.length; end++) {
      assertEquals(variablesInParse(Uint8Array.from(bytes.slice(0, end))), []);
    }
  }
  const many = FORMS.flatMap((form, at) => [...text(`x${at}`), ...form]);
  const whole = Uint8Array.from([0xde, 0, FORMS.length + 1, ...many, ...vars]);
  assertEquals(variablesInParse(whole), ["A", "B_C"]);
  assertEquals(variablesInParse(Uint8Array.from([0xc1])), []);
});
