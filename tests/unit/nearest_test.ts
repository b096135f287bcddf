import { assertEquals } from "@std/assert";
import { isSlipOf, nearest, suggest } from "../../lib/base/nearest.ts";

Deno.test("a slip of the fingers finds its name", () => {
  const names = ["build", "run", "run-operation", "test", "threads", "source freshness"];
  const table: [string, string | undefined][] = [
    ["buidl", "build"],
    ["BUILD", "build"],
    ["biuld", "build"],
    ["rn", "run"],
    ["tset", "test"],
    ["thread", "threads"],
    ["run-op", "run-operation"],
    ["xyzzy", undefined],
    ["", undefined],
    ["deploy", undefined],
  ];
  for (const [typed, name] of table) assertEquals(nearest(typed, names), name, typed);
});

Deno.test("without a near name all are listed, and without names nothing is said", () => {
  assertEquals(suggest("prdo", ["dev", "prod"], "Targets"), ["Did you mean `prod`?"]);
  assertEquals(suggest("xyzzy", ["dev", "prod"], "Targets"), ["Targets: dev, prod."]);
  assertEquals(suggest("x", [], "Targets"), []);
});

Deno.test("a name is another one mistyped when a letter or two say so", () => {
  const cases: [string, string, boolean, boolean][] = [
    ["curency", "currency", true, true],
    ["currrency", "currency", true, true],
    ["Currency", "currency", true, true],
    ["currnecy", "currency", true, true],
    ["smalest_orde", "smallest_order", true, false],
    ["max_age", "min_age", false, false],
    ["min_order", "max_order", true, false],
    ["region_2", "region_1", false, false],
    ["region1", "region", false, false],
    ["ab", "abc", false, false],
    ["colour", "currency", false, false],
    ["currency", "currency", false, false],
  ];
  for (const [typed, name, ifUnset, ifSet] of cases) {
    assertEquals(isSlipOf(typed, name, { unset: true }), ifUnset, `${typed}, ${name}, unset`);
    assertEquals(isSlipOf(typed, name, { unset: false }), ifSet, `${typed}, ${name}, set`);
  }
});
