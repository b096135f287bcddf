/**
 * The part of `@std/fs` that dot uses, over `Deno.*`, with the real names and behaviour.
 * @module
 */

/** Make sure that a folder exists, with its parents. */
export async function ensureDir(dir: string | URL): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
}

/** Whether something is at `path`; with `isDirectory` or `isFile`, whether it is that. */
export async function exists(
  path: string | URL,
  options?: { isDirectory?: boolean; isFile?: boolean },
): Promise<boolean> {
  try {
    const stat = await Deno.stat(path);
    if (options?.isDirectory) return stat.isDirectory;
    if (options?.isFile) return stat.isFile;
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
