import { assert, assertEquals, assertRejects } from "@std/assert";
import { DotError, Interrupted } from "../../lib/base/errors.ts";
import { inParallel } from "../../lib/base/pool.ts";

/** Lets everything that can go on do so. */
async function turn(): Promise<void> {
  await new Promise((done) => setTimeout(done, 0));
}

Deno.test("each item is done once, and never more at a time than are allowed", async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await inParallel(Array.from({ length: 20 }, (_, at) => at), async (item) => {
    most = Math.max(most, ++running);
    await turn();
    running--;
    done.push(item);
  }, { atOnce: 3 });
  assertEquals(done.toSorted((a, b) => a - b), Array.from({ length: 20 }, (_, at) => at));
  assertEquals(most, 3);
});

Deno.test("a failure is told when nothing is under way any more, and nothing begins after it", async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const error = await assertRejects(
    () =>
      inParallel([0, 1, 2, 3, 4, 5], async (item) => {
        begun.push(item);
        if (item === 1) throw new Error("the second");
        await turn();
        ended.push(item);
      }, { atOnce: 3 }),
    Error,
  );
  assertEquals(error.message, "the second");
  assertEquals(begun, [0, 1, 2]);
  assertEquals(ended.toSorted(), [0, 2]);
});

Deno.test("without an item there is nothing to do", async () => {
  let called = false;
  await inParallel([], () => {
    called = true;
    return Promise.resolve();
  });
  assert(!called);
});

Deno.test("an interruption is thrown before any other error", async () => {
  await assertRejects(() =>
    inParallel([1, 2], async (item) => {
      for (let turns = 0; turns < item; turns++) await turn();
      throw item === 1 ? new DotError("no", { code: "DOT029" }) : new Interrupted();
    }), Interrupted);
});
