/**
 * Which schemas of builds are in the warehouse still.
 * @module
 */
import { distinctSchemas, isSameSchema, type Schema } from "../base/relation.ts";
import { reach } from "../places/connection.ts";
import { builtSchemas } from "../store/history.ts";
import { type Build, nameOf } from "../store/inventory.ts";
import { buildManifests } from "../store/manifests.ts";
import { readRecord } from "../store/settled.ts";
import type { Context } from "../base/context.ts";
import { adapterOf } from "../dbt/adapters.ts";
import { DotError, Interrupted, isSystemError } from "../base/errors.ts";
import { Warehouse } from "../warehouse/warehouse.ts";

/** What is in the warehouse of a build's schemas. */
export interface Presence {
  present: Schema[];
  /** Those in which something was built, and that are not there any more. */
  gone: Schema[];
}

/**
 * Ask the warehouses of builds, one run of dbt for each environment. A build that is left out of the answer could not be
 * asked for, which is warned of. In `folder` control projects may be written.
 */
export async function findPresent(
  builds: readonly Build[],
  folder: string,
  context: Context,
): Promise<Map<Build, Presence>> {
  const found = new Map<Build, Presence>();
  const written = builds.filter(({ record }) => (record?.schemas ?? []).length > 0);
  for (const [environment, group] of Map.groupBy(written, (build) => build.environment)) {
    try {
      const { connection, source } = await reach(environment, { folder, cold: false }, context);
      const databases = group.flatMap(({ record }) => record?.schemas ?? [])
        .map(({ database }) => database);
      const there = await new Warehouse(connection).schemas([...new Set(databases)]);
      const { folds } = adapterOf(source.adapter);
      for (const build of group) {
        const places = build.record?.schemas ?? [];
        const isThere = (place: Schema) =>
          there.some((schema) => isSameSchema(schema, place, { folds }));
        const present = places.filter(isThere);
        const made = present.length === places.length ? [] : await madeOf(build);
        found.set(build, { present, gone: made.filter((place) => !isThere(place)) });
      }
    } catch (error) {
      const refused = error instanceof DotError || isSystemError(error);
      if (!refused || error instanceof Interrupted) throw error;
      const names = group.slice(0, 3).map(nameOf).join(", ");
      context.out.warn(
        `the warehouse of \`${environment}\` was not asked (${names}): ${error.message}`,
        [
          ...error instanceof DotError ? error.hints : [],
          "--offline does not ask.",
        ],
      );
    }
  }
  return found;
}

/** The schemas of a build in which something was built, as far as its record and its manifests tell. */
async function madeOf({ build, paths }: Build): Promise<Schema[]> {
  const nodes = (await readRecord(paths, build.short))?.nodes ?? {};
  const manifests = await buildManifests(paths);
  return distinctSchemas(...manifests.map((one) => builtSchemas(one.nodes, nodes)));
}
