/**
 * The two places of a comparison: a commit that is built, or is to be, or an environment's live schemas.
 * @module
 */
import { DotError } from "../base/errors.ts";
import { baseOf } from "../compare/base.ts";
import { planLiveState, type StatePlan } from "../compare/state.ts";
import type { Manifest } from "../dbt/manifest/manifest.ts";
import { readManifest } from "../dbt/manifest/read.ts";
import type { ProfileTarget } from "../dbt/profile.ts";
import type { Commit, Git } from "../git/git.ts";
import { hashOfInputs, hashOfProfile, hashOfSystem } from "../isolated/fingerprint.ts";
import { isolate } from "../isolated/isolate.ts";
import type { Finder } from "../places/find.ts";
import type { Place } from "../places/place.ts";
import { databaseDifference, databaseOf, serverDifference } from "../places/server.ts";
import type { Spec } from "../places/spec.ts";
import { heldBy } from "../store/history.ts";
import { type BuildPaths, type EnvironmentPaths, findBuild } from "../store/paths.ts";
import type { Read } from "../store/reading.ts";
import { readRecord } from "../store/settled.ts";

/** One place. */
export interface Side {
  /** What can be typed for it, whatever a branch points at later. */
  name: string;
  environment: string;
  place: Place;
  git: Git;
  /** For live schemas, the working tree: its code is what they are taken to hold. */
  commit: Commit;
  source: ProfileTarget;
  /** Where its build lies; undefined for live schemas. */
  built: Built | undefined;
}

/** Where a build lies. */
export interface Built {
  build: BuildPaths;
  paths: EnvironmentPaths;
  /** Its schema, as the profile names it. */
  schema: string;
  /** Of what its profile and its variables come to: a record with others is of another build. */
  profileHash: string;
  varsHash: string;
}

/** What a build holds. */
export interface Holding {
  /** Undefined where nothing was ever built. */
  manifest: Manifest | undefined;
  /** The ids of what is there, whole. */
  held: ReadonlySet<string>;
}

/** Find both places: two that are named; one and its environment at the merge base; or the default environment so. */
export async function findSides(
  specs: readonly Spec[],
  base: string | undefined,
  finder: Finder,
): Promise<{ before: Side; after: Side }> {
  const [first, second] = specs;
  if (second !== undefined) {
    return checked(await findSide(first, finder), await findSide(second, finder));
  }
  const after = await findSide(first, finder);
  const commit = await baseOf(after.place, base);
  const named = after.place.environment.name;
  const text = `${after.environment}@${commit.hash}`;
  const before = await findSide({ text, environment: named, ref: commit.hash }, finder);
  return checked(before, after);
}

/** What a build holds now. */
export async function holdingOf({ built, commit, place }: Side): Promise<Holding> {
  if (built === undefined) return { manifest: undefined, held: new Set() };
  const { build, paths, profileHash, varsHash } = built;
  const manifest = await readManifest(paths.state);
  const record = await readRecord(paths, build.short);
  const envHash = await hashOfSystem(record?.made_with, place);
  const { nodes } = heldBy(record, { commit: commit.hash, profileHash, varsHash, envHash });
  const whole = Object.entries(nodes).filter(([, status]) => status === "success");
  return { manifest, held: new Set(manifest === undefined ? [] : whole.map(([id]) => id)) };
}

/** What a comparison reads of a place: its build, and the commit that is parsed for it. */
export async function readOf({ built, commit, git, place }: Side): Promise<Read> {
  const build = built?.build ?? await findBuild(git, commit, await place.path());
  return { build, built: undefined };
}

/** Plan the manifest of a place's code, as a plain run of its environment has it. */
export async function planCode({ commit, place }: Side): Promise<StatePlan> {
  return await planLiveState(place.with({ commit }));
}

/** Find one place; without a spec, the default environment's live schemas. Throws a DotError where a run would. */
export async function findSide(spec: Spec | undefined, finder: Finder): Promise<Side> {
  const place = await finder.find(spec);
  const { git } = place;
  if (git === undefined) throw new Error("there is no repository to compare in");
  const source = await place.target();
  if (place.commit === undefined) {
    const environment = await place.name();
    return {
      name: environment,
      environment,
      place,
      git,
      commit: await git.filesNow(),
      source,
      built: undefined,
    };
  }
  const isolated = await isolate(place);
  const { build, environment, paths, profile } = isolated;
  return {
    name: `${environment}@${build.short}`,
    environment,
    place,
    git,
    commit: place.commit,
    source,
    built: {
      build,
      paths,
      schema: profile.schema,
      profileHash: await hashOfProfile(isolated, isolated.env),
      varsHash: await hashOfInputs(isolated),
    },
  };
}

/** Throws a DotError where the two cannot be compared. */
function checked(before: Side, after: Side): { before: Side; after: Side } {
  if (before.name === after.name) {
    throw new DotError(`both sides are ${before.name}: there is nothing to compare`, {
      code: "DOT035",
      hints: ["Name two places: dot diff dev@main dev@HEAD"],
    });
  }
  const server = serverDifference(before.source, after.source);
  if (server !== undefined) {
    throw new DotError(
      `${before.name} and ${after.name} live on different servers: the \`${server}\` of their profiles differs`,
      {
        code: "DOT035",
        hints: ["Only what lies on one server, or in one file, can be compared by its engine."],
      },
    );
  }
  const database = databaseDifference(before.source, after.source);
  if (database !== undefined) {
    throw new DotError(
      `${before.name} and ${after.name} live in different databases: the \`${database}\` of their profiles differs`,
      { code: "DOT035", hints: ["A connection to this engine reaches one database only."] },
    );
  }
  if (
    before.built !== undefined && before.built.schema === after.built?.schema &&
    databaseOf(before.source) === databaseOf(after.source)
  ) {
    throw new DotError(
      `${before.name} and ${after.name} are one place: both are built into the schema ${after.built.schema}`,
      {
        code: "DOT035",
        hints: ["Give one of the environments a schema of its own: +schema, or another target."],
      },
    );
  }
  return { before, after };
}

/** Throws a DotError where the working tree's profile leads elsewhere than that of a place, so that it cannot be asked there. */
export function checkOneServer(source: ProfileTarget, reached: ProfileTarget, name: string): void {
  const key = serverDifference(source, reached) ?? databaseDifference(source, reached);
  if (key === undefined) return;
  throw new DotError(
    `the profile leads to another server today than ${name} was built on: its \`${key}\` differs`,
    { code: "DOT035", hints: ["Compare from a working tree whose profile leads there."] },
  );
}
