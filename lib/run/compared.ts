/**
 * Narrows a run to what is modified, as it was planned.
 * @module
 */
import { join } from "@std/path";
import { resolveComparison, type Resolved } from "../compare/resolve.ts";
import { controlFolder } from "../store/paths.ts";
import { doingOf, type Session } from "./session.ts";

/** The run, narrowed to what is modified where that is asked for. */
export async function compared({ context, plan, runner }: Session): Promise<Resolved> {
  const { comparison, dbt } = plan;
  if (comparison === undefined) return { run: dbt };
  const scratch = join(controlFolder(comparison.state.base.git.root), "modified");
  const doing = doingOf(plan);
  return await resolveComparison(comparison, dbt, { doing, runner, scratch }, context);
}
