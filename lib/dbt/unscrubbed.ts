/**
 * Notes of runs with secrets among their arguments, for as long as those may stand in what dbt writes: a dot that is killed
 * clears nothing, and the next one does so in its place. The values are in no note.
 * @module
 */
import { dirname, join, relative, resolve } from "@std/path";
import { isAbsent, isSystemError } from "../base/errors.ts";
import { entryAt, liesIn, makeFolder, namesIn } from "../base/files.ts";
import { asText, list, parseObject } from "../base/json.ts";
import { isBelow, scrub, type Traces } from "./scrub.ts";

/** The folder of the notes, in dot's own. */
const NOTES = "unscrubbed";
/** How long a dbt is looked after whose dot was killed, and that may have lived on, in milliseconds. */
const PATIENCE = 24 * 60 * 60 * 1000;

/** Note that a run begins whose arguments must be taken out of folders below `own`. Disposed of once that is done. */
export async function noteTraces(traces: Traces, own: string): Promise<Disposable | undefined> {
  const inside = (folders: readonly string[]) => folders.map((folder) => relative(own, folder));
  const path = join(own, NOTES, crypto.randomUUID());
  try {
    await makeFolder(dirname(path), 0o700);
    const file = await Deno.open(path, { createNew: true, write: true });
    // Until it is given back, by whatever end, nobody else cares for it.
    await file.lock(true);
    const text = JSON.stringify({
      logs: inside(traces.logs),
      targets: inside(traces.targets),
      begun: new Date().toISOString(),
    });
    await file.write(new TextEncoder().encode(text));
    return {
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

/** Clear what runs left below `own` whose dot was killed. What cannot be written there stays for a later one. */
export async function scrubLeftOver(own: string): Promise<void> {
  try {
    await scrubAll(own);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

async function scrubAll(own: string): Promise<void> {
  const folder = join(own, NOTES);
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    if ((await entryAt(path))?.isFile !== true) continue;
    const file = await openNote(path);
    if (file === undefined) continue;
    let done = false;
    try {
      // Its owner is at work, or another one who clears up.
      done = await file.tryLock(true) && await scrubNoted(await textIn(file), own);
    } finally {
      file.close();
    }
    if (done) removeNote(path);
  }
}

/** Clear what a note names; whether nothing more is to come. */
async function scrubNoted(text: string, own: string): Promise<boolean> {
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
  await scrub({ logs: await folders("logs"), targets: await folders("targets") });
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

/** Remove a note, and the folder of the last one. */
function removeNote(path: string): void {
  for (const gone of [path, dirname(path)]) {
    try {
      Deno.removeSync(gone);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }
}
