/**
 * Folders of the user's own outside of any repository, which nobody else can reach into.
 * @module
 */
import { dirname, isAbsolute, join } from "@std/path";

/** Where dot keeps what it can find out again; undefined where the user has no such place. */
export function userCache(env: Record<string, string>): string | undefined {
  const home = env["HOME"];
  const local = Deno.build.os === "windows" ? env["LOCALAPPDATA"] : undefined;
  const named = env["XDG_CACHE_HOME"];
  // A relative one would lie wherever dot is started, and counts for nothing.
  const cache = (named && isAbsolute(named) ? named : local) ||
    (home ? join(home, ".cache") : undefined);
  return cache === undefined ? undefined : join(cache, "dot");
}

/** Make a folder where it is missing; whether it is ours, and nobody else can reach into it. */
export async function isOwn(folder: string): Promise<boolean> {
  try {
    await Deno.mkdir(dirname(folder), { recursive: true });
    await Deno.mkdir(folder, { mode: 0o700 }).catch((error) => {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    });
    const { isDirectory, mode, uid } = await Deno.lstat(folder);
    // There a profile is its user's alone, and files have no modes.
    if (Deno.build.os === "windows") return isDirectory;
    return isDirectory && uid === Deno.uid() && ((mode ?? 0o777) & 0o777) === 0o700;
  } catch {
    // A home that is not there, or cannot be written, is no reason to fail.
    return false;
  }
}
