/**
 * `--rows`: every row that differs, in a file. Models are compared at the same time, so each has a part of its own first.
 * @module
 */
import { dirname, join } from "@std/path";
import { adapterOf } from "../dbt/adapters.ts";
import { DotError, UsageError } from "../base/errors.ts";
import { isFolder, removeAll } from "../base/files.ts";
import type { DifferingRow } from "../warehouse/compare.ts";
import type { Warehouse } from "../warehouse/warehouse.ts";
import { csvLine } from "./csv.ts";
import { asRow, type RowNames } from "./outcome.ts";
import type { ModelDiff } from "./result.ts";

/** The forms a file may have, by the end of its name. */
export type RowsFormat = "csv" | "jsonl" | "parquet";

const COLUMNS = ["model", "change", "times", "key", "columns", "before", "after"];
const CHANGES = { A: "added", R: "removed", C: "changed" };

/** The form that a file's name asks for. Throws a UsageError where it is none, or the engine writes none such. */
export function rowsFormat(file: string, adapter: string): RowsFormat {
  const format = /\.([^./\\]+)$/.exec(file)?.[1]?.toLowerCase();
  if (format === "parquet" && !adapterOf(adapter).writes.includes(format)) {
    throw new UsageError(`${adapter} cannot write ${file}: only DuckDB writes parquet here`, {
      hints: ["Name a .csv or a .jsonl."],
      code: "DOT010",
    });
  }
  if (format === "csv" || format === "jsonl" || format === "parquet") return format;
  throw new UsageError(`--rows ${file}: the name must end in .csv, .jsonl or .parquet`, {
    code: "DOT010",
  });
}

/** Collects rows in parts, and makes the file of them. */
export class RowsFile implements AsyncDisposable {
  readonly #parts = new Map<string, Deno.FsFile>();

  private constructor(
    /** An absolute path. */
    readonly file: string,
    readonly format: RowsFormat,
    /** Holds the parts: nobody else can read it, and nothing else lies there. */
    readonly folder: string,
  ) {}

  /** Begin. Throws a DotError where no file can be there. */
  static async begin(file: string, format: RowsFormat): Promise<RowsFile> {
    const beside = dirname(file);
    if (!await isFolder(beside)) {
      throw new DotError(`there is no folder ${beside} for --rows`, {
        code: "DOT039",
        hints: ["Make it first."],
      });
    }
    return new RowsFile(
      file,
      format,
      await Deno.makeTempDir({ dir: beside, prefix: ".dot-rows-" }),
    );
  }

  /** Take rows of a model, in their order. */
  write(
    { id, name }: Pick<ModelDiff, "id" | "name">,
    rows: readonly DifferingRow[],
    names: RowNames,
  ): void {
    let part = this.#parts.get(id);
    if (part === undefined) {
      const path = join(this.folder, String(this.#parts.size));
      part = Deno.openSync(path, { createNew: true, read: true, write: true, mode: 0o600 });
      this.#parts.set(id, part);
    }
    const lines = rows.map((row) => this.#line(record(name, row, names)) + "\n");
    const bytes = new TextEncoder().encode(lines.join(""));
    for (let at = 0; at < bytes.length;) at += part.writeSync(bytes.subarray(at));
  }

  /** Put the parts together, in the order of the models' ids; the engine writes parquet. */
  async finish(warehouse: Warehouse): Promise<void> {
    const whole = join(this.folder, `all.${this.format}`);
    {
      using target = await Deno.open(whole, { createNew: true, write: true, mode: 0o600 });
      if (this.format === "csv") {
        await writeAll(target, new TextEncoder().encode(csvLine(COLUMNS) + "\n"));
      }
      for (const [, part] of [...this.#parts].sort(([a], [b]) => a < b ? -1 : 1)) {
        await part.seek(0, Deno.SeekMode.Start);
        const buffer = new Uint8Array(65_536);
        for (let count = await part.read(buffer); count !== null; count = await part.read(buffer)) {
          await writeAll(target, buffer.subarray(0, count));
        }
      }
    }
    const made = this.format === "parquet" ? await this.#asParquet(whole, warehouse) : whole;
    await Deno.rename(made, this.file);
  }

  /** Remove the parts, whatever became of the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#parts.values()) part.close();
    this.#parts.clear();
    await removeAll(this.folder);
  }

  /** Gives where the engine has written it. */
  async #asParquet(whole: string, warehouse: Warehouse): Promise<string> {
    const made = join(this.folder, "made.parquet");
    const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
    const types = COLUMNS.map((name) => `${name}: '${name === "times" ? "BIGINT" : "VARCHAR"}'`);
    const [outcome] = await warehouse.queries([
      `copy (select * from read_json(${literal(whole)}, format = 'newline_delimited', columns = {${
        types.join(", ")
      }})) to ${literal(made)} (format parquet)`,
    ]);
    if (outcome instanceof DotError) {
      throw new DotError(`the engine could not write ${this.file}: ${outcome.message}`, {
        code: "DOT039",
        hints: ["Name a .csv or a .jsonl."],
        exitCode: 1,
      });
    }
    if (Deno.build.os !== "windows") await Deno.chmod(made, 0o600);
    return made;
  }

  #line(values: Record<string, unknown>): string {
    if (this.format === "jsonl") return JSON.stringify(values);
    const texts = COLUMNS.map((name) => asText(values[name]));
    if (this.format === "csv") return csvLine(texts);
    return JSON.stringify(Object.fromEntries(COLUMNS.map((name, at) => [name, texts[at]])));
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/** What is a list or a row stands in a cell as JSON. */
function asText(value: unknown): string | number | null {
  const plain = typeof value === "string" || typeof value === "number" || value === null;
  return plain ? value : JSON.stringify(value);
}

function record(
  model: string,
  { after, before, changed, kind, times }: DifferingRow,
  names: RowNames,
): Record<string, unknown> {
  const all = [...names.key, ...names.columns];
  const row = (values: DifferingRow["before"]) => values === undefined ? null : asRow(all, values);
  return {
    model,
    change: CHANGES[kind],
    times,
    key: asRow(names.key, after ?? before ?? []),
    columns: kind === "C" ? names.columns.filter((_, at) => changed[at] === true) : [],
    before: row(before),
    after: row(after),
  };
}
