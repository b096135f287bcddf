/** The tables of a pair, in SQL. */
import { quoted } from "../sql.ts";
import { type Cell, cellAt, columnAt, type Domain, type Pair, SIDES } from "./pair.ts";
import { MOOD, MOODS } from "./pools.ts";

const SCHEMAS = ["left", "right"] as const;

function literal(type: string, domain: Domain, cell: Cell): string {
  if (cell === null) return "null";
  return domain.kind === "opaque" ? cell : `'${cell.replaceAll("'", "''")}'::${type}`;
}

/** The SQL that makes the tables of a pair. */
export function tablesSql(pair: Pair): string {
  const statements: string[] = [];
  for (const side of SIDES) {
    const table = `${quoted(SCHEMAS[side])}.${quoted(pair.name)}`;
    const columns = pair.order[side].map((at) => ({ at, column: columnAt(pair, at) }));
    const lines = columns.map(({ column }) =>
      `${quoted(column.names[side] ?? "")} ${column.types[side]}`
    );
    for (const key of pair.keys) {
      if (key.source !== "primary key") continue;
      const parts = key.columns.map((at) => quoted(columnAt(pair, at).names[side] ?? ""));
      lines.push(`primary key (${parts.join(", ")})`);
    }
    statements.push(`create table ${table} (${lines.join(", ")});`);
    for (let from = 0; from < pair.rows[side].length; from += 250) {
      const rows = pair.rows[side].slice(from, from + 250).map((row) => {
        const cells = columns.map(({ at, column }) =>
          literal(column.types[side] ?? "", column.domain, cellAt(row, at))
        );
        return `(${cells.join(", ")})`;
      });
      statements.push(`insert into ${table} values\n${rows.join(",\n")};`);
    }
  }
  return statements.join("\n");
}

/** The SQL that makes what all tables share: their schemas and an enumeration. */
export function schemasSql(): string {
  const schemas = SCHEMAS.map((schema) => `create schema ${quoted(schema)};`).join("\n");
  const moods = MOODS.map((mood) => `'${mood.replaceAll("'", "''")}'`).join(", ");
  return `${schemas}\ncreate type ${MOOD} as enum (${moods});\n`;
}
