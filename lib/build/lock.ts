/**
 * One process at a time: a lock of the operating system, which a killed process gives back by dying.
 * @module
 */
import { dirname } from "@std/path";
import { makeFolder, readIfThere, writeFile } from "../files.ts";
import type { Output } from "../output.ts";

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
      out.status(`waiting for ${holder ? holder : "another dot"}`);
      await locked;
    }
    // The holder's name is a file beside the lock: Windows lets nobody read a locked file.
    await writeFile(`${path}.holder`, `${doing} (process ${Deno.pid})\n`);
    try {
      return await action();
    } finally {
      await file.unlock();
    }
  } finally {
    file.close();
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
