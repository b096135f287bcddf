/**
 * The models that differ, and what stands behind them, as a graph. Pure.
 * @module
 */
import type { Choice } from "./choice.ts";
import { withDownstream } from "./downstream.ts";
import type { Lineage, ModelDiff } from "./result.ts";

/** Draw it from the later side, with what only the earlier one has. */
export function lineageOf(models: readonly ModelDiff[], { code }: Pick<Choice, "code">): Lineage {
  const [project, old] = [code.after.manifest.data, code.before.manifest.data];
  const differ = models.filter(({ status }) => !["equal", "skipped"].includes(status));
  const ids = new Set(differ.map(({ id }) => id));
  const reached = withDownstream(project, ids);
  const byId = new Map(models.map((model) => [model.id, model]));
  const nodes = [...reached].sort().flatMap((id): Lineage["nodes"] => {
    const node = project.get(id) ?? old.get(id);
    if (node === undefined) return [];
    const status = ids.has(id) ? byId.get(id)?.status : undefined;
    return [{ id, name: node.name, status: status ?? byId.get(id)?.status ?? "reached" }];
  });
  const edges = nodes.flatMap(({ id }) =>
    ((project.get(id) ?? old.get(id))?.parents ?? []).filter((parent) => reached.has(parent))
      .map((parent): [string, string] => [parent, id])
  );
  return { nodes, edges: edges.sort((a, b) => a.join("\n") < b.join("\n") ? -1 : 1) };
}
