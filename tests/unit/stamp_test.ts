/** What is kept of the guard's work is believed only by the code that made it. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { STAMP } from "../../lib/isolated/escape/stamp.ts";
import { STAMP_FILE, stamped, stampOf } from "../stamp.ts";

Deno.test("the stamp is that of the code; `deno task stamp` writes it", async () => {
  assertEquals(STAMP, await stampOf(await stamped()));
});

Deno.test("every change of the proof, the search and the shim is another stamp, line ends are none", async () => {
  const code = await stamped();
  const stamp = await stampOf(code);
  for (
    const path of [
      "lib/isolated/escape/blind.ts",
      "lib/isolated/escape/configs.ts",
      "lib/isolated/escape/shim.ts",
      "lib/isolated/escape/verdict.ts",
      "lib/git/worktrees.ts",
      "lib/git/pinned.ts",
      "lib/base/yaml/read.ts",
    ]
  ) {
    const text = code.get(path) ?? "";
    assertNotEquals(text, "", path);
    assertNotEquals(await stampOf(new Map(code).set(path, `${text}//`)), stamp, path);
    assertEquals(await stampOf(new Map(code).set(path, text.replaceAll("\n", "\r\n"))), stamp);
  }
  assertEquals(code.has(STAMP_FILE), false);
});
