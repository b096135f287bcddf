/**
 * What differs because files do that dbt itself does not read: data that a node names, and the rows of a large seed.
 * @module
 */
import type { Manifest } from "../dbt/manifest/manifest.ts";
import type { Reason } from "../dbt/manifest/modified.ts";
import { dataNamedBy, unreadSeeds } from "../dbt/manifest/named_data.ts";
import type { Place } from "../places/place.ts";
import { fileIn } from "../places/project.ts";
import { changedAmong } from "./changed_paths.ts";

/**
 * What differs so, and by what, by id. The working tree counts with the files that are there, of live schemas too. git is asked only
 * where there is such a file.
 */
export async function changedByFiles(
  manifest: Manifest,
  { base, head }: { head: Place; base: Place },
): Promise<Map<string, Reason>> {
  const named = dataNamedBy(manifest);
  const seeds = unreadSeeds(manifest);
  const changed = new Map<string, Reason>();
  if (named.size === 0 && seeds.length === 0) return changed;
  const { git } = head;
  if (git === undefined) return changed;
  const commitOf = async ({ commit }: Place) => commit ?? await git.filesNow();
  const [one, other] = [await commitOf(base), await commitOf(head)];
  const paths = await git.changedPaths(one.hash, other.hash);
  const [project, from] = [await head.path(), await head.runsIn()];
  // In another folder the same path is another file.
  const moved = project !== await base.path() || from !== await base.runsIn();
  const differs = moved ? () => true : changedAmong(paths);
  for (const [id, files] of named) {
    if (files.some((path) => differs(path, from))) changed.set(id, "file");
  }
  for (const { id, owner, path } of seeds) {
    // Where a package lies in the repository, dbt does not say.
    const file = owner === manifest.project ? fileIn(project, path) : `*/${path}`;
    if (differs(file, "")) changed.set(id, "body");
  }
  return changed;
}
