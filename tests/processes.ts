/** Processes of the system, by their numbers, as Linux tells of them. */

/** Whether a process is alive (a zombie is not). */
export async function isAlive(pid: number): Promise<boolean> {
  return !["Z", "X", undefined].includes(await stateOf(pid));
}

/** The letter of a process's state: `R` it runs, `S` it sleeps, `T` it is stopped …; undefined where it is none. */
export async function stateOf(pid: number): Promise<string | undefined> {
  return /\) (\S)/.exec(await statOf(pid))?.[1];
}

/** The children of a process, zombies too. */
export async function childrenOf(parent: number): Promise<number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    if (/\) \S (\d+)/.exec(await statOf(Number(name)))?.[1] === String(parent)) {
      found.push(Number(name));
    }
  }
  return found;
}

/** The resident memory of a process in kilobytes: all, and what it shares with nobody. */
export async function memoryOf(pid: number): Promise<{ resident: number; anonymous: number }> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  return { resident: field("VmRSS"), anonymous: field("RssAnon") };
}

/** Send a signal to a process, which may have ended by itself. */
export function signal(pid: number, name: Deno.Signal): void {
  // Of other numbers the system would make a whole group of processes, such as the tests'.
  if (!(Number.isInteger(pid) && pid > 1)) throw new Error(`${pid} is no process of a test's`);
  try {
    Deno.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Kill a process and all below it at once, so that none of them can do anything about it. Elsewhere than on Linux, the
 * process alone.
 */
export async function killTree(pid: number): Promise<void> {
  const children = Deno.build.os === "linux" ? await childrenOf(pid) : [];
  signal(pid, "SIGKILL");
  for (const child of children) await killTree(child);
}

async function statOf(pid: number): Promise<string> {
  return await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
}
