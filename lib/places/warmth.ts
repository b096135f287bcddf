/**
 * Decides whether the runs of a command may go through a warm server.
 * @module
 */
import type { Context } from "../base/context.ts";
import { adapterOf } from "../dbt/adapters.ts";
import type { DbtCommand } from "../dbt/commands.ts";
import { evaluateOrNothing } from "../dbt/jinja.ts";
import type { ProfileTarget } from "../dbt/profile.ts";
import { DbtRunner } from "../dbt/runner.ts";
import { findWarm, whyNot } from "../dbt/warm/warm.ts";
import { hasTerminal } from "../base/signals.ts";
import { getText } from "../base/yaml.ts";
import { dotFolder } from "../store/paths.ts";
import type { Place } from "./place.ts";

/** Commands that ask on the terminal, or go on for long. */
const COLD_COMMANDS = ["docs serve", "init"];

/** What a runner is made for. */
export interface Runs {
  /** The command, where it is one of the user's. */
  command?: DbtCommand;
  /** Whether the user wants dbt started anew. */
  cold: boolean;
}

/** The runner for what is run at a place: warm where that is wanted and safe. */
export async function makeRunner(
  place: Place,
  { cold, command }: Runs,
  { env, out }: Context,
): Promise<DbtRunner> {
  const found = !cold && isWanted(place, command, env) && await isSafe(place, command)
    ? await findWarm(place.launcher, place.env)
    : undefined;
  const warm = found !== undefined && await whyNot(found) === undefined ? found : undefined;
  // In CI nothing comes after this command: a server pays only for a second start of dbt.
  const own = dotFolder(place.git?.root ?? place.project.folder);
  return new DbtRunner(warm, Boolean(env["CI"]), out, own, place.launcher.major < 2);
}

/**
 * On Linux unless turned off; on demand on macOS, where a fork after some of the system's frameworks were loaded may not
 * live; not on Windows, which cannot fork.
 */
function isWanted(
  { environment }: Place,
  command: DbtCommand | undefined,
  env: Record<string, string>,
): boolean {
  if (command !== undefined && COLD_COMMANDS.includes(command.name)) return false;
  // git may ask on the terminal for a private package.
  if (command?.name === "deps" && hasTerminal()) return false;
  const variable = env["DOT_WARM"];
  const setting = environment.settings.get("warm")?.value;
  if (variable === "0" || variable === "false" || setting === false) return false;
  if (Deno.build.os === "linux") return true;
  return Deno.build.os !== "windows" && (Boolean(variable) || setting === true);
}

/** Whether the login needs neither the terminal nor a browser, as far as the profile tells. */
async function isSafe(place: Place, command: DbtCommand | undefined): Promise<boolean> {
  // What dot cannot read of a profile, dbt judges: cold.
  const target = await place.targetOrNothing();
  if (target === undefined) return command?.needsProfile === false;
  return !needsTerminal(target, place.env);
}

/** Whether a target logs in by a browser or by questions, or may, as far as dot can tell. */
export function needsTerminal(
  { adapter, output }: Pick<ProfileTarget, "adapter" | "output">,
  env: Record<string, string>,
): boolean {
  return Object.entries(adapterOf(adapter).logins).some(([key, pattern]) => {
    const text = getText(output, key);
    if (text === undefined) return false;
    const value = evaluateOrNothing(text, { env, vars: new Map() });
    return value === undefined || pattern.test(value);
  });
}
