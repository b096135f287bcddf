/**
 * Which schemas of builds are in the warehouse still.
 * @module
 */
import { reach } from "../places/connection.ts";
import { type Build, nameOf } from "../store/inventory.ts";
import type { Place } from "../store/record.ts";
import type { Context } from "../base/context.ts";
import { findAdapter } from "../dbt/adapters.ts";
import { DotError, Interrupted } from "../base/errors.ts";
import { isSameSchema } from "../warehouse/relations.ts";
import { Warehouse } from "../warehouse/warehouse.ts";

/**
 * Ask the warehouses of builds, one run of dbt for each environment. A build that is left out of the answer could not be
 * asked for, which is warned of. In `folder` control projects may be written.
 */
export async function findPresent(
  builds: readonly Build[],
  folder: string,
  context: Context,
): Promise<Map<Build, Place[]>> {
  const present = new Map<Build, Place[]>();
  const written = builds.filter(({ record }) => (record?.places ?? []).length > 0);
  for (const [environment, group] of Map.groupBy(written, (build) => build.environment)) {
    try {
      const { connection, source } = await reach(environment, { folder, cold: false }, context);
      const databases = group.flatMap(({ record }) => record?.places ?? [])
        .map(({ database }) => database);
      const there = await new Warehouse(connection).schemas([...new Set(databases)]);
      const folds = findAdapter(source.adapter)?.folds === true;
      for (const build of group) {
        const places = build.record?.places ?? [];
        present.set(
          build,
          places.filter((place) => there.some((schema) => isSameSchema(schema, place, folds))),
        );
      }
    } catch (error) {
      if (!(error instanceof DotError) || error instanceof Interrupted) throw error;
      const names = group.slice(0, 3).map(nameOf).join(", ");
      context.out.warn(
        `the warehouse of \`${environment}\` was not asked (${names}): ${error.message}`,
        [
          ...error.hints,
          "--offline does not ask.",
        ],
      );
    }
  }
  return present;
}
