import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import {
  cleanFolders,
  clearFolders,
  secretsGiven,
  withoutSecrets,
} from "../../lib/dbt/unmasked.ts";

/** What a run leaves, by path. The secret is a word that names have too. */
const LEFT: Record<string, string> = {
  "dbt.log": "password postgres",
  "compiled/a.sql": "select 'postgres'",
  "run_results.json":
    `{"unique_id": "model.postgres.a", "compiled_code": "select \\"postgres\\"", "message": "postgres"}`,
};

async function withLeft(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dot-test-" });
  try {
    await write(folder);
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function write(folder: string): Promise<void> {
  for (const [path, text] of Object.entries(LEFT)) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  }
}

Deno.test("dbt's own secrets are those of its prefix, and short ones are none", () => {
  const env = { DBT_ENV_SECRET_A: "it's-long", DBT_ENV_SECRET_B: "short", DBT_ENV_B: "not-secret" };
  assertEquals(secretsGiven({ env }), ["it''s-long", "it's-long"]);
  assertEquals(withoutSecrets("a it's-long b", secretsGiven({ env })), "a *** b");
  const inUrl = secretsGiven({ env: { DBT_ENV_SECRET_A: "p@ss/word" } });
  assertEquals(withoutSecrets("db://u:p%40ss%2Fword@h", inUrl), "db://u:***@h");
});

Deno.test("secrets go from texts, and names that are the same words stay", async () => {
  await withLeft(async (folder) => {
    await Deno.writeFile(join(folder, "data.parquet"), new Uint8Array([0xff, 0xfe]));
    await cleanFolders([folder], ["postgres"], 0);
    assertEquals(await Deno.readTextFile(join(folder, "dbt.log")), "password ***");
    assertEquals(await Deno.readTextFile(join(folder, "compiled", "a.sql")), "select '***'");
    assertEquals(
      await Deno.readTextFile(join(folder, "run_results.json")),
      `{"unique_id": "model.postgres.a", "compiled_code": "select \\"***\\"", "message": "***"}`,
    );
    assertEquals(await Deno.readFile(join(folder, "data.parquet")), new Uint8Array([0xff, 0xfe]));
  });
});

Deno.test("where nobody knows the secrets, texts go, and names stay", async () => {
  await withLeft(async (folder) => {
    await clearFolders([folder], 0);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "compiled",
      "run_results.json",
    ]);
    assertEquals(
      await Deno.readTextFile(join(folder, "run_results.json")),
      `{"unique_id": "model.postgres.a", "compiled_code": "***", "message": "***"}`,
    );
  });
});
