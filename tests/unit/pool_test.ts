import { assertEquals, assertRejects } from "@std/assert";
import { DotError, Interrupted } from "../../lib/base/errors.ts";
import { inParallel } from "../../lib/base/pool.ts";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

Deno.test("everything is done, so many at a time and not more", async () => {
  const done: number[] = [];
  let [now, most] = [0, 0];
  await inParallel([1, 2, 3, 4, 5, 6, 7], async (item) => {
    most = Math.max(most, ++now);
    await pause(item % 3);
    now--;
    done.push(item);
  }, { atOnce: 3 });
  assertEquals(done.sort(), [1, 2, 3, 4, 5, 6, 7]);
  assertEquals(most, 3);
  await inParallel([], () => Promise.reject(new Error("nothing to do")));
});

Deno.test("after an error nothing new begins, what is under way ends, and the error is thrown itself", async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const error = await assertRejects(() =>
    inParallel([1, 2, 3, 4, 5, 6], async (item) => {
      begun.push(item);
      await pause(item === 1 ? 1 : 20);
      if (item === 1) throw new DotError("no");
      ended.push(item);
    }, { atOnce: 2 }), DotError);
  assertEquals([error.message, begun, ended], ["no", [1, 2], [2]]);
});

Deno.test("an interruption is thrown before any other error", async () => {
  await assertRejects(() =>
    inParallel([1, 2], async (item) => {
      await pause(item * 5);
      throw item === 1 ? new DotError("no") : new Interrupted();
    }), Interrupted);
});
