/**
 * The small pieces of the page: names and values of users, and what frames them. Pure.
 * @module
 */
import { differenceFrom, number, visible } from "../words.ts";
import { type Html, markup, type Part, piece } from "./markup.ts";

/** A value longer than `folded` is opened by a click; of one longer than `kept`, the rest is left out. */
const CHARACTERS = { folded: 160, kept: 4000 };

/**
 * A value of a cell. NULL and the empty text are drawn otherwise than any text. Of a long one that is folded, the part
 * from a character on is seen.
 */
export function valueHtml(value: string | null | undefined, start = 0): Html | undefined {
  if (value === undefined) return undefined;
  if (value === null) return markup`<span class="null">NULL</span>`;
  if (value === "") return markup`<span class="empty">empty</span>`;
  const characters = [...visible(value, "lines")];
  const some = (from: number, count: number) =>
    piece(characters.slice(from, from + count).join(""));
  if (characters.length <= CHARACTERS.folded) {
    return markup`<span class="v">${some(0, CHARACTERS.folded)}</span>`;
  }
  const left = characters.length - CHARACTERS.kept;
  const more = left > 0 ? markup` <i>… and ${number(left)} more characters</i>` : undefined;
  const cut = start + CHARACTERS.folded < characters.length;
  const shown = [start > 0 ? "…" : "", some(start, CHARACTERS.folded), cut ? "…" : ""];
  return markup`<details class="long"><summary><span class="v">${shown}</span><i>fold</i></summary>\
<div><span class="v">${some(0, CHARACTERS.kept)}</span>${more}</div></details>`;
}

/** The values of both sides, folded so that their difference is in what is seen. */
export function valuePair(
  before: string | null,
  after: string | null,
): [before: Html | undefined, after: Html | undefined] {
  const shown = (value: string | null) => value === null ? null : visible(value, "lines");
  const start = differenceFrom(shown(before), shown(after), CHARACTERS.folded);
  return [valueHtml(before, start), valueHtml(after, start)];
}

/** A name in code. */
export function codeHtml(name: string): Html {
  return markup`<code>${name}</code>`;
}

/** What is wider than the page is moved within it, with the keyboard too. */
export function scroller(label: string, table: Html): Html {
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${table}</div>`;
}

/** A word, what is said of it, and the class of what the bars show in the same colour. */
export type Definition = readonly [word: string, said: Part, kind?: string];

/** Words with what is said of each. */
export function definitions(name: string, pairs: readonly Definition[]): Html {
  const list = pairs.map(([word, said, kind = ""]) => {
    const key = kind === "" ? undefined : markup` class="key ${kind}"`;
    return markup`<div><dt${key}>${word}</dt><dd>${said}</dd></div>`;
  });
  return markup`<dl class="${name}">${list}</dl>`;
}
