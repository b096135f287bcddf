/**
 * The first part of the page: the totals, and one line for each model. Pure.
 * @module
 */
import type { DiffResult, ModelDiff } from "../../result.ts";
import { differs, hasOtherColumns, having, mark, number, outcome, totals } from "../words.ts";
import { type Html, lines, markup } from "./markup.ts";
import { columnBar, rowBar, sameAttribute } from "./model.ts";
import { definitions } from "./text.ts";

/** The totals, as figures with a word below. */
export function tiles(result: DiffResult): Html {
  const { added, changed, removed } = totals(result);
  const failed = having(result, "failed");
  const known = result.models.length - having(result, "failed", "skipped");
  const differing = result.models.filter(differs);
  const other = differing.filter(hasOtherColumns).length;
  return definitions("tiles", [
    ["models differ", markup`${number(differing.length)} <small>of ${number(known)}</small>`],
    ["rows added", number(added), "added"],
    ["rows removed", number(removed), "removed"],
    ["rows changed", number(changed), "changed"],
    ["with other columns", number(other)],
    ["failed", number(failed), failed > 0 ? "failed" : ""],
    ["skipped", number(having(result, "skipped"))],
  ]);
}

/** One line for each model, with its changes as bars. */
export function overviewTable(result: DiffResult, anchors: ReadonlyMap<string, string>): Html {
  if (result.models.length === 0) return markup`<p>There are no models.</p>`;
  const rows = result.models.map((model) => line(model, anchors.get(model.id) ?? ""));
  return markup`<table class="overview"><thead><tr><th scope="col">Model</th><th scope="col">Rows</th>\
<th scope="col">Row changes</th><th scope="col">Column changes</th>\
<th scope="col">Outcome</th></tr></thead>
<tbody>${lines(rows)}</tbody></table>`;
}

function line(model: ModelDiff, anchor: string): Html {
  const { rows } = model;
  const counts = rows === null
    ? ""
    : rows.before === rows.after
    ? number(rows.after)
    : `${number(rows.before)} → ${number(rows.after)}`;
  return markup`<tr class="${model.status}" data-for="${anchor}"${sameAttribute(model)}>\
<th scope="row"><span class="mark">${mark(model.status)}</span> \
<a href="#${anchor}">${model.name}</a></th>\
<td class="n">${counts}</td><td class="drawn" data-of="rows">${rowBar(model)}</td>\
<td class="drawn" data-of="columns">${columnBar(model)}</td>\
<td class="outcome">${outcome(model)}</td></tr>`;
}
