import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { schemaFiles } from "../../schemas/generate.ts";
import { ROOT } from "../harness.ts";

for (const [name, text] of await schemaFiles()) {
  Deno.test(`schemas/${name} is what the tables and types give: \`deno task schemas\``, async () => {
    const file = await Deno.readTextFile(join(ROOT, "schemas", name));
    assertEquals(file.replaceAll("\r\n", "\n"), text);
  });
}
