/** The proof reads random templates as the installed dbt does: by Jinja's own lexer, and by dbt's own search for blocks. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { readTemplate } from "../../lib/isolated/escape/jinja.ts";
import { prove } from "../../lib/isolated/escape/proof.ts";
import { pythonPath, ROOT, World } from "../harness.ts";
import { dice } from "../random.ts";

const PIECES = [
  ...["{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-%}", "{{-", "-}}", "{%+", "+%}", "-#}", "{{+"],
  ...["'", '"', "\\", "'a'", '"b"', "\\'", "{", "}", "(", ")", "[", "]", "=", ",", ":", "~", "|"],
  ...[" ", "\n", "raw", "endraw", "{% raw %}", "{% endraw %}", "{%- raw -%}", "{%+ raw %}"],
  ...["macro", "generate_schema_name", "{% macro generate_schema_name() %}", "{% endmacro %}"],
  ...[
    "{% snapshot s %}",
    "{% endsnapshot %}",
    "{{ config(a=1) }}",
    "{# c #}",
    "config",
    "x",
    " 1 ",
  ],
  ...["{{ {'a': {'b': 1}} }}", "**", "//", "==", "!=", "+", "-", "*", "%", "/", "$", "ſ", "é", ";"],
];
const COUNT = 8_000;

Deno.test("random templates are read as Jinja and dbt read them, or are a doubt", async () => {
  await using world = await World.make();
  const next = dice(20);
  const texts = Array.from(
    { length: COUNT },
    () => Array.from({ length: 1 + next(14) }, () => PIECES[next(PIECES.length)]).join(""),
  );
  const ran = await world.run(pythonPath(), [join(ROOT, "tests/templates.py")], {
    stdin: JSON.stringify(texts),
  });
  assertEquals(ran.code, 0, ran.stderr);
  const answers: [string[] | null, boolean, [string, string][] | null][] = JSON.parse(ran.stdout);
  let read = 0;
  let blocks = 0;
  texts.forEach((text, at) => {
    const [words, parses, found] = answers[at] ?? [null, false, null];
    const template = readTemplate(text);
    const what = JSON.stringify(text);
    const { doubts, snapshots } = prove([{ path: "macros/a.sql", text }]);
    if (template === undefined) {
      assertEquals(doubts.length, 1, what);
      return;
    }
    const own = template.parts.flatMap(({ kind, tokens }) => [
      ...BEGINNINGS[kind],
      ...tokens.map((token) => token.text),
    ]);
    if (words !== null || parses) assertEquals(own, words, what);
    read++;
    for (const [kind, name] of found ?? []) {
      blocks++;
      const isNaming = kind === "macro" && name === "generate_schema_name";
      const seen = kind === "snapshot"
        ? snapshots
        : doubts.some((doubt) => /^def/.test(doubt.what));
      const doubted = doubts.some((doubt) => /two ways/.test(doubt.what));
      if (kind === "snapshot" || isNaming) assertEquals(seen || doubted, true, what);
    }
  });
  // Else nothing was tried.
  assertEquals([read > COUNT / 5, blocks > 0], [true, true]);
});

const BEGINNINGS = {
  text: [],
  comment: ["comment_begin"],
  raw: ["raw_begin"],
  expression: ["variable_begin"],
  block: ["block_begin"],
};
