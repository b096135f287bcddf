/**
 * Carries out a prune: schemas first, then the folders that name them, so that a kill leaves what the next prune finds.
 * @module
 */
import { dirname, join } from "@std/path";
import { nameOf, readInventory } from "../build/inventory.ts";
import { tryLock } from "../build/lock.ts";
import type { BuildPaths } from "../build/paths.ts";
import { readRecord, writeRecord } from "../build/record.ts";
import { DotError } from "../errors.ts";
import { isFile, isFolder, namesIn, removeAll } from "../files.ts";
import type { Git } from "../git.ts";
import { type DoomedBuild, Warehouse } from "../warehouse/warehouse.ts";
import type { Item } from "./items.ts";
import type { PrunePlan } from "./prune_plan.ts";
import type { Doomed } from "./survey.ts";

/** What became of a prune. */
export interface Pruned {
  /** The builds of which nothing is left. */
  done: Doomed[];
  /** The builds of which something is, with the reason. */
  failed: { name: string; why: string }[];
}

/** How many folders are removed at a time. */
const AT_ONCE = 8;
/** What a folder is called while it is removed: no environment's name begins with a dot. */
const LEAVING = ".pruned-";

/** Carry a plan out. One failure does not stop the rest. */
export async function runPrune(
  { doomed, reached }: PrunePlan,
  git: Git,
  onProgress: (done: number) => void,
): Promise<Pruned> {
  const failures = new Map<string, string>();
  const locks = new Map<string, Deno.FsFile>();
  try {
    for (const { item } of doomed) {
      if (item.build === undefined) continue;
      const lock = await tryLock(item.build.paths.lock);
      if (lock !== undefined) locks.set(item.key, lock);
      const why = lock === undefined ? "a dot has begun to work on it" : await changed(item);
      if (why !== undefined) failures.set(item.key, why);
    }
    for (const [key, why] of await begun(doomed, git)) failures.set(key, why);
    const free = () => doomed.filter(({ item }) => !failures.has(item.key));
    for (const { item } of free()) await markCutOff(item);
    for (const [key, why] of await dropSchemas(free(), reached, onProgress)) failures.set(key, why);
    const gone = free();
    await inParallel(gone, async ({ item }) => {
      const why = await removeEnvironment(item, locks.get(item.key));
      if (why !== undefined) failures.set(item.key, why);
    });
    const folders = new Map(
      free().flatMap(({ item }) => item.folders === undefined ? [] : [[item.folders.folder, item]]),
    );
    await inParallel([...folders.values()], async ({ folders, key }) => {
      const why = folders === undefined ? undefined : await removeCommit(folders, git);
      if (why !== undefined) failures.set(key, why);
    });
    return {
      done: free(),
      failed: doomed.flatMap(({ item: { key, name } }) => {
        const why = failures.get(key);
        return why === undefined ? [] : [{ name, why }];
      }),
    };
  } finally {
    for (const lock of locks.values()) close(lock);
  }
}

/** What happened to a build since the plan was made, that is a reason to leave it. */
async function changed({ build, short }: Item): Promise<string | undefined> {
  if (build === undefined) return undefined;
  if (await isFile(build.paths.pinned)) return "it was pinned meanwhile";
  const record = await readRecord(build.paths, short);
  return record?.at === build.record?.at ? undefined : "it was built again meanwhile";
}

/** Builds that lay in a warehouse alone when the plan was made, and that a dot has begun to build here since. */
async function begun(doomed: readonly Doomed[], git: Git): Promise<Map<string, string>> {
  const found = doomed.filter(({ item }) => item.folders === undefined);
  if (found.length === 0) return new Map();
  const here = new Set((await readInventory(git)).builds.map(nameOf));
  return new Map(
    found.filter(({ item }) => here.has(item.name))
      .map(({ item }) => [item.key, "it was built here meanwhile"]),
  );
}

/** From here on nobody may take the build for whole. */
async function markCutOff({ build, short }: Item): Promise<void> {
  if (build?.record === undefined || build.record.running) return;
  const record = await readRecord(build.paths, short);
  if (record !== undefined) await writeRecord(build.paths.record, { ...record, running: true });
}

async function dropSchemas(
  doomed: readonly Doomed[],
  reached: PrunePlan["reached"],
  onProgress: (done: number) => void,
): Promise<Map<string, string>> {
  const failures = new Map<string, string>();
  let before = 0;
  for (const [environment, { connection }] of reached) {
    const items = doomed.filter(({ item }) => item.environment === environment).flatMap(dropsOf);
    if (items.length === 0) continue;
    try {
      const warehouse = new Warehouse(connection);
      const failed = await warehouse.dropBuilds(items, (count) => onProgress(before + count));
      for (const [key, why] of failed) failures.set(key.slice(key.indexOf("\n") + 1), why);
    } catch (error) {
      if (!(error instanceof DotError)) throw error;
      for (const { key } of items) failures.set(key.slice(key.indexOf("\n") + 1), error.message);
    }
    before += items.length;
  }
  return failures;
}

function dropsOf({ item, schemas }: Doomed): DoomedBuild[] {
  return [...Map.groupBy(schemas, ({ database }) => database)].map(([database, own]) => ({
    key: `${database}\n${item.key}`,
    database,
    schemas: own.map(({ schema }) => schema),
    suffix: `_${item.short}`,
  }));
}

async function removeEnvironment(
  { build }: Item,
  lock: Deno.FsFile | undefined,
): Promise<string | undefined> {
  if (build === undefined) return undefined;
  const { folder } = build.paths;
  const leaving = leavingIn(dirname(folder));
  try {
    // Windows moves no folder in which a file is open; elsewhere nobody may take the lock until it is moved.
    if (Deno.build.os === "windows" && lock !== undefined) close(lock);
    await Deno.rename(folder, leaving);
    await removeAll(leaving);
    return undefined;
  } catch (error) {
    return `its folder could not be removed: ${error instanceof Error ? error.message : error}`;
  }
}

function leavingIn(folder: string): string {
  return join(folder, `${LEAVING}${crypto.randomUUID().slice(0, 8)}`);
}

/** Remove a commit's folder when no environment of it is left. */
async function removeCommit(build: BuildPaths, git: Git): Promise<string | undefined> {
  const environments = join(build.folder, "env");
  const left = async () =>
    (await namesIn(environments)).filter((name) => !name.startsWith(LEAVING));
  if ((await left()).length > 0) return undefined;
  const lock = await tryLock(build.lock);
  // Somebody makes it anew.
  if (lock === undefined) return undefined;
  try {
    if ((await left()).length > 0) return undefined;
    // Without it the folder is unfinished, whatever is left of it.
    await removeAll(build.commitFile);
    // Half of a worktree would look as if somebody had removed the other half by hand, so it is moved out of the way.
    if (await isFolder(build.worktree)) await Deno.rename(build.worktree, leavingIn(build.folder));
    await git.removeWorktree(build.worktree);
    if (Deno.build.os === "windows") close(lock);
    await removeAll(build.folder);
    return undefined;
  } catch (error) {
    return `its worktree could not be removed: ${error instanceof Error ? error.message : error}`;
  } finally {
    close(lock);
  }
}

function close(file: Deno.FsFile): void {
  try {
    file.close();
  } catch {
    // It is closed already.
  }
}

async function inParallel<T>(
  items: readonly T[],
  action: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await action(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
