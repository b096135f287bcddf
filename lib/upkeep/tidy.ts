/**
 * Looks at the schemas of a place for relations that no node of the project there produces.
 * @module
 */
import type { RelationName, Schema } from "../base/relation.ts";
import { basename, resolve } from "@std/path";
import type { Reached } from "../places/connection.ts";
import { type Build, type Inventory, nameOf } from "../store/inventory.ts";
import { isOwnSchema } from "../store/naming.ts";
import { textsOf } from "../config/settings.ts";
import type { Manifest } from "../dbt/manifest/manifest.ts";
import { isWritten, relationOf } from "../dbt/manifest/nodes.ts";
import { hasManifest, needManifest, readManifest, readManifestFile } from "../dbt/manifest/read.ts";
import { DotError } from "../base/errors.ts";
import { isFile } from "../base/files.ts";
import type { Git } from "../git/git.ts";
import { Warehouse } from "../warehouse/warehouse.ts";
import { parseLive } from "./live.ts";
import {
  buildsMake,
  defaultBranchMakes,
  type Maker,
  type ManifestAt,
  type Neighbour,
  neighboursMake,
} from "./elsewhere.ts";
import { historySeen, snapshotsOnce } from "./irreplaceable.ts";
import { findStrayRelations, type Kept, schemasOf, type Stray, unclaimed } from "./strays.ts";

/** How many renames of files are looked at. */
const RENAMES = 1000;

/** What a look at the schemas of a place gave. */
export interface Untidy {
  schemas: Schema[];
  /** How many relations lie in them. */
  relations: number;
  strays: Stray[];
  /** What no node produces and stays. */
  kept: Kept[];
  /** Why nobody can tell what others make, where that is so. */
  unknown: DotError | undefined;
}

/** What is looked at, and how. */
export interface TidyRequest {
  /** Undefined for an environment's live place. */
  build: Build | undefined;
  /** All that there are. */
  inventory: Inventory;
  git: Git | undefined;
  manifestAt: ManifestAt;
  /** Finds the other live places of the project: asked only where something may be a stray. */
  neighbours: () => Promise<Neighbour[]>;
  /** Whether what no run brings back may go. */
  includeHistory: boolean;
}

/** Find the strays of an environment's live place, or of a build. Throws a DotError where dbt cannot parse or ask. */
export async function findUntidy(
  reached: Reached,
  { build, git, includeHistory, inventory, manifestAt, neighbours }: TidyRequest,
): Promise<Untidy> {
  const { connection, place } = reached;
  const { builds } = inventory;
  const folder = place.project.folder;
  // git works while dbt does.
  const [manifest, renamed] = await Promise.all([
    build === undefined ? parseLive(reached) : manifestOf(build),
    git?.renames(folder, RENAMES) ?? [],
  ]);
  // What a build may write outside of its schemas is not its own.
  const schemas = schemasOf(manifest.nodes).filter(({ schema }) =>
    build === undefined || isOwnSchema(schema, build.build.short)
  );
  if (schemas.length === 0) {
    return { schemas, relations: 0, strays: [], kept: [], unknown: undefined };
  }
  const { environment, located } = place;
  const shared = [
    ...await sharedRelations(textsOf(environment, "shared-with"), located.configFolder),
    ...build === undefined ? [] : await besides(build, builds),
  ];
  const found = await new Warehouse(connection).survey(schemas, { dependants: true });
  const known = {
    nodes: manifest.nodes,
    others: [...manifest.sources, ...shared],
    patterns: textsOf(environment, "keep-relations"),
  };
  const any = unclaimed(found.relations, known).length > 0;
  // What a build holds is its commit's alone.
  const makers: Maker[] = [];
  if (any && build === undefined) {
    const others = await neighbours();
    makers.push(...await neighboursMake(others));
    if (git !== undefined) {
      makers.push(...await defaultBranchMakes(reached, others, manifestAt, git));
      makers.push(...await buildsMake(builds, reached, git));
    }
  }
  const seen = !any ? [] : [
    ...await historySeen(inventory, place),
    ...git === undefined ? [] : await snapshotsOnce(git, place),
  ];
  const { kept, strays } = findStrayRelations(found.relations, found.dependants, {
    ...known,
    disabled: manifest.disabled,
    makers,
    history: [...manifest.history, ...makers.flatMap(({ history }) => history), ...seen],
    includeHistory,
    // The newest come first, and have the last word.
    renames: new Map(renamed.reverse().map(([old, now]) => [stem(old), stem(now)])),
  });
  const unknown = makers.find((maker) => maker.unknown !== undefined)?.unknown;
  return { schemas, relations: found.relations.length, strays, kept, unknown };
}

/** The newest manifest that dbt left of a build. */
async function manifestOf(build: Build): Promise<Manifest> {
  for (const folder of foldersOf(build)) {
    if (await hasManifest(folder)) return await needManifest(folder);
  }
  throw new DotError(`${nameOf(build)} has no manifest, so nobody can tell what its nodes are`, {
    code: "DOT033",
    hints: [`Make one: dot parse ${nameOf(build)}`],
  });
}

/** Where dbt left manifests of a build, the newest first. */
function foldersOf({ paths }: Build): string[] {
  return [paths.target, paths.state];
}

/** All that other builds of the same commit produce: environments and projects may share a schema. */
async function besides(build: Build, builds: readonly Build[]): Promise<RelationName[]> {
  const others = builds.filter((other) =>
    other.build.folder === build.build.folder && other.paths.folder !== build.paths.folder
  );
  const manifests = await Promise.all(others.flatMap(foldersOf).map(readManifest));
  return manifests.flatMap((manifest) => manifest?.nodes ?? [])
    .filter((node) => isWritten(node, { storeFailures: true })).map(relationOf);
}

/** All relations of other projects that share the schemas. */
async function sharedRelations(paths: readonly string[], folder: string): Promise<RelationName[]> {
  const found: RelationName[] = [];
  for (const path of paths) {
    const file = resolve(folder, path);
    const manifest = await readManifestFile(file);
    if (manifest === undefined) {
      throw new DotError(
        await isFile(file)
          ? `\`+shared-with\` names ${path}, which is no manifest of dbt's: ${file}`
          : `\`+shared-with\` names ${path}, which is not there: ${file}`,
        {
          code: "DOT042",
          hints: ["Make it with `dbt parse` in that project; it lies in its target/manifest.json."],
        },
      );
    }
    const written = manifest.nodes.filter((node) => isWritten(node, { storeFailures: true }));
    found.push(...written.map(relationOf), ...manifest.sources);
  }
  return found;
}

function stem(path: string): string {
  return basename(path).replace(/\.[^.]+$/, "");
}
