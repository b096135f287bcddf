/**
 * `--seed-from`: incremental models and snapshots of a fresh build begin with what another place holds, so that the run
 * takes their incremental path. Each table is first made empty by its own materialization, and then filled.
 * @module
 */
import { join } from "@std/path";
import { counted } from "../amounts.ts";
import type { Context } from "../context.ts";
import { findAdapter } from "../dbt/adapters.ts";
import { parseManifest, readRunResults } from "../dbt/manifest.ts";
import type { DbtRunner } from "../dbt/runner.ts";
import { DotError } from "../errors.ts";
import { isObject, parseObject, readIfThere, removeAll, writeFile } from "../files.ts";
import type { Command } from "../process.ts";
import {
  isSameSchema,
  type Relation,
  relationKey,
  type Schema,
  type Warehouse,
} from "../warehouse/warehouse.ts";
import { findDifferences } from "./differences.ts";
import { listedIds, readersOfVariables } from "./modified.ts";
import type { EnvironmentPaths } from "./paths.ts";
import { ensureState, type StatePlan } from "./state.ts";

/** What `--seed-from` comes down to. */
export interface SeedPlan {
  /** Where the rows come from, in words. */
  from: string;
  /** The folder with the manifest of that place. */
  folder: string;
  /** How that manifest is made, where it is of live schemas. */
  state: StatePlan | undefined;
  /** The variables whose values differ between the two places. */
  variables: readonly string[];
  paths: EnvironmentPaths;
  /** Lists what is selected, and writes the manifest; with the selection of `--modified`, if that was given. */
  list: (select: readonly string[] | undefined) => Command;
  /** Makes the tables of some nodes, by dbt's names for them, without a row. */
  empty: (select: readonly string[]) => Command;
}

/** A table to be filled. */
interface Seedling {
  id: string;
  /** dbt's name for it in a selection. */
  select: string;
  own: Schema & { name: string };
  source: Schema & { name: string };
}

/**
 * Fill the tables of what is selected, where they are not there yet and the code has not changed. Gives dbt's exit code, 0
 * when all that can be is done: what cannot be filled is built from nothing, and said.
 */
export async function seedTables(
  plan: SeedPlan,
  select: readonly string[] | undefined,
  { doing, runner, warehouse }: { doing: string; runner: DbtRunner; warehouse: Warehouse },
  context: Context,
): Promise<number> {
  const { out } = context;
  if (plan.state !== undefined) {
    const code = await ensureState(plan.state, { doing, runner }, context);
    if (code !== 0) return code;
  }
  await clearHalfSeeded(plan.paths, warehouse);
  await runner.expectMore();
  const listed = await runner.query(plan.list(select));
  if (listed.code !== 0) return refuse("dbt could not list what is selected", listed, context);
  const own = await readIfThere(join(plan.paths.target, "manifest.json")) ?? "";
  const source = await readIfThere(join(plan.folder, "manifest.json")) ?? "";
  const ids = new Set(listedIds(listed.stdout));
  const { seedlings, changed } = chooseSeedlings({ own, source }, ids, plan.variables);
  for (const [id, by] of changed) out.status(`${nameOf(id)} is built anew: its ${by} differs`);
  const wanted = await absentOnly(seedlings, warehouse, plan, context);
  if (wanted.length === 0) {
    out.status(`nothing is copied from ${plan.from}`);
    return 0;
  }
  out.status(`copying ${counted(wanted.length, "table")} from ${plan.from}`);
  await writeFile(plan.paths.seeding, JSON.stringify(wanted.map(({ own }) => own)));
  const started = Date.now();
  const made = await runner.query(plan.empty(wanted.map(({ select }) => select)));
  const results = await readRunResults(join(plan.paths.target, "run_results.json"), started);
  if (results === undefined) return refuse("dbt could not make the tables", made, context);
  const there = new Set(results.flatMap(({ id, status }) => status === "success" ? [id] : []));
  const failures = await warehouse.copyRelations(
    await withColumns(wanted.filter(({ id }) => there.has(id)), warehouse),
    (count) => out.progress(`copying: ${count} of ${there.size}`),
  ).finally(() => out.progress(""));
  const failed = wanted.filter(({ id, own }) => !there.has(id) || failures.has(relationKey(own)));
  for (const { id, own } of failed) {
    const why = failures.get(relationKey(own)) ?? "dbt could not make it without rows";
    out.warn(`${nameOf(id)} is built from nothing: ${why}`);
  }
  await drop(failed.map(({ own }) => own), warehouse);
  await removeAll(plan.paths.seeding);
  return 0;
}

/** Drop what a killed `--seed-from` left empty or half full, which nobody may take for a table that dbt has built. */
export async function clearHalfSeeded(
  { seeding }: EnvironmentPaths,
  warehouse: Warehouse,
): Promise<void> {
  const text = await readIfThere(seeding);
  if (text === undefined) return;
  const list: unknown = JSON.parse(text);
  const relations = (Array.isArray(list) ? list : []).filter(isObject).map((one) => ({
    database: String(one["database"]),
    schema: String(one["schema"]),
    name: String(one["name"]),
  }));
  await drop(relations, warehouse);
  await removeAll(seeding);
}

