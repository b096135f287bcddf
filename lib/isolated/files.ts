/**
 * Files that a pattern of paths finds below a folder.
 * @module
 */
import { join } from "@std/path";
import { pathGlob } from "../base/glob.ts";
import { isFile } from "../base/files.ts";
import { walk } from "../base/walk.ts";

/** Folders that hold no data, and may hold very much. */
const SKIPPED = [".dot", ".git", ".venv", "node_modules"];

/**
 * The files that a pattern finds, with `/`, relative to the folder, which it may leave by `..`; a pattern that is a folder finds all
 * in it. In no order.
 */
export async function* filesAt(folder: string, pattern: string): AsyncGenerator<string> {
  const parts = pattern.replaceAll("\\", "/").split("/").filter((part) =>
    part !== "" && part !== "."
  );
  const fixed = parts.findIndex((part) => /[*?]/.test(part));
  const start = parts.slice(0, fixed === -1 ? undefined : fixed);
  const rest = fixed === -1 ? ["**"] : parts.slice(fixed);
  const path = start.join("/");
  if (fixed === -1 && await isFile(join(folder, path))) {
    yield path;
    return;
  }
  const matches = pathGlob(rest.join("/"));
  const deep = rest.length > 1 || rest.includes("**");
  for await (
    const { entries } of walk(join(folder, ...start), {
      enters: ({ name }) => deep && !SKIPPED.includes(name),
      followLinks: true,
      skipForbidden: true,
    })
  ) {
    for (const entry of entries) {
      if (entry.kind === "file" && matches.test(entry.path)) yield [...start, entry.path].join("/");
    }
  }
}

/** Whether a pattern finds a file there. */
export async function findsFile(folder: string, pattern: string): Promise<boolean> {
  for await (const _ of filesAt(folder, pattern)) return true;
  return false;
}
