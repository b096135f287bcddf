/**
 * Rows as aligned columns for a terminal. Pure.
 * @module
 */
import { cellsOf, cutTo } from "./width.ts";

/** Between two columns. */
const GAP = "  ";
/** However narrow the terminal is, so much of the last column is shown. */
const LEAST = 20;

/** One column. */
export interface Column {
  /** Its head; where no column has one there is no line of heads. */
  title?: string;
  right?: boolean;
  /** How wide it becomes at most: a longer cell is shown whole, and pushes its own line. */
  most?: number;
  /** Puts a cell of it in a colour; `row` counts from 0. */
  paint?: (text: string, row: number) => string;
}

/** How a table lies on the terminal. */
export interface Look {
  /** Before every line. */
  indent?: string;
  /** The width of the terminal, to which the last column is cut; undefined where everything is shown. */
  columns?: number | undefined;
  /** Puts the heads in a colour. */
  paintTitle?: (text: string) => string;
}

/**
 * The lines: one of heads, where there are any, and one for each row. A column in which no row has a word is left out. A
 * row may have fewer cells than there are columns: its last one then reaches as far as it needs.
 */
export function table(
  rows: readonly (readonly string[])[],
  columns: readonly Column[],
  { columns: room, indent = "", paintTitle = (text) => text }: Look = {},
): string[] {
  const cells = rows.map((row) => row.map(plain));
  const filled = columns.map((column, at) => ({ ...column, at }))
    .filter(({ at }) => cells.some((row) => (row[at] ?? "") !== ""));
  const widths = filled.map(({ at, most = Infinity, title = "" }) => {
    const fitted = cells.filter((row) => !runsOn(row, at, columns)).map((row) => row[at] ?? "");
    return Math.max(cellsOf(title), ...fitted.map((cell) => Math.min(most, cellsOf(cell))));
  });
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + GAP.length, indent.length);
  const line = (row: readonly string[], paint: (column: Column, text: string) => string) => {
    const shown = filled.map((column, index) => {
      const { at, right } = column;
      const cell = row[at] ?? "";
      const last = index === filled.length - 1;
      const text = last && room !== undefined ? cutTo(cell, Math.max(LEAST, room - before)) : cell;
      const gap = " ".repeat(Math.max(0, (widths[index] ?? 0) - cellsOf(text)));
      const painted = text === "" ? "" : paint(column, text);
      return right === true && !runsOn(row, at, columns) ? gap + painted : painted + gap;
    });
    return (indent + shown.join(GAP)).trimEnd();
  };
  const titles = columns.map(({ title = "" }) => title);
  const heads = titles.some((title) => title !== "");
  return [
    ...heads ? [line(titles, (_, text) => paintTitle(text))] : [],
    ...cells.map((row, at) => line(row, ({ paint }, text) => paint?.(text, at) ?? text)),
  ];
}

/** Whether the cell is the last of a row that has fewer than there are columns. */
function runsOn(row: readonly string[], at: number, columns: readonly Column[]): boolean {
  return at === row.length - 1 && row.length < columns.length;
}

/** Somebody else's words may hold what a terminal obeys. */
function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
