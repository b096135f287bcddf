import { assertEquals } from "@std/assert";
import { csvLine } from "../../lib/diff/csv.ts";

Deno.test("a line of CSV: NULL is nothing, an empty text is quoted, and what could end a cell is in quotes", () => {
  assertEquals(csvLine([null, "", 0, "plain", "NULL", " a "]), ',"",0,plain,NULL, a ');
  assertEquals(csvLine(['say "x"', "a,b", "a\nb", "a\rb"]), '"say ""x""","a,b","a\nb","a\rb"');
  assertEquals(csvLine([]), "");
});
