/**
 * What stands on what: as the engine keeps track of it, or as SQL mentions it.
 * @module
 */
import type { Schema } from "../base/relation.ts";
import type { Row } from "./answers.ts";

/** Something that stands, or may stand, on what lies in some schemas. */
export interface Dependant extends Schema {
  name: string;
  /** What it stands on; undefined where the engine does not keep track. */
  on: { schema: string; name: string } | undefined;
  /** What its SQL mentions, where the engine does not keep track. */
  mentions: ((name: string) => boolean) | undefined;
}

/** A row of the list of dependants. */
export function toDependant(database: string, row: Row): Dependant {
  const [ofSchema, ofName, schema, name, definition] = row;
  return {
    database,
    schema: schema ?? "",
    name: name ?? "",
    on: ofSchema ? { schema: ofSchema, name: ofName ?? "" } : undefined,
    mentions: definition ? mentionsIn(definition.replace(HEAD, "")) : undefined,
  };
}

/**
 * Whether a dependant stands on a schema, or a relation in it, as far as the engine or its SQL tells. By its name alone,
 * SQL means a relation of the dependant's own schema.
 */
export function standsOn(
  { mentions, on, schema: own }: Dependant,
  { schema, name }: { schema: string; name?: string },
): boolean {
  if (on !== undefined) return on.schema === schema && (name === undefined || on.name === name);
  if (mentions === undefined) return false;
  if (name === undefined) return mentions(schema);
  return mentions(name) && (own === schema || mentions(schema));
}

/** Where some engines' definitions name the view itself. */
const HEAD = /^\s*create\s+(?:\w+\s+)*?view\s+(?:"(?:[^"]|"")*"|[^"\s])+/i;

/** Tells what SQL names, as a word of its own, in whatever case and quotes. */
export function mentionsIn(sql: string): (name: string) => boolean {
  const text = sql.toLowerCase();
  const words = new Set(text.match(/[\p{L}\p{N}_]+/gu));
  return (name) => {
    const folded = name.toLowerCase();
    if (/^[\p{L}\p{N}_]+$/u.test(folded)) return words.has(folded);
    return [folded, folded.replaceAll('"', '""'), folded.replaceAll("`", "``")]
      .some((spelt) => text.includes(spelt));
  };
}
