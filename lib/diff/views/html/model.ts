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
import { sampleTables } from "./samples.ts";
import { bar, codeHtml, escaped, scroller, type Segment } from "./text.ts";

/** What is told of one model, under its heading. */
export function modelHtml(model: ModelDiff, anchor: string): string {
  return [
    `<section class="model ${model.status}" id="${escaped(anchor)}" data-name="${
      escaped(model.name)
    }"${sameAttribute(model)} tabindex="-1">`,
    `<h3><span class="mark">${escaped(mark(model.status))}</span> <a href="#${escaped(anchor)}">${
      escaped(model.name)
    }</a> <span class="tag">${escaped(statusWord(model.status))}</span></h3>`,
    lead(model),
    facts(model),
    notes(model),
    columnTable(model),
    sampleTables(model),
    "</section>",
  ].filter((part) => part !== "").join("\n");
}

/** The attribute by which what needs no attention is hidden. */
export function sameAttribute(model: ModelDiff): string {
  return differs(model) || model.status === "failed" ? "" : " data-same";
}

/** The rows of a model as parts of a bar; undefined where they were not counted. */
export function rowBar({ rows }: ModelDiff): string | undefined {
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
export function columnBar(model: ModelDiff): string | undefined {
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

function lead(model: ModelDiff): string {
  if (model.status === "failed" || model.status === "skipped") {
    return `<p class="reason">${escaped(model.reason ?? statusWord(model.status))}</p>`;
  }
  if (model.rows === null) return "";
  const { added, after, before, changed, removed, unchanged } = model.rows;
  const cells: [string, string, string][] = [
    ["", "Rows", before === after ? number(after) : `${number(before)} → ${number(after)}`],
    ["added", "Added", number(added)],
    ["removed", "Removed", number(removed)],
    ...changed === null ? [] : [
      ["changed", "Changed", withShare(changed, common(model.rows))] satisfies [
        string,
        string,
        string,
      ],
    ],
    ["", "Unchanged", number(unchanged)],
  ];
  const list = cells.map(([kind, word, value]) =>
    `<div><dt${kind && ` class="key ${kind}"`}>${word}</dt><dd>${value}</dd></div>`
  );
  return `<dl class="figures">${list.join("")}</dl>\n${rowBar(model) ?? ""}`;
}

function facts(model: ModelDiff): string {
  const { after, before, key, renamedFrom, type } = model;
  const relations = [before, after].flatMap((name) => name === null ? [] : [codeHtml(name)]);
  const code = codeWords(model);
  const pairs: [string, string][] = [
    [`${type[0]?.toUpperCase()}${type.slice(1)}`, relations.join(" → ")],
    ["Renamed from", renamedFrom === null ? "" : codeHtml(renamedFrom)],
    ["Key", key === null ? "" : `${key.columns.map(codeHtml).join(", ")} (${escaped(key.source)})`],
    ["Method", model.method === null ? "" : methodWords(model)],
    ["Code", code === undefined ? "" : escaped(code.replace(/^code /, ""))],
    ["Order of the columns", model.reordered ? "another one" : ""],
  ];
  const list = pairs.filter(([, value]) => value !== "")
    .map(([word, value]) => `<div><dt>${word}</dt><dd>${value}</dd></div>`);
  return list.length === 0 ? "" : `<dl class="facts">${list.join("")}</dl>`;
}

function notes(model: ModelDiff): string {
  const all = [...keyFaults(model), ...model.notes];
  const list = all.map((note) => `<li>${escaped(note)}</li>`).join("");
  return list && `<ul class="notes">${list}</ul>`;
}

function columnTable(model: ModelDiff): string {
  const { columns } = model;
  if (columns.length === 0) return "";
  const differing = model.status === "different" ? columns.filter(columnDiffers) : [];
  const rest = columns.filter((column) => !differing.includes(column));
  const whole = model.rows === null ? 0 : common(model.rows);
  const counted = model.status === "different" &&
    columns.some(({ changed, fromNull, toNull }) =>
      (changed ?? 0) + (fromNull ?? 0) + (toNull ?? 0) > 0
    );
  const head = ["Column", "Type", ...counted ? ["Changed", "", "NULL → value", "value → NULL"] : []]
    .map((word) => word === "" ? "<td></td>" : `<th scope="col">${word}</th>`).join("");
  const body = (some: readonly ColumnDiff[], kind: string) =>
    some.length === 0
      ? ""
      : `<tbody class="${kind}">${
        some.map((one) => columnRow(one, model, counted, whole)).join("\n")
      }</tbody>`;
  const table = scroller(
    `Columns of ${model.name}`,
    `<table class="columns"><thead><tr>${head}</tr></thead>${body(differing, "differing")}${
      body(rest, "rest")
    }</table>`,
  );
  const words = `Columns <small>${outcomeOfColumns(model)}</small>`;
  // Of a model without a difference the columns are there to be found, not to be read.
  return differing.length > 0
    ? `<h4>${words}</h4>\n${table}`
    : `<details class="fold"><summary><h4>${words}</h4></summary>${table}</details>`;
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

function columnRow(column: ColumnDiff, model: ModelDiff, counted: boolean, whole: number): string {
  const { changed, fromNull, name, only, retyped, toNull, types } = column;
  const both = model.status === "different";
  const tag = !both || only === null ? "" : only === "after" ? "added" : "removed";
  const type = retyped
    ? `${typeHtml(types.before)} → ${typeHtml(types.after)}`
    : typeHtml(types.after ?? types.before);
  const figures = [
    changed === null ? "" : withShare(changed, whole),
    changed === null || changed === 0 ? "" : bar([{ kind: "changed", count: changed }, {
      kind: "same",
      count: Math.max(0, whole - changed),
    }], `${percent(changed, whole)} changed`),
    fromNull === null ? "" : number(fromNull),
    toNull === null ? "" : number(toNull),
  ].map((cell, at) => `<td${at === 1 ? ' class="drawn"' : ' class="n"'}>${cell}</td>`);
  const words = tag === ""
    ? ""
    : ` <span class="tag ${tag}">${tag === "added" ? "+ new" : "- gone"}</span>`;
  const excluded = both && only === null && !column.compared && model.method !== null
    ? ` <span class="tag">not compared</span>`
    : "";
  return `<tr data-name="${escaped(name)}"><th scope="row">${
    codeHtml(name)
  }${words}${excluded}</th>` +
    `<td${retyped ? ' class="retyped"' : ""}>${type}</td>${counted ? figures.join("") : ""}</tr>`;
}

function typeHtml(type: string | null): string {
  return type === null ? "" : codeHtml(type);
}

function withShare(part: number, whole: number): string {
  return part === 0 ? "0" : `${number(part)} <small>${escaped(percent(part, whole))}</small>`;
}
