/**
 * The macros of a manifest, and which of them use which.
 * @module
 */
import { reachable } from "../../base/reachable.ts";
import { asObject, asText, entries, type JsonObject, texts } from "../../base/json.ts";

/** A macro. */
export interface Macro {
  /** Its text. */
  sql: string;
  /** The ids of the macros that it uses itself. */
  uses: readonly string[];
}

/** The macros of a manifest, by id. */
export type Macros = ReadonlyMap<string, Macro>;

/** The macros in a manifest's JSON. */
export function macrosIn(root: JsonObject): Macros {
  return new Map(
    entries(root["macros"]).map(([id, macro]) => [id, {
      sql: asText(macro["macro_sql"]),
      uses: macrosUsedBy(macro),
    }]),
  );
}

/** The ids of the macros that a node or a macro uses itself. */
export function macrosUsedBy(entry: JsonObject): string[] {
  return texts(asObject(entry["depends_on"])["macros"]);
}

/** Some macros, and all that use them, by themselves or through others; by id. */
export function withUsers(macros: Macros, ids: Iterable<string>): Set<string> {
  const users = new Map<string, string[]>();
  for (const [id, { uses }] of macros) {
    for (const used of uses) {
      const known = users.get(used);
      if (known === undefined) users.set(used, [id]);
      else known.push(id);
    }
  }
  return reachable(ids, (id) => users.get(id) ?? []);
}

/** The ids of the macros that are new, gone or other than before, and of all that use them. */
export function changedMacros({ before, after }: { before: Macros; after: Macros }): Set<string> {
  const ids = [...new Set([...before.keys(), ...after.keys()])];
  return withUsers(after, ids.filter((id) => before.get(id)?.sql !== after.get(id)?.sql));
}
