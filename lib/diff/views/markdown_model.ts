/**
 * What a pull-request comment says of one model. Pure.
 * @module
 */
import type { ChangedRow, ColumnDiff, ModelDiff, SampleRow } from "../result.ts";
import { cell, cellPair, code, escaped, html, sentence, table } from "./markdown_text.ts";
import {
  codeWords,
  columnCounts,
  columnDiffers,
  common,
  keyFaults,
  mark,
  methodWords,
  number,
  outcome,
  percent,
  schemaChanges,
} from "./words.ts";

/** Of what is long in itself, so much is shown; the rest is counted. */
const LIMITS = { columns: 50, sampleColumns: 8, samples: 10, notes: 10, named: 3 };

/** Its row in the table of all models. */
export function modelRow(model: ModelDiff): string[] {
  const { rows } = model;
  const known = (count: number | null | undefined) =>
    count === null || count === undefined ? "" : number(count);
  const changed = rows?.changed ?? null;
  return [
    escaped(mark(model.status)),
    code(model.name),
    rows === null ? "" : `${number(rows.before)} → ${number(rows.after)}`,
    known(rows?.added),
    known(rows?.removed),
    rows === null || changed === null ? "" : withShare(changed, common(rows)),
    columnsCell(model),
  ];
}

/** What of its columns is other, in a cell. */
function columnsCell(model: ModelDiff): string {
  if (model.status === "added" || model.status === "removed") return outcome(model);
  const { added, removed, reordered, retyped } = schemaChanges(model);
  const values = model.columns.filter(({ changed }) => (changed ?? 0) > 0);
  const kinds: [string, ColumnDiff[]][] = [
    ["values", values],
    ["new", added],
    ["gone", removed],
    ["type", retyped],
  ];
  return [
    ...kinds.filter(([, columns]) => columns.length > 0).map(([word, columns]) =>
      `${word}: ${named(columns)}`
    ),
    ...reordered ? ["other order"] : [],
  ].join("; ");
}

function named(columns: readonly ColumnDiff[]): string {
  const shown = columns.slice(0, LIMITS.named).map(({ name }) => code(name)).join(", ");
  const more = columns.length - LIMITS.named;
  return more > 0 ? `${shown} and ${number(more)} more` : shown;
}

/** All that there is to say of it, to be opened by a click. */
export function modelDetails(model: ModelDiff, { samples }: { samples: boolean }): string {
  return [
    "<details>",
    `<summary>${escaped(mark(model.status))} ${html(model.name)}: ${
      sentence(outcome(model))
    }</summary>`,
    "",
    ...bullets(model),
    "",
    ...columnTable(model),
    ...samples ? sampleTables(model) : [],
    "</details>",
  ].join("\n");
}

/** Whether it has rows to show. */
export function hasSamples({ samples }: ModelDiff): boolean {
  return samples.added.length + samples.removed.length + samples.changed.length > 0;
}

function bullets(model: ModelDiff): string[] {
  const { after, before, key, notes, renamed_from: renamed } = model;
  const relations = [before, after].flatMap((name) => name === null ? [] : [code(name)]);
  const said = codeWords(model);
  const lines = [
    relations.join(" → "),
    renamed === null ? "" : `renamed from ${code(renamed)}`,
    key === null ? "" : `key: ${listed(key.columns)} (${sentence(key.source)})`,
    model.method === null ? "" : methodWords(model),
    ...keyFaults(model),
    said === undefined ? "" : sentence(said),
    ...notes.slice(0, LIMITS.notes).map((note) => `note: ${sentence(note)}`),
    more(notes.length - LIMITS.notes, "note"),
  ];
  return lines.filter((line) => line !== "").map((line) => `- ${line}`);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, LIMITS.sampleColumns).map((name) => code(name)).join(", ");
  return [shown, more(names.length - LIMITS.sampleColumns, "column")].filter(Boolean).join(" and ");
}

function more(count: number, word: string): string {
  return count > 0 ? `${number(count)} more ${word}${count === 1 ? "" : "s"}` : "";
}

