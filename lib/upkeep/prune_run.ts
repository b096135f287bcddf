/**
 * Carries out a prune: schemas first, then the folders that name them, so that a kill leaves what the next prune finds.
 * @module
 */
import { readInventory } from "../store/inventory.ts";
import { tryLock } from "../store/lock.ts";
import { type BuildPaths, buildPaths, buildsFolder, dotFolder } from "../store/paths.ts";
import { suffixOf } from "../store/naming.ts";
import { lastChange, writeRecord } from "../store/record.ts";
import { readRecord } from "../store/settled.ts";
import { DotError, isSystemError } from "../base/errors.ts";
import { isFolder, makeFolder, removeAll, writeFile } from "../base/files.ts";
import type { Git } from "../git/git.ts";
import { listWorktrees } from "../git/worktrees.ts";
import { type DoomedBuild, dropBuilds } from "../warehouse/changes.ts";
import { edited } from "./edits.ts";
import { close, DOING, removeCommit, removeEnvironment } from "./folders.ts";
import { type Item, itemsHere } from "./items.ts";
import { inParallel } from "../base/pool.ts";
import type { PrunePlan } from "./prune_plan.ts";
import { attempt, type Doomed, settle } from "./survey.ts";

/** What became of a prune. */
export interface Pruned {
  /** The builds of which nothing is left. */
  done: Doomed[];
  /** The builds of which something is, with the reason. */
  failed: { name: string; why: string }[];
}

/**
 * Carry a plan out; with `force`, whatever somebody did in the worktrees. One failure does not stop the rest, but an
 * interruption does, which is thrown.
 */
export async function runPrune(
  plan: PrunePlan,
  git: Git,
  { force, onProgress }: { force: boolean; onProgress: (done: number) => void },
): Promise<Pruned> {
  const { doomed, reached } = plan;
  const failures = new Map<string, string>();
  const locks = new Map<string, Deno.FsFile>();
  /** The locks of those who read, by the commit's folder. */
  const alone = new Map<string, Deno.FsFile>();
  const made = new Map<string, BuildPaths>();
  const gone = new Set<string>();
  try {
    await inParallel(doomed, async ({ item }) => {
      const lock = await lockFor(item, git, made).catch((error) => {
        if (!isSystemError(error)) throw error;
        failures.set(item.key, `it could not be locked: ${error.message}`);
        return undefined;
      });
      if (lock === "held") failures.set(item.key, "a dot has begun to work on it");
      else if (lock === "absent") gone.add(item.key);
      else if (lock !== undefined) locks.set(item.key, lock);
    });
    const read = await Promise.all(
      [
        ...new Map(
          doomed.flatMap(({ item: { folders } }) => folders ?? [])
            .map((folders) => [folders.folder, folders]),
        ),
      ].map(async ([folder, { reading }]) => [folder, await tryLock(reading, DOING)] as const),
    );
    for (const [folder, lock] of read) if (typeof lock !== "string") alone.set(folder, lock);
    for (const { item } of doomed) {
      const folder = item.folders?.folder;
      if (read.some(([one, lock]) => one === folder && lock === "held")) {
        failures.set(item.key, "a dot has begun to read it");
      }
    }
    // From here on nobody begins anything on what is locked: what was true when the plan was made is looked at again.
    const now = await readInventory(git);
    const here = await itemsHere(now);
    for (const { item } of doomed) {
      const why = changed(item, here);
      if (why !== undefined && !gone.has(item.key)) failures.set(item.key, why);
    }
    const left = doomed.filter(({ item }) => !gone.has(item.key));
    if (!force) {
      const items = left.map(({ item }) => item);
      for (const [key, why] of await edited(items, now.builds, git)) failures.set(key, why);
    }
    const all = [...here, ...plan.all.filter(({ folders }) => folders === undefined)];
    const going = settle(left, all, failures);
    await inParallel(going, async ({ item, schemas }) => {
      const why = schemas.length > 0 ? await markCutOff(item) : undefined;
      if (why !== undefined) failures.set(item.key, why);
    });
    const marked = going.filter(({ item }) => !failures.has(item.key));
    const { failed, begun } = await dropSchemas(marked, reached, onProgress);
    for (const { item } of marked) {
      const why = failed.get(item.key);
      if (why === undefined) continue;
      failures.set(item.key, why);
      if (!begun.has(item.key)) await unmark(item);
    }
    const free = () => going.filter(({ item }) => !failures.has(item.key));
    await inParallel(free(), async ({ item }) => {
      const why = await removeEnvironment(item, locks.get(item.key));
      if (why !== undefined) failures.set(item.key, why);
    });
    for (const key of made.keys()) locks.get(key)?.close();
    const folders = new Map(
      [
        ...free().flatMap(({ item }) =>
          item.folders === undefined ? [] : [[item.key, item.folders] as const]
        ),
        ...made,
      ].map(([key, paths]) => [paths.folder, { key, paths }]),
    );
    const worktrees = await listWorktrees(git);
    await inParallel([...folders.values()], async ({ key, paths }) => {
      // Windows removes no file that is open.
      const lock = alone.get(paths.folder);
      if (Deno.build.os === "windows" && lock !== undefined) close(lock);
      const why = await removeCommit(paths, worktrees, git);
      if (why !== undefined) failures.set(key, why);
    });
    return {
      done: doomed.filter(({ item }) => !failures.has(item.key)),
      failed: doomed.flatMap(({ item: { key, name } }) => {
        const why = failures.get(key);
        return why === undefined ? [] : [{ name, why }];
      }),
    };
  } finally {
    for (const lock of [...locks.values(), ...alone.values()]) close(lock);
  }
}

