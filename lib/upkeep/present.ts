/**
 * Which schemas of builds are in the warehouse still.
 * @module
 */
import { isSameSchema, type Schema } from "../base/relation.ts";
import { reach } from "../places/connection.ts";
import { type Build, nameOf } from "../store/inventory.ts";
import type { Context } from "../base/context.ts";
import { adapterOf } from "../dbt/adapters.ts";
import { DotError, Interrupted, isSystemError } from "../base/errors.ts";
import { Warehouse } from "../warehouse/warehouse.ts";

/**
 * Ask the warehouses of builds, one run of dbt for each environment. A build that is left out of the answer could not be
 * asked for, which is warned of. In `folder` control projects may be written.
 */
export async function findPresent(
  builds: readonly Build[],
  folder: string,
  context: Context,
): Promise<Map<Build, Schema[]>> {
  const present = new Map<Build, Schema[]>();
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
        present.set(
          build,
          places.filter((place) => there.some((schema) => isSameSchema(schema, place, { folds }))),
        );
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
  return present;
}
