/**
 * The manifests that lie with a build: the one that dbt wrote last, and the one that others defer to.
 * @module
 */
import { makeFolder, readIfThere, writeFile } from "../base/files.ts";
import type { Manifest } from "../dbt/manifest/manifest.ts";
import { manifestIn, readManifest } from "../dbt/manifest/read.ts";
import type { EnvironmentPaths } from "./paths.ts";

/** Keep the manifest of a build for those who defer to it, apart from the one that dbt writes anew with every command. */
export async function keepManifest({ state, target }: EnvironmentPaths): Promise<void> {
  const text = await readIfThere(manifestIn(target));
  if (text === undefined) return;
  await makeFolder(state);
  await writeFile(manifestIn(state), text);
}

/** The manifests of a build that can be read, the newest first. */
export async function buildManifests({ state, target }: EnvironmentPaths): Promise<Manifest[]> {
  const found = [await readManifest(target), await readManifest(state)];
  return found.filter((manifest) => manifest !== undefined);
}
