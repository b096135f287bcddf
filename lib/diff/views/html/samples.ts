/**
 * Rows of a model, side by side where both sides have them. Pure.
 * @module
 */
import type { ChangedRow, ModelDiff, SampleRow } from "../../result.ts";
import { number } from "../words.ts";
import { type Html, lines, markup, type Part } from "./markup.ts";
import { codeHtml, scroller, valueHtml, valuePair } from "./text.ts";

type Kind = "changed" | "added" | "removed";

const WORDS: Record<Kind, string> = { changed: "Changed", added: "Added", removed: "Removed" };

/** Some of the rows that changed, were added and were removed; nothing where none is known. */
export function sampleTables(model: ModelDiff): Html | undefined {
  const { key, name, rows, samples } = model;
  const { added, changed, removed } = samples;
  if (added.length + changed.length + removed.length === 0) return undefined;
  const keys = key?.columns ?? [];
  const part = (kind: Kind, table: Html): Html | undefined => {
    const [shown, all] = [samples[kind].length, rows?.[kind]];
    if (shown === 0) return undefined;
    const count = all && all > shown ? `${number(shown)} of ${number(all)}` : number(shown);
    return lines([
      markup`<h4><span class="key ${kind}">${WORDS[kind]} rows</span> <small>${count}</small></h4>`,
      scroller(`${WORDS[kind]} rows of ${name}`, table),
    ]);
  };
  return lines([
    part("changed", changedTable(changed)),
    part("added", plainTable(added, keys, "added")),
    part("removed", plainTable(removed, keys, "removed")),
  ]);
}

function changedTable(rows: readonly ChangedRow[]): Html {
  const keys = [...new Set(rows.flatMap(({ key }) => Object.keys(key)))];
  const bodies = rows.map(({ columns, key }) => {
    const changes = Object.entries(columns);
    const own = keys.map((column) =>
      markup`<th scope="rowgroup" rowspan="${changes.length}">${valueHtml(key[column])}</th>`
    );
    const body = changes.map(([name, { after, before }], at) => {
      const [old, fresh] = valuePair(before, after);
      return markup`<tr>${at === 0 ? own : undefined}<th scope="row">${codeHtml(name)}</th>\
<td class="old">${old}</td><td class="new">${fresh}</td></tr>`;
    });
    return markup`<tbody>${lines(body)}</tbody>`;
  });
  const head = headOf([...keys.map(codeHtml), "Column", "Before", "After"]);
  return markup`<table class="rows">${head}${lines(bodies)}</table>`;
}

function plainTable(rows: readonly SampleRow[], keys: readonly string[], kind: Kind): Html {
  const columns = [...new Set([...keys, ...rows.flatMap((row) => Object.keys(row))])];
  const body = rows.map((row) =>
    markup`<tr>${columns.map((name) => markup`<td>${valueHtml(row[name])}</td>`)}</tr>`
  );
  return markup`<table class="rows ${kind}">${headOf(columns.map(codeHtml))}\
<tbody>${lines(body)}</tbody></table>`;
}

function headOf(cells: readonly Part[]): Html {
  const head = cells.map((cell) => markup`<th scope="col">${cell}</th>`);
  return markup`<thead><tr>${head}</tr></thead>`;
}
