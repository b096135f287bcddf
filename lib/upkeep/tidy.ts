/**
 * Looks at the schemas of a place for relations that no node of the project there produces.
 * @module
 */
import type { RelationName, Schema } from "../base/relation.ts";
import { basename, resolve } from "@std/path";
import type { Reached } from "../places/connection.ts";
import { type Build, nameOf } from "../store/inventory.ts";
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
import { findStrayRelations, schemasOf, type Stray } from "./strays.ts";

/** How many renames of files are looked at. */
const RENAMES = 1000;

/** What a look at the schemas of a place gave. */
export interface Untidy {
  schemas: Schema[];
  /** How many relations lie in them. */
  relations: number;
  strays: Stray[];
}

/**
 * Find the strays of an environment's live place, or of a build; `builds` are all that there are. Throws a DotError where
 * dbt cannot parse or ask.
 */
export async function findUntidy(
  reached: Reached,
  build: Build | undefined,
  builds: readonly Build[],
  git: Git | undefined,
): Promise<Untidy> {
  const { connection, place } = reached;
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
  if (schemas.length === 0) return { schemas, relations: 0, strays: [] };
  const { environment, located } = place;
  const shared = [
    ...await sharedRelations(textsOf(environment, "shared-with"), located.configFolder),
    ...build === undefined ? [] : await besides(build, builds),
  ];
  const found = await new Warehouse(connection).survey(schemas, { dependants: true });
  const strays = findStrayRelations(found.relations, found.dependants, {
    nodes: manifest.nodes,
    others: [...manifest.sources, ...shared],
    disabled: manifest.disabled,
    patterns: textsOf(environment, "keep-relations"),
    // The newest come first, and have the last word.
    renames: new Map(renamed.reverse().map(([old, now]) => [stem(old), stem(now)])),
  });
  return { schemas, relations: found.relations.length, strays };
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
