/** A .env file as python-dotenv reads it: the values on the right are its own. */
import { assertEquals } from "@std/assert";
import { parseDotenv } from "../../lib/dbt/dotenv.ts";

Deno.test("a .env file has the values that python-dotenv gives it", () => {
  const table: [string, Record<string, string>][] = [
    ["X=foo#bar", { X: "foo#bar" }],
    ["X=foo #bar", { X: "foo" }],
    ["X=https://x/y#frag", { X: "https://x/y#frag" }],
    ['Y="a\\d"', { Y: "a\\d" }],
    ["Y='it\\'s'", { Y: "it's" }],
    ['Y="C:\\path\\new"', { Y: "C:\\path\new" }],
    ['Y="a\\r\\tb"', { Y: "a\r\tb" }],
    ["MY-VAR=1\n1H=2\n'Q'=3", { "MY-VAR": "1", "1H": "2", Q: "3" }],
    ['A="a"b\nB=2', { B: "2" }],
    ["# x\n\nexport A = 1 \r\nB=\n", { A: "1", B: "" }],
    ["A='1\n2' # y\nB=3", { A: "1\n2", B: "3" }],
    ["no equal sign\nA=1", { A: "1" }],
  ];
  for (const [text, values] of table) assertEquals(parseDotenv(text), values, text);
});
