/**
 * Notes of runs with secrets among their arguments, for as long as those may stand in what dbt writes: a dot that is killed
 * clears nothing, and the next one does so in its place. The values are in no note.
 * @module
 */
import { dirname, join, relative, resolve } from "@std/path";
import { isAbsent, isSystemError } from "../base/errors.ts";
import { entryAt, liesIn, makeFolder, namesIn, removeAll } from "../base/files.ts";
import { asText, list, parseObject } from "../base/json.ts";
import { isBelow, scrub, type Traces } from "./scrub.ts";
import { clearFolders } from "./unmasked.ts";

/** The folder of the notes, in dot's own. */
const NOTES = "unscrubbed";
/** How long a dbt is looked after whose dot was killed, and that may have lived on, in milliseconds. */
const PATIENCE = 24 * 60 * 60 * 1000;

/** What a run gives dbt that must not stay. */
export interface Given extends Traces {
  /** Whether secrets are among its arguments. */
  words: boolean;
  /** Whether they are among its variables, and dbt masks none. */
  variables: boolean;
}

/** A note. Disposed of once what it tells of is done. */
export interface Note extends Disposable {
  /** A folder for this run alone, which goes with the note. */
  folder: string;
}

/** Note that a run begins whose secrets must be taken out of folders below `own`; undefined where that cannot be written. */
export async function noteTraces(given: Given, own: string): Promise<Note | undefined> {
  const inside = (folders: readonly string[]) => folders.map((folder) => relative(own, folder));
  const path = join(own, NOTES, crypto.randomUUID());
  try {
    await makeFolder(dirname(path), 0o700);
    const file = await Deno.open(path, { createNew: true, write: true });
    // Until it is given back, by whatever end, nobody else cares for it.
    await file.lock(true);
    const text = JSON.stringify({
      logs: inside(given.logs),
      targets: inside(given.targets),
      words: given.words,
      variables: given.variables,
      begun: new Date().toISOString(),
    });
    await file.write(new TextEncoder().encode(text));
    return {
      folder: folderOf(path),
      [Symbol.dispose]() {
        file.unlockSync();
        file.close();
        removeNote(path);
      },
    };
  } catch (error) {
    // A disk without room is dbt's to complain of.
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/**
 * Clear what runs left below `own` whose dot was killed. What cannot be written there stays for a later one. Gives whether anything
 * may be left.
 */
export async function scrubLeftOver(own: string): Promise<boolean> {
  try {
    return await scrubAll(own);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return true;
  }
}

async function scrubAll(own: string): Promise<boolean> {
  const folder = join(own, NOTES);
  const left: { file: Deno.FsFile; path: string }[] = [];
  let busy = false;
  try {
    for (const name of await namesIn(folder)) {
      const path = join(folder, name);
      if ((await entryAt(path))?.isFile !== true) continue;
      const file = await openNote(path);
      if (file === undefined) continue;
      left.push({ file, path });
      // Its owner is at work, or another one who clears up.
      if (await file.tryLock(true)) continue;
      left.pop();
      file.close();
      busy = true;
    }
    let open = busy;
    for (const { file, path } of left) {
      await removeAll(folderOf(path));
      if (await scrubNoted(await textIn(file), own, busy)) removeNote(path);
      else open = true;
    }
    return open;
  } finally {
    for (const { file } of left) file.close();
  }
}

/** The folder that goes with a note. */
function folderOf(note: string): string {
  return `${note}.profile`;
}

/** Clear what a note names; whether nothing more is to come. With `busy` a run may be writing what it names. */
async function scrubNoted(text: string, own: string, busy: boolean): Promise<boolean> {
  const note = parseObject(text);
  // Killed before it was written: then dbt had not begun.
  if (note === undefined) return true;
  const folders = async (name: string): Promise<string[]> => {
    const found: string[] = [];
    for (const one of list(note[name]).map(asText)) {
      const folder = resolve(own, one);
      if (isBelow(folder, own) && await liesIn(own, join(one, "x"))) found.push(folder);
    }
    return found;
  };
  const [logs, targets] = [await folders("logs"), await folders("targets")];
  // Notes of older versions tell of arguments alone.
  if (note["words"] !== false) await scrub({ logs, targets });
  if (note["variables"] === true) {
    if (busy) return false;
    await clearFolders([...logs, ...targets], Date.parse(asText(note["begun"])));
  }
  return !(Date.parse(asText(note["begun"])) > Date.now() - PATIENCE);
}

async function openNote(path: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path, { read: true, write: true });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** All that is in an open file: on Windows nobody else reads one that is locked. */
async function textIn(file: Deno.FsFile): Promise<string> {
  const text = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let found = "";
  for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
    found += text.decode(buffer.subarray(0, count), { stream: true });
  }
  return found;
}

/** Remove a note, the folder of the last one, and dot's own where nothing else is in it, as after a dry run. */
function removeNote(path: string): void {
  for (const gone of [folderOf(path), path, dirname(path), dirname(dirname(path))]) {
    try {
      Deno.removeSync(gone, { recursive: gone === folderOf(path) });
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }
}
