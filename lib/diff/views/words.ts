/**
 * The words and figures that every view of a comparison shares. Pure.
 * @module
 */
import { counted } from "../../base/amounts.ts";
import type {
  ColumnDiff,
  DiffOptions,
  DiffResult,
  ModelDiff,
  Rows,
  Sides,
  Status,
} from "../result.ts";

export { differenceFrom, from, shortened, visible } from "./text.ts";

const MARKS: Record<Status | "reached", string> = {
  equal: "=",
  different: "≠",
  added: "+",
  removed: "-",
  skipped: "·",
  failed: "!",
  reached: "→",
};

const STATUS_WORDS: Record<Status | "reached", string> = {
  equal: "equal",
  different: "differs",
  added: "new",
  removed: "gone",
  skipped: "skipped",
  failed: "failed",
  reached: "reached",
};

/** What is other about the columns themselves, not about the values in them. */
export interface SchemaChanges {
  added: ColumnDiff[];
  removed: ColumnDiff[];
  retyped: ColumnDiff[];
  reordered: boolean;
}

/** One character for a status, that tells it apart without a colour. */
export function mark(status: Status | "reached"): string {
  return MARKS[status];
}

/** A status in a word. */
export function statusWord(status: Status | "reached"): string {
  return STATUS_WORDS[status];
}

