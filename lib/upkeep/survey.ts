/**
 * Asks the warehouses what is there of builds that are to go, and what would break without them.
 * @module
 */
import { foldedKey, isSameSchema, type Schema } from "../base/relation.ts";
import type { Relation } from "../warehouse/relations.ts";
import { hashOfWarehouse } from "../places/server.ts";
import { reach, type Reached } from "../places/connection.ts";
import type { Context } from "../base/context.ts";
import { adapterOf } from "../dbt/adapters.ts";
import { DotError, Interrupted } from "../base/errors.ts";
import { readIfThere } from "../base/files.ts";
import { type Dependant, standsOn } from "../warehouse/dependants.ts";
import { Warehouse } from "../warehouse/warehouse.ts";
import type { Item } from "./items.ts";
import { isOwnSchema } from "../store/naming.ts";
import { isCutOff } from "../store/record.ts";
import { liveSchemaNames } from "../places/live_schemas.ts";
import { type Foreign, liveUser } from "./owner.ts";
import { mustStay } from "./rules.ts";

/** A build that is to go, as it was found. */
export interface Doomed {
  item: Item;
  /** Its schemas that are in the warehouse, as that spells them, with the number of their relations. */
  schemas: (Schema & { relations: number })[];
  /** Why they were not looked for, where they were not. */
  unseen: string | undefined;
  /** What stands on something in its warehouse. */
  dependants: readonly Dependant[];
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

/**
 * Ask the warehouses what is there of builds. What was not found, or could not be asked for, stays, with the reason by
 * key; with `force` a build goes whose schemas nobody finds.
 */
export async function survey(
  items: readonly Item[],
  all: readonly Item[],
  warehouses: Warehouses,
  { force }: { force: boolean },
): Promise<
  { seen: Doomed[]; unasked: Map<string, string>; lost: Map<string, string>; foreign: Foreign[] }
> {
  const seen: Doomed[] = [];
  const unasked = new Map<string, string>();
  const lost = new Map<string, string>();
  const foreign: Foreign[] = [];
  const strange = ({ places, short }: Item) =>
    places.find(({ schema }) => !isOwnSchema(schema, short))?.schema;
  for (const item of items) {
    const schema = strange(item);
    if (schema === undefined) continue;
    lost.set(item.key, `its record names ${schema}, which is no schema of its own`);
  }
  const named = items.filter(({ key }) => !lost.has(key));
  const [empty, placed] = [
    named.filter(({ places }) => places.length === 0),
    named.filter(({ places }) => places.length > 0),
  ];
  for (const item of empty) seen.push({ item, schemas: [], unseen: undefined, dependants: [] });
  for (const [environment, group] of Map.groupBy(placed, (item) => item.environment)) {
    // What one environment lacks is no reason to leave the others.
    const reached = await attempt(() => warehouses.reach(environment));
    if (reached instanceof DotError) {
      const unseen = `its warehouse cannot be reached: ${reached.message}`;
      for (const item of group) {
        if (force) seen.push({ item, schemas: [], unseen, dependants: [] });
        else unasked.set(item.key, `${unseen} (--force removes the folder)`);
      }
      continue;
    }
    const used = await liveSchemaNames(reached.place);
    const here = await hashOfWarehouse(reached.source, reached.place.scope);
    const elsewhere = new Set<Item>();
    for (const item of group) {
      const there = item.build?.record?.made_with.warehouse_hash ?? "";
      if (there === "" || there === here) continue;
      elsewhere.add(item);
      const unseen = "it was made in another warehouse than its profile leads to now";
      if (force) seen.push({ item, schemas: [], unseen, dependants: [] });
      else lost.set(item.key, `${unseen} (--force removes the folder)`);
    }
    for (const { key, places, short } of group) {
      for (const place of places) {
        const user = liveUser(place, short, used);
        if (user !== undefined) lost.set(key, `${place.schema} is a live schema of \`${user}\``);
      }
    }
    const asked = await attempt(() =>
      new Warehouse(reached.connection).survey(group.flatMap(({ places }) => places), {
        dependants: true,
      })
    );
    if (asked instanceof DotError) {
      for (const { key } of group) {
        unasked.set(key, `its warehouse cannot be asked: ${asked.message.replaceAll("\n", " ")}`);
      }
      continue;
    }
    const { dependants } = asked;
    const { folds } = adapterOf(reached.source.adapter);
    for (const item of group.filter((one) => !lost.has(one.key) && !elsewhere.has(one))) {
      const schemas = asked.schemas.filter((there) =>
        item.places.some((place) => isSameSchema(there, place, { folds }))
      ).map((there) => ({ ...there, relations: countIn(there, asked.relations) }));
      if (force || schemas.length > 0 || await hasNone(item)) {
        seen.push({ item, schemas, unseen: undefined, dependants });
      } else {
        lost.set(
          item.key,
          "none of its schemas is in this warehouse; did the profile change? (--force removes the folder)",
        );
      }
    }
    foreign.push(...lookAlikes(asked.schemas, group, all, { folds }));
  }
  return {
    seen: seen.sort((a, b) => ageOf(b.item) - ageOf(a.item)),
    unasked,
    lost,
    foreign,
  };
}

/** What an action gives, or the DotError that it throws; an interruption is none that anybody may pass over. */
export async function attempt<T>(action: () => Promise<T>): Promise<T | DotError> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof DotError && !(error instanceof Interrupted)) return error;
    throw error;
  }
}

