/**
 * How `dot prune` shows what goes and what stays: as text, and as JSON.
 * @module
 */
import { ago, bytes, counted } from "../../base/amounts.ts";
import type { Context } from "../../base/context.ts";
import { jsonOf } from "../../base/json.ts";
import { table } from "../../base/table.ts";
import type { BareBuild, Build } from "../../store/inventory.ts";
import type { Size } from "../../store/size.ts";
import type { PrunePlan, PruneRequest } from "../../upkeep/prune_plan.ts";
import type { Pruned } from "../../upkeep/prune_run.ts";
import { hasRule } from "../../upkeep/rules.ts";
import type { Doomed } from "../../upkeep/survey.ts";
import type { PruneResult } from "./result.ts";

/** Show what is to go and what stays, for people. */
export function show(
  plan: PrunePlan,
  sizes: ReadonlyMap<Build | BareBuild, Size>,
  { rules }: PruneRequest,
  { out }: Context,
): void {
  const { doomed, foreign, kept, ruleless } = plan;
  if (doomed.length > 0) {
    const schemas = doomed.flatMap((each) => each.schemas);
    const relations = schemas.reduce((sum, each) => sum + each.relations, 0);
    out.result(
      `to be removed: ${counted(doomed.length, "build")}, ${
        counted(schemas.length, "schema")
      } with ${counted(relations, "relation")}`,
    );
    const rows = doomed.map((each) => row(each, sizes));
    // Never cut: what is agreed to must be seen.
    for (const line of table(rows, [{}, {}, {}, {}], { indent: "  " })) out.result(line);
  }
  for (const { name, why } of kept) out.result(`stays: ${name}: ${why}`);
  for (const { schema, why } of foreign) out.result(`left alone: schema ${schema}: ${why}`);
  if (doomed.length > 0) return;
  if (!hasRule(rules) && ruleless.length > 0) {
    out.status(`nothing is removed: no rule is given, and ${ruleless.join(", ")} has no \`+keep\``);
    out.status(
      "For example: dot prune --older-than 14d, dot prune --keep 5, dot prune dev@main (dot prune --help)",
    );
  } else {
    out.status("there is nothing to remove");
  }
}

function row(
  { item, schemas, unseen }: Doomed,
  sizes: ReadonlyMap<Build | BareBuild, Size>,
): string[] {
  const size = item.build === undefined ? undefined : sizes.get(item.build);
  const named = schemas.map(({ relations, schema }) => `${schema} (${relations})`).join(", ");
  const where = item.folders === undefined ? "the warehouse alone" : "";
  const bytesHere = size === undefined ? where : bytes(size.environment + size.commit);
  const committed = item.committed === undefined
    ? ""
    : `committed ${ago(Date.now() - item.committed)}`;
  return [
    item.name,
    item.at === undefined ? committed : ago(Date.now() - item.at),
    bytesHere,
    unseen === undefined ? named || "no schemas" : `its schemas are not dropped: ${unseen}`,
  ];
}

/** The same, and what became of it, for programs. */
export function asJson(
  { doomed, foreign, kept }: PrunePlan,
  pruned: Pruned,
  { dryRun }: { dryRun: boolean },
): string {
  const failed = new Map(pruned.failed.map(({ name, why }) => [name, why]));
  const done = new Set(pruned.done.map(({ item }) => item.key));
  const result: PruneResult = {
    version: 1,
    dry_run: dryRun,
    builds: doomed.map(({ item, schemas }) => ({
      name: item.name,
      commit: item.commit ?? null,
      environment: item.environment || null,
      at: item.at === undefined ? null : new Date(item.at).toISOString(),
      committed: item.committed === undefined ? null : new Date(item.committed).toISOString(),
      schemas: schemas.map(({ database, relations, schema }) => ({ database, schema, relations })),
      removed: done.has(item.key),
      error: failed.get(item.name) ?? null,
    })),
    kept: kept.map(({ name, why }) => ({ name, why })),
    foreign: foreign.map(({ database, schema, why }) => ({ database, schema, why })),
  };
  return jsonOf(result);
}