async function drop(
  relations: readonly (Schema & { name: string })[],
  warehouse: Warehouse,
): Promise<void> {
  if (relations.length === 0) return;
  const failures = await warehouse.dropRelations(
    relations.map((one): Relation => ({
      ...one,
      type: "table",
      bytes: undefined,
      created: undefined,
    })),
  );
  for (const why of failures.values()) {
    throw new DotError(`a half copied table could not be dropped: ${why}`, { exitCode: 1 });
  }
}

/**
 * The selected incremental models and snapshots that both places have, and that are the same in both; and those that are
 * not, with the first thing by which they differ.
 */
export function chooseSeedlings(
  texts: { own: string; source: string },
  ids: ReadonlySet<string>,
  variables: readonly string[],
): { seedlings: Seedling[]; changed: [id: string, by: string][] } {
  const readers = new Set(readersOfVariables(texts.own, variables).keys());
  const differences = findDifferences({ base: texts.source, head: texts.own }, readers);
  const [own, source] = [parseManifest(texts.own), parseManifest(texts.source)];
  if (differences === undefined || own === undefined || source === undefined) {
    throw new DotError("dbt's manifest cannot be read");
  }
  const names = fullNames(texts.own);
  const there = new Map(source.map((node) => [node.id, node]));
  const by = new Map(differences.map((one) => [one.id, one.by]));
  const seedlings: Seedling[] = [];
  const changed: [string, string][] = [];
  for (const node of own) {
    const { alias, database, id, materialized, schema, type } = node;
    if (!ids.has(id) || (materialized !== "incremental" && type !== "snapshot")) continue;
    const other = there.get(id);
    if (other === undefined) continue;
    const [reason] = by.get(id) ?? [];
    if (reason !== undefined) {
      changed.push([id, reason]);
      continue;
    }
    seedlings.push({
      id,
      select: names.get(id) ?? nameOf(id),
      own: { database, schema, name: alias },
      source: { database: other.database, schema: other.schema, name: other.alias },
    });
  }
  return { seedlings, changed };
}

function fullNames(manifest: string): Map<string, string> {
  const nodes = parseObject(manifest)?.["nodes"];
  return new Map(
    Object.entries(isObject(nodes) ? nodes : {}).flatMap(([id, node]) =>
      isObject(node) && Array.isArray(node["fqn"])
        ? [[id, `fqn:${node["fqn"].join(".")}`] as const]
        : []
    ),
  );
}

/** Those whose own table is not there yet, and whose source is a table. */
async function absentOnly(
  seedlings: readonly Seedling[],
  warehouse: Warehouse,
  { from }: SeedPlan,
  { out }: Context,
): Promise<Seedling[]> {
  if (seedlings.length === 0) return [];
  const folds = findAdapter(warehouse.connection.adapter)?.folds === true;
  const relations = await warehouse.relations(
    seedlings.flatMap(({ own, source }) => [own, source]),
  );
  const find = (wanted: Schema & { name: string }) =>
    relations.find((one) =>
      isSameSchema(one, wanted, folds) &&
      (folds ? one.name.toLowerCase() === wanted.name.toLowerCase() : one.name === wanted.name)
    );
  return seedlings.filter(({ id, own, source }) => {
    const [mine, theirs] = [find(own), find(source)];
    if (mine !== undefined) out.status(`${nameOf(id)} is there already, and stays as it is`);
    else if (theirs?.type !== "table") {
      out.status(`${nameOf(id)} is built from nothing: ${from} has no table of it`);
    }
    return mine === undefined && theirs?.type === "table";
  });
}

/** Each with the columns that both tables have, in the order of the new one. */
async function withColumns(
  seedlings: readonly Seedling[],
  warehouse: Warehouse,
): Promise<Parameters<Warehouse["copyRelations"]>[0]> {
  const columns = await warehouse.columns(seedlings.flatMap(({ own, source }) => [own, source]));
  const of = (wanted: Schema & { name: string }) =>
    columns.filter(({ database, relation, schema }) =>
      [database, schema, relation].join("\n").toLowerCase() ===
        [wanted.database, wanted.schema, wanted.name].join("\n").toLowerCase()
    ).map(({ name }) => name);
  return seedlings.map(({ own, source }) => {
    const theirs = new Set(of(source));
    return { ...own, source, columns: of(own).filter((name) => theirs.has(name)) };
  });
}

function refuse(
  what: string,
  { code, stderr, stdout }: { code: number; stdout: string; stderr: string },
  { out }: Context,
): number {
  const said = `${stdout}\n${stderr}`.trim();
  if (said !== "") out.passOn(said);
  out.error(`${what}, so nothing is copied (--seed-from)`, [
    "Without --seed-from all is built anew.",
  ]);
  return code || 2;
}

function nameOf(id: string): string {
  return id.split(".").slice(2).join(".");
}
