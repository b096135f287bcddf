/**
 * How much room builds take on this machine. Walking worktrees is slow, so what was measured is kept beside them until
 * a run of dbt, or of dot, changes it.
 * @module
 */
import { dirname, join, relative } from "@std/path";
import { isAbsent } from "../base/errors.ts";
import { readObject, writeFile } from "../base/files.ts";
import { type Count, isObject } from "../base/json.ts";
import { inParallel } from "../base/pool.ts";
import { walk, type WalkedEntry } from "../base/walk.ts";
import type { BareBuild, Build, Inventory } from "./inventory.ts";
import { buildsFolder } from "./paths.ts";

/** The room that a build takes, in bytes of its files; what lies in the warehouse, or in `.git`, is not counted. */
export interface Size {
  /** The environment's folder: profile, record, dbt's target and logs. */
  environment: Count;
  /** The commit's worktree with its packages, which all its environments share. */
  commit: Count;
}

/** How many folders are measured at a time. */
const AT_ONCE = 16;

/** One folder, as it is measured. */
interface Part {
  folder: string;
  /** A folder in it that is left out. */
  except: string | undefined;
  /** The times at which it changed last. */
  key: string;
}

/**
 * The sizes of all builds of a repository, by the build's folder. With `keep`, they are kept for the next time.
 * Somebody's own edits in a worktree are not noticed.
 */
export async function sizesOf(
  root: string,
  { builds, bare }: Inventory,
  { keep }: { keep: boolean },
): Promise<Map<Build | BareBuild, Size>> {
  const parts = new Map<string, Part>();
  for (const { build: { folder } } of [...builds, ...bare]) {
    // Whoever works on the commit begins and ends by putting a file in there.
    if (!parts.has(folder)) parts.set(folder, { folder, except: "env", key: changed(folder) });
  }
  for (const { paths: { folder, logs } } of builds) {
    // A command that builds nothing ends without one: by then dbt has written its log to the end.
    const key = `${changed(folder)} ${changed(join(logs, "dbt.log"))}`;
    parts.set(folder, { folder, except: undefined, key });
  }
  const file = join(buildsFolder(root), "sizes.json");
  const bytes = await measure(parts, file, { keep });
  const of = (folder: string) => bytes.get(folder) ?? 0;
  const all: (Build | BareBuild)[] = [...builds, ...bare];
  return new Map(all.map((each) => [each, {
    environment: "paths" in each ? of(each.paths.folder) : 0,
    commit: of(each.build.folder),
  }]));
}

async function measure(
  parts: ReadonlyMap<string, Part>,
  file: string,
  { keep }: { keep: boolean },
): Promise<Map<string, number>> {
  const known = await readObject(file);
  const found = new Map<string, number>();
  const waiting: Part[] = [];
  for (const part of parts.values()) {
    const entry = known[nameIn(file, part)];
    const { key, bytes } = isObject(entry) ? entry : {};
    if (key === part.key && typeof bytes === "number") found.set(part.folder, bytes);
    else waiting.push(part);
  }
  if (waiting.length === 0) return found;
  await inParallel(waiting, async ({ except, folder }) => {
    found.set(folder, await bytesIn(folder, except));
  }, { atOnce: AT_ONCE });
  const entries = [...parts.values()].map((part) => [
    nameIn(file, part),
    { key: part.key, bytes: found.get(part.folder) },
  ]);
  if (keep) {
    // It only saves time: a folder that nobody may write to is no matter.
    await writeFile(file, JSON.stringify(Object.fromEntries(entries)) + "\n").catch(() => {});
  }
  return found;
}

function nameIn(file: string, { folder }: Part): string {
  return relative(dirname(file), folder).replaceAll("\\", "/");
}

function changed(path: string): string {
  try {
    return String(Deno.lstatSync(path).mtime?.getTime() ?? 0);
  } catch (error) {
    if (isAbsent(error)) return "-";
    throw error;
  }
}

/** The bytes of all files below a folder, but for those in one folder of it; links are not followed. */
async function bytesIn(folder: string, except: string | undefined): Promise<number> {
  let bytes = 0;
  const enters = ({ path }: WalkedEntry) => path !== except;
  // Somebody may clear it away, or let nobody look into it.
  for await (const { entries } of walk(folder, { enters, skipForbidden: true })) {
    const files = entries.filter(({ kind }) => kind !== "folder");
    const sizes = await Promise.all(files.map(({ path }) => sizeOf(join(folder, path))));
    bytes = sizes.reduce((sum, size) => sum + size, bytes);
  }
  return bytes;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.lstat(path)).size;
  } catch {
    return 0;
  }
}
