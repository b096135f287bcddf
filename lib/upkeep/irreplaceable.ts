/**
 * Which relations hold rows that no run brings back: those of snapshots and incremental models, by every manifest that is
 * left of them.
 * @module
 */
import { join, resolve } from "@std/path";
import { namesIn } from "../base/files.ts";
import type { RelationName } from "../base/relation.ts";
import { asWord } from "../dbt/argument.ts";
import { readManifest } from "../dbt/manifest/read.ts";
import { textOf } from "../places/profile.ts";
import type { Place } from "../places/place.ts";
import type { BareBuild, Inventory } from "../store/inventory.ts";
import { buildManifests } from "../store/manifests.ts";

/** The folders in which dbt's plain runs may have left a manifest. */
async function targetFolders(place: Place): Promise<string[]> {
  const { env, environment, project } = place;
  const setting = environment.args.get("target-path")?.value;
  const own = textOf(await place.projectText(), "target-path");
  const named = [
    setting === undefined ? undefined : asWord(setting),
    env["DBT_TARGET_PATH"],
    env["DBT_ENGINE_TARGET_PATH"],
    own,
    "target",
  ].flatMap((path) => path === undefined || path === "" ? [] : [resolve(project.folder, path)]);
  return [...new Set(named)];
}

/** The relations of snapshots and incremental models in the manifests of builds, of comparisons, and of dbt's last plain run. */
export async function historySeen(
  { bare, builds }: Inventory,
  place: Place,
): Promise<RelationName[]> {
  const folders = await targetFolders(place);
  const commits = new Map<string, BareBuild["build"]>();
  for (const { build } of [...builds, ...bare]) commits.set(build.folder, build);
  for (const { states } of commits.values()) {
    for (const name of await namesIn(states)) folders.push(join(states, name));
  }
  const found: RelationName[] = [];
  for (const folder of folders) found.push(...(await readManifest(folder))?.history ?? []);
  for (const { paths } of builds) {
    for (const { history } of await buildManifests(paths)) found.push(...history);
  }
  return found;
}
