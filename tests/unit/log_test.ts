import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { lengthOf, ranNoNode } from "../../lib/dbt/log.ts";

/** What each dbt writes when a run begins. */
const BEGINNING = {
  1: "\n============== 07:05:05.123456 | 5d4dc9e0-1111-2222-3333-444455556666 ==============\n" +
    "07:05 [info ] [MainThread]: Running with dbt=1.11.2\n07:05 [debug] [MainThread]: …\n",
  2: "\n============== 2026-11-28T06:28:44.626967Z | 01a220d7-83d1-7601-b8ed-732d202690b7 ==============\n",
};
const END = {
  1: "07:05 [debug] [MainThread]: Command `cli parse` succeeded\n",
  2: "============== Execution Summary ==============\n",
};
const NODE = {
  1: "07:05 [debug] [Thread-1]: Began running node model.shop.a\n",
  2: "06:28 [info ]: Started running model.shop.a\n",
};

/** Whether a run that logs some text, after another command that came to no node, came to none. */
async function afterOther(dbt: 1 | 2, logged: string): Promise<boolean> {
  const folder = await Deno.makeTempDir({ prefix: "dot-test-" });
  try {
    const file = join(folder, "dbt.log");
    await Deno.writeTextFile(file, BEGINNING[dbt] + END[dbt]);
    const length = await lengthOf(file);
    await Deno.writeTextFile(file, logged, { append: true });
    return await ranNoNode(file, length);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const dbt of [1, 2] as const) {
  Deno.test(`whether dbt ${dbt} came to a node is read of its own run alone`, async () => {
    assertEquals(await afterOther(dbt, BEGINNING[dbt] + END[dbt]), true);
    assertEquals(await afterOther(dbt, BEGINNING[dbt] + NODE[dbt] + END[dbt]), false);
    // With `--log-level-file none`, or `error`, a run says nothing of its nodes.
    assertEquals(await afterOther(dbt, ""), false);
    assertEquals(await afterOther(dbt, "07:06 [error] [MainThread]: Database Error\n"), false);
    // What is cut off at its beginning does not say all.
    assertEquals(await afterOther(dbt, END[dbt]), false);
  });
}

Deno.test("where there is no log, nobody can tell", async () => {
  assertEquals(await lengthOf("nowhere/dbt.log"), 0);
  assertEquals(await ranNoNode("nowhere/dbt.log", 0), false);
});
