/**
 * `--seed-from`: incremental models and snapshots of a fresh build begin with what another place holds, so that the run
 * takes their incremental path. Each table is first made empty by its own materialization, and then filled.
 * @module
 */
import { sayFailure } from "../../dbt/said.ts";
import { foldedKey, relationKey, type RelationName } from "../../base/relation.ts";
import { counted } from "../../base/amounts.ts";
import type { Context } from "../../base/context.ts";
import { adapterOf } from "../../dbt/adapters.ts";
import type { Manifest } from "../../dbt/manifest/manifest.ts";
import { relationOf } from "../../dbt/manifest/nodes.ts";
import { needManifest } from "../../dbt/manifest/read.ts";
import { readersOfVariables } from "../../dbt/manifest/readers.ts";
import { readRunResults } from "../../dbt/run_results.ts";
import type { DbtRunner } from "../../dbt/runner.ts";
import { DotError } from "../../base/errors.ts";
import { readIfThere, removeAll, writeFile } from "../../base/files.ts";
import { isObject } from "../../base/json.ts";
import type { Command, Result } from "../../base/process.ts";
import { copyRelations, dropRelations, type TableCopy } from "../../warehouse/changes.ts";
import type { Warehouse } from "../../warehouse/warehouse.ts";
import type { Warning } from "../../compare/otherwise_made.ts";
import { findDifferences, unseenOf } from "../../compare/differences.ts";
import { listedIds, listedNodes, unreadable } from "../../dbt/listing.ts";
import type { Read } from "../../store/reading.ts";
import type { EnvironmentPaths } from "../../store/paths.ts";
import { ensureState, type StatePlan } from "../../compare/state.ts";

