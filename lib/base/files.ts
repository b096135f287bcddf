/**
 * Writing files so that a kill at any instant leaves the old one or the new one.
 * @module
 */
import { dirname, join, SEPARATOR } from "@std/path";
import { DotError, isAbsent } from "./errors.ts";
import { type JsonObject, parseObject } from "./json.ts";

/**
 * The text of a file, or undefined when there is none. Throws a DotError for a pipe, a device or a socket: to read one may never
 * end.
 */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    refuseSpecial(path, await Deno.stat(path));
    return await Deno.readTextFile(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** The same at once: of thousands of small files, to wait for each takes several times as long. */
export function readNow(path: string): string | undefined {
  try {
    refuseSpecial(path, Deno.statSync(path));
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Open a file to look at it; undefined where there is none. Throws a DotError for a pipe, a device or a socket. */
export function openNow(path: string): Deno.FsFile | undefined {
  try {
    refuseSpecial(path, Deno.statSync(path));
    return Deno.openSync(path, { read: true });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** The JSON object in a file; an empty one when there is no file, or none such in it. */
export async function readObject(path: string): Promise<JsonObject> {
  return parseObject(await readIfThere(path) ?? "") ?? {};
}

/** SHA-256 of a text, in hex. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

/**
 * Put a file in place by rename; `mode` as for chmod. A file with this text already is left alone. What is not yet in
 * place lies in `beside`, a folder on the same disk.
 */
export async function writeFile(
  path: string,
  text: string,
  mode = 0o644,
  beside: string = dirname(path),
): Promise<void> {
  if (await readIfThere(path) === text) {
    if (Deno.build.os !== "windows") await Deno.chmod(path, mode);
    return;
  }
  const temporary = join(beside, `.${crypto.randomUUID().slice(0, 8)}.tmp`);
  try {
    await Deno.writeTextFile(temporary, text, { mode, createNew: true });
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

/** Remove what killed writers left in a folder. The caller holds the lock under which it is written. */
export async function removeTemporaries(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (/^\.[0-9a-f]{8}\.tmp$/.test(name)) await removeAll(join(folder, name));
  }
}

/** Make a folder and its parents; `mode` holds for the folder itself. */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  await Deno.mkdir(path, { recursive: true });
  if (mode !== undefined && Deno.build.os !== "windows") await Deno.chmod(path, mode);
}

/** A path without links in it, or, where nothing is there, as it is. */
export async function realOrSame(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch {
    return path;
  }
}

/** Remove whatever is at a path, if anything is. */
export async function removeAll(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** What is at a path, a link as the link itself; undefined where nothing is. */
export async function entryAt(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Whether a folder is at a path. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Whether a file is at a path. */
export async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Whether a file that people write is at a path. Throws a DotError for a pipe, a device or a socket in its place. */
export async function isReadable(path: string): Promise<boolean> {
  try {
    const found = await Deno.stat(path);
    refuseSpecial(path, found);
    return found.isFile;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

function refuseSpecial(path: string, { isDirectory, isFile, ...kinds }: Deno.FileInfo): void {
  if (isFile || isDirectory) return;
  const what = kinds.isFifo ? "a pipe" : kinds.isSocket ? "a socket" : "a device";
  throw new DotError(`${path} is ${what}, not a file`, {
    code: "DOT046",
    hints: ["Put a plain file in its place, or take it away."],
  });
}

/** The names in a folder, sorted; none when it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) names.push(entry.name);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  return names.sort();
}

/** Whether a path below a folder lies in it, whatever links lead there: its nearest folder that is there decides. */
export async function liesIn(folder: string, path: string): Promise<boolean> {
  const root = await realOrSame(folder);
  for (let at = dirname(join(folder, path)); at.length >= folder.length; at = dirname(at)) {
    try {
      const real = await Deno.realPath(at);
      return real === root || real.startsWith(root + SEPARATOR);
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }
  return true;
}
