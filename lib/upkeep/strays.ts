/**
 * Which relations in a project's schemas no node of it produces. Pure.
 * @module
 */
import {
  distinctSchemas,
  foldedKey,
  relationKey,
  type RelationName,
  type Schema,
} from "../base/relation.ts";
import type { Relation } from "../warehouse/relations.ts";
import { isWritten, type ManifestNode, relationOf } from "../dbt/manifest/nodes.ts";
import { globSource } from "../base/glob.ts";
import { nearest } from "../base/nearest.ts";
import type { Maker } from "./elsewhere.ts";
import { type Dependant, standsOn } from "../warehouse/dependants.ts";

/** A relation that no node produces. */
export interface Stray {
  relation: Relation;
  /** What it may be, in words; empty where nothing is known. */
  hint: string;
  /** What stands on it and is no stray: it must not be dropped. */
  readers: string[];
  /** Whether it may hold rows that no run brings back. */
  history: boolean;
}

/** A relation that no node produces and that stays. */
export interface Kept {
  relation: Relation;
  /** Why it stays, in words. */
  why: string;
}

/** What is known of a project and those who share its schemas. */
export interface Known {
  nodes: readonly ManifestNode[];
  /** The relations that are the project's or somebody else's without being made by its nodes. */
  others: readonly RelationName[];
  /** What disabled nodes made. */
  disabled: readonly RelationName[];
  /** Who else makes relations here. */
  makers: readonly Maker[];
  /** What holds rows that no run brings back, wherever it lies. */
  history: readonly RelationName[];
  /** Whether that may go too. */
  includeHistory: boolean;
  /** `+keep-relations` */
  patterns: readonly string[];
  /** New names of model files by the old ones, without their endings. */
  renames: ReadonlyMap<string, string>;
}

/** Engines cut names at 63 bytes and more. */
const CUT = 60;

/** The schemas that a project's nodes are written to, tests' stored failures included; each once, sorted. */
export function schemasOf(nodes: readonly ManifestNode[]): Schema[] {
  return distinctSchemas(
    nodes.filter((node) => isWritten(node, { storeFailures: true }) && node.schema !== ""),
  );
}

/** The relations that no node produces, and those of them that stay. */
export interface Found {
  /** In an order in which they can be dropped. */
  strays: Stray[];
  kept: Kept[];
}

/** The relations that no node and no pattern names: all that may be strays. */
export function unclaimed(
  relations: readonly Relation[],
  { nodes, others, patterns }: Pick<Known, "nodes" | "others" | "patterns">,
): Relation[] {
  const produced = nodes.filter((node) => isWritten(node, { storeFailures: true })).map(relationOf);
  const isKnown = namedBy([...produced, ...others]);
  const keeps = patterns.map(toPattern);
  return relations.filter((relation) =>
    !isKnown(relation) && !keeps.some((keep) => keep(relation))
  );
}

/** Of all relations, those that no node produces, and what is known of each. */
export function findStrayRelations(
  relations: readonly Relation[],
  dependants: readonly Dependant[],
  known: Known,
): Found {
  const { disabled, history, includeHistory, makers, nodes, renames } = known;
  const candidates = unclaimed(relations, known);
  const why = stays(candidates, makers);
  const kept = candidates.flatMap((relation) => {
    const reason = why(relation);
    return reason === undefined ? [] : [{ relation, why: reason }];
  });
  const staying = new Set(kept.map(({ relation }) => relation));
  const strays = candidates.filter((relation) => !staying.has(relation));
  const produced = nodes.filter((node) => isWritten(node, { storeFailures: true })).map(relationOf);
  const hintFor = hints({ disabled, produced, relations, renames });
  const heldRows = new Set(history.map(({ name }) => name.toLowerCase()));
  // A view holds no rows of its own.
  const holds = ({ name, type }: Relation) => type !== "view" && heldRows.has(name.toLowerCase());
  const going = strays.filter((relation) => includeHistory || !holds(relation));
  const readers = readersOf(strays, going, dependants);
  const found = strays.map((relation): Stray => ({
    relation,
    hint: hintFor(relation),
    readers: readers.get(relationKey(relation)) ?? [],
    history: holds(relation),
  }));
  const keys = new Set(strays.map(relationKey));
  return {
    strays: inOrder(found, dependants.filter((one) => keys.has(relationKey(one)))),
    kept,
  };
}

