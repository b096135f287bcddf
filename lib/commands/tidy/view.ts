/**
 * How `dot tidy` shows what it found: as text, and as JSON.
 * @module
 */
import { bytes, counted } from "../../base/amounts.ts";
import type { Context } from "../../base/context.ts";
import { jsonOf } from "../../base/json.ts";
import { table } from "../../base/table.ts";
import type { Stray } from "../../upkeep/strays.ts";
import type { Untidy } from "../../upkeep/tidy.ts";
import { relationKey } from "../../base/relation.ts";
import type { Failures } from "../../warehouse/changes.ts";

/** Show the strays to people. */
export function show({ relations, schemas, strays }: Untidy, { out }: Context): void {
  const where = schemas.map(({ schema }) => schema).join(", ");
  out.status(
    strays.length === 0
      ? `tidy: every one of ${counted(relations, "relation")} in ${
        where || "no schema"
      } is a node's`
      : `${counted(strays.length, "relation")} of ${relations} in ${where} ${
        strays.length === 1 ? "is" : "are"
      } no node's:`,
  );
  const rows = strays.map(({ hint, readers, relation }) => [
    `${relation.schema}.${relation.name}`,
    relation.type.replaceAll("_", " "),
    relation.bytes === undefined ? "" : bytes(relation.bytes),
    relation.created?.slice(0, 10) ?? "",
    readers.length === 0 ? hint : `stays: ${readers.slice(0, 3).join(", ")} reads it`,
  ]);
  // Never cut: what is agreed to must be seen.
  for (const line of table(rows, [{}, {}, {}, {}, {}])) out.result(line);
}

/** The same, and what became of them, for programs. */
export function asJson(
  { schemas, strays }: Untidy,
  dropped: readonly Stray[],
  failures: Failures | undefined,
): string {
  return jsonOf({
    schemas: schemas.map(({ database, schema }) => ({ database, schema })),
    strays: strays.map((stray) => {
      const { bytes, created, database, name, schema, type } = stray.relation;
      return {
        database,
        schema,
        name,
        type,
        bytes: bytes ?? null,
        created: created === undefined ? null : isoTime(created),
        hint: stray.hint || null,
        read_by: stray.readers,
        dropped: dropped.includes(stray),
        error: failures?.get(relationKey(stray.relation)) ?? null,
      };
    }),
  });
}

/** A time as an engine writes it, as ISO 8601, with a zone where it has one; null where it is written otherwise. */
function isoTime(text: string): string | null {
  const [, day, time, zone = ""] =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?) ?(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(
      text.trim(),
    ) ??
      [];
  if (day === undefined || time === undefined) return null;
  const colon = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  return `${day}T${time}${colon.length === 3 ? `${colon}:00` : colon}`;
}