/** What `--seed-from` comes down to. */
export interface SeedPlan {
  /** Where the rows come from, in words. */
  from: string;
  /** The folder with the manifest of that place. */
  folder: string;
  /** How that manifest is made, where it is of live schemas. */
  state: StatePlan | undefined;
  /** What is read there. */
  read: Read;
  /** What that place does not hold whole, by id. */
  missing: ReadonlySet<string>;
  /** The variables whose values differ between the two places. */
  variables: readonly string[];
  /** The ids of what reads variables of the system of which that is so. */
  systemReaders: (own: Manifest) => Promise<ReadonlySet<string>>;
  /** What the user should know of that place. */
  warnings: readonly Warning[];
  paths: EnvironmentPaths;
  /** The folder for dbt's parse of what it lists. */
  asked: string;
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
  own: RelationName;
  source: RelationName;
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
  await runner.expectMore();
  const listed = await runner.query(plan.list(select));
  if (listed.code !== 0) return refuse("dbt could not list what is selected", listed, context);
  const own = await needManifest(plan.asked);
  const source = await needManifest(plan.folder);
  const ids = listedNodes(listedIds(listed.stdout), own.ids);
  if (ids === undefined) throw unreadable();
  const { left, seedlings } = chooseSeedlings({ own, source }, {
    ids,
    missing: plan.missing,
    variables: plan.variables,
    systemReaders: await plan.systemReaders(own),
    from: plan.from,
  });
  for (const [id, why] of left) out.status(`${nameOf(id)} is built from nothing: ${why}`);
  checkDatabase(seedlings, warehouse, plan);
  const wanted = await absentOnly(seedlings, warehouse, plan, context);
  if (wanted.length === 0) {
    out.status(`nothing is copied from ${plan.from}`);
    return 0;
  }
  out.status(`copying ${counted(wanted.length, "table")} from ${plan.from}`);
  await writeFile(plan.paths.seeding, JSON.stringify(wanted.map(({ own }) => own)));
  const started = Date.now();
  const made = await runner.query(plan.empty(wanted.map(({ select }) => select)));
  const results = await readRunResults(plan.paths.target, started);
  if (results === undefined) return refuse("dbt could not make the tables", made, context);
  const built = new Set(results.flatMap(({ id, status }) => status === "success" ? [id] : []));
  const there = await warehouse.find(wanted.map(({ own }) => own));
  const tables = wanted.flatMap((one, at) => {
    const own = there[at];
    return built.has(one.id) && own !== undefined ? [{ ...one, own }] : [];
  });
  const failures = await copyRelations(
    warehouse.connection,
    await withColumns(tables, warehouse),
    (count) => out.progress(`copying: ${count} of ${tables.length}`),
  ).finally(() => out.progress(""));
  const filled = new Set(
    tables.filter(({ own }) => !failures.has(relationKey(own))).map(({ id }) => id),
  );
  const failed = wanted.filter(({ id }) => !filled.has(id));
  for (const { id } of failed) {
    const table = tables.find((one) => one.id === id);
    const why = table === undefined ? undefined : failures.get(relationKey(table.own));
    out.warn(`${nameOf(id)} is built from nothing: ${why ?? "dbt could not make it without rows"}`);
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

/** Drop what is there of some relations. */
async function drop(wanted: readonly RelationName[], warehouse: Warehouse): Promise<void> {
  const there = (await warehouse.find(wanted)).filter((one) => one !== undefined);
  if (there.length === 0) return;
  const failures = await dropRelations(warehouse.connection, there);
  for (const { name, schema, ...rest } of there) {
    const why = failures.get(relationKey({ name, schema, ...rest }));
    if (why === undefined) continue;
    throw new DotError(`the half copied table ${schema}.${name} could not be dropped: ${why}`, {
      code: "DOT036",
      hints: ["Drop it, and run this again."],
      exitCode: 1,
    });
  }
}

/**
 * The selected incremental models and snapshots that both places have, and that are the same in both; and those that are
 * not, or that the other place does not hold whole, with the reason in words.
 */
function chooseSeedlings(
  manifests: { own: Manifest; source: Manifest },
  { from, ids, missing, systemReaders, variables }: {
    ids: ReadonlySet<string>;
    /** What the other place lacks, by id. */
    missing: ReadonlySet<string>;
    variables: readonly string[];
    systemReaders: ReadonlySet<string>;
    from: string;
  },
): { seedlings: Seedling[]; left: [id: string, why: string][] } {
  const { own, source } = manifests;
  // Files of data that differ are rows that it reads, not what it makes of them.
  const unseen = unseenOf([...readersOfVariables(own, variables), ...systemReaders]);
  const differences = findDifferences({ base: source, head: own }, unseen);
  const there = new Map(source.nodes.map((node) => [node.id, node]));
  const by = new Map(differences.map((one) => [one.id, one.by]));
  const seedlings: Seedling[] = [];
  const left: [string, string][] = [];
  for (const node of own.nodes) {
    const { id, materialized, type } = node;
    if (!ids.has(id) || (materialized !== "incremental" && type !== "snapshot")) continue;
    const other = there.get(id);
    const select = own.selectionOf(id);
    const [reason] = by.get(id) ?? [];
    if (other === undefined) left.push([id, `${from} does not know it`]);
    else if (reason !== undefined) left.push([id, `its ${reason} differs`]);
    else if (missing.has(id)) left.push([id, `${from} does not hold it whole`]);
    else if (select === undefined) left.push([id, "dbt cannot select it alone"]);
    else {
      seedlings.push({ id, select, own: relationOf(node), source: relationOf(other) });
    }
  }
  return { seedlings, left };
}

/** Throws a DotError where rows would have to go from one database to another, and a connection reaches one only. */
function checkDatabase(
  seedlings: readonly Seedling[],
  { connection }: Warehouse,
  { from }: SeedPlan,
): void {
  if (!adapterOf(connection.adapter).oneDatabase) return;
  const stranger = seedlings.find(({ own, source }) => own.database !== source.database);
  if (stranger === undefined) return;
  throw new DotError(
    `${from} ${
      from.startsWith("the") ? "lie" : "lies"
    } in another database: ${stranger.source.database}`,
    { code: "DOT035", hints: ["Rows can only be copied inside one database of this engine."] },
  );
}

/** Those whose own table is not there yet, and whose source is a table, by the engine's spelling. */
async function absentOnly(
  seedlings: readonly Seedling[],
  warehouse: Warehouse,
  { from }: SeedPlan,
  { out }: Context,
): Promise<Seedling[]> {
  const count = seedlings.length;
  const found = await warehouse.find([
    ...seedlings.map(({ own }) => own),
    ...seedlings.map(({ source }) => source),
  ]);
  return seedlings.flatMap((one, at) => {
    const [mine, theirs] = [found[at], found[count + at]];
    if (mine !== undefined) out.status(`${nameOf(one.id)} is there already, and stays as it is`);
    else if (theirs?.type !== "table") {
      out.status(`${nameOf(one.id)} is built from nothing: ${from} has no table of it`);
    }
    return mine === undefined && theirs?.type === "table" ? [{ ...one, source: theirs }] : [];
  });
}

/** Each with the columns that both tables have, in the order of the new one. */
async function withColumns(
  seedlings: readonly Seedling[],
  warehouse: Warehouse,
): Promise<TableCopy[]> {
  const columns = await warehouse.columns(seedlings.flatMap(({ own, source }) => [own, source]));
  const byRelation = Map.groupBy(
    columns,
    ({ database, relation, schema }) => foldedKey({ database, schema, name: relation }),
  );
  const of = (named: RelationName) =>
    (byRelation.get(foldedKey(named)) ?? []).map(({ name }) => name);
  return seedlings.map(({ own, source }) => {
    const theirs = new Set(of(source));
    return {
      database: own.database,
      schema: own.schema,
      name: own.name,
      source: { database: source.database, schema: source.schema, name: source.name },
      columns: of(own).filter((name) => theirs.has(name)),
    };
  });
}

function refuse(
  what: string,
  result: Pick<Result, "code" | "stderr" | "stdout">,
  { out }: Context,
): number {
  return sayFailure(`${what}, so nothing is copied (--seed-from)`, result, out, [
    "Without --seed-from all is built anew.",
  ]);
}

function nameOf(id: string): string {
  return id.split(".").slice(2).join(".");
}
