import { assertEquals, assertThrows } from "@std/assert";
import { parseSpec } from "../../lib/places/spec.ts";
import { UsageError } from "../../lib/base/errors.ts";

Deno.test("the first @ splits a spec into environment and ref", () => {
  const specs: [string, string | undefined, string | undefined][] = [
    ["dev", "dev", undefined],
    ["dev@main", "dev", "main"],
    ["@main", undefined, "main"],
    ["dev@feature/x", "dev", "feature/x"],
    ["dev@HEAD@{1}", "dev", "HEAD@{1}"],
    ["@@{-1}", undefined, "@{-1}"],
    ["@@", undefined, "@"],
    ["@-x", undefined, "-x"],
    ["dev@:/two words", "dev", ":/two words"],
    ["dev@v1^{commit}", "dev", "v1^{commit}"],
    ["dev@ main", "dev", " main"],
  ];
  for (const [text, environment, ref] of specs) {
    assertEquals(parseSpec(text), { text, environment, ref });
  }
});

Deno.test("an empty ref is never a plain build", () => {
  for (const text of ["prod@", "@", "prod@ ", "@\t", "", " ", "\n"]) {
    assertThrows(() => parseSpec(text), UsageError, undefined, JSON.stringify(text));
  }
});

Deno.test("an empty ref is answered with what could have been meant", () => {
  const error = assertThrows(() => parseSpec("prod@"), UsageError, "`prod@` has an empty git ref");
  assertEquals(error.hints.length, 1);
  assertEquals(/`prod@main`.*`prod`/.test(error.hints[0] ?? ""), true, error.hints[0]);
});