/**
 * The lock that keeps others from working on a build, if it needs one. What lies in a warehouse alone has no folder, so
 * one is made for its commit's lock, and noted in `made`: whoever begins to build it here waits at that.
 */
async function lockFor(
  { build, folders, key, short }: Item,
  git: Git,
  made: Map<string, BuildPaths>,
): Promise<Deno.FsFile | "absent" | "held" | undefined> {
  if (build !== undefined) return await tryLock(build.paths.lock, DOING);
  if (folders !== undefined) return undefined;
  const paths = buildPaths(buildsFolder(git.root), short, "");
  if (!await isFolder(paths.folder)) {
    await makeFolder(dotFolder(git.root));
    await makeFolder(paths.folder, 0o700);
    made.set(key, paths);
  }
  return await tryLock(paths.lock, DOING);
}

/** What happened to a build since the plan was made, that is a reason to leave it. */
function changed({ build, key, name }: Item, here: readonly Item[]): string | undefined {
  if (build === undefined) {
    // Builds that lay in a warehouse alone.
    const begun = here.some((each) => each.build !== undefined && each.name === name);
    return begun ? "it was built here meanwhile" : undefined;
  }
  const now = here.find((each) => each.key === key);
  if (now?.pinned === true) return "it was pinned meanwhile";
  const [then, since] = [build, now?.build].map((one) => one?.record && lastChange(one.record));
  return then === since ? undefined : "it was built again meanwhile";
}

/**
 * From here on nobody may take the build for whole; and where its schemas are gone, it is known why. Gives the reason where that
 * cannot be noted, and nothing may be dropped.
 */
async function markCutOff({ build, short }: Item): Promise<string | undefined> {
  if (build?.record === undefined) return undefined;
  const { paths } = build;
  const record = await readRecord(paths, short);
  if (record === undefined) return undefined;
  const note = async () => {
    await writeFile(paths.dropped, `${record.begun}\n`);
    if (record.state !== "running") {
      await writeRecord(paths.record, { ...record, state: "running" });
    }
  };
  try {
    await note();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    // On a full disk, what dbt left makes room: it goes anyway, and nobody defers to it.
    for (const folder of [paths.logs, paths.target]) await removeAll(folder).catch(() => {});
    const again = await note().catch((error) => error);
    if (isSystemError(again)) return `that it goes could not be noted: ${again.message}`;
    if (again !== undefined) throw again;
  }
  return undefined;
}

/** Nothing of the build was dropped after all. */
async function unmark({ build, short }: Item): Promise<void> {
  if (build?.record === undefined) return;
  const { state } = build.record;
  const record = await readRecord(build.paths, short);
  if (record !== undefined) await writeRecord(build.paths.record, { ...record, state });
  await removeAll(build.paths.dropped);
}

async function dropSchemas(
  doomed: readonly Doomed[],
  reached: PrunePlan["reached"],
  onProgress: (done: number) => void,
): Promise<{ failed: Map<string, string>; begun: Set<string> }> {
  const failed = new Map<string, string>();
  const begun = new Set<string>();
  const own = (key: string) => key.slice(key.indexOf("\n") + 1);
  let before = 0;
  for (const [environment, { connection }] of reached) {
    const items = doomed.filter(({ item }) => item.environment === environment).flatMap(dropsOf);
    if (items.length === 0) continue;
    const ended = await attempt(() =>
      dropBuilds(
        connection,
        items,
        (count) => onProgress(before + count),
        (key) => begun.add(own(key)),
      )
    );
    const refused = ended instanceof DotError
      ? items.map(({ key }) => [key, ended.message] as const)
      : [...ended];
    // Once anything is dropped, what stood on it may have gone with it; and of what broke off nobody knows.
    const partly = ended instanceof DotError || ended.size < items.length;
    for (const [key, why] of refused) {
      failed.set(own(key), why);
      if (partly) begun.add(own(key));
    }
    before += items.length;
  }
  return { failed, begun };
}

function dropsOf({ item, schemas }: Doomed): DoomedBuild[] {
  return [...Map.groupBy(schemas, ({ database }) => database)].map(([database, own]) => ({
    key: `${database}\n${item.key}`,
    database,
    schemas: own.map(({ schema }) => schema),
    suffix: suffixOf(item.short),
    relations: own.reduce((sum, { relations }) => sum + relations, 0),
  }));
}
