/**
 * Texts of users in HTML: as text and as the value of an attribute, never as markup. Pure.
 * @module
 */
import { differenceFrom, number, visible } from "../words.ts";

/** A value longer than `folded` is opened by a click; of one longer than `kept`, the rest is left out. */
const CHARACTERS = { folded: 160, kept: 4000 };

/** A text for an element or a quoted attribute. */
export function escaped(text: string): string {
  return inert(visible(text, "lines"));
}

function inert(text: string): string {
  return text.replace(/[&<>"'`]/g, (one) => `&#${one.charCodeAt(0)};`);
}

/**
 * A value of a cell. NULL and the empty text are drawn otherwise than any text. Of a long one that is folded, the part
 * from a character on is seen.
 */
export function valueHtml(value: string | null | undefined, start = 0): string {
  if (value === undefined) return "";
  if (value === null) return `<span class="null">NULL</span>`;
  if (value === "") return `<span class="empty">empty</span>`;
  const characters = [...visible(value, "lines")];
  if (characters.length <= CHARACTERS.folded) {
    return `<span class="v">${inert(characters.join(""))}</span>`;
  }
  const part = characters.slice(start, start + CHARACTERS.folded).join("");
  const whole = characters.slice(0, CHARACTERS.kept).join("");
  const left = characters.length - CHARACTERS.kept;
  const more = left > 0 ? ` <i>… and ${number(left)} more characters</i>` : "";
  return `<details class="long"><summary><span class="v">${start > 0 ? "…" : ""}${inert(part)}${
    start + CHARACTERS.folded < characters.length ? "…" : ""
  }</span>` +
    `<i>fold</i></summary><div><span class="v">${inert(whole)}</span>${more}</div></details>`;
}

/** The values of both sides, folded so that their difference is in what is seen. */
export function valuePair(before: string | null, after: string | null): [string, string] {
  const shown = (value: string | null) => value === null ? null : visible(value, "lines");
  const start = differenceFrom(shown(before), shown(after), CHARACTERS.folded);
  return [valueHtml(before, start), valueHtml(after, start)];
}

/** A name in code. */
export function codeHtml(name: string): string {
  return `<code>${escaped(name)}</code>`;
}

/** What is wider than the page is moved within it, with the keyboard too. */
export function scroller(label: string, table: string): string {
  return `<div class="scroll" tabindex="0" role="region" aria-label="${
    escaped(label)
  }">${table}</div>`;
}

/** One part of a bar: how much of it, and its class. */
export interface Segment {
  count: number;
  kind: "added" | "removed" | "changed" | "same" | "unknown";
}

/** A bar of parts side by side, with words for who does not see it. Any part that there is can be seen. */
export function bar(segments: readonly Segment[], words: string): string {
  const whole = segments.reduce((sum, { count }) => sum + count, 0);
  const there = segments.filter(({ count }) => count > 0);
  // So wide is the smallest; the others give it in proportion.
  const least = 1;
  const wide = there.map(({ count }) => Math.max(least, count / whole * 100));
  const sum = wide.reduce((total, width) => total + width, 0);
  let x = 0;
  const parts = there.map(({ kind }, at) => {
    const width = (wide[at] ?? 0) / sum * 100;
    const rect = `<rect class="${kind}" x="${rounded(x)}" y="0" width="${
      rounded(width)
    }" height="8"/>`;
    x += width;
    return rect;
  });
  return `<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" ` +
    `aria-label="${escaped(words)}"><rect class="track" width="100" height="8"/>${
      parts.join("")
    }</svg>`;
}

/** A number for an attribute, without needless digits. */
export function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}
