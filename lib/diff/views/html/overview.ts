/**
 * The first part of the page: the totals, and one line for each model. Pure.
 * @module
 */
import type { DiffResult, ModelDiff } from "../../result.ts";
import { differs, hasOtherColumns, having, mark, number, outcome, totals } from "../words.ts";
import { columnBar, rowBar, sameAttribute } from "./model.ts";
import { escaped } from "./text.ts";

/** The totals, as figures with a word below. */
export function tiles(result: DiffResult): string {
  const { added, changed, removed } = totals(result);
  const failed = having(result, "failed");
  const known = result.models.length - having(result, "failed", "skipped");
  const other = result.models.filter((model) => differs(model) && hasOtherColumns(model)).length;
  const cells: [string, string, string][] = [
    [
      "",
      `${number(result.models.filter(differs).length)} <small>of ${number(known)}</small>`,
      "models differ",
    ],
    ["added", number(added), "rows added"],
    ["removed", number(removed), "rows removed"],
    ["changed", number(changed), "rows changed"],
    ["", number(other), "with other columns"],
    [failed > 0 ? "failed" : "", number(failed), "failed"],
    ["", number(having(result, "skipped")), "skipped"],
  ];
  const list = cells.map(([kind, value, word]) =>
    `<div><dt${kind && ` class="key ${kind}"`}>${word}</dt><dd>${value}</dd></div>`
  );
  return `<dl class="tiles">${list.join("")}</dl>`;
}

/** One line for each model, with its changes as bars. */
export function overviewTable(result: DiffResult, anchors: ReadonlyMap<string, string>): string {
  if (result.models.length === 0) return "<p>There are no models.</p>";
  const lines = result.models.map((model) => line(model, anchors.get(model.id) ?? ""));
  return `<table class="overview"><thead><tr><th scope="col">Model</th><th scope="col">Rows</th>` +
    `<th scope="col">Row changes</th><th scope="col">Column changes</th>` +
    `<th scope="col">Outcome</th></tr></thead>\n<tbody>${lines.join("\n")}</tbody></table>`;
}

function line(model: ModelDiff, anchor: string): string {
  const { rows } = model;
  const counts = rows === null
    ? ""
    : rows.before === rows.after
    ? number(rows.after)
    : `${number(rows.before)} → ${number(rows.after)}`;
  return `<tr class="${model.status}" data-for="${escaped(anchor)}"${sameAttribute(model)}>` +
    `<th scope="row"><span class="mark">${escaped(mark(model.status))}</span> ` +
    `<a href="#${escaped(anchor)}">${escaped(model.name)}</a></th>` +
    `<td class="n">${counts}</td><td class="drawn" data-of="rows">${rowBar(model) ?? ""}</td>` +
    `<td class="drawn" data-of="columns">${columnBar(model) ?? ""}</td>` +
    `<td class="outcome">${escaped(outcome(model))}</td></tr>`;
}
