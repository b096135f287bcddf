/**
 * Walks through a folder and all below it. `walk` of @std/fs ends at the first folder that it cannot read, and does not notice a
 * circle of links.
 * @module
 */
import { join } from "@std/path";
import { isAbsent } from "./errors.ts";

/** One folder, and what lies in it. */
export interface WalkedFolder {
  /** Its path from the folder that the walk began in, with `/`; empty for that one. */
  path: string;
  /** What lies in it, but for the folders that the walk does not go into. Where links are followed, as what they lead to. */
  entries: WalkedEntry[];
}

/** Something in a folder. */
export interface WalkedEntry {
  /** Its path from the folder that the walk began in, with `/`. */
  path: string;
  name: string;
  kind: "file" | "folder" | "link" | "other";
}

/** How a walk goes. */
export interface WalkOptions {
  /** Whether to go into a folder. */
  enters?: (folder: WalkedEntry) => boolean;
  /** Whether links are what they lead to; a folder is walked through once, however many lead there. */
  followLinks?: boolean;
  /** Whether a folder that nobody may look into is passed over; without it, it is an error. */
  skipForbidden?: boolean;
}

/** Walk through a folder, each folder before those in it. What is not there, or not any more, is passed over. */
export async function* walk(
  root: string,
  { enters = () => true, followLinks = false, skipForbidden = false }: WalkOptions = {},
): AsyncGenerator<WalkedFolder> {
  const seen = new Set<string>();
  const waiting = [""];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const entries: WalkedEntry[] = [];
    try {
      const folder = join(root, path);
      if (followLinks) {
        const real = await Deno.realPath(folder);
        if (seen.has(real)) continue;
        seen.add(real);
      }
      for await (const found of Deno.readDir(folder)) {
        const below = path === "" ? found.name : `${path}/${found.name}`;
        const followed = found.isSymlink && followLinks ? await behind(join(root, below)) : found;
        // A link that leads nowhere is nothing.
        if (followed === undefined) continue;
        const entry = { path: below, name: found.name, kind: kindOf(followed) };
        if (entry.kind !== "folder") entries.push(entry);
        else if (enters(entry)) {
          entries.push(entry);
          waiting.push(below);
        }
      }
    } catch (error) {
      const forbidden = skipForbidden && error instanceof Deno.errors.PermissionDenied;
      if (!isAbsent(error) && !forbidden) throw error;
    }
    yield { path, entries };
  }
}

async function behind(path: string): Promise<Deno.FileInfo | undefined> {
  return await Deno.stat(path).catch(() => undefined);
}

function kindOf(
  { isDirectory, isFile, isSymlink }: Pick<
    Deno.FileInfo,
    "isDirectory" | "isFile" | "isSymlink"
  >,
): WalkedEntry["kind"] {
  if (isDirectory) return "folder";
  if (isFile) return "file";
  return isSymlink ? "link" : "other";
}
