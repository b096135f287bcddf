/**
 * A comparison as lines for a terminal: one for each model, then the details of those that differ. Pure.
 * @module
 */
import type { Colour } from "../../base/output.ts";
import type { ChangedRow, ColumnDiff, DiffResult, ModelDiff, SampleRow } from "../result.ts";
import type { Paint } from "./view.ts";
import {
  codeWords,
  columnDiffers,
  common,
  differs,
  keyFaults,
  mark,
  methodWords,
  number,
  optionPairs,
  outcome,
  percent,
  schemaChanges,
  shortened,
  summary,
  visible,
} from "./words.ts";

const COLOURS: Record<ModelDiff["status"], Colour> = {
  equal: "dim",
  different: "yellow",
  added: "green",
  removed: "red",
  skipped: "dim",
  failed: "red",
};
/** How long a bar is that stands for all rows. */
const BAR = 20;
/** How wide a value may be. */
const ROOM = 40;

/** The lines. */
export function asText(result: DiffResult, paint: Paint): string {
  const { after, before, models } = result;
  const lines = [paint("bold", `${before.spec} → ${after.spec}`)];
  const options = optionPairs(result.options);
  if (options.length > 0) {
    lines.push(
      paint("dim", options.map(([name, value]) => `${name}: ${visible(value)}`).join("; ")),
    );
  }
  if (models.length > 0) lines.push("", ...overview(models, paint));
  for (const model of models.filter(differs)) lines.push(...details(model, paint));
  lines.push("", `${summary(result)}.`);
  return lines.join("\n");
}

/** A line a model: mark, name, rows, added, removed, changed. */
function overview(models: readonly ModelDiff[], paint: Paint): string[] {
  const rows = models.map((model) => {
    const { rows, status } = model;
    const count = (part: number | null, whole: number) =>
      part === null || part === 0 ? "" : `${number(part)} (${percent(part, whole)})`;
    return rows === null ? { model, cells: [], words: status === "equal" ? "" : outcome(model) } : {
      model,
      cells: [
        rows.before === rows.after
          ? number(rows.after)
          : `${number(rows.before)} → ${number(rows.after)}`,
        count(rows.added, rows.after),
        count(rows.removed, rows.before),
        count(rows.changed, common(rows)),
      ],
      words: schemaWords(model),
    };
  });
  const heads = ["rows", "added", "removed", "changed"];
  const widths = heads.map((head, at) =>
    Math.max(head.length, ...rows.map(({ cells }) => cells[at]?.length ?? 0))
  );
  const name = Math.max(...models.map((model) => visible(model.name).length));
  const padded = heads.map((head, at) => head.padStart(widths[at] ?? 0)).join("  ");
  const anything = rows.some(({ cells }) => cells.length > 0);
  return [
    ...anything ? [paint("dim", `  ${" ".repeat(name)}  ${padded}`)] : [],
    ...rows.map(({ cells, model, words }) => {
      const first = paint(
        COLOURS[model.status],
        `${mark(model.status)} ${visible(model.name).padEnd(name)}`,
      );
      const figures = cells.map((cell, at) => cell.padStart(widths[at] ?? 0)).join("  ");
      return [first, figures, words].filter((text) => text !== "").join("  ").trimEnd();
    }),
  ];
}

function schemaWords(model: ModelDiff): string {
  const { added, removed, reordered, retyped } = schemaChanges(model);
  const names = (sign: string, columns: readonly ColumnDiff[]) =>
    columns.map((column) => sign + visible(column.name));
  const words = [
    ...names("+", added),
    ...names("-", removed),
    ...retyped.map(({ name }) => `${visible(name)}: type`),
    ...reordered ? ["columns reordered"] : [],
  ];
  return words.length > 4 ? `${words.slice(0, 3).join(", ")}, …` : words.join(", ");
}

