/**
 * Which relations hold rows that no run brings back: those of snapshots and incremental models, by every manifest that is
 * left of them, and by git's history.
 * @module
 */
import { basename, join, resolve } from "@std/path";
import { namesIn } from "../base/files.ts";
import type { RelationName } from "../base/relation.ts";
import { asWord } from "../dbt/argument.ts";
import { readManifest } from "../dbt/manifest/read.ts";
import type { Git } from "../git/git.ts";
import { readsOf } from "../isolated/escape/reads.ts";
import { textOf } from "../places/profile.ts";
import { fileIn } from "../places/project.ts";
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

/** How many commits that changed snapshots are looked at. */
const COMMITS = 1000;
/** What names a snapshot in a line of its file: the block, an alias, an entry in YAML. */
const NAMED =
  /\{%-?\s*snapshot\s+(\w+)|\balias\s*[=:]\s*["']?(\w+)|^\s*(?:-\s*)?name\s*:\s*["']?(\w+)/g;

/**
 * What may be the tables of snapshots that are not in the code any more, by what git's history took out of the folders of snapshots:
 * no manifest need know of them. Their names alone are known.
 */
export async function snapshotsOnce(git: Git, place: Place): Promise<RelationName[]> {
  const project = await place.path();
  const folders = readsOf(await place.projectText()).folders
    .filter(({ key, path }) => key === "snapshot-paths" && path !== "")
    .map(({ path }) => path);
  const inRepository = [...new Set([...folders, "snapshots"])].map((path) => fileIn(project, path));
  const names = new Set<string>();
  for (const { lines, path } of await git.removed(inRepository, COMMITS)) {
    names.add(basename(path).replace(/\.[^.]+$/, ""));
    for (const line of lines) {
      for (const found of line.matchAll(NAMED)) names.add(found[1] ?? found[2] ?? found[3] ?? "");
    }
  }
  return [...names].map((name) => ({ database: "", schema: "", name }));
}
