/**
 * Asks the warehouses what is there of builds that are to go, and what would break without them.
 * @module
 */
import { reach, type Reached } from "../build/connection.ts";
import type { Context } from "../context.ts";
import { findAdapter } from "../dbt/adapters.ts";
import { DotError } from "../errors.ts";
import {
  type Dependant,
  isSameSchema,
  type Relation,
  type Schema,
  standsOn,
  Warehouse,
} from "../warehouse/warehouse.ts";
import type { Item } from "./items.ts";

/** A build that goes. */
export interface Doomed {
  item: Item;
  /** Its schemas that are in the warehouse, as that spells them, with the number of their relations. */
  schemas: (Schema & { relations: number })[];
}

/** A schema that looks like a build's, and is not proven to be one's. */
export interface Foreign extends Schema {
  /** What is missing for a proof, in words. */
  why: string;
}

/** The warehouses of environments, each reached once. */
export class Warehouses {
  /** By the environment's name. */
  readonly reached: Map<string, Reached> = new Map();

  /** In `folder` control projects may be written. */
  constructor(readonly folder: string, readonly cold: boolean, readonly context: Context) {}

  /** Find out how one is reached; that of the default environment without a name. */
  async reach(environment: string | undefined): Promise<Reached> {
    const known = this.reached.get(environment ?? "");
    if (known !== undefined) return known;
    const reached = await reach(environment, this, this.context);
    this.reached.set(reached.name, reached);
    return reached;
  }
}

/** Ask the warehouses what is there of builds, and what would break without it. Adds to `kept` what must stay. */
export async function survey(
  items: readonly Item[],
  all: readonly Item[],
  kept: Map<string, string>,
  force: boolean,
  warehouses: Warehouses,
): Promise<{ doomed: Doomed[]; foreign: Foreign[] }> {
  const doomed: Doomed[] = [];
  const foreign: Foreign[] = [];
  const groups = Map.groupBy(
    items,
    ({ environment, places }) => places.length === 0 ? "" : environment,
  );
  for (const item of groups.get("") ?? []) doomed.push({ item, schemas: [] });
  for (const [environment, group] of groups) {
    if (environment === "") continue;
    let reached: Reached;
    try {
      reached = await warehouses.reach(environment);
    } catch (error) {
      if (!(error instanceof DotError)) throw error;
      // What one environment lacks is no reason to leave the others.
      for (const { key } of group) {
        kept.set(key, `its warehouse cannot be reached: ${error.message}`);
      }
      continue;
    }
    const asked = await new Warehouse(reached.connection).survey(
      group.flatMap(({ places }) => places),
      { dependants: true },
    );
    const folds = findAdapter(reached.source.adapter)?.folds === true;
    const present = group.map((item): Doomed => ({
      item,
      schemas: asked.schemas.filter((there) =>
        item.places.some((place) => isSameSchema(there, place, folds))
      )
        .map((there) => ({ ...there, relations: countIn(there, asked.relations) })),
    }));
    const going = present.filter(({ item, schemas }) => {
      const built = item.build?.record?.running === false &&
        (item.build.record.progress?.built ?? 0) > 0;
      if (force || schemas.length > 0 || !built) return true;
      kept.set(
        item.key,
        `none of its schemas is in this warehouse; did the profile change? (--force removes the folder)`,
      );
      return false;
    });
    doomed.push(...withoutReadFrom(going, asked.dependants, kept));
    foreign.push(...lookAlikes(asked.schemas, group, all, folds));
  }
  return { doomed: doomed.sort((a, b) => (b.item.at ?? 0) - (a.item.at ?? 0)), foreign };
}

/** Leave out builds that something reads which does not go as well. */
function withoutReadFrom(
  going: readonly Doomed[],
  dependants: readonly Dependant[],
  kept: Map<string, string>,
): Doomed[] {
  let rest = [...going];
  for (;;) {
    const schemas = new Set(rest.flatMap((each) => each.schemas.map(({ schema }) => schema)));
    const outside = dependants.filter(({ schema }) => !schemas.has(schema));
    const stays = rest.filter(({ item, schemas }) => {
      for (const { schema } of schemas) {
        const reader = outside.find((one) => standsOn(one, { schema }));
        if (reader === undefined) continue;
        kept.set(item.key, `${reader.schema}.${reader.name} reads ${schema}`);
        return true;
      }
      return false;
    });
    if (stays.length === 0) return rest;
    rest = rest.filter((each) => !stays.includes(each));
  }
}

/** Schemas that carry the hash of a build that goes, and that no build is known to have written. */
function lookAlikes(
  schemas: readonly Schema[],
  group: readonly Item[],
  all: readonly Item[],
  folds: boolean,
): Foreign[] {
  const known = all.flatMap(({ places }) => places);
  return schemas.filter(({ schema }) =>
    group.some(({ short }) => schema.toLowerCase().includes(`_${short}`))
  ).filter((there) => !known.some((place) => isSameSchema(there, place, folds)))
    .map((there) => ({ ...there, why: "no build is known to have written it" }));
}

function countIn({ database, schema }: Schema, relations: readonly Relation[]): number {
  return relations.filter((each) => each.database === database && each.schema === schema).length;
}
