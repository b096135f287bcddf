/**
 * dot's own edits in a worktree: put in place so that they are known as its own, wherever that is broken off.
 * @module
 */
import { dirname, join } from "@std/path";
import { makeFolder, readIfThere, readObject, sha256, writeFile } from "../../base/files.ts";
import type { Scan } from "./scan.ts";

/** The hashes that a file of the worktree may have by dot's own hand, by its path there. */
export type EditHashes = Readonly<Record<string, readonly string[]>>;

/**
 * Put the edits of a scan into the worktree, by way of a folder outside it. Their hashes are recorded first, beside
 * those of what they replace, so that whoever checks the worktree knows them as dot's own, wherever this is broken off.
 */
export async function applyEdits(
  scan: Scan,
  { worktree, record, beside }: { worktree: string; record: string; beside: string },
): Promise<void> {
  const before = await readEditHashes(record);
  const after: Record<string, string[]> = {};
  for (const { path, text } of scan.edits) after[path] = [await sha256(text)];
  const either = { ...before };
  for (const [path, hashes] of Object.entries(after)) {
    either[path] = [...new Set([...before[path] ?? [], ...hashes])];
  }
  const write = (hashes: EditHashes) => writeFile(record, JSON.stringify(hashes) + "\n");
  if (scan.edits.length > 0) await write(either);
  for (const { path, text } of scan.edits) {
    const file = join(worktree, path);
    // Untouched when it is right: its times tell whether packages changed.
    if (await readIfThere(file) === text) continue;
    await makeFolder(dirname(file));
    await writeFile(file, text, 0o644, beside);
  }
  if (scan.edits.length > 0) await write({ ...before, ...after });
}

/** The hashes of the files that dot edited. */
export async function readEditHashes(record: string): Promise<EditHashes> {
  return Object.fromEntries(
    Object.entries(await readObject(record)).map(([path, hashes]) => [
      path,
      Array.isArray(hashes) ? hashes.filter((hash) => typeof hash === "string") : [],
    ]),
  );
}
