/**
 * Turns a run into what will be done. Reads, and writes nothing: a dry run ends here.
 * @module
 */
import type { Run } from "../find.ts";
import type { Plan } from "./plan.ts";

/** Plan a run. Throws a DotError when it cannot be done. */
export async function makePlan(run: Run): Promise<Plan> {
  // Each loads what the other does not need.
  if (run.place.commit === undefined) return await (await import("./plain.ts")).planPlain(run);
  return await (await import("./isolated.ts")).planIsolated(run);
}
