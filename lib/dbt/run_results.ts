/**
 * What a run of dbt did, by its run_results.json.
 * @module
 */
import { join } from "@std/path";
import { readObject } from "../base/files.ts";
import { asObject, asText, objects } from "../base/json.ts";

/** What became of a node in a run. */
export interface RunResult {
  id: string;
  /** `success`, `error`, `skipped`, …; of a test `pass`, `fail`, `warn`, … */
  status: string;
  /** The relation as quoted by the adapter; null for what has none. */
  relation: string | null;
}

/** What became of a node in a run, with what else dbt says of it. */
export interface DetailedResult extends RunResult {
  /** dbt's words, where it has any. */
  message: string | undefined;
  /** When dbt was done with it, in milliseconds; undefined for what did not run. */
  ended: number | undefined;
}

/** What a run did. */
export interface RunResults {
  /** When dbt wrote it, in milliseconds; NaN where it does not say. */
  at: number;
  results: DetailedResult[];
}

/** What the last run did that left its results in a target folder; undefined when there are none. */
export async function readLastResults(folder: string): Promise<RunResults | undefined> {
  const root = await readObject(join(folder, "run_results.json"));
  if (!Array.isArray(root["results"])) return undefined;
  return {
    at: Date.parse(asText(asObject(root["metadata"])["generated_at"])),
    results: objects(root["results"]).map((result) => ({
      id: asText(result["unique_id"]),
      status: statusOf(asText(result["unique_id"]), asText(result["status"])),
      relation: typeof result["relation_name"] === "string" ? result["relation_name"] : null,
      message: typeof result["message"] === "string" ? result["message"] : undefined,
      ended: endOf(objects(result["timing"]).map((one) => Date.parse(asText(one["completed_at"])))),
    })),
  };
}

/** What a run that began at `since` (milliseconds) did, node by node; undefined when it left no results. */
export async function readRunResults(
  folder: string,
  since: number,
): Promise<DetailedResult[] | undefined> {
  const found = await readLastResults(folder);
  // dbt leaves an old file where it is when it cannot parse the project.
  return found !== undefined && found.at >= since ? found.results : undefined;
}

/** dbt 2 says `warn` of what it made and has a warning about. */
function statusOf(id: string, status: string): string {
  return status === "warn" && !/^(?:test|unit_test)\./.test(id) ? "success" : status;
}

function endOf(times: readonly number[]): number | undefined {
  const known = times.filter((at) => at > 0);
  return known.length === 0 ? undefined : Math.max(...known);
}
