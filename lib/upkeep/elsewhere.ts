/**
 * Who else makes a relation that no node of the working tree makes: other environments, the default branch, and builds of commits
 * that are not behind what is checked out.
 * @module
 */
import { DotError } from "../base/errors.ts";
import type { RelationName } from "../base/relation.ts";
import type { Manifest } from "../dbt/manifest/manifest.ts";
import { isWritten, relationOf } from "../dbt/manifest/nodes.ts";
import type { Commit, Git } from "../git/git.ts";
import type { Context } from "../base/context.ts";
import type { Reached } from "../places/connection.ts";
import type { Finder } from "../places/find.ts";
import { otherPlaces, reachOther } from "../places/others.ts";
import { type Build, nameOf } from "../store/inventory.ts";
import { buildManifests } from "../store/manifests.ts";
import { suffixOf } from "../store/naming.ts";
import { parseLive } from "./live.ts";
import { attempt } from "./survey.ts";

/** Somebody who makes relations, or may. */
export interface Maker {
  /** In words: `main`, `dev@1234567`. */
  name: string;
  /** What it makes in the schemas that are looked at, and what it reads there. */
  relations: readonly RelationName[];
  /** Whether what it makes may lie in another schema than it says: its environment is another. */
  byName: boolean;
  /** Why nobody can tell what it makes; undefined where that is known. */
  unknown: DotError | undefined;
  /** What it makes that no run brings back. */
  history: readonly RelationName[];
}

/**
 * Parses a commit as a plain run of an environment would; gives undefined where it holds no dbt project. Throws a DotError where it
 * cannot.
 */
export type ManifestAt = (reached: Reached, commit: Commit) => Promise<Manifest | undefined>;

/** A live place that others of the project's may share schemas with, or why nobody can tell what is there. */
export interface Neighbour {
  name: string;
  reached: Reached | DotError;
  /** Whether only the names of what it makes are known, and not where that lies. */
  byName: boolean;
}

/** The neighbours of a live place, by the working tree's files and the profile; in `folder` they are parsed. */
export async function findNeighbours(
  reached: Reached,
  { cold, finder, folder }: { cold: boolean; finder: Finder; folder: string },
  context: Context,
): Promise<Neighbour[]> {
  const others = await attempt(() => otherPlaces(reached.place, finder));
  if (others instanceof DotError) {
    return [{ name: "another environment", reached: others, byName: false }];
  }
  const found: Neighbour[] = [];
  for (const other of others) {
    found.push({
      name: other.name,
      byName: other.missing !== undefined,
      reached: await attempt(() => reachOther(reached, other, { cold, folder }, context)),
    });
  }
  return found;
}

/**
 * What the default branch makes, as a plain run from there of an environment, and of its neighbours. Nobody, where what is checked
 * out is that branch.
 */
export async function defaultBranchMakes(
  reached: Reached,
  neighbours: readonly Neighbour[],
  manifestAt: ManifestAt,
  git: Git,
): Promise<Maker[]> {
  const branches = await attempt(() => branchesToAsk(git));
  if (branches instanceof DotError) return [unknownMaker("the default branch", branches)];
  const makers: Maker[] = [];
  for (const { commit, name } of branches) {
    makers.push(...await makerOf(name, false, () => manifestAt(reached, commit)));
    for (const { byName, name: other, reached } of neighbours) {
      // It is a maker that nobody knows already.
      if (reached instanceof DotError) continue;
      makers.push(...await makerOf(`${other}@${name}`, byName, () => manifestAt(reached, commit)));
    }
  }
  return makers;
}

/** What other environments, or targets, make of the project in the working tree. */
export async function neighboursMake(neighbours: readonly Neighbour[]): Promise<Maker[]> {
  const makers: Maker[] = [];
  for (const { byName, name, reached } of neighbours) {
    const found = reached instanceof DotError
      ? [unknownMaker(name, reached)]
      : await makerOf(name, byName, () => parseLive(reached));
    makers.push(...found);
  }
  return makers;
}

async function makerOf(
  name: string,
  byName: boolean,
  parse: () => Promise<Manifest | undefined>,
): Promise<Maker[]> {
  const manifest = await attempt(parse);
  if (manifest === undefined) return [];
  if (manifest instanceof DotError) return [unknownMaker(name, manifest)];
  const { history } = manifest;
  return [{ name, relations: madeBy(manifest), byName, unknown: undefined, history }];
}

/** What builds hold, of commits that what is checked out does not stand on: the newest that somebody works with. */
export async function buildsMake(
  builds: readonly Build[],
  { name, place }: Reached,
  git: Git,
): Promise<Maker[]> {
  const project = await place.path();
  const own = builds.filter((build) => build.project === project && build.record !== undefined);
  const commits = [...new Set(own.flatMap(({ commit }) => commit ?? []))];
  const far = await attempt(() => git.unreachable(commits, "HEAD"));
  const makers: Maker[] = [];
  for (const build of own) {
    if (!(far instanceof DotError) && !far.has(build.commit ?? "")) continue;
    const suffix = suffixOf(build.build.short).toLowerCase();
    for (const manifest of await buildManifests(build.paths)) {
      makers.push({
        name: nameOf(build),
        relations: madeBy(manifest).map((one) => ({
          ...one,
          schema: one.schema.toLowerCase().replaceAll(suffix, ""),
        })),
        byName: build.environment !== name,
        unknown: undefined,
        history: manifest.history,
      });
    }
  }
  return makers;
}

function madeBy(manifest: Manifest): RelationName[] {
  const nodes = manifest.nodes.filter((node) => isWritten(node, { storeFailures: true }));
  return [...nodes.map(relationOf), ...manifest.sources];
}

function unknownMaker(name: string, unknown: DotError): Maker {
  const { code, exitCode, hints, message } = unknown;
  const named = new DotError(`\`${name}\`: ${message}`, { code, exitCode, hints, cause: unknown });
  return { name, relations: [], byName: false, unknown: named, history: [] };
}

/**
 * The default branch, as origin has it and, where somebody has worked on that here, as it is here; none that is what lies in
 * the working tree. Throws a DotError where there are branches, and none is the default.
 */
async function branchesToAsk(git: Git): Promise<{ name: string; commit: Commit }[]> {
  const branch = await git.defaultBranch();
  const refs = await git.refs();
  if (branch === undefined) {
    const commits = [...refs].filter(([, all]) => all.some(({ kind }) => kind !== "tag"))
      .map(([commit]) => commit);
    if ((await git.unreachable(commits, "HEAD")).size === 0) return [];
    throw new DotError("there is no default branch: no origin/HEAD, main or master", {
      code: "DOT034",
      hints: ["If origin has one: git remote set-head origin --auto"],
    });
  }
  const name = branch.replace(/^refs\/(?:heads|remotes)\//, "");
  const theirs = await git.resolveCommit(branch);
  const found = [{ name, commit: theirs }];
  const local = (await git.symbolicName(branch)).replace(/^refs\/remotes\/origin\//, "refs/heads/");
  if (local !== branch && await git.isRevision(local)) {
    const ours = await git.resolveCommit(local);
    if ((await git.unreachable([ours.hash], branch)).size > 0) {
      found.push({ name: local.slice("refs/heads/".length), commit: ours });
    }
  }
  const head = await attempt(() => git.resolveCommit("HEAD"));
  const isHere = !(head instanceof DotError) && await git.isClean() ? head.hash : undefined;
  return found.filter(({ commit }) => commit.hash !== isHere);
}
