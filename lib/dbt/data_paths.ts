/**
 * Relative paths of data that stand as words in code and configuration: `read_csv('data/x.csv')`, `external_location`.
 * @module
 */

/** What the names of data files end in, before that of a packed one. */
export const DATA_ENDINGS: readonly string[] = [
  ...["arrow", "avro", "csv", "dat", "db", "duckdb", "feather", "geojson", "ipc", "json", "jsonl"],
  ...["ndjson", "orc", "parquet", "shp", "sqlite", "tsv", "txt", "xls", "xlsx"],
];
const ENDING = `\\.(?:${DATA_ENDINGS.join("|")})(?:\\.(?:gz|zst|bz2|xz|zip))?`;
const QUOTED = new RegExp(`(["'])([^"'\\n\\\\]*${ENDING})\\1`, "gi");
/** What DuckDB reads whatever it is called. */
const READ = /\b(?:read_\w+|\w+_scan|glob)\s*\(\s*\[?\s*(["'])([^"'\n]+)\1/gi;
const PLAIN = new RegExp(`:[ \\t]*([^\\s'"#\\[{][^\\s'"#]*${ENDING})[ \\t]*$`, "gim");
/** What stands in every text that names data: most texts do not. */
const LIKELY = new RegExp(`\\.(?:${DATA_ENDINGS.join("|")})|read_\\w|\\w_scan|glob`, "i");
/** Jinja that gives a value. It may have quotes in it. */
const VALUE = /\{\{[^]*?\}\}/g;

/** The relative paths of data that a text names; `*` stands for what is only known when it runs. Pure. */
export function dataPathsIn(text: string): string[] {
  return anyDataPathsIn(text).filter((path) => !path.startsWith("*"));
}

/**
 * The same, with those that begin with what is only known when it runs: they may be relative. So may one that begins with `/`, as the
 * rest of a path that code puts together. Pure.
 */
export function anyDataPathsIn(text: string): string[] {
  if (!LIKELY.test(text)) return [];
  // What stands in Jinja is looked for, and what stands around it.
  const found = [text, ...text.includes("{{") ? [text.replace(VALUE, "*")] : []].flatMap((one) => [
    ...[...one.matchAll(QUOTED)].map(([, , path = ""]) => path),
    ...[...one.matchAll(READ)].map(([, , path = ""]) => path),
    ...[...one.matchAll(PLAIN)].map(([, path = ""]) => path),
  ]).map((path) => path.replace(/\{\{.*?\}\}|\{.*?\}/g, "*").replace(/^(?:\.\/)+/, ""))
    .map((path) => path.startsWith("/") ? `*${path}` : path);
  return [...new Set(found)].filter((path) =>
    path !== "" && !/^(?:[\\~@]|[a-z][\w+.-]*:)|\{\{|\}\}/i.test(path)
  );
}

/** Whether a path is that of data, as far as its name tells. Pure. */
export function isDataPath(path: string): boolean {
  return DATA_FILE.test(path);
}
const DATA_FILE = new RegExp(`${ENDING}$`, "i");
