/**
 * What differs between two manifests of a project, node by node, as dbt's `state:modified` has it; and by what. Pure.
 * @module
 */
import type { Count } from "../base/json.ts";
import { reachable } from "../base/reachable.ts";
import { changedMacros, macrosUsedBy } from "../dbt/manifest/macros.ts";
import type { Manifest } from "../dbt/manifest/manifest.ts";
import { isQuietlyNew, type Reason, reasonsOf } from "../dbt/manifest/modified.ts";

/** A node that differs. */
export interface Difference {
  /** dbt's unique id. */
  id: string;
  /** What became of it. */
  change: "new" | "modified" | "removed";
  /** Empty for a node that is new or removed. */
  by: Reason[];
  /** How many nodes stand behind it, tests aside. */
  downstream: Count;
}

/** By what nodes differ that dbt does not compare: variables, and files that it does not read. By id. */
export type Unseen = ReadonlyMap<string, readonly Reason[]>;

/** Both kinds in one: the ids of what variables change, and what files change. */
export function unseenOf(
  variables: Iterable<string>,
  files: ReadonlyMap<string, Reason> = new Map(),
): Unseen {
  const unseen = new Map<string, Reason[]>();
  for (const id of variables) unseen.set(id, ["var"]);
  for (const [id, reason] of files) unseen.set(id, [...unseen.get(id) ?? [], reason]);
  return unseen;
}

/**
 * The nodes that differ, sorted by id. `own` is the base with its own values of variables, where they are not those that `base` was
 * parsed with.
 */
export function findDifferences(
  { base, head, own = base }: { base: Manifest; head: Manifest; own?: Manifest },
  unseen: Unseen,
): Difference[] {
  const [before, after] = [base.entries, head.entries];
  const macros = changedMacros({ before: base.macros, after: head.macros });
  const found: Difference[] = [];
  for (const [id, entry] of after) {
    const old = before.get(id);
    if (old === undefined) {
      // A macro that it uses makes a change of it all the same.
      if (isQuietlyNew(entry) && !macrosUsedBy(entry).some((one) => macros.has(one))) continue;
      found.push({ id, change: "new", by: [], downstream: countBehind(head, id) });
      continue;
    }
    const by = new Set(reasonsOf(entry, old));
    if (macrosUsedBy(entry).some((one) => macros.has(one))) by.add("macro");
    for (const reason of unseen.get(id) ?? []) by.add(reason);
    if (by.size === 0) continue;
    found.push({ id, change: "modified", by: [...by], downstream: countBehind(head, id) });
  }
  for (const manifest of new Set([own, base])) {
    for (const id of manifest.entries.keys()) {
      if (after.has(id) || found.some((one) => one.id === id)) continue;
      found.push({ id, change: "removed", by: [], downstream: countBehind(manifest, id) });
    }
  }
  return found.sort((a, b) => a.id < b.id ? -1 : 1);
}

/** Counts what stands behind a node, tests aside. */
function countBehind({ children }: Manifest, id: string): number {
  const behind = (one: string) =>
    (children.get(one) ?? []).filter((child) => !/^(?:test|unit_test)\./.test(child));
  return reachable(behind(id), behind).size;
}