function details(model: ModelDiff, paint: Paint): string[] {
  const { columns, key, renamed_from: renamed, rows } = model;
  const lines = [
    "",
    `${paint(COLOURS[model.status], mark(model.status))} ${paint("bold", visible(model.name))}`,
  ];
  const say = (text: string) => lines.push(`  ${text}`);
  if (renamed !== null) say(`renamed from ${visible(renamed)}`);
  const code = codeWords(model);
  if (code !== undefined) say(paint("dim", code));
  if (rows === null) {
    say(outcome(model));
    return lines;
  }
  const by = key === null
    ? "no key is known"
    : `key ${key.columns.map((name) => visible(name)).join(", ")} (${key.source})`;
  say(paint("dim", `${by}; ${methodWords(model)}`));
  for (const fault of [...keyFaults(model), ...model.notes]) say(paint("yellow", fault));
  const shown = columns.filter(columnDiffers);
  const width = Math.max(0, ...shown.map(({ name }) => visible(name).length));
  for (const column of shown) say(columnLine(column, width, common(rows), paint));
  if (model.reordered) say("the columns stand in another order");
  lines.push(...samples(model, paint));
  return lines;
}

function columnLine(column: ColumnDiff, width: number, whole: number, paint: Paint): string {
  const { changed, from_null: fromNull, name, only, retyped, to_null: toNull, types } = column;
  const first = visible(name).padEnd(width);
  if (only === "after") return `${first}  ${paint("green", "new column")}, ${types.after}`;
  if (only === "before") return `${first}  ${paint("red", "gone")}, was ${types.before}`;
  const parts = [
    ...changed === null || changed === 0 ? [] : [
      `${bar(changed, whole)} ${number(changed)} changed (${percent(changed, whole)})`,
    ],
    ...(fromNull ?? 0) > 0 ? [`${number(fromNull ?? 0)} were NULL`] : [],
    ...(toNull ?? 0) > 0 ? [`${number(toNull ?? 0)} became NULL`] : [],
    ...retyped ? [`${types.before} → ${types.after}`] : [],
  ];
  return `${first}  ${parts.join(", ")}`;
}

/** At least a sliver of something, and never all of less than that. */
function bar(part: number, whole: number): string {
  const eighths = Math.min(
    Math.max(1, Math.round(part / Math.max(1, whole) * BAR * 8)),
    part < whole ? BAR * 8 - 1 : BAR * 8,
  );
  const text = "█".repeat(Math.floor(eighths / 8)) + (" ▏▎▍▌▋▊▉"[eighths % 8] ?? "").trim();
  return text.padEnd(BAR);
}

function samples({ key, rows, samples }: ModelDiff, paint: Paint): string[] {
  const { added, changed, removed } = samples;
  const lines: string[] = [];
  const list = (what: string, all: number, shown: string[]) => {
    if (shown.length === 0) return;
    const some = shown.length < all ? ` (${number(shown.length)} of ${number(all)})` : "";
    lines.push(`  ${what}${some}:`, ...shown.map((text) => `    ${text}`));
  };
  list("changed", rows?.changed ?? 0, changed.map((row) => changedLine(row, paint)));
  const keys = key?.columns ?? [];
  list("added", rows?.added ?? 0, added.map((row) => paint("green", `+ ${rowLine(row, keys)}`)));
  list(
    "removed",
    rows?.removed ?? 0,
    removed.map((row) => paint("red", `- ${rowLine(row, keys)}`)),
  );
  return lines;
}

function changedLine({ columns, key }: ChangedRow, paint: Paint): string {
  const cells = Object.entries(columns).map(([name, { after, before }]) =>
    `${visible(name)}: ${paint("red", cell(before))} → ${paint("green", cell(after))}`
  );
  return `${pairs(key)}  ${cells.join(", ")}`;
}

/** The key first. */
function rowLine(row: SampleRow, keys: readonly string[]): string {
  const own = Object.fromEntries(keys.map((name) => [name, row[name] ?? null]));
  return shortened(pairs({ ...own, ...row }), 160);
}

function pairs(row: SampleRow): string {
  return Object.entries(row).map(([name, value]) => `${visible(name)}=${cell(value)}`).join(" ");
}

/** NULL is no text; a text that could be taken for something else stands in quotes. */
function cell(value: string | null): string {
  if (value === null) return "NULL";
  const text = shortened(visible(value), ROOM);
  return value === "" || /^null$/i.test(value) || /["\s,=]/.test(text)
    ? JSON.stringify(text)
    : text;
}
