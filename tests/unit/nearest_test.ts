import { assertEquals } from "@std/assert";
import { nearest, suggest } from "../../lib/base/nearest.ts";

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
