/**
 * Plans a run of the working tree into its live schemas.
 * @module
 */
import { join, resolve } from "@std/path";
import { DotError } from "../../base/errors.ts";
import { isReadable } from "../../base/files.ts";
import { toCommand } from "../../base/process.ts";
import type { YamlValue } from "../../base/yaml.ts";
import { BASELINE_VARIABLES, deferral } from "../../compare/deferral.ts";
import type { Setting } from "../../base/setting.ts";
import { schemaOf } from "../../config/settings.ts";
import { asWord } from "../../dbt/argument.ts";
import { type ArgvParts, dbtArgv } from "../../dbt/argv.ts";
import { isGiven } from "../../dbt/passthrough.ts";
import { findProfilesDir, withoutDbtVariables } from "../../dbt/profile.ts";
import { SUFFIX_VARIABLE } from "../../isolated/escape/shim.ts";
import { type LiveProfile, liveProfileOf, withLiveProfile } from "../../places/live_profile.ts";
import { profileQuery } from "../../places/profile.ts";
import type { Run } from "../find.ts";
import type { Plan } from "./plan.ts";
import { warnUnusable } from "./unusable.ts";

/** Plan it. Throws a DotError when it cannot be done. */
export async function planPlain(run: Run): Promise<Plan> {
  const { command, compared, place } = run;
  // dbt reads it where dot has no need to, and would wait for what is no file.
  if (command.needsProfile) {
    await isReadable(join(await findProfilesDir(profileQuery(place, [])), "profiles.yml"));
  }
  const settings = await settingsFor(run);
  const { baseline, fixed, reads: deferred, warnings } = await deferral(place, run.defer, {
    own: undefined,
    shared: [],
    compares: compared !== undefined,
  });
  const reads = fixed.size > 0 || compared !== undefined;
  if (reads) settings.delete("defer-state");
  if (compared !== undefined) settings.delete("state");
  // Only an isolated build has a suffix.
  const { [SUFFIX_VARIABLE]: _, ...plainEnv } = reads
    ? withoutDbtVariables(place.env, BASELINE_VARIABLES)
    : place.env;
  const live = await planLiveProfile(run);
  const env = live === undefined ? plainEnv : withLiveProfile(plainEnv, live);
  const cwd = place.project.cwd;
  const parts: Omit<ArgvParts, "command"> = {
    launcher: place.launcher,
    fixed: new Map<string, YamlValue>([
      ...live === undefined ? [] : [
        ["profiles-dir", live.folder] as const,
        ["profile", live.source.profile] as const,
        ["target", live.source.target] as const,
      ],
      ...fixed,
    ]),
    settings,
    vars: place.environment.vars.size === 0 ? undefined : place.vars,
    passthrough: place.given,
  };
  const comparison = compared === undefined
    ? undefined
    : await (await import("./compared.ts")).comparePlain(run, compared, { parts, cwd, env });
  const all = new Map([...parts.fixed, ...comparison?.fixed ?? []]);
  return {
    run,
    dbt: toCommand(dbtArgv({ ...parts, fixed: all, command }), cwd, env),
    fixed: all,
    settings,
    isolated: undefined,
    live,
    warnings: [...warnings, ...warnUnusable({ ...parts, fixed: all, command })],
    comparison,
    baseline: baseline ?? comparison?.baseline,
    reads: [...deferred, ...comparison?.reads ?? []],
    seed: undefined,
  };
}

/** The environment's arguments, with the folders as dot sees them, and the target that it stands for. */
async function settingsFor({ command, place }: Run): Promise<Map<string, Setting>> {
  const { environment, given, located, project } = place;
  const settings = new Map(environment.args);
  const set = (name: string, value: string) => {
    const at = environment.args.get(name)?.at ?? { file: "", line: 0, column: 0 };
    settings.set(name, { value, at });
  };
  const profilesDir = settings.get("profiles-dir");
  if (profilesDir !== undefined) {
    set("profiles-dir", resolve(located.configFolder, asWord(profilesDir.value)));
  }
  if (settings.has("project-dir")) set("project-dir", project.folder);
  if (environment.name === undefined || settings.has("target") || isGiven(given, "target")) {
    return settings;
  }
  try {
    const found = await place.target();
    set("profile", found.profile);
    set("target", found.target);
  } catch (error) {
    // What runs without a profile must not fail for want of one.
    const tolerant = !command.needsProfile || command.name === "debug";
    if (!tolerant || !(error instanceof DotError)) throw error;
  }
  return settings;
}

/** The profile of an environment with a schema of its own; undefined where the user's own serves, or none is needed. */
async function planLiveProfile({ command, place }: Run): Promise<LiveProfile | undefined> {
  if (!command.needsProfile || schemaOf(place.environment) === undefined) return undefined;
  try {
    return await liveProfileOf(place);
  } catch (error) {
    // It says itself what is wrong with a profile.
    if (command.name === "debug" && error instanceof DotError) return undefined;
    throw error;
  }
}
