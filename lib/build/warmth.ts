/**
 * Decides whether the runs of a command may go through a warm server.
 * @module
 */
import type { Context } from "../context.ts";
import type { ProfileTarget } from "../dbt/profile.ts";
import { DbtRunner } from "../dbt/runner.ts";
import { findWarm } from "../dbt/warm/warm.ts";
import { DotError } from "../errors.ts";
import { getText } from "../yaml.ts";
import { liveTarget, type Plan } from "./plan.ts";
import type { Situation } from "./situation.ts";

/** Commands that ask on the terminal, or go on for long. */
const COLD_COMMANDS = ["docs serve", "init"];

/** Logins that open a browser, or ask on the terminal, by the keys that ask for them. */
const LOGINS: Record<string, RegExp> = {
  auth_type: /^(?:oauth|external|browser|azure)/i,
  authentication: /interactive|device|cli|sso/i,
  authenticator: /^(?:externalbrowser|oauth_authorization_code|username_password_mfa|https:)/i,
  method: /^(?:oauth|oauth_console|browser\w*|sso\w*|kerberos|external\w*)$/i,
  sso_provider: /./,
};

/** The runner for a plan: warm where that is wanted and safe. */
export async function makeRunner(
  plan: Plan,
  situation: Situation,
  cold: boolean,
  { env, out }: Context,
): Promise<DbtRunner> {
  const warm = !cold && isWanted(situation, env) && await isSafe(plan, situation, env)
    ? await findWarm(situation.launcher, plan.dbt.env)
    : undefined;
  // In CI nothing comes after this command: a server pays only for a second start of dbt.
  return new DbtRunner(warm, Boolean(env["CI"]), out);
}

/** Linux by default; macOS on demand, because its frameworks do not survive a fork; not on Windows. */
function isWanted({ command, environment }: Situation, env: Record<string, string>): boolean {
  if (COLD_COMMANDS.includes(command.name)) return false;
  const variable = env["DOT_WARM"];
  const setting = environment.settings.get("warm")?.value;
  if (variable === "0" || variable === "false" || setting === false) return false;
  const asked = Boolean(variable) || setting === true;
  return Deno.build.os === "linux" || (Deno.build.os === "darwin" && asked);
}

/** Whether the login needs neither the terminal nor a browser, as far as the profile tells. */
async function isSafe(
  plan: Plan,
  situation: Situation,
  env: Record<string, string>,
): Promise<boolean> {
  const target = plan.isolated?.source ?? await targetOrNothing(situation, env);
  if (target === undefined) return !situation.command.needsProfile;
  return !needsTerminal(target);
}

/** Whether a target logs in by a browser or by questions. */
export function needsTerminal({ output }: ProfileTarget): boolean {
  return Object.entries(LOGINS).some(([key, pattern]) => pattern.test(getText(output, key) ?? ""));
}

async function targetOrNothing(
  situation: Situation,
  env: Record<string, string>,
): Promise<ProfileTarget | undefined> {
  try {
    return await liveTarget(situation, env);
  } catch (error) {
    // What dot cannot read of a profile, dbt judges: cold.
    if (error instanceof DotError) return undefined;
    throw error;
  }
}
