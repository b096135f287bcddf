/**
 * The two places of a comparison: a commit that is built, or is to be, or an environment's live schemas.
 * @module
 */
import { planIsolated, planLiveState } from "../run/plan/isolated.ts";
import { hashOfVars, placeOf } from "../isolated/fingerprint.ts";
import { liveTarget } from "../places/profile.ts";
import type { BuildPaths, EnvironmentPaths } from "../store/paths.ts";
import { heldBy, readRecord } from "../store/record.ts";
import { comparedCommit } from "../run/request.ts";
import { databaseDifference, databaseOf, serverDifference } from "../places/server.ts";
import { findSituation, type Situation } from "../places/situation.ts";
import type { Spec } from "../places/spec.ts";
import type { StatePlan } from "../compare/state.ts";
import type { Context } from "../base/context.ts";
import { findDbtCommand } from "../dbt/commands.ts";
import { dbtEnvironment } from "../dbt/dotenv.ts";
import type { Manifest } from "../dbt/manifest/manifest.ts";
import { readManifest } from "../dbt/manifest/read.ts";
import type { ProfileTarget } from "../dbt/profile.ts";
import { DotError } from "../base/errors.ts";
import { type Commit, Git } from "../git/git.ts";

/** One place. */
export interface Side {
  /** What can be typed for it, whatever a branch points at later. */
  name: string;
  environment: string;
  situation: Situation;
  git: Git;
  /** For live schemas, the working tree: its code is what they are taken to hold. */
  commit: Commit;
  source: ProfileTarget;
  /** dbt's environment for a plain run. */
  dbtEnv: Record<string, string>;
  /** Where its build lies; undefined for live schemas. */
  built: Built | undefined;
}

/** Where a build lies. */
export interface Built {
  build: BuildPaths;
  paths: EnvironmentPaths;
  /** Its schema, as the profile names it. */
  schema: string;
  /** What its place and its variables come to: a record of others is of another build. */
  place: string;
  vars: string;
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
  context: Context,
): Promise<{ before: Side; after: Side }> {
  const [first, second] = specs;
  if (second !== undefined) {
    return checked(await findSide(first, context), await findSide(second, context));
  }
  const after = await findSide(first, context);
  const { environment, git, situation } = after;
  const request = { ...requestFor(first), base };
  const commit = await comparedCommit(request, situation.commit, situation.environment, git);
  const named = situation.environment.name;
  const text = `${environment}@${commit.hash}`;
  const before = await findSide({ text, environment: named, ref: commit.hash }, context);
  return checked(before, after);
}

/** What a build holds now. */
export async function holdingOf({ built, commit }: Side): Promise<Holding> {
  if (built === undefined) return { manifest: undefined, held: new Set() };
  const { build, paths, place, vars } = built;
  const manifest = await readManifest(paths.state);
  const record = await readRecord(paths, build.short);
  const { nodes } = heldBy(record, { commit: commit.hash, place, vars });
  const whole = Object.entries(nodes).filter(([, status]) => status === "success");
  return { manifest, held: new Set(manifest === undefined ? [] : whole.map(([id]) => id)) };
}

/** Plan the manifest of a place's code, as a plain run of its environment has it. */
export async function planCode({ commit, dbtEnv, git, situation }: Side): Promise<StatePlan> {
  return await planLiveState(
    situation,
    { commit, environment: situation.environment },
    git,
    dbtEnv,
  );
}

function requestFor(spec: Spec | undefined) {
  const command = findDbtCommand("build");
  if (command === undefined) throw new Error("dbt has no build");
  return { command, spec, defer: undefined, liveConfig: false, rest: [] };
}

/** Find one place; without a spec, the default environment's live schemas. Throws a DotError where a run would. */
export async function findSide(spec: Spec | undefined, context: Context): Promise<Side> {
  const situation = await findSituation(requestFor(spec), context);
  const { launcher, project } = situation;
  const git = situation.git ?? await Git.require(context.cwd, context.env);
  const dbtEnv = await dbtEnvironment(launcher, project.cwd, context.env);
  const source = await liveTarget(situation, dbtEnv);
  const commit = situation.commit ?? await git.resolveCommit(".");
  if (situation.commit === undefined) {
    const environment = situation.environment.name ?? source.target;
    return {
      name: environment,
      environment,
      situation,
      git,
      commit,
      source,
      dbtEnv,
      built: undefined,
    };
  }
  const { dbt, isolated } = await planIsolated(situation, git, commit, dbtEnv);
  if (isolated === undefined) throw new Error("a commit has no plan");
  const { build, environment, paths, profile } = isolated;
  return {
    name: `${environment}@${build.short}`,
    environment,
    situation,
    git,
    commit,
    source: isolated.source,
    dbtEnv,
    built: {
      build,
      paths,
      schema: profile.schema,
      place: await placeOf(isolated, dbt.env),
      vars: await hashOfVars(situation.vars),
    },
  };
}

/** Throws a DotError where the two cannot be compared. */
function checked(before: Side, after: Side): { before: Side; after: Side } {
  if (before.name === after.name) {
    throw new DotError(`both sides are ${before.name}: there is nothing to compare`, {
      hints: ["Name two places: dot diff dev@main dev@HEAD"],
    });
  }
  const server = serverDifference(before.source, after.source);
  if (server !== undefined) {
    throw new DotError(
      `${before.name} and ${after.name} live on different servers: the \`${server}\` of their profiles differs`,
      { hints: ["Only what lies on one server, or in one file, can be compared by its engine."] },
    );
  }
  const database = databaseDifference(before.source, after.source);
  if (database !== undefined) {
    throw new DotError(
      `${before.name} and ${after.name} live in different databases: the \`${database}\` of their profiles differs`,
      { hints: ["A connection to this engine reaches one database only."] },
    );
  }
  if (
    before.built !== undefined && before.built.schema === after.built?.schema &&
    databaseOf(before.source) === databaseOf(after.source)
  ) {
    throw new DotError(
      `${before.name} and ${after.name} are one place: both are built into the schema ${after.built.schema}`,
      { hints: ["Give one of the environments a schema of its own: +schema, or another target."] },
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
    { hints: ["Compare from a working tree whose profile leads there."] },
  );
}
