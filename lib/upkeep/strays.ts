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
import { type Dependant, standsOn } from "../warehouse/dependants.ts";

/** A relation that no node produces. */
export interface Stray {
  relation: Relation;
  /** What it may be, in words; empty where nothing is known. */
  hint: string;
  /** What stands on it and is no stray: it must not be dropped. */
  readers: string[];
}

/** What is known of a project and those who share its schemas. */
export interface Known {
  nodes: readonly ManifestNode[];
  /** The relations that are the project's or somebody else's without being made by its nodes. */
  others: readonly RelationName[];
  /** What disabled nodes made. */
  disabled: readonly RelationName[];
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

/** The relations that no node produces, and what is known of each; in an order in which they can be dropped. */
export function findStrayRelations(
  relations: readonly Relation[],
  dependants: readonly Dependant[],
  { disabled, nodes, others, patterns, renames }: Known,
): Stray[] {
  const produced = nodes.filter((node) => isWritten(node, { storeFailures: true })).map(relationOf);
  const ours = [...produced, ...others];
  const known = new Set(ours.map(foldedKey));
  const names = new Set(ours.map(({ name }) => name.toLowerCase()));
  const isKnown = (relation: Relation) => {
    if (known.has(foldedKey(relation))) return true;
    const name = relation.name.toLowerCase();
    return name.length >= CUT && [...names].some((one) => one.startsWith(name));
  };
  const keeps = patterns.map(toPattern);
  const strays = relations.filter((relation) =>
    !isKnown(relation) && !keeps.some((keep) => keep(relation))
  );
  const hintFor = hints({ disabled, produced, relations, renames });
  const readers = readersOf(strays, dependants);
  const found = strays.map((relation): Stray => ({
    relation,
    hint: hintFor(relation),
    readers: readers.get(relationKey(relation)) ?? [],
  }));
  const keys = new Set(strays.map(relationKey));
  return inOrder(found, dependants.filter((one) => keys.has(relationKey(one))));
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

/** What stands on each stray and stays: what is no stray, and strays that something stands on which stays. By key. */
function readersOf(
  strays: readonly Relation[],
  dependants: readonly Dependant[],
): Map<string, string[]> {
  const keys = new Set(strays.map(relationKey));
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
