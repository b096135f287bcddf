/**
 * Plans a run of the working tree into its live schemas.
 * @module
 */
import { join, resolve } from "@std/path";
import { asWord } from "../../dbt/argument.ts";
import { type ArgvParts, dbtArgv } from "../../dbt/argv.ts";
import { isGiven } from "../../dbt/passthrough.ts";
import { withoutDbtVariables } from "../../dbt/profile.ts";
import { schemaOf } from "../../config/settings.ts";
import { DotError } from "../../base/errors.ts";
import { readIfThere } from "../../base/files.ts";
import { toCommand } from "../../base/process.ts";
import type { YamlValue } from "../../base/yaml.ts";
import { type ComparedRun, type Comparison, planComparison } from "../../compare/comparison.ts";
import { SUFFIX_VARIABLE } from "../../isolated/escape/shim.ts";
import { type LiveProfile, liveProfileOf, withLiveProfile } from "../../places/live_profile.ts";
import { PROJECT_FILE } from "../../places/project.ts";
import { liveTarget } from "../../places/profile.ts";
import type { Situation } from "../../places/situation.ts";
import { planState } from "../../compare/state.ts";
import { BASELINE_VARIABLES, deferral } from "../../compare/deferral.ts";
import { askingLive, planBase, planDeferTo } from "./isolated.ts";
import type { Plan } from "./plan.ts";

/** Plan it. Throws a DotError when it cannot be done. */
export async function planPlain(situation: Situation, env: Record<string, string>): Promise<Plan> {
  const { command, environment, passthrough, project, vars } = situation;
  const settings = new Map(environment.args);
  const set = (name: string, value: string) => {
    const at = environment.args.get(name)?.at ?? { file: "", line: 0, column: 0 };
    settings.set(name, { value, at });
  };
  const profilesDir = settings.get("profiles-dir");
  if (profilesDir !== undefined) {
    set("profiles-dir", resolve(situation.located.configFolder, asWord(profilesDir.value)));
  }
  if (settings.has("project-dir")) set("project-dir", project.folder);
  const hasTarget = settings.has("target") || isGiven(passthrough, "target");
  if (environment.name !== undefined && !hasTarget) {
    try {
      const found = await liveTarget(situation, env);
      set("profile", found.profile);
      set("target", found.target);
    } catch (error) {
      // What runs without a profile must not fail for want of one.
      const tolerant = !command.needsProfile || command.name === "debug";
      if (!tolerant || !(error instanceof DotError)) throw error;
    }
  }
  const { fixed, warnings } = await deferral(situation, undefined, env);
  const comparing = situation.state !== undefined;
  if (fixed.size > 0 || comparing) settings.delete("defer-state");
  if (comparing) settings.delete("state");
  // Only an isolated build has a suffix.
  const { [SUFFIX_VARIABLE]: _, ...plainEnv } = fixed.size === 0 && !comparing
    ? env
    : withoutDbtVariables(env, BASELINE_VARIABLES);
  const live = await planLiveProfile(situation, env);
  const childEnv = live === undefined ? plainEnv : withLiveProfile(plainEnv, live);
  const parts: Omit<ArgvParts, "command"> = {
    launcher: situation.launcher,
    fixed: new Map<string, YamlValue>([
      ...live === undefined ? [] : [
        ["profiles-dir", live.folder] as const,
        ["profile", live.source.profile] as const,
        ["target", live.source.target] as const,
      ],
      ...fixed,
    ]),
    settings,
    vars: environment.vars.size === 0 ? undefined : vars,
    passthrough,
  };
  const comparison = comparing
    ? await comparePlain(situation, env, { parts, cwd: project.cwd, env: childEnv }, live)
    : undefined;
  const all = { ...parts, fixed: new Map([...parts.fixed, ...comparison?.fixed ?? []]) };
  const dbt = toCommand(dbtArgv({ ...all, command }), project.cwd, childEnv);
  return { dbt, isolated: undefined, live, warnings, comparison };
}

/** The profile of an environment with a schema of its own; undefined where the user's own serves, or none is needed. */
async function planLiveProfile(
  situation: Situation,
  env: Record<string, string>,
): Promise<LiveProfile | undefined> {
  const { command, environment } = situation;
  if (!command.needsProfile || schemaOf(environment) === undefined) return undefined;
  try {
    return await liveProfileOf(situation, await liveTarget(situation, env), env);
  } catch (error) {
    // It says itself what is wrong with a profile.
    if (command.name === "debug" && error instanceof DotError) return undefined;
    throw error;
  }
}

/** What a plain run is compared with: the base is parsed with the live profile. */
async function comparePlain(
  situation: Situation,
  env: Record<string, string>,
  run: ComparedRun,
  live: LiveProfile | undefined,
): Promise<Comparison | undefined> {
  const { git, state, project } = situation;
  if (git === undefined || state === undefined) return undefined;
  const source = await liveTarget(situation, env);
  const asking = await askingLive(source, run.env, live);
  const base = await planBase(situation, git, env);
  return await planComparison(situation, run, {
    state: await planState(situation, base, asking),
    environment: situation.environment.name ?? source.target,
    live: planDeferTo(situation, git, env),
    headText: await readIfThere(join(project.folder, PROJECT_FILE)),
    manifest: undefined,
  });
}
