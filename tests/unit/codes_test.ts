import { assertEquals, assertMatch } from "@std/assert";
import { CODE_NAMES, CODES, findCode } from "../../lib/base/codes.ts";

const LIB = new URL("../../lib/", import.meta.url);

/** The texts of all modules in lib/ but the table of codes. */
async function modules(folder: URL): Promise<string[]> {
  const texts: string[] = [];
  for await (const { isDirectory, name } of Deno.readDir(folder)) {
    const path = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory) texts.push(...await modules(path));
    else if (name.endsWith(".ts") && name !== "codes.ts") {
      texts.push(await Deno.readTextFile(path));
    }
  }
  return texts;
}

Deno.test("every code of the table is given by an error, and every code that is given is in the table", async () => {
  const given = (await modules(LIB)).flatMap((text) =>
    [...text.matchAll(/"(DOT\d{3})"/g)].map(([, code]) => code)
  );
  assertEquals([...new Set(given)].sort(), [...CODE_NAMES].sort());
});

Deno.test("a code stands in the table once, and the table is in their order", async () => {
  const table = await Deno.readTextFile(new URL("base/codes.ts", LIB));
  const entries = [...table.matchAll(/^ {2}(DOT\d{3}): \{/gm)].map(([, code]) => code);
  assertEquals(entries, [...CODE_NAMES]);
  assertEquals(entries, [...new Set(entries)].sort());
});

Deno.test("a code says what it means and what to do, in whole sentences", () => {
  for (const { means, remedy, title } of Object.values(CODES)) {
    assertMatch(title, /^\S.*[^.]$/);
    for (const text of [means, remedy]) assertMatch(text, /^(?:[A-Z`]|dot |git ).*\.$/s);
  }
});

Deno.test("a code is found in capitals or not", () => {
  assertEquals([findCode("dot001"), findCode("DOT001")], ["DOT001", "DOT001"]);
  assertEquals([findCode("DOT1"), findCode("constructor"), findCode("")], [
    undefined,
    undefined,
    undefined,
  ]);
});
