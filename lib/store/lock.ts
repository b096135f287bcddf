/**
 * One process at a time: a lock of the operating system, which a killed process gives back by dying.
 * @module
 */
import { dirname } from "@std/path";
import { isAbsent, isSystemError } from "../base/errors.ts";
import { makeFolder, readIfThere, writeFile } from "../base/files.ts";
import type { Output } from "../base/output.ts";

/** How long a lock may take before dot says that it waits, in milliseconds. */
const PATIENCE = 150;

/**
 * Do something while holding the lock at `path`. Where another process holds it, say so (with what that one says it
 * is doing) and wait.
 */
export async function withLock<T>(
  path: string,
  doing: string,
  out: Output,
  action: () => Promise<T>,
): Promise<T> {
  const file = await takeLock(path, { alone: true }, out);
  try {
    await sayHolder(path, doing);
    return await action();
  } finally {
    giveBack(file);
  }
}

/** Give a lock back. Closing alone would do, but Windows takes its time over it. */
export function giveBack(lock: Deno.FsFile): void {
  lock.unlockSync();
  lock.close();
}

/**
 * Take the lock at `path`, `alone` or with others who share it. Where another process has it so that this one must wait, say so
 * and wait. Closing the file gives it back.
 */
export async function takeLock(
  path: string,
  { alone }: { alone: boolean },
  out: Output,
): Promise<Deno.FsFile> {
  for (let said = false;;) {
    await makeFolder(dirname(path));
    const file = await openLock(path);
    // Somebody has cleared the folder away between the two.
    if (file === undefined) continue;
    try {
      let free = false;
      const locked = file.lock(alone).then(() => {
        free = true;
      });
      // A free lock is there by the time a file is read; only a wait is worth the 4 ms that a first timer costs.
      await Promise.race([locked, readIfThere(`${path}.holder`)]);
      if (!free && !await soon(locked)) {
        const holder = (await readIfThere(`${path}.holder`))?.trim();
        if (!said) out.status(`waiting for ${holder ? holder : "another dot"}`);
        said = true;
        await locked;
      }
      // Whoever held it may have cleared the folder away, and this lock with it.
      if (await isAt(file, path)) return file;
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
  }
}

/**
 * Take the lock at `path` if its folder is there (`absent`) and nobody has it (`held`). Closing the file gives it back.
 * `doing` is for whoever waits for it.
 */
export async function tryLock(
  path: string,
  doing: string,
): Promise<Deno.FsFile | "absent" | "held"> {
  const file = await openLock(path);
  if (file === undefined) return "absent";
  if (await file.tryLock(true)) {
    if (await isAt(file, path)) {
      await sayHolder(path, doing);
      return file;
    }
    file.close();
    return "absent";
  }
  file.close();
  return "held";
}

/** Open the file of a lock; undefined where its folder is not there. */
async function openLock(path: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path, { create: true, read: true, write: true });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** The holder's name is a file beside the lock: Windows lets nobody read a locked file. */
async function sayHolder(path: string, doing: string): Promise<void> {
  // It is for others to read: a disk that has no room for it is no reason to stop.
  await writeFile(`${path}.holder`, `${doing} (process ${Deno.pid})\n`).catch((error) => {
    if (!isSystemError(error)) throw error;
  });
}

/** Whether an open file is the one at a path; yes where the system does not tell. */
async function isAt(file: Deno.FsFile, path: string): Promise<boolean> {
  try {
    return (await file.stat()).ino === (await Deno.stat(path)).ino;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

async function soon(promise: Promise<void>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((done) => {
    timer = setTimeout(() => done(false), PATIENCE);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
