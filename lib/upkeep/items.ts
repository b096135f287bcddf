/**
 * The builds that `dot prune` looks at: those that lie here, and those that were found in a warehouse.
 * @module
 */
import { distinctSchemas, type Schema } from "../base/relation.ts";
import {
  type BareBuild,
  type Build,
  type Inventory,
  nameOf,
  readersOf,
} from "../store/inventory.ts";
import type { BuildPaths } from "../store/paths.ts";
import { schemasOf } from "../store/history.ts";
import { buildManifests } from "../store/manifests.ts";
import { isRead } from "../store/reading.ts";
import { lastChange } from "../store/record.ts";
import { readRecord } from "../store/settled.ts";
import { isAbsent } from "../base/errors.ts";
import type { WarehouseBuild } from "./owner.ts";
import type { Candidate } from "./rules.ts";

/** One build, or one commit's folder without any, or what is left of a build in a warehouse. */
export interface Item extends Candidate {
  short: string;
  /** The commit's folders here, if there are any. */
  folders: BuildPaths | undefined;
  build: Build | undefined;
  /** The schemas that it may have written to. */
  places: readonly Schema[];
}

/** All builds, of whatever project, and the folders of commits without any. */
export async function itemsHere({ builds, bare }: Inventory): Promise<Item[]> {
  const readers = readersOf(builds);
  const reads = new Map<string, string[]>();
  for (const [folder, all] of readers) {
    for (const { paths } of all) {
      reads.set(paths.folder, [...reads.get(paths.folder) ?? [], folder]);
    }
  }
  const read = new Set<string>();
  const folders = new Map([...builds, ...bare].map(({ build }) => [build.folder, build]));
  for (const build of folders.values()) if (await isRead(build)) read.add(build.folder);
  const items = builds.map(async (build): Promise<Item> => ({
    key: build.paths.folder,
    name: nameOf(build),
    environment: build.environment,
    project: build.project,
    short: build.build.short,
    commit: build.commit,
    built: build.begun,
    at: changeOf(build) ?? await changedAt(build.paths.folder),
    committed: undefined,
    pinned: build.pinned,
    uncommitted: build.record?.uncommitted ?? false,
    running: build.running || read.has(build.build.folder),
    reads: reads.get(build.paths.folder) ?? [],
    folders: build.build,
    build,
    places: await placesHere(build),
  }));
  return [
    ...await Promise.all(items),
    ...await Promise.all(bare.map(async (one) => {
      const item = await bareItem(one);
      return { ...item, running: item.running || read.has(one.build.folder) };
    })),
  ];
}

async function bareItem({ build, commit, running }: BareBuild): Promise<Item> {
  return {
    key: build.folder,
    name: build.short,
    environment: "",
    project: "",
    short: build.short,
    commit,
    built: false,
    at: await changedAt(build.folder),
    committed: undefined,
    pinned: false,
    uncommitted: false,
    running,
    reads: [],
    folders: build,
    build: undefined,
    places: [],
  };
}

/** Where a build may have written: by its record, else, where that is lost, by the manifests that dbt left. */
async function placesHere({ build, paths, record }: Build): Promise<readonly Schema[]> {
  if (record !== undefined) return record.schemas;
  const read = await readRecord(paths, build.short);
  let places = read?.schemas ?? [];
  for (const { nodes } of await buildManifests(paths)) {
    places = distinctSchemas(places, schemasOf(nodes, build.short, { storeFailures: true }));
  }
  return places;
}

/** When a build last changed by its record, in milliseconds. */
function changeOf({ record }: Build): number | undefined {
  const at = record === undefined ? "" : lastChange(record);
  return at === "" ? undefined : Date.parse(at);
}

/** What lies in a warehouse of a build that has no folder here. */
export function toItem(
  { committed, commit, environment, schemas, short }: WarehouseBuild,
  project: string,
): Item {
  return {
    key: `${environment}@${commit}`,
    name: `${environment}@${short}`,
    environment,
    project,
    short,
    commit,
    built: true,
    at: undefined,
    committed,
    pinned: false,
    uncommitted: false,
    running: false,
    reads: [],
    folders: undefined,
    build: undefined,
    places: schemas,
  };
}

async function changedAt(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).mtime?.getTime();
  } catch (error) {
    // Another prune was quicker.
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
