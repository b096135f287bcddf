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

/** The relative paths of data that a text names; `*` stands for what is only known when it runs. Pure. */
export function dataPathsIn(text: string): string[] {
  const found = [
    ...[...text.matchAll(QUOTED)].map(([, , path = ""]) => path),
    ...[...text.matchAll(READ)].map(([, , path = ""]) => path),
    ...[...text.matchAll(PLAIN)].map(([, path = ""]) => path),
  ].map((path) => path.replace(/\{\{.*?\}\}|\{.*?\}/g, "*").replace(/^(?:\.\/)+/, ""));
  return [...new Set(found)].filter((path) =>
    path !== "" && !/^(?:[/\\~*@]|[a-z][\w+.-]*:)/i.test(path)
  );
}
