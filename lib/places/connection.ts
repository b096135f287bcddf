/**
 * How dbt reaches the warehouse of an environment, for what dot asks there itself.
 * @module
 */
import { dirname, join } from "@std/path";
import type { Context } from "../base/context.ts";
import { asWord } from "../dbt/argument.ts";
import { varsJson } from "../dbt/argv.ts";
import { findDbtCommand } from "../dbt/commands.ts";
import { dbtEnvironment } from "../dbt/dotenv.ts";
import type { ProfileTarget } from "../dbt/profile.ts";
import { removeAll } from "../base/files.ts";
import type { Connection } from "../warehouse/control.ts";
import { liveProfileOf, withLiveProfile, writeLiveProfile } from "./live_profile.ts";
import { dotFolder } from "../store/paths.ts";
import { liveTarget } from "./profile.ts";
import { findSituation, type Situation } from "./situation.ts";
import { makeRunner } from "./warmth.ts";

/** An environment as a plain run takes it, and how its warehouse is reached. */
export interface Reached {
  /** The environment's name, or, where no file defines any, the target's. */
  name: string;
  situation: Situation;
  source: ProfileTarget;
  connection: Connection;
}

/**
 * Do something with a folder for control projects: dot's own, or, where nothing may be written, one that goes
 * afterwards.
 */
export async function withControlFolder<T>(
  root: string,
  dryRun: boolean,
  action: (folder: string) => Promise<T>,
): Promise<T> {
  if (!dryRun) return await action(join(dotFolder(root), "control"));
  const folder = await Deno.makeTempDir({ prefix: "dot-" });
  try {
    return await action(folder);
  } finally {
    await removeAll(folder);
  }
}

/**
 * Find out how the warehouse of an environment is reached; of the default one where none is named. In `folder` control projects
 * may be written. Throws a DotError where a plain run would.
 */
export async function reach(
  environment: string | undefined,
  { folder, cold }: { folder: string; cold: boolean },
  context: Context,
): Promise<Reached> {
  const command = findDbtCommand("run");
  if (command === undefined) throw new Error("dbt has no run");
  const spec = environment === undefined
    ? undefined
    : { text: environment, environment, ref: undefined };
  const situation = await findSituation(
    { command, spec, defer: undefined, liveConfig: true, rest: [] },
    context,
  );
  const { launcher, project, vars } = situation;
  const dbtEnv = await dbtEnvironment(launcher, project.cwd, context.env);
  const source = await liveTarget(situation, dbtEnv);
  const name = situation.environment.name ?? source.target;
  const live = await liveProfileOf(situation, source, dbtEnv);
  // Beside the control projects: where nothing may be written, it goes with them.
  const own = live && { ...live, folder: join(folder, name, "profile") };
  if (own !== undefined) await writeLiveProfile(own);
  const threads = situation.environment.args.get("threads")?.value;
  const connection: Connection = {
    runner: await makeRunner({ situation, dbtEnv, source, cold }, context),
    launcher,
    cwd: project.cwd,
    env: own === undefined ? dbtEnv : withLiveProfile(dbtEnv, own),
    profilesDir: own?.folder ?? dirname(source.file),
    profile: source.profile,
    target: source.target,
    adapter: source.adapter,
    words: [
      ...vars.size === 0 ? [] : ["--vars", varsJson(vars)],
      ...threads === undefined ? [] : ["--threads", asWord(threads)],
    ],
    folder: join(folder, name),
  };
  return { name, situation, source, connection };
}
