/**
 * The part of the page for one model. Pure.
 * @module
 */
import type { ColumnDiff, ModelDiff } from "../../result.ts";
import {
  codeWords,
  columnCounts,
  columnDiffers,
  common,
  differs,
  keyFaults,
  mark,
  methodWords,
  number,
  percent,
  statusWord,
} from "../words.ts";
import { bar, type Segment } from "./bar.ts";
import { type Html, joined, lines, markup } from "./markup.ts";
import { sampleTables } from "./samples.ts";
import { codeHtml, type Definition, definitions, scroller } from "./text.ts";

/** What is told of one model, under its heading. */
export function modelHtml(model: ModelDiff, anchor: string): Html {
  const { name, status } = model;
  return lines([
    markup`<section class="model ${status}" id="${anchor}" data-name="${name}"\
${sameAttribute(model)} tabindex="-1">`,
    markup`<h3><span class="mark">${mark(status)}</span> <a href="#${anchor}">${name}</a> \
<span class="tag">${statusWord(status)}</span></h3>`,
    lead(model),
    facts(model),
    notes(model),
    columnTable(model),
    sampleTables(model),
    markup`</section>`,
  ]);
}

/** The attribute by which what needs no attention is hidden. */
export function sameAttribute(model: ModelDiff): Html | undefined {
  return differs(model) || model.status === "failed" ? undefined : markup` data-same`;
}

/** The rows of a model as parts of a bar; undefined where they were not counted. */
export function rowBar({ rows }: ModelDiff): Html | undefined {
  if (rows === null) return undefined;
  const segments: Segment[] = [
    { kind: "removed", count: rows.removed },
    { kind: "changed", count: rows.changed ?? 0 },
    { kind: "same", count: rows.unchanged },
    { kind: "added", count: rows.added },
  ];
  const words = segments.map(({ count, kind }) => `${number(count)} ${kind}`);
  return bar(segments, `Rows: ${words.join(", ")}`);
}

/** The columns of a model as parts of a bar; undefined where none is known. */
export function columnBar(model: ModelDiff): Html | undefined {
  const counts = columnCounts(model);
  if (counts.unknown === model.columns.length) return undefined;
  const segments: Segment[] = [
    { kind: "removed", count: counts.removed },
    { kind: "changed", count: counts.changed },
    { kind: "same", count: counts.same },
    { kind: "unknown", count: counts.unknown },
    { kind: "added", count: counts.added },
  ];
  const words = segments.map(({ count, kind }) => `${number(count)} ${kind}`);
  return bar(segments, `Columns: ${words.join(", ")}`);
}

function lead(model: ModelDiff): Html | undefined {
  if (model.status === "failed" || model.status === "skipped") {
    return markup`<p class="reason">${model.reason ?? statusWord(model.status)}</p>`;
  }
  if (model.rows === null) return undefined;
  const { added, after, before, changed, removed, unchanged } = model.rows;
  const figures: Definition[] = [
    ["Rows", before === after ? number(after) : `${number(before)} → ${number(after)}`],
    ["Added", number(added), "added"],
    ["Removed", number(removed), "removed"],
  ];
  if (changed !== null) {
    figures.push(["Changed", withShare(changed, common(model.rows)), "changed"]);
  }
  figures.push(["Unchanged", number(unchanged)]);
  return lines([definitions("figures", figures), rowBar(model)]);
}

function facts(model: ModelDiff): Html | undefined {
  const { after, before, key, method, renamed_from: renamed, type } = model;
  const relations = [before, after].filter((name) => name !== null);
  const columns = key?.columns.map(codeHtml) ?? [];
  const all: Definition[] = [
    [
      `${type[0]?.toUpperCase()}${type.slice(1)}`,
      relations.length === 0 ? undefined : joined(relations.map(codeHtml), markup` → `),
    ],
    ["Renamed from", renamed === null ? undefined : codeHtml(renamed)],
    ["Key", key === null ? undefined : markup`${joined(columns, markup`, `)} (${key.source})`],
    ["Method", method === null ? undefined : methodWords(model)],
    ["Code", codeWords(model)?.replace(/^code /, "")],
    ["Order of the columns", model.reordered ? "another one" : undefined],
  ];
  const known = all.filter(([, said]) => said !== undefined);
  return known.length === 0 ? undefined : definitions("facts", known);
}

