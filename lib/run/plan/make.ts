/**
 * Turns a run into what will be done. Reads, and writes nothing: a dry run ends here.
 * @module
 */
import type { Run } from "../find.ts";
import { planIsolated } from "./isolated.ts";
import { planPlain } from "./plain.ts";
import type { Plan } from "./plan.ts";

/** Plan a run. Throws a DotError when it cannot be done. */
export async function makePlan(run: Run): Promise<Plan> {
  return run.place.commit === undefined ? await planPlain(run) : await planIsolated(run);
}
