/**
 * Whether live relations are older than the code that they are taken to hold: as far as the last run from here tells.
 * @module
 */
import { join, resolve } from "@std/path";
import { asWord } from "../dbt/argument.ts";
import { isAbsent } from "../base/errors.ts";
import { readObject } from "../base/files.ts";
import { isObject } from "../base/json.ts";
import type { DataNode } from "./project.ts";
import type { Side } from "./sides.ts";

/**
 * The ids of those nodes whose file changed after the last run of this place made them. Only a run from here, for this very
 * target, leaves a trace; of what it did not make nothing is known.
 */
export async function olderThanCode(
  side: Side,
  nodes: Iterable<DataNode>,
): Promise<ReadonlySet<string>> {
  const { project, environment } = side.situation;
  const setting = environment.args.get("target-path")?.value;
  const target = resolve(project.folder, setting === undefined ? "target" : asWord(setting));
  const root = await readObject(join(target, "run_results.json"));
  const args = isObject(root["args"]) ? root["args"] : {};
  if (args["target"] !== undefined && args["target"] !== side.source.target) return new Set();
  const made = new Map<string, number>();
  for (const result of Array.isArray(root["results"]) ? root["results"].filter(isObject) : []) {
    const timing = Array.isArray(result["timing"]) ? result["timing"].filter(isObject) : [];
    const ended = timing.map((one) => Date.parse(String(one["completed_at"]))).filter((at) =>
      at > 0
    );
    if (result["status"] === "success" && ended.length > 0) {
      made.set(String(result["unique_id"]), Math.max(...ended));
    }
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
