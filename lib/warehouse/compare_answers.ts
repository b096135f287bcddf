/**
 * Reads what a comparison in the warehouse tells, event by event.
 * @module
 */
import { DotError } from "../base/errors.ts";
import { isObject } from "../base/json.ts";
import { type Row, toRows } from "./answers.ts";
import type { CompareOptions, DifferingRow, Found, FoundColumn, NotCompared } from "./compare.ts";

const LOST =
  "its answer did not come through; dbt masks the values of variables that begin with DBT_ENV_SECRET wherever they occur: is one of them a single letter?";

/** Reads the answers of one step. */
export class Reading {
  columns: FoundColumn[] = [];
  key: Found["key"];
  done = false;
  #faults: Found["faults"];
  #method: Found["method"] | undefined;
  #rows: Found["rows"] = { before: 0, after: 0, added: 0, removed: 0, changed: 0 };
  #changes: Found["changes"] = [];
  #samples: DifferingRow[] = [];
  #missing: ("before" | "after")[] = [];
  #fault: string | undefined;
  /** How many rows were told in pages, and how often they are there. */
  #paged = 0;
  #times = 0;
  /** Without a column there is nothing of rows but their number. */
  #alone = false;

  constructor(readonly options: Pick<CompareOptions, "rows" | "samples">) {}

