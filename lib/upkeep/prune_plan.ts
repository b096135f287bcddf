/**
 * Plans a `dot prune`: which builds go, what of them is in the warehouse, what stays and why. Changes nothing.
 * @module
 */
import { distinctSchemas, schemaKey } from "../base/relation.ts";
import type { Reached } from "../places/connection.ts";
import { type Inventory, nameOf } from "../store/inventory.ts";
import { keepOf } from "../config/settings.ts";
import type { Context } from "../base/context.ts";
import { DotError, FileError } from "../base/errors.ts";
import type { Git } from "../git/git.ts";
import type { Ref } from "../git/output.ts";
import { baseName } from "../places/base.ts";
import { edited } from "./edits.ts";
import { type Item, itemsHere, toItem } from "./items.ts";
import { type Foreign, ownerOf, type WarehouseBuild } from "./owner.ts";
import { chosenBy, hasRule, mustStay, type Rules, rulesOf } from "./rules.ts";
import { attempt, type Doomed, settle, survey, Warehouses } from "./survey.ts";

/** What a prune comes down to. */
export interface PrunePlan {
  doomed: Doomed[];
  /** Builds that the rules chose, or could not judge, and that stay; `failed` where that is a fault, not a rule. */
  kept: { name: string; why: string; failed: boolean }[];
  /** Schemas that look like a build's, and are not proven to be one's. */
  foreign: Foreign[];
  /** How the warehouse of each environment is reached; none for one in which nothing is to be dropped. */
  reached: ReadonlyMap<string, Reached>;
  /** Environments without a rule, where none was given. */
  ruleless: string[];
  /** All builds that there are. */
  all: readonly Item[];
}

/** What the user asked for. */
export interface PruneRequest {
  rules: Rules;
  /** The branch or commit that `merged` means, if not the one that comparisons take. */
  base: string | undefined;
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
  const here = await itemsHere(inventory);
  const found = request.warehouse === undefined
    ? { builds: [], foreign: [] }
    : await searchWarehouse(request.warehouse.environment, inventory, git, warehouses);
  const all = joined(here, found.builds, request, inventory);
  const asked = all.filter(({ environment, project }) =>
    (environment === "" || project === request.project) &&
    (request.environments?.has(environment) ?? true)
  );
  const { chosen, ruleless, unread } = await choose(request, asked, git, warehouses);
  const kept = mustStay(chosen, all);
  const free = () => chosen.filter(({ key }) => !kept.has(key));
  if (!request.force) {
    for (const [key, why] of await edited(free(), inventory.builds, git)) kept.set(key, why);
  }
  const { foreign, lost, seen, unasked } = await survey(free(), all, warehouses, request);
  for (const [key, why] of [...unasked, ...lost]) kept.set(key, why);
  const doomed = settle(seen, all, kept);
  return {
    doomed,
    kept: [
      ...unread,
      ...chosen.flatMap(({ key, name }) => {
        const why = kept.get(key);
        return why === undefined ? [] : [{ name, why, failed: unasked.has(key) }];
      }),
    ],
    foreign: once([...found.foreign, ...foreign]),
    reached: warehouses.reached,
    ruleless,
    all,
  };
}

/**
 * Builds that lie here, and those that were found in a warehouse. What was found of one that lies here goes with it, or
 * stays: where its record is lost, nothing else tells of it. Another project's is left out.
 */
function joined(
  here: readonly Item[],
  found: readonly WarehouseBuild[],
  { project }: PruneRequest,
  { bare, builds }: Inventory,
): Item[] {
  const items = found.map((one) => toItem(one, project));
  const byName = new Map(items.map((item) => [item.name, item]));
  const lies = new Set(builds.map(nameOf));
  // A build of a commit that a dot is at work on may be about to be made.
  const begun = new Set(bare.flatMap(({ build, running }) => running ? [build.short] : []));
  return [
    ...here.map((item) => {
      const more = byName.get(item.name)?.places ?? [];
      return more.length === 0 ? item : { ...item, places: distinctSchemas(item.places, more) };
    }),
    ...items.filter(({ name, short }) => !lies.has(name) && !begun.has(short)),
  ];
}