function notes(model: ModelDiff): Html | undefined {
  const all = [...keyFaults(model), ...model.notes];
  if (all.length === 0) return undefined;
  return markup`<ul class="notes">${all.map((note) => markup`<li>${note}</li>`)}</ul>`;
}

function columnTable(model: ModelDiff): Html | undefined {
  const { columns } = model;
  if (columns.length === 0) return undefined;
  const differing = model.status === "different" ? columns.filter(columnDiffers) : [];
  const rest = columns.filter((column) => !differing.includes(column));
  const whole = model.rows === null ? 0 : common(model.rows);
  const counted = model.status === "different" &&
    columns.some(({ changed, from_null, to_null }) =>
      (changed ?? 0) + (from_null ?? 0) + (to_null ?? 0) > 0
    );
  const words = [
    "Column",
    "Type",
    ...counted ? ["Changed", "", "NULL → value", "value → NULL"] : [],
  ];
  const head = words.map((word) =>
    word === "" ? markup`<td></td>` : markup`<th scope="col">${word}</th>`
  );
  const body = (some: readonly ColumnDiff[], kind: string) => {
    const rows = some.map((one) => columnRow(one, model, { counted, whole }));
    return rows.length === 0 ? undefined : markup`<tbody class="${kind}">${lines(rows)}</tbody>`;
  };
  const table = scroller(
    `Columns of ${model.name}`,
    markup`<table class="columns"><thead><tr>${head}</tr></thead>\
${body(differing, "differing")}${body(rest, "rest")}</table>`,
  );
  const heading = markup`<h4>Columns <small>${outcomeOfColumns(model)}</small></h4>`;
  // Of a model without a difference the columns are there to be found, not to be read.
  return differing.length > 0
    ? lines([heading, table])
    : markup`<details class="fold"><summary>${heading}</summary>${table}</details>`;
}

function outcomeOfColumns(model: ModelDiff): string {
  if (model.status !== "different") return number(model.columns.length);
  const { added, changed, removed, same, unknown } = columnCounts(model);
  const parts: [number, string][] = [
    [changed, "changed"],
    [added, "new"],
    [removed, "gone"],
    [same, "the same"],
    [unknown, "not compared alone"],
  ];
  return parts.filter(([count]) => count > 0).map(([count, word]) => `${number(count)} ${word}`)
    .join(", ");
}

function columnRow(
  column: ColumnDiff,
  model: ModelDiff,
  { counted, whole }: { counted: boolean; whole: number },
): Html {
  const { name, only, retyped, types } = column;
  const both = model.status === "different";
  const alone = both && only !== null
    ? only === "after"
      ? markup` <span class="tag added">+ new</span>`
      : markup` <span class="tag removed">- gone</span>`
    : undefined;
  const excluded = both && only === null && !column.compared && model.method !== null
    ? markup` <span class="tag">not compared</span>`
    : undefined;
  const type = retyped
    ? markup`${typeHtml(types.before)} → ${typeHtml(types.after)}`
    : typeHtml(types.after ?? types.before);
  const other = retyped ? markup` class="retyped"` : undefined;
  const figures = counted ? figuresOf(column, whole) : undefined;
  return markup`<tr data-name="${name}">\
<th scope="row">${codeHtml(name)}${alone}${excluded}</th><td${other}>${type}</td>${figures}</tr>`;
}

function figuresOf(
  { changed, from_null: fromNull, to_null: toNull }: ColumnDiff,
  whole: number,
): Html {
  const drawn = changed === null || changed === 0 ? undefined : bar([
    { kind: "changed", count: changed },
    { kind: "same", count: Math.max(0, whole - changed) },
  ], `${percent(changed, whole)} changed`);
  return markup`<td class="n">${changed === null ? undefined : withShare(changed, whole)}</td>\
<td class="drawn">${drawn}</td>\
<td class="n">${fromNull === null ? undefined : number(fromNull)}</td>\
<td class="n">${toNull === null ? undefined : number(toNull)}</td>`;
}

function typeHtml(type: string | null): Html | undefined {
  return type === null ? undefined : codeHtml(type);
}

function withShare(part: number, whole: number): Html {
  return part === 0 ? markup`0` : markup`${number(part)} <small>${percent(part, whole)}</small>`;
}
