/** What lies in a folder. */
import { join, relative } from "@std/path";

/** Whether something is at a path. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Every file and link below a folder, by its path from there, sorted; without the folders of a name that is left out. */
export async function filesBelow(folder: string, leftOut?: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const { isFolder, path } of await entriesBelow(folder, leftOut)) {
    if (!isFolder) found.push(relative(folder, path));
  }
  return found.sort();
}

/** Everything below a folder: each path, with the hash of what a file holds, or the link's. */
export async function listing(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const { isFolder, isLink, path } of await entriesBelow(folder)) {
    const name = relative(folder, path);
    if (isFolder) {
      found.push(`${name}/`);
      continue;
    }
    const bytes = isLink
      ? new TextEncoder().encode(await Deno.readLink(path))
      : await Deno.readFile(path);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    found.push(`${name}: ${hash}`);
  }
  return found.sort();
}

/** Copy a folder with all that is in it, but for what has a name that is left out. */
export async function copyFolder(from: string, to: string, leftOut?: RegExp): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    if (leftOut?.test(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory) await copyFolder(source, target, leftOut);
    else await Deno.copyFile(source, target);
  }
}

interface Entry {
  path: string;
  isFolder: boolean;
  isLink: boolean;
}

async function entriesBelow(folder: string, leftOut?: RegExp): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
    if (leftOut?.test(name)) continue;
    const path = join(folder, name);
    found.push({ path, isFolder: isDirectory, isLink: isSymlink });
    if (isDirectory) found.push(...await entriesBelow(path, leftOut));
  }
  return found;
}
