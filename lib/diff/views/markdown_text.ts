/**
 * Texts of users as Markdown: nothing in them is taken for Markdown, for HTML or for a mention of somebody. Pure.
 * @module
 */
import { differenceFrom, from, shortened, visible } from "./words.ts";

/** How long a value and a sentence may be, in characters. */
const ROOM = 60;
const SENTENCE_ROOM = 300;

/** What has no meaning within a code span, and none in a table. */
const PLAIN = /^[\w@.+/:,;=(){}~^-]([\w @.+/:,;=(){}~^-]*[\w@.+/:,;=(){}~^-])?$/;

/** ASCII that could have a meaning: not letters, and neither a `_` within a word nor a `:` behind one. */
const MEANING = /(?!(?<=[\p{L}\p{N}])_(?=[\p{L}\p{N}]))(?!:(?: |$))[!#$&*:<>@[\\\]^_`{|}~]/gu;

/**
 * A text as it is, with every character that Markdown, HTML or a link's beginning could take for its own as a numeric
 * entity: these are resolved after both have been read.
 */
export function escaped(text: string, room = ROOM): string {
  return shortened(visible(text), room).replace(MEANING, entity)
    .replace(/www\./gi, (start) => `${start.slice(0, -1)}${entity(".")}`);
}

/** A sentence, outside of code: nobody is mentioned by `@`, and `#1` is no link, for the joiner behind it. */
export function sentence(text: string): string {
  return escaped(text, SENTENCE_ROOM).replace(/&#(35|64);/g, "$&&#8288;");
}

/** A name as code. Only in a code element nobody is mentioned by `@`, and no `#1` becomes a link. */
export function code(name: string, room = ROOM): string {
  const short = shortened(visible(name), room);
  return PLAIN.test(short) ? `\`${short}\`` : html(name, room);
}

/** The same where only HTML is read: in a `<summary>`. */
export function html(name: string, room = ROOM): string {
  return `<code>${escaped(name, room)}</code>`;
}

/** A value of a cell. NULL and the empty text cannot be mistaken for texts: only they are in italics. */
export function cell(value: string | null | undefined): string {
  if (value === undefined) return "";
  if (value === null) return "*NULL*";
  return value === "" ? "*empty*" : html(value);
}

/** The values of both sides, cut so that their difference is in what is shown. */
export function cellPair(before: string | null, after: string | null): [string, string] {
  const [one, other] = [before, after].map((value) => value === null ? null : visible(value));
  const start = differenceFrom(one ?? null, other ?? null, ROOM);
  const part = (value: string | null | undefined) => cell(value && from(value, start));
  return [part(one), part(other)];
}

/** A table: its head, how each column is aligned (`l`, `r`, `c`), and rows of cells that are Markdown. */
export function table(
  head: readonly string[],
  align: string,
  rows: readonly (readonly string[])[],
): string[] {
  const rule = [...align].map((side) => side === "r" ? "--:" : side === "c" ? ":-:" : ":--");
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`);
}

function entity(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}
