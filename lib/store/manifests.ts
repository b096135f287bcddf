/**
 * The manifests that lie with a build: the one that dbt wrote last, and the one that others defer to.
 * @module
 */
import { join } from "@std/path";
import { makeFolder, readIfThere, writeFile } from "../base/files.ts";
import { type ManifestNode, readManifest } from "../dbt/manifest.ts";
import type { EnvironmentPaths } from "./paths.ts";

/** Keep the manifest of a build for those who defer to it, apart from the one that dbt writes anew with every command. */
export async function keepManifest({ state, target }: EnvironmentPaths): Promise<void> {
  const text = await readIfThere(join(target, "manifest.json"));
  if (text === undefined) return;
  await makeFolder(state);
  await writeFile(join(state, "manifest.json"), text);
}

/** The manifests of a build that can be read, the newest first. */
export async function buildManifests(
  { state, target }: EnvironmentPaths,
): Promise<ManifestNode[][]> {
  const found = [];
  for (const folder of [target, state]) {
    const manifest = await readManifest(join(folder, "manifest.json"));
    if (manifest !== undefined) found.push(manifest);
  }
  return found;
}