/** A count with separators, the same in every locale: `1,234`. */
export function number(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A share: never `0 %` of something, never `100 %` of less than all. */
export function percent(part: number, whole: number): string {
  if (part === 0) return "0 %";
  if (part === whole || whole === 0) return "100 %";
  const share = part / whole * 100;
  if (share < 0.1) return "<0.1 %";
  const shown = share.toFixed(1);
  if (part < whole && shown === "100.0") return ">99.9 %";
  return `${shown.replace(/\.0$/, "")} %`;
}

/** Whether a model is not the same on both sides. */
export function differs({ status }: ModelDiff): boolean {
  return status === "different" || status === "added" || status === "removed";
}

/** How the columns of a model that is on both sides changed; nothing for one that is on one side only. */
export function schemaChanges(model: ModelDiff): SchemaChanges {
  const both = model.status !== "added" && model.status !== "removed";
  const columns = both ? model.columns : [];
  return {
    added: columns.filter(({ only }) => only === "after"),
    removed: columns.filter(({ only }) => only === "before"),
    retyped: columns.filter(({ retyped }) => retyped),
    reordered: both && model.reordered,
  };
}

/** Whether something is other about the columns themselves. */
export function hasOtherColumns(model: ModelDiff): boolean {
  const { added, removed, retyped, reordered } = schemaChanges(model);
  return added.length + removed.length + retyped.length > 0 || reordered;
}

/** Whether a column is worth to be shown: its values, its type or its presence differ. */
export function columnDiffers({ changed, only, retyped }: ColumnDiff): boolean {
  return only !== null || retyped || (changed ?? 0) > 0;
}

/** How many columns are new, gone, have other values or another type, are the same; and of how many nobody knows. */
export interface ColumnCounts {
  added: number;
  removed: number;
  changed: number;
  same: number;
  unknown: number;
}

/** Count the columns of a model by what became of them. */
export function columnCounts({ columns, status }: ModelDiff): ColumnCounts {
  const none = { added: 0, removed: 0, changed: 0, same: 0, unknown: 0 };
  // Of a model on one side all columns are; of one that is equal, none differs.
  if (status === "added" || status === "removed") return { ...none, [status]: columns.length };
  if (status === "equal") return { ...none, same: columns.length };
  if (status !== "different") return { ...none, unknown: columns.length };
  const counts = { ...none };
  for (const column of columns) {
    if (column.only !== null) counts[column.only === "after" ? "added" : "removed"]++;
    else if (columnDiffers(column)) counts.changed++;
    else counts[column.changed === null ? "unknown" : "same"]++;
  }
  return counts;
}

/** How many rows both sides have, by their keys. */
export function common(rows: Rows): number {
  return (rows.changed ?? 0) + rows.unchanged;
}

/** The rows of models that both sides have, summed up. */
export function totals(result: DiffResult): { added: number; removed: number; changed: number } {
  const sum = { added: 0, removed: 0, changed: 0 };
  for (const { rows, status } of result.models) {
    if (rows === null || status !== "different") continue;
    sum.added += rows.added;
    sum.removed += rows.removed;
    sum.changed += rows.changed ?? 0;
  }
  return sum;
}

/** How many models have one of some statuses. */
export function having(result: DiffResult, ...statuses: Status[]): number {
  return result.models.filter(({ status }) => statuses.includes(status)).length;
}

/** A comparison in one sentence. Models that were skipped or failed are not among those that it counts first. */
export function summary(result: DiffResult): string {
  if (result.models.length === 0) return "There are no models to compare";
  const [failed, skipped] = [having(result, "failed"), having(result, "skipped")];
  const known = result.models.length - failed - skipped;
  const rest = [
    failed > 0 ? `${number(failed)} failed` : "",
    skipped > 0 ? `${number(skipped)} skipped` : "",
  ].filter((words) => words !== "");
  return [judgement(result, known), ...rest.length > 0 ? [rest.join(", ")] : []].join("; ");
}

function judgement(result: DiffResult, known: number): string {
  const count = result.models.filter(differs).length;
  if (known === 0) return "No model was compared";
  if (count === 0) {
    return known === 1 ? "The only model is equal" : `All ${number(known)} models are equal`;
  }
  const [fresh, gone] = [having(result, "added"), having(result, "removed")];
  const sides = [
    fresh > 0 ? `${number(fresh)} new` : "",
    gone > 0 ? `${number(gone)} gone` : "",
  ].filter((words) => words !== "").join(", ");
  const other = result.models.filter((model) => differs(model) && hasOtherColumns(model)).length;
  const details = [
    rowWords(totals(result), { named: true }),
    other > 0 ? `${number(other)} ${other === 1 ? "has" : "have"} other columns` : "",
  ].filter((words) => words !== "").join("; ");
  return `${number(count)} of ${number(known)} ${known === 1 ? "model" : "models"} ` +
    `${count === 1 ? "differs" : "differ"}${sides && ` (${sides})`}${details && `: ${details}`}`;
}

/** `120 added, 4 removed, 1,000 changed`, without what did not happen; with the word `rows` when asked for. */
function rowWords(
  { added, changed, removed }: { added: number; removed: number; changed: number | null },
  { named = false }: { named?: boolean } = {},
): string {
  const parts: [number, string][] = [[added, "added"], [removed, "removed"], [
    changed ?? 0,
    "changed",
  ]];
  return parts.filter(([count]) => count > 0).map(([count, word], at) => {
    const unit = named && at === 0 ? count === 1 ? " row" : " rows" : "";
    return `${number(count)}${unit} ${word}`;
  }).join(", ");
}

/** What became of a model, in a few words. */
export function outcome(model: ModelDiff): string {
  if (model.status === "added") return "new";
  if (model.status === "removed") return "gone";
  if (model.status !== "different") return model.reason ?? statusWord(model.status);
  const { added, removed, reordered, retyped } = schemaChanges(model);
  const columns = added.length + removed.length + retyped.length;
  return [
    model.rows === null ? "" : rowWords(model.rows, { named: true }),
    columns > 0 ? `${number(columns)} other ${columns === 1 ? "column" : "columns"}` : "",
    columns === 0 && reordered ? "columns in another order" : "",
  ].filter((words) => words !== "").join(", ") || "differs";
}

/** How a model was compared. */
export function methodWords({ method }: ModelDiff): string {
  if (method === "key") return "compared row by row";
  if (method === "rows") {
    return "compared as whole rows: a changed row is one removed and one added";
  }
  if (method === "hash") return "the totals over all rows are the same";
  return "not compared";
}

/** Why a key did not do, where it has NULLs or duplicates; in sentences. */
export function keyFaults({ key }: ModelDiff): string[] {
  if (key === null) return [];
  const fault = ({ after, before }: Sides, word: string) =>
    before + after === 0 ? [] : [`${word}: ${number(before)} before, ${number(after)} after`];
  return [
    ...fault(key.nulls, "Rows with NULL in the key"),
    ...fault(key.duplicates, "Rows that repeat a key"),
  ];
}

/** By what a model's code differs, as a sentence's part. */
export function codeWords({ by }: ModelDiff): string | undefined {
  const own = by.filter((word) => word !== "upstream");
  if (own.length > 0) return `code differs by ${own.join(", ")}`;
  return by.length > 0 ? "code is the same, what it reads differs" : undefined;
}

/** What was asked for besides the defaults, as pairs of a name and its value. */
export function optionPairs(options: DiffOptions): [string, string][] {
  const pairs: [string, string | null][] = [
    ["key", options.key?.join(", ") ?? null],
    ["where", options.where],
    ["since", options.since && `${options.since.column} ≥ ${options.since.value}`],
    ["limit", options.limit === null ? null : counted(options.limit, "row")],
    ["tolerance", options.tolerance === null ? null : String(options.tolerance)],
    [
      "relative tolerance",
      options.relative_tolerance === null ? null : String(options.relative_tolerance),
    ],
    ["ignore case", options.ignore_case ? "yes" : null],
    ["trim", options.trim ? "yes" : null],
    [
      "without columns",
      options.exclude_columns.length > 0 ? options.exclude_columns.join(", ") : null,
    ],
  ];
  return pairs.flatMap(([name, value]) => value === null ? [] : [[name, value]]);
}
