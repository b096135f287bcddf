import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { DiffResult } from "../../lib/diff/result.ts";
import { asHtml } from "../../lib/diff/views/html.ts";
import { FORMATS, isFormat, VIEWS } from "../../lib/diff/views/index.ts";
import { layered } from "../../lib/diff/views/layers.ts";
import { asMarkdown } from "../../lib/diff/views/markdown.ts";
import { cell, cellPair, code } from "../../lib/diff/views/markdown_text.ts";
import {
  columnCounts,
  differenceFrom,
  mark,
  number,
  outcome,
  percent,
  shortened,
  summary,
  visible,
} from "../../lib/diff/views/words.ts";
import {
  column,
  emptyResult,
  fullResult,
  HOSTILE,
  LONG,
  manyResult,
  model,
} from "./diff_fixture.ts";

/** The lines of a table that begins with a head, without head and rule. */
function tableAt(text: string, head: string): string[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith(head));
  assert(start >= 0, `no table ${head}`);
  const rest = lines.slice(start);
  const end = rest.findIndex((line) => !line.startsWith("|"));
  return rest.slice(2, end);
}

/** How many cells a line of a table has: what is escaped divides none. */
function cells(line: string): number {
  return line.split("|").length - 2;
}

function assertNotMatch(text: string, expression: RegExp): void {
  assertEquals(text.match(expression)?.[0], undefined);
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

Deno.test("numbers and shares: never none of something, never all of less", () => {
  assertEquals([0, 12, 123, 1234, 1234567].map(number), ["0", "12", "123", "1,234", "1,234,567"]);
  const shares: [number, number, string][] = [
    [0, 10, "0 %"],
    [0, 0, "0 %"],
    [10, 10, "100 %"],
    [1, 1000, "0.1 %"],
    [1, 1001, "<0.1 %"],
    [1, 1e9, "<0.1 %"],
    [999_999, 1e6, ">99.9 %"],
    [999, 1000, "99.9 %"],
    [1, 3, "33.3 %"],
    [1, 2, "50 %"],
    [3, 1, "300 %"],
  ];
  for (const [part, whole, words] of shares) assertEquals(percent(part, whole), words);
});

Deno.test("each status has a mark of its own, or means that nothing is to be said", () => {
  const statuses = [
    "equal",
    "different",
    "added",
    "removed",
    "failed",
    "skipped",
    "reached",
  ] as const;
  assertEquals(statuses.map(mark), ["=", "≠", "+", "-", "!", "·", "→"]);
});

Deno.test("a comparison in one sentence", () => {
  const of = (...models: DiffResult["models"]) => summary({ ...emptyResult(), models });
  assertEquals(of(), "There are no models to compare");
  assertEquals(of(model("a", "equal")), "The only model is equal");
  assertEquals(of(model("a", "equal"), model("b", "equal")), "All 2 models are equal");
  assertEquals(
    of(model("a", "failed"), model("b", "skipped")),
    "No model was compared; 1 failed, 1 skipped",
  );
  const rows = { before: 9, after: 9, added: 120, removed: 4, changed: 1000, unchanged: 1 };
  assertEquals(
    of(
      model("a", "different", { rows, columns: [column("x", { only: "after" })] }),
      model("b", "different", { reordered: true }),
      model("c", "different", { rows: { ...rows, changed: null, added: 0 } }),
      ...Array.from({ length: 9 }, (_, at) => model(`e${at}`, "equal")),
    ),
    "3 of 12 models differ: 120 rows added, 8 removed, 1,000 changed; 2 have other columns",
  );
  assertEquals(
    of(model("a", "added", { rows }), model("b", "equal"), model("c", "failed")),
    "1 of 2 models differs (1 new); 1 failed",
  );
});

Deno.test("what became of a model, in a few words", () => {
  assertEquals(outcome(model("a", "different", { reordered: true })), "columns in another order");
  assertEquals(
    outcome(model("a", "different", {
      rows: { before: 1, after: 2, added: 1, removed: 0, changed: 0, unchanged: 1 },
      columns: [column("x", { retyped: true })],
    })),
    "1 row added, 1 other column",
  );
  assertEquals(outcome(model("a", "skipped", { reason: "it is ephemeral" })), "it is ephemeral");
});

Deno.test("what cannot be seen in a text is shown; a long one is cut between characters", () => {
  assertEquals(visible("  a\nb\tc\u0007 \u202e"), "␣␣a↵b⇥c␇ \\u202e");
  assertEquals(visible("a\n\tb ", "lines"), "a\n\tb␣");
  assertEquals(shortened("😀".repeat(5), 5), "😀".repeat(5));
  assertEquals(shortened("😀".repeat(6), 5), `${"😀".repeat(4)}…`);
});

Deno.test("two long values are cut so that their difference is seen", () => {
  const same = "a".repeat(5000);
  assertEquals(differenceFrom(`${same}x`, `${same}y`, 60), 4988);
  assertEquals(differenceFrom("short", "other", 60), 0);
  assertEquals(differenceFrom(null, same, 60), 0);
  assertEquals(cellPair(`${same}x`, `${same}y`), [
    `<code>…${"a".repeat(12)}x</code>`,
    `<code>…${"a".repeat(12)}y</code>`,
  ]);
  const changed = [{ key: {}, columns: { c: { before: `${same}x`, after: `${same}y` } } }];
  const samples = { added: [], removed: [], changed };
  const html = asHtml({ ...emptyResult(), models: [model("m", "different", { samples })] });
  assertStringIncludes(html, `<summary><span class="v">…${"a".repeat(12)}x</span>`);
  assertStringIncludes(html, `<summary><span class="v">…${"a".repeat(12)}y</span>`);
});

Deno.test("columns are not called equal where nobody knows", () => {
  const rest = { from_null: null, to_null: null };
  const columns = [
    column("a", { changed: null, ...rest }),
    column("b", { changed: 0 }),
    column("c", { changed: 1 }),
    column("d", { changed: null, retyped: true }),
    column("e", { changed: null, only: "before" }),
  ];
  const none = { added: 0, removed: 0, changed: 0, same: 0, unknown: 0 };
  assertEquals(columnCounts(model("m", "different", { columns })), {
    ...none,
    removed: 1,
    changed: 2,
    same: 1,
    unknown: 1,
  });
  assertEquals(columnCounts(model("m", "equal", { columns })), { ...none, same: 5 });
  assertEquals(columnCounts(model("m", "added", { columns })), { ...none, added: 5 });
  assertEquals(columnCounts(model("m", "failed", { columns })), { ...none, unknown: 5 });
  assertStringIncludes(asMarkdown(fullResult()), "- 2 columns not compared alone");
  assertStringIncludes(asHtml(fullResult()), "<small>2 not compared alone</small>");
});

Deno.test("Markdown: a name is code, and no character of it leaves the code", () => {
  assertEquals(code("order_id"), "`order_id`");
  assertEquals(code("dev@HEAD~1"), "`dev@HEAD~1`");
  assertEquals(code("a`b|c<d"), "<code>a&#96;b&#124;c&#60;d</code>");
  assertEquals(cell(null), "*NULL*");
  assertEquals(cell("NULL"), "<code>NULL</code>");
  assertEquals(cell(""), "*empty*");
  assertEquals([...cell(LONG).replace(/<\/?code>/g, "")].length, 60);
});

Deno.test("Markdown: places, sentence, table, details, lineage", () => {
  const text = asMarkdown(fullResult());
  assertStringIncludes(text, "## dot diff: `dev@e41b894` → `dev@5c77a02`");
  assertStringIncludes(text, "6 of 8 models differ (1 new, 1 gone): 161 rows added");
  const rows = tableAt(text, "|  | model | rows |");
  assertEquals(rows.length, 6);
  assert(rows.every((row) => cells(row) === 7), rows.join("\n"));
  assert(
    rows.includes(
      "| ≠ | `orders` | 45,120 → 45,236 | 120 | 4 | 1,000 (2.2 %) | values: `amount`, `status`; " +
        "new: `discount`; gone: `tax_code`; type: `amount` |",
    ),
    rows.join("\n"),
  );
  assertEquals(text.split("<details>").length, 7);
  assertEquals(text.split("</details>").length, 7);
  assertStringIncludes(text, "| `amount` | `DOUBLE` → `DECIMAL(18,2)` | 1,000 (2.2 %) | 12 | 1 |");
  assertStringIncludes(text, "- key: `order_id` (unique and not_null tests)");
  assertStringIncludes(text, "**Changed rows** (3 of 1,000)");
  assertStringIncludes(text, "|  | `status` | *NULL* | <code>NULL</code> |");
  assertStringIncludes(text, "- &#33; `payments` failed: Binder Error");
  assertStringIncludes(text, "- · `events_live` skipped: it is ephemeral");
  assertStringIncludes(text, "- Rows that repeat a key: 2 before, 0 after");
  assert(text.indexOf("`payments` failed") < text.indexOf("`events_live` skipped"));
  assertStringIncludes(text, "```mermaid\nflowchart LR\n  n0[");
});

Deno.test("Markdown: nothing of a value is taken for HTML or for Markdown", () => {
  const text = asMarkdown(fullResult());
  const tags = new Set([...text.matchAll(/<\/?([a-z!][^>]*)>/gi)].map(([tag]) => tag));
  assertEquals(
    [...tags].sort(),
    ["</code>", "</details>", "</summary>", "<code>", "<details>", "<summary>"],
  );
  for (const table of text.split(/\n\n/).filter((part) => part.startsWith("|"))) {
    assertEquals(new Set(table.split("\n").map(cells)).size, 1, table);
  }
  // Backticks are fences, and pairs around what can hold none.
  assertEquals(text.replace(/`[^`\n<|]+`/g, "").replaceAll("```", "").includes("`"), false);
  assertNotMatch(text, /@somebody|\]\(b\)|\*b\*|\u202e/);
  assert(!text.includes("\u0007"));
  const graph = text.slice(text.indexOf("```mermaid"));
  const nodes = graph.split("\n").filter((line) => /^ {2}n\d+\[/.test(line));
  assertEquals(nodes.length, 9);
  for (const line of nodes) {
    const said = line.match(/^ {2}n\d+\["([^"]*)"\]:::[a-z]+$/)?.[1];
    assert(said !== undefined && !/[<>`|&\\]/.test(said), line);
  }
  const arrows = graph.split("\n").filter((line) => line.includes("-->"));
  assertEquals(arrows.length, 8);
  assert(arrows.every((line) => /^ {2}n\d+ --> n\d+$/.test(line)));
});

Deno.test("Markdown: no graph without nodes, and no table without a difference", () => {
  const text = asMarkdown(emptyResult());
  assertStringIncludes(text, "There are no models to compare");
  assertNotMatch(text, /mermaid|\||<details>|Cut/);
});

Deno.test("Markdown: what does not fit goes in order, and is counted", () => {
  const result = manyResult(40);
  const few = asMarkdown(result);
  assert(bytes(few) < 60_000);
  const samples = Number(few.match(/Cut to fit into a comment: (\d+) models' sample rows\./)?.[1]);
  // All of the details are there, and only the last have no samples.
  assertEquals(few.split("<details>").length - 1, 40);
  assertEquals(few.split("**Changed rows**").length - 1, 40 - samples);
  assert(samples > 0 && samples < 40);

  const many = asMarkdown(manyResult(200));
  const details = Number(many.match(/(\d+) models' details/)?.[1]);
  assert(bytes(many) < 60_000);
  assertEquals(many.split("<details>").length - 1, 200 - details);
  assertEquals(many.split("**Changed rows**").length - 1, 0);
  assertStringIncludes(many, `${200 - details} models' sample rows`);
  assertEquals(tableAt(many, "|  | model").length, 200);
});

Deno.test("Markdown: 3,000 models fit below the limit", () => {
  const text = asMarkdown(manyResult(3000));
  assert(bytes(text) < 60_000);
  assert(bytes(text) > 50_000);
  const cut = text.match(/Cut to fit into a comment: ([\d,]+) rows of the table, (.*)\.$/m);
  const rows = tableAt(text, "|  | model").length;
  assertEquals(Number(cut?.[1]?.replace(",", "")), 3000 - rows);
  assertEquals(cut?.[2], "3,000 models' details, the graph of the lineage (3,000 nodes)");
  assertNotMatch(text, /mermaid|<details>/);
});

Deno.test("Markdown: names and reasons that are long in themselves do not get it over the limit", () => {
  const far = "漢`".repeat(20_000);
  const models = Array.from(
    { length: 500 },
    (_, at) => model(far + at, at % 2 === 0 ? "failed" : "skipped", { reason: far }),
  );
  const base = emptyResult();
  const text = asMarkdown({
    ...base,
    before: { ...base.before, spec: far },
    options: { ...base.options, where: far, key: [far, far], exclude_columns: [far] },
    models,
  });
  assert(bytes(text) < 60_000);
  assertEquals(text.match(/(\d+) models without a comparison/)?.length, 2);
});

Deno.test("HTML: nothing of a value is markup, neither in text nor in an attribute", () => {
  const html = asHtml(fullResult());
  assertEquals(html.match(/<script/g)?.length, 1);
  assertNotMatch(html, /<img|<b>|onerror=alert\(2\)>|<\/td> \$|\u202e/);
  assert(!html.includes("\u0007"));
  // A quote of a value would end an attribute: each one reads on to its own end.
  const body = html.slice(html.indexOf("<body>"), html.indexOf("<script>"));
  for (const [tag] of body.matchAll(/<[a-z][^>]*>/g)) {
    assert(/^<[a-z0-9]+( [a-zA-Z-]+(="[^"<>`]*")?)*\/?>$/.test(tag), tag);
  }
  assertStringIncludes(html, "&#60;script&#62;alert(1)&#60;/script&#62;");
  assertStringIncludes(html, '<span class="null">NULL</span>');
  assertStringIncludes(html, '<span class="v">NULL</span>');
});

Deno.test("HTML: it loads nothing, and says so to the browser", () => {
  const html = asHtml(fullResult());
  assertNotMatch(html.replace("http-equiv", ""), /http/i);
  assertNotMatch(html, /@import|<link|<iframe|<object|url\((?!#arrow\))|fetch\(|XMLHttp/);
  assertNotMatch(html.replace(/="[^"]*"/g, ""), /<[^>]* (src|srcset|on[a-z]+|style|action)\b/);
  assertStringIncludes(
    html,
    `content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'`,
  );
  for (const [, to = ""] of html.matchAll(/href="([^"]*)"/g)) {
    assert(to.startsWith("#"), to);
    assertStringIncludes(html, `id="${to.slice(1)}"`);
  }
});

Deno.test("HTML: every id once, headings in order, a part for every model", () => {
  const html = asHtml(fullResult());
  const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assertEquals(new Set(ids).size, ids.length);
  const levels = [...html.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
  assertEquals(levels[0], 1);
  assertEquals(levels.filter((level) => level === 1).length, 1);
  for (const [at, level] of levels.entries()) assert(level <= (levels[at - 1] ?? 0) + 1);
  assertEquals(html.match(/<section class="model /g)?.length, 10);
  assertEquals(html.match(/<tr class="[a-z]+" data-for=/g)?.length, 10);
  assertStringIncludes(html, "<title>dev@e41b894 → dev@5c77a02 · dot diff</title>");
  // 60 columns, and nothing of them is left out.
  assertEquals(html.match(/<tr data-name="measure_\d+">/g)?.length, 60);
});

Deno.test("HTML: a long value is folded, and cut only where it says so", () => {
  const far = "x".repeat(10_000);
  const samples = { added: [{ a: far }], removed: [], changed: [] };
  const html = asHtml({ ...emptyResult(), models: [model("m", "different", { samples })] });
  assertStringIncludes(html, "and 6,000 more characters");
  assertEquals(html.match(/x{2,}/g)?.map(({ length }) => length), [160, 4000]);
});

Deno.test("HTML: an empty comparison, and a large one", () => {
  assertStringIncludes(asHtml(emptyResult()), "There are no models to compare");
  const html = asHtml(manyResult(1200));
  assertStringIncludes(html, "1,200 nodes are too many for a drawing");
  assertEquals(html.match(/<section class="model /g)?.length, 1200);
});

Deno.test("both views are the same each time, and leave the comparison as it was", () => {
  const result = fullResult();
  const before = JSON.stringify(result);
  assertEquals(asHtml(result), asHtml(structuredClone(result)));
  assertEquals(asMarkdown(result), asMarkdown(structuredClone(result)));
  assertEquals(JSON.stringify(result), before);
});

Deno.test("layers: what is read stands left of what reads it, and no two nodes on each other", () => {
  const { edges, nodes } = manyResult(400).lineage;
  const all: [string, string][] = [
    ...edges,
    ...edges.map(([from, to], at): [string, string] => [
      from,
      nodes[Math.min(399, at + 90)]?.id ?? to,
    ]),
  ];
  const layout = layered(nodes.map(({ id }) => id), all);
  const taken = new Map<number, number[]>();
  for (const { at, layer } of layout.spots.values()) {
    assert(layer >= 0 && layer < layout.layers && at >= 0 && at <= layout.rows - 1 + 1e-9);
    taken.set(layer, [...taken.get(layer) ?? [], at]);
  }
  assertEquals(layout.spots.size, 400);
  for (const places of taken.values()) {
    places.sort((a, b) => a - b);
    for (const [at, place] of places.entries()) {
      assert(at === 0 || place - (places[at - 1] ?? 0) >= 1 - 1e-9);
    }
  }
  for (const { back, spots } of layout.routes) {
    assertEquals(back, false);
    for (const [at, spot] of spots.entries()) {
      assertEquals(spot.layer, (spots[0]?.layer ?? 0) + at);
    }
  }
});

Deno.test("layers: a circle, an edge to itself, an unknown node and a lone one do no harm", () => {
  const layout = layered(["a", "b", "c", "lone"], [
    ["a", "b"],
    ["b", "c"],
    ["c", "a"],
    ["a", "a"],
    ["a", "b"],
    ["a", "unknown"],
  ]);
  assertEquals(layout.spots.size, 4);
  assertEquals(layout.routes.map(({ back, from, to }) => [from, to, back]), [
    ["a", "b", false],
    ["b", "c", false],
    ["c", "a", true],
  ]);
  assert((layout.spots.get("lone")?.at ?? 0) >= 1);
  assertEquals(layered([], []), { layers: 0, rows: 0, spots: new Map(), routes: [] });
});

Deno.test("layers: no edges of a tree cross", () => {
  const { edges, nodes } = manyResult(300).lineage;
  const { routes } = layered(nodes.map(({ id }) => id).reverse(), edges);
  const steps = routes.map(({ spots }) => [spots[0], spots[1]]);
  let crossings = 0;
  for (const [a, b] of steps) {
    for (const [c, d] of steps) {
      if (a?.layer !== c?.layer) continue;
      if ((a?.at ?? 0) < (c?.at ?? 0) && (b?.at ?? 0) > (d?.at ?? 0)) crossings++;
    }
  }
  assertEquals(crossings, 0);
});

Deno.test("layers: a straight line of nodes is drawn straight, and many lone nodes in columns", () => {
  const { rows, spots } = layered(["a", "b", "c"], [["a", "b"], ["b", "c"]]);
  assertEquals(rows, 1);
  assertEquals([...spots.values()].map(({ at, layer }) => [layer, at]), [[0, 0], [1, 0], [2, 0]]);
  const lone = layered(Array.from({ length: 10 }, (_, at) => `n${at}`), []);
  assertEquals([lone.layers, lone.rows], [4, 3]);
});

Deno.test("each form in the table has a view of its own", async () => {
  const texts = new Set<string>();
  for (const format of FORMATS) {
    const draw = await VIEWS[format].load();
    const text = draw(fullResult(), (_, words) => words);
    assert(text.length > 1000 && !texts.has(text), format);
    texts.add(text);
  }
  assertEquals(texts.size, Object.keys(VIEWS).length);
  for (const word of ["pdf", "toString", ""]) assertEquals(isFormat(word), false);
  assertEquals(JSON.parse((await VIEWS.json.load())(fullResult(), String)), fullResult());
});

Deno.test("the hostile value is as hostile as it should be", () => {
  for (const part of ["<script>", "|", "`", '"', "'", "&amp;", "@", "</td>"]) {
    assertStringIncludes(HOSTILE, part);
  }
});
