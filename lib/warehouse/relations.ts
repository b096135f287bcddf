/**
 * Schemas and relations as dot and an engine name them.
 * @module
 */

/** A schema; `database` empty where the engine has none above it. */
export interface Schema {
  database: string;
  schema: string;
}

/** A relation by name. */
export type Named = Schema & { name: string };

/** A relation as the engine lists it. */
export interface Relation extends Schema {
  name: string;
  /** `table`, `view`, `materialized_view`, or what else the engine has. */
  type: string;
  /** Its size, where the engine knows it. */
  bytes: number | undefined;
  /** When it was made, as the engine writes it, where it knows. */
  created: string | undefined;
}

/** A column of a relation. */
export interface Column extends Schema {
  relation: string;
  name: string;
  type: string;
}

/** What tells a relation from all others. */
export function relationKey({ database, schema, name }: Schema & { name: string }): string {
  return JSON.stringify([database, schema, name]);
}

/** Whether a schema that an engine lists is one that dbt names; `folds` where the engine folds the case of names. */
export function isSameSchema(there: Schema, named: Schema, folds: boolean): boolean {
  const fold = (text: string) => folds ? text.toLowerCase() : text;
  return fold(there.database) === fold(named.database) && fold(there.schema) === fold(named.schema);
}
