import { assertEquals } from "@std/assert";
import { withSettings } from "../../lib/prompts/editor.ts";

const WHOLE = `{
  "search.exclude": {
    "**/.dot": true
  },
  "files.watcherExclude": {
    "**/.dot": true
  }
}
`;

Deno.test("an empty file becomes a whole one", () => {
  for (const text of ["", " \n", "{}\n", "{ }\n", "{\n}\n"]) {
    assertEquals(withSettings(text), WHOLE);
  }
  assertEquals(withSettings("\ufeff{}\n"), "\ufeff" + WHOLE);
});

Deno.test("a file with the settings is left as it is", () => {
  const texts = [
    WHOLE,
    '{"files.watcherExclude":{"**/.dot":true},"search.exclude":{"**/.dot":true,}, /* x */}',
  ];
  for (const text of texts) assertEquals(withSettings(text), text);
});

Deno.test("every line that was there stays as it was, commas apart", () => {
  assertEquals(
    withSettings(`// head
{
    // before
    "a": { "b": 1, }, // after a
    "search.exclude": {
        "**/target": true // dbt, again
        /* , */
    } // last
    // end
}
// foot
`),
    `// head
{
    // before
    "a": { "b": 1, }, // after a
    "search.exclude": {
        "**/target": true, // dbt, again
        /* , */
        "**/.dot": true
    }, // last
    // end
    "files.watcherExclude": {
        "**/.dot": true
    }
}
// foot
`,
  );
});

Deno.test("a trailing comma stays trailing", () => {
  assertEquals(
    withSettings('{\n  "search.exclude": {\n    "x": true,\n  },\n}\n'),
    `{
  "search.exclude": {
    "x": true,
    "**/.dot": true,
  },
  "files.watcherExclude": {
    "**/.dot": true
  },
}
`,
  );
});

Deno.test("what stands on one line stays on one line", () => {
  assertEquals(
    withSettings('{"a": 1}'),
    '{"a": 1, "search.exclude": { "**/.dot": true }, "files.watcherExclude": { "**/.dot": true }}',
  );
  assertEquals(
    withSettings(
      '{\n  "search.exclude": { "x": true },\n  "files.watcherExclude": { "y": true, },\n}',
    ),
    '{\n  "search.exclude": { "x": true, "**/.dot": true },\n' +
      '  "files.watcherExclude": { "y": true, "**/.dot": true, },\n}',
  );
});

Deno.test("tabs and CRLF are kept", () => {
  assertEquals(
    withSettings('{\r\n\t"a": 1\r\n}\r\n'),
    '{\r\n\t"a": 1,\r\n' +
      '\t"search.exclude": {\r\n\t\t"**/.dot": true\r\n\t},\r\n' +
      '\t"files.watcherExclude": {\r\n\t\t"**/.dot": true\r\n\t}\r\n}\r\n',
  );
});

Deno.test("a setting that is off is switched on in its place", () => {
  const text = '{"search.exclude": {"**/.dot": false}, "files.watcherExclude": {"**/.dot": true}}';
  assertEquals(withSettings(text), text.replace("false", "true"));
});

Deno.test("what cannot be parsed is not touched", () => {
  const texts = ["{", "[]", "5", '{"a": 1 "b": 2}', "{'a': 1}", '{"search.exclude": 5}', "{} {}"];
  for (const text of texts) assertEquals(withSettings(text), undefined, text);
});
