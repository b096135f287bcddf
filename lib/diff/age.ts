/**
 * Whether live relations are older than the code that they are taken to hold: as far as the last run from here tells.
 * @module
 */
import { join, resolve } from "@std/path";
import { asWord } from "../dbt/argument.ts";
import { isAbsent } from "../base/errors.ts";
import type { DataNode } from "../dbt/manifest/data.ts";
import { readLastResults } from "../dbt/run_results.ts";
import type { Side } from "./sides.ts";

/**
 * The ids of those nodes whose file changed after the last run of this place made them. Only a run from here, for this very
 * target, leaves a trace; of what it did not make nothing is known.
 */
export async function olderThanCode(
  side: Side,
  nodes: Iterable<DataNode>,
): Promise<ReadonlySet<string>> {
  const { project, environment } = side.place;
  const setting = environment.args.get("target-path")?.value;
  const target = resolve(project.folder, setting === undefined ? "target" : asWord(setting));
  const last = await readLastResults(target);
  if (last === undefined) return new Set();
  if (last.target !== undefined && last.target !== side.source.target) return new Set();
  const made = new Map<string, number>();
  for (const { ended, id, status } of last.results) {
    if (status === "success" && ended !== undefined) made.set(id, ended);
  }
  const found = new Set<string>();
  for (const { id, path } of nodes) {
    const at = made.get(id);
    if (at !== undefined && await changedAfter(join(project.folder, path), at)) found.add(id);
  }
  return found;
}

async function changedAfter(file: string, at: number): Promise<boolean> {
  try {
    return ((await Deno.stat(file)).mtime?.getTime() ?? 0) > at;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
