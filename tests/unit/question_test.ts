import { assertEquals } from "@std/assert";
import { askYesNoNever, isAgreed } from "../../lib/base/question.ts";
import { voice } from "../voice.ts";

Deno.test("a question is agreed to by y or yes, and by nothing where that is the rule", () => {
  const table: [string | undefined, boolean, boolean][] = [
    ["y", true, true],
    ["YES", true, true],
    [" yes ", true, true],
    ["", false, true],
    ["n", false, false],
    ["yess", false, false],
    ["ja", false, false],
    [undefined, false, false],
  ];
  for (const [answer, otherwiseNo, otherwiseYes] of table) {
    assertEquals(isAgreed("Go on?", voice(answer).context.out), otherwiseNo, answer);
    assertEquals(isAgreed("Go on?", voice(answer).context.out, "yes"), otherwiseYes, answer);
  }
  const { asked, context } = voice("y", "y");
  isAgreed("Go on?", context.out);
  isAgreed("Go on?", context.out, "yes");
  assertEquals(asked, ["Go on? [y/N] ", "Go on? [Y/n] "]);
});

Deno.test("never is a third answer, where it is offered", () => {
  const answers = ["y", "Yes", "e", "NEVER", "", "n", "x", undefined];
  assertEquals(
    answers.map((answer) => askYesNoNever("Add it?", voice(answer).context.out)),
    ["yes", "yes", "never", "never", "no", "no", "no", "no"],
  );
  const { asked, context } = voice("y");
  askYesNoNever("Add it?", context.out);
  assertEquals(asked, ["Add it? [y/N/e(never)] "]);
});
