/**
 * Schemas and relations of a warehouse by their names, and when two of them are one.
 * @module
 */

/** A schema. */
export interface Schema {
  /** Empty where the engine has none above schemas. */
  database: string;
  /** Its name. */
  schema: string;
}

/** A relation. */
export interface RelationName extends Schema {
  /** Its name. */
  name: string;
}

/** What tells a schema from all others. */
export function schemaKey({ database, schema }: Schema): string {
  return JSON.stringify([database, schema]);
}

/** What tells a relation from all others. */
export function relationKey({ database, schema, name }: RelationName): string {
  return JSON.stringify([database, schema, name]);
}

/** What tells a schema, or a relation, from all others, whatever the engine does with case: two names that differ in it alone are one. */
export function foldedKey(named: Schema | RelationName): string {
  return ("name" in named ? relationKey(named) : schemaKey(named)).toLowerCase();
}

/** Whether a schema that an engine lists is one that dbt names; `folds` where the engine folds the case of names. */
export function isSameSchema(
  there: Schema,
  named: Schema,
  { folds }: { folds: boolean },
): boolean {
  const fold = (text: string) => folds ? text.toLowerCase() : text;
  return fold(there.database) === fold(named.database) && fold(there.schema) === fold(named.schema);
}

/** The schemas of all that some lists name, each once, sorted. */
export function distinctSchemas(...lists: readonly (readonly Schema[])[]): Schema[] {
  const byKey = new Map<string, Schema>();
  for (const { database, schema } of lists.flat()) {
    byKey.set(schemaKey({ database, schema }), { database, schema });
  }
  return [...byKey].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0).map(([, schema]) => schema);
}
