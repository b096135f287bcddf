import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { DotError } from "../../lib/base/errors.ts";
import { findDbt } from "../../lib/dbt/launcher.ts";
import { shellDbt } from "../shell_dbt.ts";

Deno.test("DOT_DBT may hold quotes around a path with spaces", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "dot test " }));
  try {
    const dbt = join(folder, "dbt");
    await Deno.writeTextFile(dbt, shellDbt(""), { mode: 0o755 });
    const words = async (named: string) =>
      (await findDbt({ env: { DOT_DBT: named }, cwd: folder, folders: [] })).words;
    assertEquals(await words(dbt), [dbt]);
    assertEquals(await words(`"${dbt}"`), [dbt]);
    assertEquals(await words(`"${dbt}" --a "b c"`), [dbt, "--a", "b c"]);
    const error = await assertRejects(() => words('"'), DotError);
    assertEquals(error.message, 'DOT_DBT is `"`, but there is no program `"`');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
