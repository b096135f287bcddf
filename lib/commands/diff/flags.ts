/**
 * The flags of `dot diff`.
 * @module
 */
import { BASE, COLD, flags } from "../../cli/flags.ts";

/** Declared. */
export const FLAGS = flags({
  all: { summary: "All models, not only those whose code differs and those behind them" },
  base: BASE,
  build: { summary: "Build what is missing, without a question" },
  "no-build": { summary: "Build nothing: compare what is there" },
  key: { value: "columns", summary: "What tells rows apart: a, or a,b" },
  where: { value: "sql", summary: "Only rows of both sides for which this holds" },
  since: {
    value: "column",
    second: "value",
    summary: "Only rows of both sides with this value or a later one",
  },
  limit: { value: "count", summary: "Only the first so many keys of both sides together" },
  tolerance: { value: "number", summary: "Numbers this near to each other are equal" },
  "relative-tolerance": {
    value: "number",
    summary: "The same, as a part of the larger of the two",
  },
  "ignore-case": { summary: "Texts that differ in case alone are equal" },
  trim: { summary: "Spaces around a text do not count" },
  "exclude-columns": {
    value: "names",
    summary: "Columns that are not compared: loaded_at,_*",
  },
  samples: { value: "count", summary: "How many rows of each kind to show (5)" },
  rows: {
    value: "file",
    summary: "Write all rows that differ to a .csv, .jsonl or .parquet",
  },
  format: { value: "text|json|markdown|html", summary: "How to show the result (text)" },
  output: { value: "file", summary: "Where to write it, instead of to stdout" },
  "exit-code": { summary: "End with 1 when anything differs" },
  "fail-on": {
    value: "kinds",
    summary: "End with 1 when there are such: added,removed,changed,schema",
  },
  last: { summary: "Show the last result again, without a query" },
  cold: COLD,
});
