/**
 * Decides whether the runs of a command may go through a warm server.
 * @module
 */
import type { Context } from "../base/context.ts";
import { evaluate } from "../dbt/jinja.ts";
import type { ProfileTarget } from "../dbt/profile.ts";
import { DbtRunner } from "../dbt/runner.ts";
import { findWarm, whyNot } from "../dbt/warm/warm.ts";
import { DotError } from "../base/errors.ts";
import { hasTerminal } from "../base/signals.ts";
import { getText } from "../base/yaml.ts";
import { liveTarget } from "./profile.ts";
import type { Situation } from "./situation.ts";

/** Commands that ask on the terminal, or go on for long. */
const COLD_COMMANDS = ["docs serve", "init"];

/** Logins that open a browser, or ask on the terminal, by the keys that ask for them. */
const LOGINS: Record<string, RegExp> = {
  auth_type: /^(?:oauth|external|browser|azure)/i,
  authentication: /interactive|device|cli|sso/i,
  authenticator: /^(?:externalbrowser|oauth_authorization_code|username_password_mfa|https:)/i,
  method: /^(?:oauth|oauth_console|browser\w*|sso\w*|kerberos|external\w*)$/i,
  path: /^(?:md|motherduck):/i,
  sso_provider: /./,
};

/** What a runner is made for. */
export interface Runs {
  situation: Situation;
  /** The environment that dbt gets. */
  dbtEnv: Record<string, string>;
  /** The profile's target, where it is known already. */
  source: ProfileTarget | undefined;
  /** Whether the user wants dbt started anew. */
  cold: boolean;
}

/** The runner for a command: warm where that is wanted and safe. */
export async function makeRunner(runs: Runs, { env, out }: Context): Promise<DbtRunner> {
  const { cold, dbtEnv, situation } = runs;
  const found = !cold && isWanted(situation, env) && await isSafe(runs)
    ? await findWarm(situation.launcher, dbtEnv)
    : undefined;
  const warm = found !== undefined && await whyNot(found) === undefined ? found : undefined;
  // In CI nothing comes after this command: a server pays only for a second start of dbt.
  return new DbtRunner(warm, Boolean(env["CI"]), out);
}

/**
 * On Linux unless turned off; on demand on macOS, where a fork after some of the system's frameworks were loaded may not
 * live; not on Windows, which cannot fork.
 */
function isWanted({ command, environment }: Situation, env: Record<string, string>): boolean {
  if (COLD_COMMANDS.includes(command.name)) return false;
  // git may ask on the terminal for a private package.
  if (command.name === "deps" && hasTerminal()) return false;
  const variable = env["DOT_WARM"];
  const setting = environment.settings.get("warm")?.value;
  if (variable === "0" || variable === "false" || setting === false) return false;
  if (Deno.build.os === "linux") return true;
  return Deno.build.os !== "windows" && (Boolean(variable) || setting === true);
}

/** Whether the login needs neither the terminal nor a browser, as far as the profile tells. */
async function isSafe({ dbtEnv, situation, source }: Runs): Promise<boolean> {
  const target = source ?? await targetOrNothing(situation, dbtEnv);
  if (target === undefined) return !situation.command.needsProfile;
  return !needsTerminal(target, dbtEnv);
}

/** Whether a target logs in by a browser or by questions, or may, as far as dot can tell. */
export function needsTerminal(
  { output }: Pick<ProfileTarget, "output">,
  env: Record<string, string>,
): boolean {
  return Object.entries(LOGINS).some(([key, pattern]) => {
    const text = getText(output, key);
    if (text === undefined) return false;
    const value = rendered(text, env);
    return value === undefined || pattern.test(value);
  });
}

/** A text of a profile as dbt renders it; undefined where dot cannot tell. */
function rendered(text: string, env: Record<string, string>): string | undefined {
  try {
    return evaluate(text, { env, vars: new Map() });
  } catch (error) {
    if (error instanceof DotError) return undefined;
    throw error;
  }
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
