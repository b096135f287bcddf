import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { DotError } from "../../lib/base/errors.ts";
import { engineWords, readAnswers, withoutAnswers } from "../../lib/warehouse/answers.ts";

const NONCE = "0123456789abcdef".repeat(2);

/** What an answer begins with: every letter by itself. */
function markOf(nonce: string): string {
  return `d~o~t~${nonce.split("").join("~")}`;
}

/** As the control project prints it. */
function line(step: number, value: unknown, nonce = NONCE): string {
  const spaced = [...JSON.stringify(value)].map((character) => `${character}~`).join("");
  return `${markOf(nonce)}:${step}:${spaced}:`;
}

Deno.test("an answer is read wherever it stands in a line", () => {
  const value = [["größe ~ ~~ \u{1f370}", null, 'a"b\n:~:'], []];
  for (
    const text of [
      line(12, value),
      `10:00:01  ${line(12, value)}`,
      `\u001b[0m10:00 ${line(12, value)}\u001b[0m`,
    ]
  ) {
    assertEquals(readAnswers(text, NONCE), [{ step: 12, value }], text);
  }
  assertEquals(readAnswers(line(0, "x"), NONCE), [{ step: 0, value: "x" }]);
  // Two threads may print on one line.
  const both = `10:00 ${line(0, "x")}10:00 ${line(1, [])}`;
  assertEquals(readAnswers(both, NONCE), [{ step: 0, value: "x" }, { step: 1, value: [] }]);
});

Deno.test("what a project prints is no answer", () => {
  const other = "f".repeat(32);
  for (const text of ["", "dot:", "dot:1:5b5d:", line(1, [], other), line(1, []).slice(4)]) {
    assertEquals(readAnswers(text, NONCE), [], text);
  }
});

Deno.test("an answer that dbt masked, or cut off, is an error and never half a result", () => {
  const whole = line(3, [["dotty"]]);
  const damaged = [
    whole.replace('"~d~o', "*****"),
    whole.replace("~t~t~", "~*****~"),
    whole.replace(":3:", ":*****:"),
    whole.slice(0, -1),
    whole.slice(0, -4),
    `${markOf(NONCE)}:`,
  ];
  for (const text of damaged) {
    const error = assertThrows(() => readAnswers(text, NONCE), DotError, undefined, text);
    assertStringIncludes(error.hints.join(), "DBT_ENV_SECRET");
  }
});

Deno.test("no short secret occurs in an answer, whatever it holds", () => {
  const text = line(1, "dot dotty 123 abc 00 ff").split(":").at(-2) ?? "";
  // Two digits and more would have to stand together.
  assertEquals(/[0-9a-f]{3}/.test(text), false, text);
  assertEquals(/\w\w/.test(markOf(NONCE)), false);
});

Deno.test("what dbt said besides the answers is kept", () => {
  const said = ["Found 3 models", line(1, [[1]]), "", `10:00  ${line(2, [])}`, "Failed"];
  assertEquals(withoutAnswers(said.join("\n")), "Found 3 models\nFailed");
  const trace = ["10:00  Traceback (most recent call last):", '  File "x.py", line 1', "x.Error"];
  assertEquals(withoutAnswers([...said, ...trace].join("\n")), "Found 3 models\nFailed");
});

Deno.test("the engine's words stay, what dbt says of the node goes", () => {
  const message = `Database Error in model step_00007 (models/step_00007.sql)
  permission denied for schema secret
  LINE 1: drop schema secret
  compiled code at target/run/dot_control/models/step_00007.sql`;
  assertEquals(
    engineWords(message),
    "permission denied for schema secret LINE 1: drop schema secret",
  );
  assertEquals(
    engineWords(
      "Compilation Error in model step_00000 (models/step_00000.sql)\n  no such operation: x\n  \n  > in macro materialization_dot_step_default (macros/step.sql)\n  > called by model step_00000 (models/step_00000.sql)",
    ),
    "no such operation: x",
  );
  // As dbt 2 has it.
  const refused = `Database Error in model step_00001 (target/run/dot_control/models/step_00001.sql)
  Authentication Error: [libpq] Failed to execute query '/* {"app": "dbt"} */
  do '
    begin raise exception ''x''; end'': ERROR:  must be owner of schema s (SQLSTATE: 42501)
  (in run/dot_control/models/step_00001.sql:1:12)`;
  assertEquals(engineWords(refused), "must be owner of schema s");
  assertEquals(
    engineWords(
      "Error executing materialization macro 'dot_control.materialization_dot_step_default' for model model.dot_control.step_00001: Failed to eval the compiled Jinja expression invalid operation: Compilation Error for model.dot_control.step_00001 from models/step_00001.sql: no such operation: x\n(in run/dot_control/models/step_00001.sql:1:12)\n(in macros/step.sql:28:21)",
    ),
    "no such operation: x",
  );
  assertEquals(engineWords("Connection refused"), "Connection refused");
  assertEquals(engineWords(""), "");
  // A relation of the user's that is called like a step is the engine's own word.
  assertStringIncludes(engineWords("table step_00001 is locked"), "step_00001");
});