/** Whether it is no wonder that no schema of a build is there: nothing was built, or a prune has dropped it. */
async function hasNone({ build, built }: Item): Promise<boolean> {
  if (build?.record === undefined) return !built;
  const { begun, progress } = build.record;
  if (!isCutOff(build.record) && (progress?.built ?? 0) === 0) return true;
  return (await readIfThere(build.paths.dropped))?.trim() === begun;
}

/**
 * Of builds that were looked at, those that may go together. Adds to `kept` why the others stay: what one that stays was
 * built against, or has a schema of, stays as well; so does what something reads that lies in none of their schemas.
 */
export function settle(
  seen: readonly Doomed[],
  all: readonly Item[],
  kept: Map<string, string>,
): Doomed[] {
  for (let rest = seen.filter(({ item }) => !kept.has(item.key));;) {
    const going = new Set(rest.map(({ item }) => item.key));
    for (const [key, why] of mustStay(rest.map(({ item }) => item), all)) kept.set(key, why);
    const owners = new Map<string, Item>();
    for (const item of all) {
      if (going.has(item.key)) continue;
      for (const place of item.places) owners.set(foldedKey(place), item);
    }
    const schemas = new Set(rest.flatMap((each) => each.schemas.map(({ schema }) => schema)));
    const outside = new Map<readonly Dependant[], Dependant[]>();
    for (const { item, schemas: own, dependants } of rest) {
      const shared = own.find((each) => owners.has(foldedKey(each)));
      if (shared !== undefined) {
        const other = owners.get(foldedKey(shared));
        kept.set(item.key, `its schema ${shared.schema} is ${other?.name}'s as well`);
      }
      if (!outside.has(dependants)) {
        outside.set(dependants, dependants.filter(({ schema }) => !schemas.has(schema)));
      }
      const why = readBy(own, outside.get(dependants) ?? []);
      if (why !== undefined) kept.set(item.key, why);
    }
    const left = rest.filter(({ item }) => !kept.has(item.key));
    if (left.length === rest.length) return rest;
    rest = left;
  }
}

function readBy(own: readonly Schema[], readers: readonly Dependant[]): string | undefined {
  for (const { schema } of own) {
    const reader = readers.find((one) => standsOn(one, { schema }));
    if (reader === undefined) continue;
    const name = reader.schema === "" ? reader.name : `${reader.schema}.${reader.name}`;
    return `${name} reads ${schema}`;
  }
  return undefined;
}

function ageOf({ at, committed }: Item): number {
  return at ?? committed ?? 0;
}

/** Schemas that carry the hash of a build that goes, and that no build is known to have written. */
function lookAlikes(
  schemas: readonly Schema[],
  group: readonly Item[],
  all: readonly Item[],
  { folds }: { folds: boolean },
): Foreign[] {
  const known = all.flatMap(({ places }) => places);
  return schemas.filter(({ schema }) => group.some(({ short }) => isOwnSchema(schema, short)))
    .filter((there) => !known.some((place) => isSameSchema(there, place, { folds })))
    .map((there) => ({ ...there, why: "no build is known to have written it" }));
}

function countIn({ database, schema }: Schema, relations: readonly Relation[]): number {
  return relations.filter((each) => each.database === database && each.schema === schema).length;
}
