/**
 * Whose a schema is that lies in a warehouse without a build's folder: by its name, which must be the name of one of the
 * project's schemas with the hash of a commit of this repository in it.
 * @module
 */
import { distinctSchemas, isSameSchema, type Schema } from "../base/relation.ts";
import type { Reached } from "../places/connection.ts";
import { liveSchemaNames } from "../places/live_schemas.ts";
import { isOwnSchema, splitSchema } from "../store/naming.ts";
import { adapterOf } from "../dbt/adapters.ts";
import type { Git } from "../git/git.ts";
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

/**
 * The environment or target that a schema is live for, or a custom one of what is live for it, though it is named as a build's.
 * `used` is what liveSchemaNames() gives.
 */
export function liveUser(
  { schema }: Schema,
  short: string,
  used: ReadonlyMap<string, string>,
): string | undefined {
  const name = schema.toLowerCase();
  for (const [live, user] of used) {
    const own = live.toLowerCase();
    if (isOwnSchema(own, short) && (name === own || name.startsWith(`${own}_`))) return user;
  }
  return undefined;
}

/** The builds of an environment whose schemas lie in its warehouse, and the schemas that only look like that. */
export async function ownerOf(
  reached: Reached,
  git: Git,
): Promise<{ builds: WarehouseBuild[]; foreign: Foreign[] }> {
  const { connection, source } = reached;
  const { nodes } = await parseLive(reached);
  const live = distinctSchemas(nodes.filter(({ schema }) => schema !== ""));
  const databases = [...new Set(live.map(({ database }) => database))];
  const schemas = await new Warehouse(connection).schemas(databases);
  const read = schemas.map((schema) => ({ schema, parts: splitSchema(schema.schema) }))
    .filter(({ parts }) => parts.length > 0);
  const commits = await git.commitsNamed([
    ...new Set(read.flatMap(({ parts }) => parts.map(({ short }) => short))),
  ]);
  const { folds } = adapterOf(source.adapter);
  const builds = new Map<string, WarehouseBuild>();
  const foreign: Foreign[] = [];
  const used = await liveSchemaNames(reached.place);
  for (const { schema, parts } of read) {
    const ofCommit = parts.filter(({ short }) => commits.has(short));
    const found = ofCommit.find(({ rest }) =>
      live.some((own) => isSameSchema({ ...schema, schema: rest }, own, { folds }))
    );
    const commit = found === undefined ? undefined : commits.get(found.short);
    const user = found === undefined ? undefined : liveUser(schema, found.short, used);
    if (user !== undefined) {
      foreign.push({ ...schema, why: `it is a live schema of \`${user}\`` });
      continue;
    }
    if (found === undefined || commit === undefined) {
      const why = ofCommit.length === 0
        ? "no commit of this repository has that hash"
        : "the rest of the name is no schema of this project and environment";
      foreign.push({ ...schema, why });
      continue;
    }
    const build = builds.get(commit.hash) ?? {
      environment: reached.name,
      short: found.short,
      commit: commit.hash,
      committed: commit.at,
      schemas: [],
    };
    build.schemas.push(schema);
    builds.set(commit.hash, build);
  }
  return { builds: [...builds.values()], foreign };
}
