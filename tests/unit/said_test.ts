import { assertEquals } from "@std/assert";
import { dbtFailure, sayFailure } from "../../lib/dbt/said.ts";
import { voice } from "../voice.ts";

Deno.test("what dbt said passes through, and what dot makes of it follows with a code", () => {
  const said = voice();
  const result = { code: 1, stdout: "Parsing\n", stderr: "it broke\n" };
  assertEquals(sayFailure("dbt could not parse", result, said.context.out, ["Mend it."]), 1);
  assertEquals(
    said.stderr.text,
    "Parsing\n\nit broke\nerror[DOT015]: dbt could not parse\n  hint: Mend it.\n",
  );
  assertEquals(said.stdout.text, "");
});

Deno.test("a failure ends with no 0, also where dbt did", () => {
  const silent = { code: 0, stdout: "", stderr: "" };
  const said = voice();
  assertEquals(sayFailure("there is no manifest", silent, said.context.out, []), 2);
  assertEquals(said.stderr.text, "error[DOT015]: there is no manifest\n");
  const { code, exitCode, message } = dbtFailure("there is no manifest", silent);
  assertEquals([code, exitCode, message], ["DOT015", 2, "there is no manifest"]);
});
