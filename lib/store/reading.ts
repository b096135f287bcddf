/**
 * Builds that somebody reads: all who do share a lock of the commit's folder, and a prune takes it alone or not at all.
 * @module
 */
import { DotError, isAbsent } from "../base/errors.ts";
import { readIfThere } from "../base/files.ts";
import type { Output } from "../base/output.ts";
import { giveBack, takeLock } from "./lock.ts";
import type { BuildPaths, EnvironmentPaths } from "./paths.ts";
import { parseRecord } from "./record.ts";

/** What a command reads. */
export interface Read {
  /** The commit's folders; where there are none yet, they are about to be made. */
  build: BuildPaths;
  /** The build that must be there; undefined where only what the commit consists of is read. */
  built: { name: string; paths: EnvironmentPaths } | undefined;
}

/**
 * Keep prune away from what is read until the result is disposed of; a prune that is under way is waited for. Throws a DotError
 * where a build that must be there has gone, or is half removed.
 */
export async function beginReading(reads: readonly Read[], out: Output): Promise<Disposable> {
  const locks: Deno.FsFile[] = [];
  const end = () => {
    for (const lock of locks.splice(0)) giveBack(lock);
  };
  try {
    const paths = new Set(reads.map(({ build }) => build.reading));
    for (const path of [...paths].sort()) locks.push(await takeLock(path, { alone: false }, out));
    for (const { built } of reads) if (built !== undefined) await checkThere(built);
  } catch (error) {
    end();
    throw error;
  }
  return { [Symbol.dispose]: end };
}

/** Whether somebody reads what lies in a commit's folder. Makes no file; one who asks at the same moment counts too. */
export async function isRead({ reading }: BuildPaths): Promise<boolean> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(reading, { read: true, write: true });
  } catch (error) {
    // Who may not write there removes nothing either.
    if (isAbsent(error) || error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
  try {
    return !await file.tryLock(true);
  } finally {
    file.close();
  }
}

async function checkThere({ name, paths }: NonNullable<Read["built"]>): Promise<void> {
  const text = await readIfThere(paths.record);
  const dropped = (await readIfThere(paths.dropped))?.trim();
  const begun = text === undefined ? undefined : parseRecord(text)?.record.begun;
  if (text !== undefined && (dropped === undefined || dropped !== begun)) return;
  throw new DotError(
    text === undefined
      ? `${name} was removed meanwhile`
      : `a prune has begun to remove ${name}, and part of it may be gone`,
    { code: "DOT033", hints: [`Build it: dot build ${name}`] },
  );
}
