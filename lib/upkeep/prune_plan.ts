/**
 * Plans a `dot prune`: which builds go, what of them is in the warehouse, what stays and why. Changes nothing.
 * @module
 */
import type { Reached } from "../build/connection.ts";
import { type Inventory, nameOf } from "../build/inventory.ts";
import { editsIn } from "../build/prepare.ts";
import { together } from "../build/record.ts";
import { keepOf } from "../config/settings.ts";
import type { Context } from "../context.ts";
import { DotError } from "../errors.ts";
import type { Git } from "../git.ts";
import { type Item, itemsHere, toItem } from "./items.ts";
import { ownerOf, type WarehouseBuild } from "./owner.ts";
import { chosenBy, type CommitFacts, hasRule, mustStay, type Rules, rulesOf } from "./rules.ts";
import { type Doomed, type Foreign, survey, Warehouses } from "./survey.ts";

/** What a prune comes down to. */
export interface PrunePlan {
  doomed: Doomed[];
  /** Builds that the rules chose, and that stay. */
  kept: { name: string; why: string }[];
  /** Schemas that look like a build's, and are not proven to be one's. */
  foreign: Foreign[];
  /** How the warehouse of each environment is reached; none for one in which nothing is to be dropped. */
  reached: ReadonlyMap<string, Reached>;
  /** Environments without a rule, where none was given. */
  ruleless: string[];
}

/** What the user asked for. */
export interface PruneRequest {
  rules: Rules;
  /** Only builds of these environments; all without any. */
  environments: ReadonlySet<string> | undefined;
  /** Look for builds in the warehouse of an environment, the default one without a name, besides those that lie here. */
  warehouse: { environment: string | undefined } | undefined;
  /** Whether edited worktrees, and builds whose schemas are nowhere, may go. */
  force: boolean;
  cold: boolean;
  /** Where control projects may be written. */
  folder: string;
  /** The dbt project's folder in the repository. */
  project: string;
}

/** Make the plan. Throws a DotError when a warehouse that must be asked cannot be. */
export async function planPrune(
  request: PruneRequest,
  inventory: Inventory,
  git: Git,
  context: Context,
): Promise<PrunePlan> {
  const warehouses = new Warehouses(request.folder, request.cold, context);
  const here = await itemsHere(inventory, request.project);
  const found = request.warehouse === undefined
    ? { builds: [], foreign: [] }
    : await searchWarehouse(request.warehouse.environment, inventory, git, warehouses);
  const all = joined(here, found.builds, inventory);
  const asked = all.filter(({ environment }) => request.environments?.has(environment) ?? true);
  const { chosen, ruleless } = await choose(request, asked, git, warehouses);
  const stay = mustStay(chosen, all);
  const kept = new Map<string, string>(stay);
  let rest = chosen.filter(({ key }) => !stay.has(key));
  if (!request.force) {
    for (const [key, why] of await edited(rest, inventory, git)) kept.set(key, why);
    rest = rest.filter(({ key }) => !kept.has(key));
  }
  const { doomed, foreign } = await survey(rest, all, kept, request.force, warehouses);
  return {
    doomed,
    kept: chosen.flatMap(({ key, name }) => {
      const why = kept.get(key);
      return why === undefined ? [] : [{ name, why }];
    }),
    foreign: [...found.foreign, ...foreign],
    reached: warehouses.reached,
    ruleless,
  };
}

/**
 * Builds that lie here, and those that were found in a warehouse. What was found of one that lies here goes with it, or
 * stays: where its record is lost, nothing else tells of it. Another project's is left out.
 */
function joined(
  here: readonly Item[],
  found: readonly WarehouseBuild[],
  { builds }: Inventory,
): Item[] {
  const items = found.map(toItem);
  const byName = new Map(items.map((item) => [item.name, item]));
  const lies = new Set(builds.map(nameOf));
  return [
    ...here.map((item) => {
      const more = byName.get(item.name)?.places ?? [];
      return more.length === 0 ? item : { ...item, places: together(item.places, more) };
    }),
    ...items.filter(({ name }) => !lies.has(name)),
  ];
}

