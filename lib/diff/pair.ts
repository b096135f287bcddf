/**
 * Pairs models of both sides, and says what has to be built for that. Pure.
 * @module
 */
import type { Difference } from "../compare/differences.ts";
import type { DataNode, Project } from "../dbt/manifest/data.ts";
import { withDownstream } from "./downstream.ts";

/** A model as both sides have it, or one of them. */
export interface Chosen {
  before: DataNode | undefined;
  after: DataNode | undefined;
  /** By what its code differs, or `upstream`; empty where it does not, or nobody looked. */
  by: string[];
}

/** What differs between the code of both sides. */
export interface CodeChanges {
  /** Empty for what is new or gone. */
  differences: readonly { id: string; by: string[] }[];
  /** The ids of what differs, and of all behind it. */
  affected: ReadonlySet<string>;
}

/**
 * What differs, with all that stands behind it on either side. `others` are the ids of nodes that are others in
 * another environment, by their target.
 */
export function codeChanges(
  found: readonly Difference[],
  { after, before }: { before: Project; after: Project },
  others: ReadonlySet<string> = new Set(),
): CodeChanges {
  const known = new Set(found.map(({ id }) => id));
  const differences = [
    ...found.map(({ by, id }) => ({
      id,
      by: [...by, ...others.has(id) ? ["target"] : []],
    })),
    ...[...others].filter((id) => !known.has(id)).map((id) => ({ id, by: ["target"] })),
  ];
  const ids = new Set(differences.map(({ id }) => id));
  const affected = new Set([...withDownstream(before, ids), ...withDownstream(after, ids)]);
  return { differences, affected };
}

/** The models with these ids, sorted by name; those of one side only that have the same body are one that was renamed. */
export function pairUp(
  ids: ReadonlySet<string>,
  { after, before }: { before: Project; after: Project },
  changes: CodeChanges | undefined,
): Chosen[] {
  const by = new Map(changes?.differences.map((one) => [one.id, one.by]));
  const reasons = (id: string) => {
    const own = by.get(id);
    if (own !== undefined && own.length > 0) return [...own];
    return own === undefined && changes?.affected.has(id) === true ? ["upstream"] : [];
  };
  const chosen: Chosen[] = [];
  const gone = [...ids].flatMap((id) => after.has(id) ? [] : before.get(id) ?? []);
  for (const id of ids) {
    const [own, other] = [after.get(id), before.get(id)];
    if (own === undefined) continue;
    if (other !== undefined) chosen.push({ before: other, after: own, by: reasons(id) });
    else {
      // What was renamed is gone by its old name, whether that was asked for or not.
      const renamed = twinOf(own, before, after);
      if (renamed !== undefined && gone.includes(renamed)) gone.splice(gone.indexOf(renamed), 1);
      chosen.push({ before: renamed, after: own, by: reasons(id) });
    }
  }
  for (const old of gone) {
    // Asked for by its old name alone.
    chosen.push({ before: old, after: twinOf(old, after, before), by: [] });
  }
  const name = (one: Chosen) =>
    `${(one.after ?? one.before)?.name}\n${(one.after ?? one.before)?.id}`;
  return chosen.sort((a, b) => name(a) < name(b) ? -1 : 1);
}

/** What a node of one side only is called on the other: the only one there with its body, where it is the only one here. */
function twinOf(node: DataNode, there: Project, here: Project): DataNode | undefined {
  const alike = (own: Project, other: Project) =>
    [...own.values()].filter((one) =>
      !other.has(one.id) && one.type === node.type && one.body === node.body
    );
  const [twin, ...more] = alike(there, here);
  return more.length === 0 && alike(here, there).length === 1 ? twin : undefined;
}

/** What has to be built on a side. */
export interface Needed {
  /** Ids, sorted. */
  build: string[];
  /** Whether anything that they read is to be taken from the other side. */
  defers: boolean;
}

/**
 * What has to be built of some models, on a side that lacks them: they, and what they read, as far as it is not there and the
 * other side has not the same. `held` is what this side has; `lent` tells what can be read on the other one.
 */
export function neededFor(
  wanted: readonly string[],
  project: Project,
  { held, lent }: { held: ReadonlySet<string>; lent: (id: string) => boolean },
): Needed {
  const missing = new Set(wanted.filter((id) => !held.has(id)));
  const collect = (stops: (id: string) => boolean): Needed => {
    const build = new Set<string>();
    const seen = new Set<string>();
    let defers = false;
    const visit = (id: string) => {
      const node = project.get(id);
      if (node === undefined || seen.has(id)) return;
      seen.add(id);
      if (node.materialized !== "ephemeral") {
        if (!missing.has(id) && stops(id)) return;
        if (!missing.has(id) && lent(id)) {
          defers = true;
          return;
        }
        build.add(id);
      }
      node.parents.forEach(visit);
    };
    missing.forEach(visit);
    return { build: [...build].sort(), defers };
  };
  const found = collect((id) => held.has(id));
  // What is not selected dbt would read from the other side, also what this one has and that one has not the same.
  return found.defers ? collect(() => false) : found;
}
