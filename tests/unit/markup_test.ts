/** Nothing that is put into the templates of the page is markup, whatever it holds. */
import { assert, assertEquals } from "@std/assert";
import type { DiffResult } from "../../lib/diff/result.ts";
import { asHtml } from "../../lib/diff/views/html.ts";
import { type Html, joined, lines, markup, piece } from "../../lib/diff/views/html/markup.ts";
import { fullResult } from "./diff_fixture.ts";

Deno.test("what is put into a template is text, and only what a template made is markup", () => {
  const value = `<b title="x">'&'</b>\``;
  const text = "&#60;b title=&#34;x&#34;&#62;&#39;&#38;&#39;&#60;/b&#62;&#96;";
  assertEquals(`${markup`<p title="${value}">${value}</p>`}`, `<p title="${text}">${text}</p>`);
  assertEquals(`${markup`<p>${markup`<i>${"<"}</i>`}</p>`}`, "<p><i>&#60;</i></p>");
  assertEquals(
    `${markup`${[1, "<", [markup`<br>`, null]]}|${undefined}|${-0.5}`}`,
    "1&#60;<br>||-0.5",
  );
  // What was markup is text once it is a string.
  assertEquals(`${markup`${String(markup`<br>`)}`}`, "&#60;br&#62;");
});

Deno.test("what cannot be seen is shown, but for the ends of a piece, which are not those of a text", () => {
  assertEquals(`${markup`${" a\u0007\u202e\n"}`}`, "␣a␇\\u202e\n");
  assertEquals(`${markup`${piece(" a<")}`}`, " a&#60;");
});

Deno.test("parts are joined without those that are nothing", () => {
  assertEquals(`${joined(["a", undefined, "<", null, 0], markup`, `)}`, "a, &#60;, 0");
  assertEquals(`${lines([undefined, markup`<br>`, "b"])}`, "<br>\nb");
  assertEquals(`${lines([])}`, "");
});

Deno.test("a text does not become markup by its type: this file would not compile", () => {
  const text: string = "<b>";
  const attempts = [
    // @ts-expect-error: a function that is called with a text is no template
    () => markup(text),
    // @ts-expect-error: nor is a list of texts
    () => markup([text]),
    // @ts-expect-error: an object of the same shape is no markup
    (): Html => ({ toString: () => text }),
    // @ts-expect-error: what is put between parts is markup
    () => joined(["a", "b"], text),
  ];
  assertEquals(attempts.length, 4);
});

const HARM = [
  ..."<>\"'`&=/\\ \n\t;#{}|-!",
  ...["<!--", "-->", "]]>", "</script>", "</style>", "<script>", "<img src=x onerror=alert(1)>"],
  ...[
    '" onload="alert(1)',
    "' onload='",
    "javascript:",
    "&lt;",
    "&#60;",
    "${x}",
    "\u0000",
    "\u0007",
  ],
  ...["\u2028", "\u202e", "\u{1f4a3}", "\ud800"],
];

/** The same numbers each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

/** A comparison with other texts in all places where users' texts can be; what is empty stays so. */
function renamed(result: DiffResult, change: (text: string) => string): DiffResult {
  const own = new Set(["status", "type", "only", "method", "by"]);
  const known = new Map<string, string>();
  const name = (text: string) => {
    const found = known.get(text) ?? change(text);
    known.set(text, found);
    return found;
  };
  // Names of columns are keys of samples.
  const rows = new Set(["added", "removed", "key", "columns"]);
  const walk = (value: unknown, at: string): unknown => {
    if (typeof value === "string") return value === "" || own.has(at) ? value : name(value);
    if (Array.isArray(value)) return own.has(at) ? value : value.map((one) => walk(one, at));
    if (typeof value !== "object" || value === null) return value;
    const isRow = rows.has(at) && !("name" in value) && !("source" in value) && !("key" in value);
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [isRow ? name(key) : key, walk(one, key)]),
    );
  };
  return { ...result, ...asResult(walk(result, "")) };
}

function asResult(value: unknown): Partial<DiffResult> {
  return typeof value === "object" && value !== null ? value : {};
}

/** The tags of a page with the names of their attributes, without any text of it. */
function skeleton(page: string): string[] {
  return [...page.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/="[^"]*"/g, "="));
}

Deno.test("hostile texts change no tag and no attribute of the page, wherever they stand", () => {
  const result = fullResult();
  const tame = renamed(result, (text) => text.replace(/[^\w ]/gu, "_").trim());
  const expected = skeleton(asHtml(tame));
  assert(expected.length > 1000);
  for (let seed = 1; seed <= 100; seed++) {
    const below = numbers(seed);
    // So short that no value is folded for it.
    const some = () => HARM[below(HARM.length)] ?? "";
    const page = asHtml(renamed(result, (text) => some() + text + some()));
    const found = skeleton(page);
    const at = found.findIndex((tag, at) => tag !== expected[at]);
    assertEquals(
      [found.slice(at - 2, at + 3), found.length],
      [expected.slice(at - 2, at + 3), expected.length],
      `seed ${seed}`,
    );
  }
});
