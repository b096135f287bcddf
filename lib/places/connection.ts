/**
 * How dbt reaches the warehouse of an environment, for what dot asks there itself.
 * @module
 */
import { dirname, join } from "@std/path";
import type { Context } from "../base/context.ts";
import { asWord } from "../dbt/argument.ts";
import { varsJson } from "../dbt/argv.ts";
import type { ProfileTarget } from "../dbt/profile.ts";
import { isSystemError } from "../base/errors.ts";
import { isFolder, makeFolder, removeAll } from "../base/files.ts";
import type { Connection } from "../warehouse/control.ts";
import { liveProfileOf, withLiveProfile, writeLiveProfile } from "./live_profile.ts";
import { controlFolder, dotFolder } from "../store/paths.ts";
import { Finder } from "./find.ts";
import type { Place } from "./place.ts";
import { duckDbFile } from "./server.ts";
import { makeRunner } from "./warmth.ts";

/** The room that a control project takes with what dbt makes of it, in bytes, and some more. */
const CONTROL_SIZE = 4 * 1024 * 1024;

/** An environment as a plain run takes it, and how its warehouse is reached. */
export interface Reached {
  /** The environment's name, or, where no file defines any, the target's. */
  name: string;
  place: Place;
  source: ProfileTarget;
  connection: Connection;
}

/**
 * Do something with a folder for control projects: dot's own, or, where nothing may be written, one that goes
 * afterwards. So does one for who is about to make room (`frees`), where there is none for dot's own.
 */
export async function withControlFolder<T>(
  root: string,
  { dryRun, frees = false }: { dryRun: boolean; frees?: boolean },
  action: (folder: string) => Promise<T>,
): Promise<T> {
  const own = controlFolder(root);
  const serves = !dryRun && (!frees || !await isFolder(dotFolder(root)) || await hasRoom(own));
  if (serves) return await action(own);
  const folder = await Deno.makeTempDir({ prefix: "dot-" });
  try {
    return await action(folder);
  } finally {
    await removeAll(folder);
  }
}

/** Whether a control project, and what dbt makes of it, can be written in a folder. */
async function hasRoom(folder: string): Promise<boolean> {
  // By a fixed name, so that what a kill leaves is replaced.
  const probe = join(folder, "room");
  try {
    await makeFolder(folder, 0o700);
    await Deno.writeFile(probe, new Uint8Array(CONTROL_SIZE));
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  } finally {
    await removeAll(probe).catch(() => {});
  }
}

/**
 * Find out how the warehouse of an environment is reached; of the default one where none is named. In `folder` control projects
 * may be written; `finder` has found places of the same run. Throws a DotError where a plain run would.
 */
export async function reach(
  environment: string | undefined,
  { folder, cold, finder }: { folder: string; cold: boolean; finder?: Finder },
  context: Context,
): Promise<Reached> {
  const known = finder ?? await Finder.open({}, context);
  const place = await known.find(
    environment === undefined ? undefined : { text: environment, environment, ref: undefined },
  );
  return await reachPlace(place, { folder, cold }, context);
}

/** Find out how the warehouse of a live place is reached. Throws a DotError where a plain run would. */
export async function reachPlace(
  place: Place,
  { folder, cold }: { folder: string; cold: boolean },
  context: Context,
): Promise<Reached> {
  const [name, source] = [await place.name(), await place.target()];
  const live = await liveProfileOf(place);
  // Beside the control projects: where nothing may be written, it goes with them.
  const own = live && { ...live, folder: join(folder, name, "profile") };
  if (own !== undefined) await writeLiveProfile(own);
  const connection = connectionOf(place, source, {
    runner: await makeRunner(place, { cold }, context),
    env: own === undefined ? place.env : withLiveProfile(place.env, own),
    profilesDir: own?.folder ?? dirname(source.file),
    folder: join(folder, name),
  });
  return { name, place, source, connection };
}

/** How dbt reaches the warehouse of a place by one of its profiles. */
export function connectionOf(
  { environment, launcher, project, scope, vars }: Place,
  source: ProfileTarget,
  { env, folder, profilesDir, runner }: Pick<
    Connection,
    "env" | "folder" | "profilesDir" | "runner"
  >,
): Connection {
  const threads = environment.args.get("threads")?.value;
  return {
    runner,
    launcher,
    cwd: project.cwd,
    env,
    profilesDir,
    profile: source.profile,
    target: source.target,
    adapter: source.adapter,
    file: duckDbFile(source, scope),
    words: [
      ...vars.size === 0 ? [] : ["--vars", varsJson(vars)],
      ...threads === undefined ? [] : ["--threads", asWord(threads)],
    ],
    folder,
  };
}
