/**
 * Whether live relations are older than the files that they are taken to be made of: as far as the last run from here tells.
 * @module
 */
import { join, resolve } from "@std/path";
import { asWord } from "../dbt/argument.ts";
import { isAbsent } from "../base/errors.ts";
import type { RelationName } from "../base/relation.ts";
import type { Manifest } from "../dbt/manifest/manifest.ts";
import { dataNamedBy } from "../dbt/manifest/named_data.ts";
import { readLastResults } from "../dbt/run_results.ts";
import { filesAt } from "../isolated/files.ts";
import { databaseOfRelation, schemaOfRelation } from "../store/naming.ts";
import type { Side } from "./sides.ts";

/**
 * The ids of those nodes whose file, or data that they read by a path, changed after the last run of this place made them. Only a run
 * from here, for this very target, leaves a trace; of what it did not make nothing is known.
 */
export async function olderThanFiles(
  side: Side,
  manifest: Manifest,
): Promise<ReadonlySet<string>> {
  const { project, environment } = side.place;
  const setting = environment.args.get("target-path")?.value;
  const target = resolve(project.folder, setting === undefined ? "target" : asWord(setting));
  const last = await readLastResults(target);
  if (last === undefined) return new Set();
  const made = new Map<string, number>();
  for (const { ended, id, relation, status } of last.results) {
    const own = manifest.data.get(id)?.relation;
    const here = relation !== null && own !== undefined && liesAt(relation, own);
    if (here && status === "success" && ended !== undefined) made.set(id, ended);
  }
  const found = new Set<string>();
  const named = dataNamedBy(manifest);
  for (const { id, parents, path } of manifest.data.values()) {
    const at = made.get(id);
    if (at === undefined) continue;
    // A source lies in its files: nothing is made of them before somebody reads it.
    const sources = parents.filter((parent) => parent.startsWith("source."));
    const data = new Set([id, ...sources].flatMap((one) => named.get(one) ?? []));
    if (await changedAfter(join(project.folder, path), at)) found.add(id);
    else if (await anyChangedAfter(project.cwd, data, at)) found.add(id);
  }
  return found;
}

/** Whether a relation lies where another does: a run of another target makes it in another schema or database. */
function liesAt(relation: string, { database, schema }: RelationName): boolean {
  const other = databaseOfRelation(relation);
  return schemaOfRelation(relation).toLowerCase() === schema.toLowerCase() &&
    (other === undefined || database === "" || other.toLowerCase() === database.toLowerCase());
}

async function anyChangedAfter(
  folder: string,
  patterns: Iterable<string>,
  at: number,
): Promise<boolean> {
  for (const pattern of patterns) {
    // What nothing is known of would be the whole disk.
    if (/^[*?]/.test(pattern)) continue;
    for await (const file of filesAt(folder, pattern)) {
      if (await changedAfter(join(folder, file), at)) return true;
    }
  }
  return false;
}

async function changedAfter(file: string, at: number): Promise<boolean> {
  try {
    return ((await Deno.stat(file)).mtime?.getTime() ?? 0) > at;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