function columnTable(model: ModelDiff): string[] {
  if (model.status !== "different") return [];
  const differing = model.columns.filter(columnDiffers);
  const { same, unknown } = columnCounts(model);
  const rest = [
    more(differing.length - LIMITS.columns, "differing column"),
    same > 0 ? `${number(same)} ${same === 1 ? "column" : "columns"} without a difference` : "",
    unknown > 0
      ? `${number(unknown)} ${unknown === 1 ? "column" : "columns"} not compared alone`
      : "",
    model.reordered ? "the columns stand in another order" : "",
  ].filter((words) => words !== "").map((words) => `- ${words}`);
  const whole = model.rows === null ? 0 : common(model.rows);
  const rows = differing.slice(0, LIMITS.columns).map((column) => [
    code(column.name),
    typeWords(column),
    column.changed === null ? "" : withShare(column.changed, whole),
    column.from_null === null ? "" : number(column.from_null),
    column.to_null === null ? "" : number(column.to_null),
  ]);
  const head = ["column", "type", "changed", "NULL → value", "value → NULL"];
  return [
    ...rows.length === 0 ? [] : [...table(head, "llrrr", rows), ""],
    ...rest.length === 0 ? [] : [...rest, ""],
  ];
}

function typeWords({ only, retyped, types }: ColumnDiff): string {
  const [before, after] = [types.before, types.after].map((type) =>
    type === null ? "?" : code(type)
  );
  if (only === "after") return `new: ${after}`;
  if (only === "before") return `gone: ${before}`;
  return retyped ? `${before} → ${after}` : `${after}`;
}

function sampleTables({ key, rows, samples }: ModelDiff): string[] {
  const heading = (word: string, shown: number, all: number | null | undefined) =>
    `**${word}**${all && all > shown ? ` (${number(shown)} of ${number(all)})` : ""}`;
  const { added, changed, removed } = samples;
  const some = Math.min(changed.length, LIMITS.samples);
  return [
    ...changed.length === 0 ? [] : [
      heading("Changed rows", some, rows?.changed),
      "",
      ...changedTable(changed.slice(0, some)),
      "",
    ],
    ...plainTable(heading, "Added rows", added, rows?.added, key?.columns ?? []),
    ...plainTable(heading, "Removed rows", removed, rows?.removed, key?.columns ?? []),
  ];
}

function changedTable(rows: readonly ChangedRow[]): string[] {
  const keys = [...new Set(rows.flatMap(({ key }) => Object.keys(key)))];
  const lines = rows.flatMap(({ columns, key }) => {
    const all = Object.entries(columns);
    const shown = all.slice(0, LIMITS.sampleColumns).map(([name, { after, before }], at) => [
      ...keys.map((column) => at === 0 ? cell(key[column]) : ""),
      code(name),
      ...cellPair(before, after),
    ]);
    const left = more(all.length - LIMITS.sampleColumns, "column");
    return left === "" ? shown : [...shown, [...keys.map(() => ""), left, "", ""]];
  });
  const head = [...keys.map((name) => code(name)), "column", "before", "after"];
  return table(head, "l".repeat(head.length), lines);
}

function plainTable(
  heading: (word: string, shown: number, all: number | null | undefined) => string,
  word: string,
  rows: readonly SampleRow[],
  all: number | undefined,
  keys: readonly string[],
): string[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, LIMITS.samples);
  const columns = [...new Set([...keys, ...shown.flatMap((row) => Object.keys(row))])];
  const named = columns.slice(0, LIMITS.sampleColumns);
  const left = more(columns.length - named.length, "column");
  return [
    heading(word, shown.length, all),
    "",
    ...table(
      named.map((name) => code(name)),
      "l".repeat(named.length),
      shown.map((row) => named.map((name) => cell(row[name]))),
    ),
    "",
    ...left === "" ? [] : [`${left} not shown`, ""],
  ];
}

function withShare(part: number, whole: number): string {
  return part === 0 ? "0" : `${number(part)} (${escaped(percent(part, whole))})`;
}
