/**
 * What stands behind nodes of a project.
 * @module
 */
import { reachable } from "../base/reachable.ts";
import type { Project } from "../dbt/manifest/data.ts";

/** Some nodes, and all models, seeds and snapshots that read them, by themselves or through others; by id. */
export function withDownstream(project: Project, ids: ReadonlySet<string>): Set<string> {
  const edges = [...project.values()].flatMap(({ id, parents }) =>
    parents.map((parent) => ({ id, parent }))
  );
  const children = Map.groupBy(edges, ({ parent }) => parent);
  return reachable(ids, (id) => (children.get(id) ?? []).map((edge) => edge.id));
}
