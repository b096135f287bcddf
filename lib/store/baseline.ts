/**
 * `--defer`: another isolated build that dbt reads from.
 * @module
 */
import { hasManifest, readManifest } from "../dbt/manifest/read.ts";
import { DotError } from "../base/errors.ts";
import { readIfThere } from "../base/files.ts";
import type { Git } from "../git/git.ts";
import { type EnvironmentPaths, environmentPaths, findBuild } from "./paths.ts";
import { heldBy, missingFrom } from "./history.ts";
import type { MadeWith } from "./made_with.ts";
import type { BuildName } from "./record.ts";
import type { Read } from "./reading.ts";
import { readRecord } from "./settled.ts";

/** An isolated build that another run reads from. */
export interface Baseline {
  name: BuildName;
  /** The folder with its manifest. */
  state: string;
  /** Where the build lies. */
  read: Read;
  paths: EnvironmentPaths;
  /** What it was made with. */
  madeWith: MadeWith | undefined;
  /** What it lacks to be complete, by node; empty for a complete one. */
  missing: string[];
  /** How to build it. */
  command: string;
}

/** The baseline of a built commit. Throws a DotError that says how to build it when it is not there, or not readable. */
export async function findBaseline(
  git: Git,
  { ref, environment, project }: { ref: string; environment: string; project: string },
): Promise<Baseline> {
  const commit = await git.resolveCommit(ref);
  const build = await findBuild(git, commit, project);
  const paths = environmentPaths(build, environment);
  const command = `dot build ${environment}@${ref}`;
  const name = `\`${environment}@${ref}\` (${commit.short})`;
  const fail = (message: string) =>
    new DotError(message, { code: "DOT033", hints: [`Build it: ${command}`] });
  if (await readIfThere(paths.record) === undefined) {
    throw fail(`there is no build of ${name} to defer to`);
  }
  if (!await hasManifest(paths.state)) {
    throw fail(`the build of ${name} has no manifest.json: nothing was built`);
  }
  const manifest = await readManifest(paths.state);
  if (manifest === undefined) throw fail(`the manifest.json of ${name} is cut off or no manifest`);
  const record = await readRecord(paths, build.short);
  const { nodes } = heldBy(record, { commit: commit.hash });
  const missing = missingFrom(manifest.nodes, nodes);
  const named = { environment, commit: commit.hash };
  const read = { build, built: { name: `${environment}@${build.short}`, paths } };
  const madeWith = record?.made_with;
  return { name: named, state: paths.state, read, paths, madeWith, missing, command };
}
