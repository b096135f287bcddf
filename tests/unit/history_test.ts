/** What a build holds after a run, where it read something elsewhere before. */
import { assertEquals } from "@std/assert";
import { withoutReaders } from "../../lib/store/history.ts";

Deno.test("what was built before something that it reads is not built", () => {
  const parents = new Map([["a", ["s"]], ["b", ["a"]], ["c", ["x"]], ["s", []], ["d", ["s"]]]);
  const before = { a: "success", b: "success", c: "success" };
  const nodes = { ...before, s: "success", d: "success" };
  const kept = withoutReaders(nodes, { before, ran: new Set(["s", "d"]), parents });
  assertEquals(kept, { c: "success", s: "success", d: "success" });
  // What was there before, and is built again, takes nothing away.
  const again = withoutReaders({ ...before, s: "success" }, {
    before: { ...before, s: "success" },
    ran: new Set(["s"]),
    parents,
  });
  assertEquals(Object.keys(again), ["a", "b", "c", "s"]);
});
