import { assertEquals } from "@std/assert";
import { table } from "../../lib/base/table.ts";
import { cellsOf, characters, cutTo } from "../../lib/base/width.ts";

Deno.test("a text is as wide as a terminal shows it", () => {
  const widths: [string, number][] = [
    ["", 0],
    ["orders", 6],
    ["größe", 5],
    ["gro\u0308ße", 5],
    ["注文", 4],
    ["ｆｕｌｌ", 8],
    ["한국어", 6],
    ["\u1112\u1161\u11ab", 2],
    ["🍰", 2],
    ["👩‍👩‍👧", 2],
    ["🇩🇪", 2],
    ["❤️", 2],
    ["❤", 1],
    ["a\u200bb", 2],
    ["→ ≠ …", 5],
    ["नमस्ते", 4],
  ];
  for (const [text, cells] of widths) assertEquals(cellsOf(text), cells, text);
});

Deno.test("a text is cut to cells, never inside of a character", () => {
  assertEquals(cutTo("orders", 6), "orders");
  assertEquals(cutTo("orders", 5), "orde…");
  assertEquals(cutTo("注文の表", 6), "注文…");
  assertEquals(cutTo("注文の表", 7), "注文の…");
  assertEquals(cutTo("👩‍👩‍👧👩‍👩‍👧", 3), "👩‍👩‍👧…");
  assertEquals(characters("gro\u0308ß").length, 4);
});

Deno.test("columns are aligned by what a terminal shows, to the left or the right", () => {
  assertEquals(
    table([["注文", "1"], ["orders", "1000"], ["🍰", "20"]], [{ title: "NAME" }, {
      title: "ROWS",
      right: true,
    }]),
    ["NAME    ROWS", "注文       1", "orders  1000", "🍰        20"],
  );
});

Deno.test("a column without a word is left out, and no line ends in spaces", () => {
  const columns = [{ title: "A" }, { title: "B" }, { title: "C" }];
  assertEquals(table([["x", "", ""], ["yy", "", "z"]], columns), ["A   C", "x", "yy  z"]);
  assertEquals(table([], columns), [""]);
  assertEquals(table([], [{}, {}]), []);
});

Deno.test("the last column is cut to the terminal, and colours do not count", () => {
  const paint = (text: string) => `<${text}>`;
  const rows = [["a", "long ".repeat(9).trim()], ["b", "short"]];
  assertEquals(table(rows, [{ paint }, {}], { columns: 30, indent: "  " }), [
    "  <a>  long long long long long…",
    "  <b>  short",
  ]);
  // Something is shown on the narrowest.
  assertEquals(table(rows, [{}, {}], { columns: 5 })[0], "a  long long long long…");
});

Deno.test("a row with fewer cells runs on, and a long cell pushes its own line only", () => {
  const rows = [["a", "1", "x"], ["b", "not there at all"], ["c", "22", "y"]];
  assertEquals(table(rows, [{}, { right: true }, {}]), [
    "a   1  x",
    "b  not there at all",
    "c  22  y",
  ]);
  assertEquals(table([["a much longer name", "1"], ["b", "2"]], [{ most: 4 }, {}]), [
    "a much longer name  1",
    "b     2",
  ]);
});

Deno.test("what a terminal would obey is not shown", () => {
  assertEquals(table([["\x1b[31mred\n", "x"]], [{}, {}]), [" [31mred   x"]);
});
