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
  for (let said = false;;) {
    await makeFolder(dirname(path));
    const file = await Deno.open(path, { create: true, read: true, write: true });
    try {
      let free = false;
      const locked = file.lock(true).then(() => {
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
      if (!await isAt(file, path)) continue;
      await sayHolder(path, doing);
      try {
        return await action();
      } finally {
        await file.unlock();
      }
    } finally {
      file.close();
    }
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
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { create: true, read: true, write: true });
  } catch (error) {
    if (isAbsent(error)) return "absent";
    throw error;
  }
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
