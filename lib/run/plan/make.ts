/**
 * Turns a situation into what will run. Reads, and writes nothing: a dry run ends here.
 * @module
 */
import { dbtEnvironment } from "../../dbt/dotenv.ts";
import type { Situation } from "../../places/situation.ts";
import { planIsolated } from "./isolated.ts";
import { planPlain } from "./plain.ts";
import type { Plan } from "./plan.ts";

/** Plan a run. Throws a DotError when it cannot be done. */
export async function makePlan(
  situation: Situation,
  env: Record<string, string>,
): Promise<Plan> {
  const { git, commit, launcher, project } = situation;
  const seen = await dbtEnvironment(launcher, project.cwd, env);
  if (commit !== undefined && git !== undefined) {
    return await planIsolated(situation, git, commit, seen);
  }
  return await planPlain(situation, seen);
}