function once(foreign: readonly Foreign[]): Foreign[] {
  const byName = new Map(
    foreign.map((one) => [schemaKey(one), one] as const).reverse(),
  );
  return [...byName.values()].reverse();
}

/** What lies in a warehouse, and in the record of no build that lies here. */
async function searchWarehouse(
  environment: string | undefined,
  { builds }: Inventory,
  git: Git,
  warehouses: Warehouses,
): Promise<Awaited<ReturnType<typeof ownerOf>>> {
  const known = new Set(
    builds.flatMap(({ record }) => record?.schemas ?? []).map(({ schema }) => schema.toLowerCase()),
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
  { base, rules }: PruneRequest,
  items: readonly Item[],
  git: Git,
  warehouses: Warehouses,
): Promise<{ chosen: Item[]; ruleless: string[]; unread: PrunePlan["kept"] }> {
  const chosen: Item[] = [];
  const unread: PrunePlan["kept"] = [];
  const ruleless: string[] = [];
  const merged = new Merged(git, base, warehouses);
  const commits = commitsOf(items);
  const unreachable = rules.unreachable ? await git.unreachable(commits) : new Set<string>();
  const now = Date.now();
  const groups = Map.groupBy(items, ({ environment, project }) => `${environment}@${project}`);
  // That there is nothing to merge into is told, also where nothing lies here yet.
  if (rules.merged && groups.size === 0) await merged.of([]);
  for (const group of groups.values()) {
    const environment = group[0]?.environment ?? "";
    const own = hasRule(rules) ? rules : await attempt(() => settingOf(environment, warehouses));
    // A fault in the files is nobody's rule.
    if (own instanceof FileError) throw own;
    if (own instanceof DotError) {
      const why = `its settings cannot be read: ${own.message}`;
      unread.push(...group.map(({ name }) => ({ name, why, failed: true })));
    } else if (own === undefined) ruleless.push(environment);
    else {
      const facts = {
        now,
        unreachable,
        merged: own.merged ? await merged.of(group) : new Set<string>(),
      };
      chosen.push(...chosenBy(own, group, facts));
    }
  }
  return { chosen, ruleless: ruleless.filter((name) => name !== ""), unread };
}

/** Which commits are merged, and no branch points at them: into the branch that their environment is compared with. */
class Merged {
  #refs: Promise<Map<string, Ref[]>> | undefined;

  constructor(
    readonly git: Git,
    readonly base: string | undefined,
    readonly warehouses: Warehouses,
  ) {}

  /** Those of the commits of one environment's items. Throws a DotError where there is no branch. */
  async of(items: readonly Item[]): Promise<Set<string>> {
    const { base, git, warehouses } = this;
    const name = items[0]?.environment ?? "";
    // Of an environment whose settings nobody can read, nothing is dropped but by force.
    const reached = base !== undefined || name === ""
      ? undefined
      : await attempt(() => warehouses.reach(name));
    const environment = reached instanceof DotError ? undefined : reached?.place.environment;
    const branch = await git.resolveCommit(await baseName(git, base, environment));
    const commits = commitsOf(items);
    const [far, refs] = await Promise.all([
      git.unreachable(commits, branch.hash),
      this.#refs ??= git.refs(),
    ]);
    const hasBranch = (commit: string) =>
      refs.get(commit)?.some(({ kind }) => kind !== "tag") === true;
    return new Set(commits.filter((commit) => !far.has(commit) && !hasBranch(commit)));
  }
}

function commitsOf(items: readonly Item[]): string[] {
  return [...new Set(items.flatMap(({ commit }) => commit ?? []))];
}

async function settingOf(environment: string, warehouses: Warehouses): Promise<Rules | undefined> {
  if (environment === "") {
    // What was only parsed is no environment's: the rule of the default one holds, if there is any.
    const reached = await attempt(() => warehouses.reach(undefined));
    return reached instanceof DotError ? undefined : rulesOf(keepOf(reached.place.environment));
  }
  const { place } = await warehouses.reach(environment);
  return rulesOf(keepOf(place.environment));
}
