/**
 * Whose schema it is: how a build's schemas are named, and how a name is told to be one. Engines fold the case of names, so
 * case never tells two builds apart. Pure.
 * @module
 */

/** What stands behind the names of a build's schemas. */
export function suffixOf(short: string): string {
  return `_${short}`;
}

/**
 * Whether a schema is named as one of a build's: its suffix stands in it, and is not the beginning of a longer hash, which
 * would be another build's.
 */
export function isOwnSchema(schema: string, short: string): boolean {
  const name = schema.toLowerCase();
  return name.split(suffixOf(short).toLowerCase()).slice(1)
    .some((behind) => !/^[0-9a-f]+(?:_|$)/.test(behind));
}

/**
 * The schema in a relation as an adapter writes it, `"db"."schema"."name"`, quoted as it will; empty where it names none. An
 * engine with folders in its schemas has more parts than three.
 */
export function schemaOfRelation(relation: string): string {
  const parts = partsOfRelation(relation);
  return parts.slice(parts.length > 2 ? 1 : 0, -1).join(".");
}

/** The database in one; undefined where it names none. */
export function databaseOfRelation(relation: string): string | undefined {
  const parts = partsOfRelation(relation);
  return parts.length > 2 ? parts[0] : undefined;
}

function partsOfRelation(relation: string): string[] {
  return (relation.match(/"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|[^."`[\]]+/g) ?? [])
    .map((part) => part.replace(/^["`[]|["`\]]$/g, ""));
}

/** A name that may be an isolated schema's, taken apart. */
export interface SchemaParts {
  /** In lower case. */
  short: string;
  /** The name without the suffix. */
  rest: string;
}

/**
 * The ways in which a schema's name can be read as one with a short hash behind a `_`. git's shortest hash has seven
 * digits where nobody changed that; shorter ones are words and numbers too often.
 */
export function splitSchema(schema: string): SchemaParts[] {
  return [...schema.matchAll(/_([0-9a-fA-F]{7,40})(?=_|$)/g)].map((
    { 0: all, 1: short = "", index },
  ) => ({
    short: short.toLowerCase(),
    rest: schema.slice(0, index) + schema.slice(index + all.length),
  }));
}
