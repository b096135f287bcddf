/** What `dot diff` keeps, to show it again. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { DotError } from "../../lib/base/errors.ts";
import { keepResult, lastResult } from "../../lib/diff/keep.ts";
import { fullResult } from "./diff_fixture.ts";

/** As dot wrote it before its names were in snake_case. */
const OLD = {
  ...fullResult(),
  version: 1,
  options: { key: null, relativeTolerance: null, ignoreCase: false, excludeColumns: [] },
};

Deno.test("a result is kept and shown again; what another version of dot kept is not", async () => {
  const root = await Deno.makeTempDir({ prefix: "dot-keep-" });
  try {
    const result = fullResult();
    const places = { before: result.before.spec, after: result.after.spec };
    const folder = join(root, ".dot", "diff", `${places.before}..${places.after}`);
    await Deno.mkdir(folder, { recursive: true });
    const none = async (among: typeof places | undefined) =>
      (await assertRejects(() => lastResult(root, among), DotError, "there is no result")).hints;
    assertEquals(await none(undefined), ["Compare first, without --last."]);

    await Deno.writeTextFile(join(folder, "9999-01-01T00-00-00Z.json"), JSON.stringify(OLD));
    await Deno.writeTextFile(join(folder, "9999-01-02T00-00-00Z.json"), "{");
    for (const among of [undefined, places]) {
      assertEquals(await none(among), [
        "What is kept is of another version of dot, or broken.",
        "Compare first, without --last.",
      ]);
    }
    await keepResult(root, result);
    for (const among of [undefined, places]) assertEquals(await lastResult(root, among), result);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
