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
import type { TidyResult } from "./result.ts";

/** Show the strays to people. */
export function show({ kept, relations, schemas, strays }: Untidy, { out }: Context): void {
  const where = schemas.map(({ schema }) => schema).join(", ");
  const history = strays.filter((stray) => stray.history);
  const all = `${counted(relations, "relation")} in ${where || "no schema"}`;
  if (strays.length > 0) {
    out.status(
      `${counted(strays.length, "relation")} of ${relations} in ${where} ${
        strays.length === 1 ? "is" : "are"
      } no node's:`,
    );
  } else if (kept.length > 0) out.status(`tidy: nothing of ${all} is a stray`);
  else out.status(`tidy: every one of ${all} is a node's`);
  // Never cut: what is agreed to must be seen.
  list(strays.filter((stray) => !stray.history));
  if (history.length > 0) {
    out.status(
      `${history.length} of them may hold what no run brings back (--include-history drops that too):`,
    );
    list(history);
  }
  for (const { relation, why } of kept) {
    out.result(`stays: ${relation.schema}.${relation.name}: ${why}`);
  }

  function list(some: readonly Stray[]): void {
    const rows = some.map(({ hint, readers, relation }) => [
      `${relation.schema}.${relation.name}`,
      relation.type.replaceAll("_", " "),
      relation.bytes === undefined ? "" : bytes(relation.bytes),
      relation.created?.slice(0, 10) ?? "",
      readers.length === 0 ? hint : `stays: ${readers.slice(0, 3).join(", ")} reads it`,
    ]);
    for (const line of table(rows, [{}, {}, {}, {}, {}])) out.result(line);
  }
}

/** The same, and what became of them, for programs. */
export function asJson(
  { kept, schemas, strays }: Untidy,
  dropped: readonly Stray[],
  failures: Failures | undefined,
): string {
  const result: TidyResult = {
    version: 1,
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
        history: stray.history,
        dropped: dropped.includes(stray),
        error: failures?.get(relationKey(stray.relation)) ?? null,
      };
    }),
    kept: kept.map(({ relation: { database, name, schema, type }, why }) => ({
      database,
      schema,
      name,
      type,
      why,
    })),
  };
  return jsonOf(result);
}

/** A time as an engine writes it, as ISO 8601, with a zone where it has one; null where it is written otherwise. */
export function isoTime(text: string): string | null {
  const parts = TIME.exec(text.trim());
  if (parts === null) return null;
  const [, day = "", time = "", zone = "", hours, minutes = "00"] = parts;
  return `${day}T${time}${hours === undefined ? zone : `${hours}:${minutes}`}`;
}

const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?) ?(Z|([+-]\d\d)(?::?(\d\d))?)?$/;
