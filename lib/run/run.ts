/**
 * Runs dbt for a plan: straight for a plain run. What an isolated one needs besides is loaded only for one.
 * @module
 */
import { join } from "@std/path";
import type { Context } from "../base/context.ts";
import type { Command } from "../base/process.ts";
import { writeLiveProfile } from "../places/live_profile.ts";
import { makeRunner } from "../places/warmth.ts";
import { beginReading } from "../store/reading.ts";
import type { Plan } from "./plan/plan.ts";
import { runDbt, type RunOptions, type Session } from "./session.ts";

/** Run a plan. Gives dbt's exit code. */
export async function runPlan(
  plan: Plan,
  options: RunOptions,
  context: Context,
): Promise<number> {
  const { command, place } = plan.run;
  const runner = await makeRunner(place, { command, cold: options.cold }, context);
  const { onInterrupt = () => {}, stdoutToStderr = false } = options;
  using _reading = await beginReading(plan.reads, context.out);
  const session = { plan, context, runner, stdoutToStderr, onInterrupt };
  if (plan.isolated !== undefined) {
    const { runIsolated } = await import("./isolated.ts");
    return await runIsolated(plan.isolated, options, session);
  }
  if (plan.live !== undefined) await writeLiveProfile(plan.live);
  const found = await selected(session);
  if ("code" in found) return found.code;
  const logs = join(place.project.folder, "logs", "dbt.log");
  return (await runDbt(found.run, logs, session)).code;
}

/** The run, narrowed to what is modified where that is asked for. */
async function selected(session: Session): Promise<{ run: Command } | { code: number }> {
  if (session.plan.comparison === undefined) return { run: session.plan.dbt };
  const { compared } = await import("./compared.ts");
  return await compared(session);
}
