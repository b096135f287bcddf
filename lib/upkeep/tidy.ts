/**
 * Looks at the schemas of a place for relations that no node of the project there produces.
 * @module
 */
import { basename, join, resolve } from "@std/path";
import type { Reached } from "../places/connection.ts";
import { type Build, nameOf } from "../store/inventory.ts";
import { textsOf } from "../config/settings.ts";
import { isWritten, type NamedRelation, parseManifest, parseOthers } from "../dbt/manifest.ts";
import { DotError } from "../base/errors.ts";
import { readIfThere } from "../base/files.ts";
import type { Git } from "../git/git.ts";
import type { Schema } from "../warehouse/relations.ts";
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
  const { connection, situation } = reached;
  const folder = situation.project.folder;
  // git works while dbt does.
  const [text, renamed] = await Promise.all([
    build === undefined ? parseLive(reached) : manifestOf(build),
    git?.renames(folder, RENAMES) ?? [],
  ]);
  const all = parseManifest(text);
  if (all === undefined) throw new DotError("dbt's manifest cannot be read");
  // What a build may write outside of its schemas is not its own.
  const schemas = schemasOf(all).filter(({ schema }) =>
    build === undefined || schema.toLowerCase().includes(`_${build.build.short}`)
  );
  if (schemas.length === 0) return { schemas, relations: 0, strays: [] };
  const { environment, located } = situation;
  const shared = [
    ...await sharedRelations(textsOf(environment, "shared-with"), located.configFolder),
    ...build === undefined ? [] : await besides(build, builds),
  ];
  const { sources, disabled } = parseOthers(text);
  const found = await new Warehouse(connection).survey(schemas, { dependants: true });
  const strays = findStrayRelations(found.relations, found.dependants, {
    nodes: all,
    others: [...sources, ...shared],
    disabled,
    patterns: textsOf(environment, "keep-relations"),
    // The newest come first, and have the last word.
    renames: new Map(renamed.reverse().map(([old, now]) => [stem(old), stem(now)])),
  });
  return { schemas, relations: found.relations.length, strays };
}

async function manifestOf(build: Build): Promise<string> {
  const [text] = await manifestsOf(build);
  if (text !== undefined) return text;
  throw new DotError(`${nameOf(build)} has no manifest, so nobody can tell what its nodes are`, {
    hints: [`Make one: dot parse ${nameOf(build)}`],
  });
}

/** The manifests that dbt left of a build, the newest first. */
async function manifestsOf({ paths }: Build): Promise<string[]> {
  const texts = await Promise.all(
    [paths.target, paths.state].map((folder) => readIfThere(join(folder, "manifest.json"))),
  );
  return texts.filter((text) => text !== undefined);
}

/** All that other builds of the same commit produce: environments and projects may share a schema. */
async function besides(build: Build, builds: readonly Build[]): Promise<NamedRelation[]> {
  const others = builds.filter((other) =>
    other.build.folder === build.build.folder && other.paths.folder !== build.paths.folder
  );
  const texts = (await Promise.all(others.map(manifestsOf))).flat();
  return texts.flatMap((text) => parseManifest(text) ?? []).filter((node) => isWritten(node, true))
    .map(({ alias, database, schema }) => ({ database, schema, name: alias }));
}

/** All relations of other projects that share the schemas. */
async function sharedRelations(paths: readonly string[], folder: string): Promise<NamedRelation[]> {
  const found: NamedRelation[] = [];
  for (const path of paths) {
    const file = resolve(folder, path);
    const text = await readIfThere(file);
    const nodes = text === undefined ? undefined : parseManifest(text);
    if (text === undefined || nodes === undefined) {
      throw new DotError(
        text === undefined
          ? `\`+shared-with\` names ${path}, which is not there: ${file}`
          : `\`+shared-with\` names ${path}, which is no manifest of dbt's: ${file}`,
        {
          hints: ["Make it with `dbt parse` in that project; it lies in its target/manifest.json."],
        },
      );
    }
    for (const node of nodes) {
      if (!isWritten(node, true)) continue;
      found.push({ database: node.database, schema: node.schema, name: node.alias });
    }
    found.push(...parseOthers(text).sources);
  }
  return found;
}

function stem(path: string): string {
  return basename(path).replace(/\.[^.]+$/, "");
}