/** Why a relation stays that no node produces; undefined for a stray. */
function stays(
  candidates: readonly Relation[],
  makers: readonly Maker[],
): (relation: Relation) => string | undefined {
  const asked = makers.map((maker) => ({
    ...maker,
    makes: namedBy(maker.relations),
    names: new Set(maker.byName ? maker.relations.map(({ name }) => name.toLowerCase()) : []),
  }));
  const made = (relation: Relation): string | undefined => {
    const maker = asked.find(({ makes, names }) =>
      makes(relation) || names.has(relation.name.toLowerCase())
    );
    if (maker !== undefined) return `${maker.name} makes it`;
    const unknown = asked.find((one) => one.unknown !== undefined);
    return unknown && `nobody can tell whether ${unknown.name} makes it`;
  };
  const place = (one: { schema: string; name: string }) => JSON.stringify([one.schema, one.name]);
  const strays = new Set(candidates.filter((one) => made(one) === undefined).map(place));
  return (relation) => {
    const parent = relation.inherits.find((one) => !strays.has(place(one)));
    const heir = parent && `it inherits from ${parent.schema}.${parent.name}, which has its rows`;
    return made(relation) ?? heir;
  };
}

/** Tells whether a relation is one of some, or may be one whose name the engine has cut. */
function namedBy(relations: readonly RelationName[]): (relation: RelationName) => boolean {
  const known = new Set(relations.map(foldedKey));
  const names = new Set(relations.map(({ name }) => name.toLowerCase()));
  return (relation) => {
    if (known.has(foldedKey(relation))) return true;
    const name = relation.name.toLowerCase();
    return name.length >= CUT && [...names].some((one) => one.startsWith(name));
  };
}

/** A pattern of `+keep-relations`: `*` and `?`, over `name` or `schema.name`, in whatever case. */
export function toPattern(pattern: string): (relation: RelationName) => boolean {
  const matches = new RegExp(`^${globSource(pattern)}$`, "is");
  return ({ schema, name }) => matches.test(name) || matches.test(`${schema}.${name}`);
}

/** What tells of a stray what it may be, in words. */
function hints({ disabled, produced, relations, renames }: {
  disabled: readonly RelationName[];
  produced: readonly RelationName[];
  relations: readonly Relation[];
  renames: ReadonlyMap<string, string>;
}): (stray: Relation) => string {
  const off = new Set(disabled.map(inSchema));
  const names = new Set(produced.map(({ name }) => name.toLowerCase()));
  // A node that has its relation already is hardly the new name of another.
  const there = new Set(relations.map(inSchema));
  const missing = produced.filter((one) => !there.has(inSchema(one)));
  return ({ schema, name }) => {
    if (/__dbt_(?:tmp|backup)/.test(name)) return "left by a run of dbt, or in use by one";
    if (off.has(inSchema({ schema, name }))) return "its node is disabled";
    const renamed = renames.get(name);
    if (renamed !== undefined) return `renamed to ${renamed}`;
    if (names.has(name.toLowerCase())) return "a node of this name lies in another schema";
    const here = missing.filter((one) => one.schema.toLowerCase() === schema.toLowerCase());
    const likely = nearest(name, here.map((one) => one.name));
    return likely === undefined ? "" : `perhaps renamed to ${likely}`;
  };
}

function inSchema({ schema, name }: { schema: string; name: string }): string {
  return `${schema}\n${name}`.toLowerCase();
}

/** What stands on each stray and stays: what does not go, and strays that something stands on which stays. By key. */
function readersOf(
  strays: readonly Relation[],
  going: readonly Relation[],
  dependants: readonly Dependant[],
): Map<string, string[]> {
  const keys = new Set(going.map(relationKey));
  const readers = new Map<string, string[]>();
  let staying = dependants.filter((one) => !keys.has(relationKey(one)));
  while (staying.length > 0) {
    const kept = new Set<string>();
    for (const stray of strays) {
      const key = relationKey(stray);
      const found = staying.filter((one) => relationKey(one) !== key && standsOn(one, stray));
      if (found.length === 0) continue;
      const known = readers.get(key);
      if (known === undefined) kept.add(key);
      readers.set(key, [
        ...known ?? [],
        ...found.map(({ schema, name }) => `${schema}.${name}`),
      ]);
    }
    staying = dependants.filter((one) => kept.has(relationKey(one)));
  }
  return readers;
}

/** What stands on others first, else by name. */
function inOrder(strays: readonly Stray[], dependants: readonly Dependant[]): Stray[] {
  const byKey = new Map(strays.map((stray) => [relationKey(stray.relation), stray]));
  const ordered = new Set<Stray>();
  const visit = (stray: Stray, way: ReadonlySet<Stray>): void => {
    if (ordered.has(stray) || way.has(stray)) return;
    for (const one of dependants) {
      const other = byKey.get(relationKey(one));
      if (other === undefined || other === stray || !standsOn(one, stray.relation)) continue;
      visit(other, new Set([...way, stray]));
    }
    ordered.add(stray);
  };
  for (const stray of strays) visit(stray, new Set());
  return [...ordered];
}