  /** How many values the key has. */
  get #keys(): number {
    return this.key?.columns.length ?? 0;
  }

  /** Whether all came that must have been told. */
  get #isWhole(): boolean {
    const { added, changed, removed } = this.#rows;
    if (this.#method === "hash" || added + changed + removed === 0) return this.columns.length > 0;
    const few = (count: number) => Math.min(count, this.options.samples);
    const shown = this.#method === "rows" ||
      this.#samples.length === few(added) + few(changed) + few(removed);
    const reasons = this.#method === "key" || this.key === undefined || this.#faults !== undefined;
    const paged = this.#method === "rows" ? this.#times : this.#paged;
    const told = !this.options.rows || this.#alone || paged === added + changed + removed;
    return this.columns.length > 0 && shown && reasons && told;
  }

  take(answer: Record<string, unknown>): void {
    const { event } = answer;
    if (event === "columns") this.#takeColumns(answer);
    else if (event === "missing") {
      const sides = Array.isArray(answer["sides"]) ? answer["sides"] : [];
      this.#missing = (["before", "after"] as const).filter((side) => sides.includes(side));
    } else if (event === "unbounded") this.#fault = "--limit needs a key, and none is known";
    else if (event === "hash") this.#takeHash(Number(answer["rows"]));
    else if (event === "bad key") this.#takeFaults(toRows(answer["sides"]));
    else if (event === "rows") this.#takeRows(answer);
    else if (event === "samples") this.#takeSamples(answer);
    else if (event === "whole") this.#takeWhole(answer);
    else {throw new DotError(`the control project told of something unknown: ${String(event)}`, {
        code: "DOT037",
      });}
  }

  page(answer: Record<string, unknown>): DifferingRow[] {
    const rows = toRows(answer["rows"]).map((row) =>
      this.#method === "key" ? this.#keyedRow(row) : this.#wholeRow(row[0], row[1], row.slice(2))
    );
    this.#paged += rows.length;
    this.#times += rows.reduce((sum, { times }) => sum + times, 0);
    return rows;
  }

  result(error: string | undefined): Found | NotCompared {
    const { columns, key } = this;
    const fault = error ?? this.#fault;
    if (this.#missing.length > 0) return { error: undefined, missing: this.#missing };
    if (fault !== undefined || this.#method === undefined || !this.#isWhole) {
      return { error: fault ?? LOST, missing: [] };
    }
    return {
      columns,
      key,
      faults: this.#faults,
      method: this.#method,
      rows: this.#rows,
      changes: this.#changes,
      samples: this.#samples,
    };
  }

  #takeColumns(answer: Record<string, unknown>): void {
    const pairs = Array.isArray(answer["pairs"]) ? answer["pairs"].filter(isObject) : [];
    this.columns = pairs.map((pair) => ({
      before: textIn(pair["before"]),
      beforeType: textIn(pair["before_type"]),
      beforeAt: typeof pair["before_at"] === "number" ? pair["before_at"] : null,
      after: textIn(pair["after"]),
      afterType: textIn(pair["after_type"]),
      excluded: pair["excluded"] === true,
    }));
    const key = isObject(answer["key"]) ? answer["key"] : {};
    const columns = Array.isArray(key["columns"]) ? key["columns"].map(String) : [];
    this.key = columns.length === 0 ? undefined : { source: String(key["source"]), columns };
    const lacks = textIn(key["lacks"]);
    if (lacks !== null) this.#fault = `--key: both sides need a column ${lacks}`;
  }

  #takeHash(count: number): void {
    this.#method = "hash";
    this.#rows = { before: count, after: count, added: 0, removed: 0, changed: 0 };
    this.done = true;
  }

  #takeFaults(rows: Row[]): void {
    const of = (side: string): [number, number] => {
      const [, nulls, duplicates] = rows.find(([name]) => name === side) ?? [];
      return [Number(nulls), Number(duplicates)];
    };
    this.#faults = { before: of("before"), after: of("after") };
  }

  #takeRows(answer: Record<string, unknown>): void {
    const count = isObject(answer["count"]) ? answer["count"] : {};
    const of = (name: string) => Number(count[name] ?? 0);
    this.#method = "key";
    this.#rows = {
      before: of("before"),
      after: of("after"),
      added: of("A"),
      removed: of("R"),
      changed: of("C"),
    };
    const numbers = (textIn(answer["columns"]) ?? "").split(",").filter((text) => text !== "");
    this.#changes = Array.from({ length: numbers.length / 3 }, (_, at) => {
      const [changed = 0, from = 0, to = 0] = numbers.slice(at * 3, at * 3 + 3).map(Number);
      return [changed, from, to];
    });
    this.done = true;
  }

  /** Rows that were looked up: the key as the samples have it, the values of the earlier side, those of the later one. */
  #takeSamples(answer: Record<string, unknown>): void {
    const rows = new Map(toRows(answer["rows"]).map(([key, ...values]) => [key ?? "", values]));
    const values = (side: "before" | "after", key: string) => {
      const all = rows.get(key) ?? [];
      return side === "before" ? all.slice(0, all.length / 2) : all.slice(all.length / 2);
    };
    const samples = Array.isArray(answer["samples"]) ? answer["samples"].filter(isObject) : [];
    this.#samples = samples.flatMap((sample) => {
      const kind = asKind(sample["kind"]);
      const key = String(sample["key"]);
      return kind === undefined ? [] : [{
        kind,
        times: 1,
        changed: [...String(sample["mask"] ?? "")].map((digit) => digit !== "0"),
        before: kind === "A" ? undefined : values("before", key),
        after: kind === "R" ? undefined : values("after", key),
      }];
    });
  }

  #takeWhole(answer: Record<string, unknown>): void {
    const found = toRows(answer["found"]);
    const of = (what: string, kind: string) =>
      Number(found.find((row) => row[0] === what && row[1] === kind)?.[2] ?? 0);
    this.#method = "rows";
    const [before, after] = [of("rows", "before"), of("rows", "after")];
    const alone = Number(answer["width"]) === 0;
    this.#alone = alone;
    this.#rows = {
      before,
      after,
      added: alone ? Math.max(0, after - before) : of("kind", "A"),
      removed: alone ? Math.max(0, before - after) : of("kind", "R"),
      changed: 0,
    };
    this.#samples = found.filter(([what]) => what === "sample")
      .sort((a, b) => compareTexts(a[1], b[1]) || Number(a[3]) - Number(b[3]))
      .map(([, kind, times, , ...values]) => this.#wholeRow(kind, times, values));
    this.done = true;
  }

  /** kind, mask, key and values of the earlier side, of the later side, place. */
  #keyedRow([first, mask, ...values]: Row): DifferingRow {
    const width = this.#keys + (mask?.length ?? 0);
    const kind = asKind(first) ?? "C";
    return {
      kind,
      times: 1,
      changed: kind === "C" ? [...mask ?? ""].map((digit) => digit !== "0") : [],
      before: kind === "A" ? undefined : values.slice(0, width),
      after: kind === "R" ? undefined : values.slice(width, width * 2),
    };
  }

  #wholeRow(first: Row[number] | undefined, times: Row[number] | undefined, values: Row) {
    const kind = asKind(first) ?? "A";
    return {
      kind,
      times: Number(times ?? 1),
      changed: [],
      before: kind === "R" ? values : undefined,
      after: kind === "A" ? values : undefined,
    };
  }
}

function asKind(value: unknown): DifferingRow["kind"] | undefined {
  return value === "A" || value === "R" || value === "C" ? value : undefined;
}

function textIn(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function compareTexts(a: string | null | undefined, b: string | null | undefined): number {
  return (a ?? "") < (b ?? "") ? -1 : (a ?? "") > (b ?? "") ? 1 : 0;
}
