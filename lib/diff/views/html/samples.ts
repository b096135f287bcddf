/**
 * Rows of a model, side by side where both sides have them. Pure.
 * @module
 */
import type { ChangedRow, ModelDiff, SampleRow } from "../../result.ts";
import { number } from "../words.ts";
import { codeHtml, scroller, valueHtml, valuePair } from "./text.ts";

/** Some of the rows that changed, were added and were removed; nothing where none is known. */
export function sampleTables(model: ModelDiff): string {
  const { key, name, rows, samples } = model;
  const keys = key?.columns ?? [];
  const heading = (kind: string, word: string, shown: number, all: number | null | undefined) =>
    `<h4><span class="key ${kind}">${word} rows</span> <small>${
      all && all > shown ? `${number(shown)} of ${number(all)}` : number(shown)
    }</small></h4>`;
  const plain = (kind: "added" | "removed", word: string) => {
    const shown = samples[kind];
    return shown.length === 0 ? [] : [
      heading(kind, word, shown.length, rows?.[kind]),
      scroller(`${word} rows of ${name}`, plainTable(shown, keys, kind)),
    ];
  };
  return [
    ...samples.changed.length === 0 ? [] : [
      heading("changed", "Changed", samples.changed.length, rows?.changed),
      scroller(`Changed rows of ${name}`, changedTable(samples.changed)),
    ],
    ...plain("added", "Added"),
    ...plain("removed", "Removed"),
  ].join("\n");
}

function changedTable(rows: readonly ChangedRow[]): string {
  const keys = [...new Set(rows.flatMap(({ key }) => Object.keys(key)))];
  const bodies = rows.map(({ columns, key }) => {
    const changes = Object.entries(columns);
    const lines = changes.map(([name, { after, before }], at) => {
      const own = at > 0
        ? ""
        : keys.map((column) =>
          `<th scope="rowgroup" rowspan="${changes.length}">${valueHtml(key[column])}</th>`
        ).join("");
      const [old, fresh] = valuePair(before, after);
      return `<tr>${own}<th scope="row">${codeHtml(name)}</th>` +
        `<td class="old">${old}</td><td class="new">${fresh}</td></tr>`;
    });
    return `<tbody>${lines.join("\n")}</tbody>`;
  });
  const head = [...keys.map(codeHtml), "Column", "Before", "After"]
    .map((word) => `<th scope="col">${word}</th>`).join("");
  return `<table class="rows"><thead><tr>${head}</tr></thead>${bodies.join("\n")}</table>`;
}

function plainTable(rows: readonly SampleRow[], keys: readonly string[], kind: string): string {
  const columns = [...new Set([...keys, ...rows.flatMap((row) => Object.keys(row))])];
  const head = columns.map((name) => `<th scope="col">${codeHtml(name)}</th>`).join("");
  const lines = rows.map((row) =>
    `<tr>${columns.map((name) => `<td>${valueHtml(row[name])}</td>`).join("")}</tr>`
  );
  return `<table class="rows ${kind}"><thead><tr>${head}</tr></thead><tbody>${
    lines.join("\n")
  }</tbody></table>`;
}
