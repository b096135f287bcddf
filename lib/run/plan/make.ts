/**
 * Turns a run into what will be done. Reads, and writes nothing: a dry run ends here.
 * @module
 */
import type { Run } from "../find.ts";
import type { Plan } from "./plan.ts";

/** Plans a run. Throws a DotError when it cannot be done. */
export type Planner = (run: Run) => Promise<Plan>;

/** Load what plans a run, of a commit or of the working tree; the one does not need what the other does. */
export async function loadPlanner({ isolated }: { isolated: boolean }): Promise<Planner> {
  if (isolated) return (await import("./isolated.ts")).planIsolated;
  return (await import("./plain.ts")).planPlain;
}

/** Plan a run. Throws a DotError when it cannot be done. */
export async function makePlan(run: Run): Promise<Plan> {
  const plan = await loadPlanner({ isolated: run.place.commit !== undefined });
  return await plan(run);
}