/** What lies in a warehouse, and in the record of no build that lies here. */
async function searchWarehouse(
  environment: string | undefined,
  { builds }: Inventory,
  git: Git,
  warehouses: Warehouses,
): Promise<Awaited<ReturnType<typeof ownerOf>>> {
  const known = new Set(
    builds.flatMap(({ record }) => record?.places ?? []).map(({ schema }) => schema.toLowerCase()),
  );
  const { builds: found, foreign } = await ownerOf(await warehouses.reach(environment), git);
  return {
    builds: found.map((build) => ({
      ...build,
      schemas: build.schemas.filter(({ schema }) => !known.has(schema.toLowerCase())),
    })).filter(({ schemas }) => schemas.length > 0),
    foreign,
  };
}

async function choose(
  { rules }: PruneRequest,
  items: readonly Item[],
  git: Git,
  warehouses: Warehouses,
): Promise<{ chosen: Item[]; ruleless: string[] }> {
  const chosen: Item[] = [];
  const ruleless: string[] = [];
  const facts = await factsFor(rules, items, git);
  const groups = Map.groupBy(items, ({ environment, project }) => `${environment}@${project}`);
  for (const group of groups.values()) {
    const environment = group[0]?.environment ?? "";
    const own = hasRule(rules) ? rules : await settingOf(environment, warehouses);
    if (own === undefined) ruleless.push(environment);
    else chosen.push(...chosenBy(own, group, facts));
  }
  return { chosen, ruleless: ruleless.filter((name) => name !== "") };
}

async function factsFor(rules: Rules, items: readonly Item[], git: Git): Promise<CommitFacts> {
  const commits = [...new Set(items.flatMap(({ commit }) => commit ?? []))];
  const facts = { merged: new Set<string>(), unreachable: new Set<string>(), now: Date.now() };
  if (rules.unreachable) facts.unreachable = await git.unreachable(commits);
  if (rules.merged) {
    const branch = await git.defaultBranch();
    if (branch === undefined) {
      throw new DotError(
        "--merged needs a default branch, and there is no origin/HEAD, main or master",
        {
          hints: ["If origin has one: git remote set-head origin --auto"],
        },
      );
    }
    const [far, refs] = await Promise.all([git.unreachable(commits, branch), git.refs()]);
    const hasBranch = (commit: string) =>
      refs.get(commit)?.some(({ kind }) => kind !== "tag") === true;
    facts.merged = new Set(commits.filter((commit) => !far.has(commit) && !hasBranch(commit)));
  }
  return facts;
}

async function settingOf(environment: string, warehouses: Warehouses): Promise<Rules | undefined> {
  if (environment === "") return undefined;
  const { situation } = await warehouses.reach(environment);
  return rulesOf(keepOf(situation.environment));
}

/** Which builds have a worktree that somebody edited, and that would go with the last of its builds. */
async function edited(
  items: readonly Item[],
  { builds }: Inventory,
  git: Git,
): Promise<Map<string, string>> {
  const going = new Set(items.map(({ key }) => key));
  const reasons = new Map<string, string>();
  const folders = Map.groupBy(
    items.filter(({ folders }) => folders !== undefined),
    ({ folders }) => folders?.folder ?? "",
  );
  const look = async ([folder, group]: [string, Item[]]) => {
    const paths = group[0]?.folders;
    const stays = builds.some((build) =>
      build.build.folder === folder && !going.has(build.paths.folder)
    );
    if (stays || paths === undefined) return;
    const edits = await editsIn(git, paths);
    if (edits?.length === 0) return;
    const why = edits === undefined
      ? `its worktree is none of this repository any more: ${paths.worktree}`
      : `somebody edited ${edits.slice(0, 3).join(", ")} in its worktree`;
    for (const { key } of group) reasons.set(key, `${why} (--force removes it)`);
  };
  const waiting = [...folders];
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await look(next);
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return reasons;
}
