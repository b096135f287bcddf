/**
 * Whose a schema is that lies in a warehouse without a build's folder: by its name, which must be the name of one of the
 * project's schemas with the hash of a commit of this repository in it.
 * @module
 */
import type { Reached } from "../places/connection.ts";
import type { Place } from "../store/record.ts";
import { findAdapter } from "../dbt/adapters.ts";
import { parseManifest } from "../dbt/manifest.ts";
import type { Git } from "../git/git.ts";
import type { Schema } from "../warehouse/relations.ts";
import { Warehouse } from "../warehouse/warehouse.ts";
import { parseLive } from "./live.ts";

/** What is left in a warehouse of one build of an environment. */
export interface WarehouseBuild {
  environment: string;
  /** The hash in its schemas' names. */
  short: string;
  commit: string;
  /** The time of the commit, in milliseconds. */
  committed: number;
  schemas: Schema[];
}

/** A schema that looks like a build's, and is not proven to be one's. */
export interface Foreign extends Schema {
  /** What is missing for a proof, in words. */
  why: string;
}

/** A name that may be an isolated schema's, taken apart. */
export interface Parts {
  hash: string;
  /** The name without the hash. */
  rest: string;
}

/**
 * The ways in which a schema's name can be read as one of the project's with a hash behind a `_`. git's shortest hash
 * has seven digits where nobody changed that; shorter ones are words and numbers too often.
 */
export function readIsolated(schema: string): Parts[] {
  return [...schema.matchAll(/_([0-9a-fA-F]{7,40})(?=_|$)/g)].map((
    { 0: all, 1: hash = "", index },
  ) => ({
    hash: hash.toLowerCase(),
    rest: schema.slice(0, index) + schema.slice(index + all.length),
  }));
}

/** The builds of an environment whose schemas lie in its warehouse, and the schemas that only look like that. */
export async function ownerOf(
  reached: Reached,
  git: Git,
): Promise<{ builds: WarehouseBuild[]; foreign: Foreign[] }> {
  const { connection, source } = reached;
  const nodes = parseManifest(await parseLive(reached)) ?? [];
  const live: Place[] = nodes.filter(({ schema }) => schema !== "");
  const databases = [...new Set(live.map(({ database }) => database))];
  const schemas = await new Warehouse(connection).schemas(databases);
  const read = schemas.map((schema) => ({ schema, parts: readIsolated(schema.schema) }))
    .filter(({ parts }) => parts.length > 0);
  const commits = await git.commitsNamed([
    ...new Set(read.flatMap(({ parts }) => parts.map(({ hash }) => hash))),
  ]);
  const folds = findAdapter(source.adapter)?.folds === true;
  const name = (text: string) => folds ? text.toLowerCase() : text;
  const own = new Set(live.map(({ database, schema }) => JSON.stringify([database, name(schema)])));
  const builds = new Map<string, WarehouseBuild>();
  const foreign: Foreign[] = [];
  for (const { schema, parts } of read) {
    const ofCommit = parts.filter(({ hash }) => commits.has(hash));
    const found = ofCommit.find(({ rest }) =>
      own.has(JSON.stringify([schema.database, name(rest)]))
    );
    const commit = found === undefined ? undefined : commits.get(found.hash);
    if (found === undefined || commit === undefined) {
      const why = ofCommit.length === 0
        ? "no commit of this repository has that hash"
        : "the rest of the name is no schema of this project and environment";
      foreign.push({ ...schema, why });
      continue;
    }
    const build = builds.get(commit.hash) ?? {
      environment: reached.name,
      short: found.hash,
      commit: commit.hash,
      committed: commit.at,
      schemas: [],
    };
    build.schemas.push(schema);
    builds.set(commit.hash, build);
  }
  return { builds: [...builds.values()], foreign };
}
