/**
 * Which of the isolated builds that are there somebody means.
 * @module
 */
import { relative } from "@std/path";
import { definedNames, liveSide, userFile } from "../config/load.ts";
import type { Context } from "../base/context.ts";
import { DotError, UsageError } from "../base/errors.ts";
import { realOrSame } from "../base/files.ts";
import { NO_DBT } from "../dbt/launcher.ts";
import type { Git } from "../git/git.ts";
import { suggest } from "../base/nearest.ts";
import { type Build, nameOf } from "../store/inventory.ts";
import { Finder } from "./find.ts";
import { locate } from "./project.ts";
import { parseSpec, type Spec } from "./spec.ts";

/** How many builds a hint lists. */
const SHOWN = 8;

/**
 * The builds that texts such as `dev@main` or `@v1.0` name, among those that there are. Without an environment it is the
 * default one, as for a run, or, where none is, the only one in which the commit is built. A commit that git has forgotten is found
 * by its hash. Throws a DotError for what names none.
 */
export async function chooseBuilds(
  texts: readonly string[],
  builds: readonly Build[],
  git: Git,
  context: Context,
): Promise<Build[]> {
  const chosen: Build[] = [];
  for (const text of texts) {
    const spec = parseSpec(text);
    const { ref } = spec;
    if (ref === undefined) {
      throw new UsageError(`\`${text}\` names no commit`, {
        hints: [`A build is \`env@ref\`: ${text}@main. ${listOf(builds)}`],
        code: "DOT011",
      });
    }
    const found = await chooseOne(spec, ref, builds, git, context);
    if (!chosen.includes(found)) chosen.push(found);
  }
  return chosen;
}

async function chooseOne(
  spec: Spec,
  ref: string,
  builds: readonly Build[],
  git: Git,
  context: Context,
): Promise<Build> {
  const commit = await commitOf(ref, builds, git);
  const folder = await projectHere(git, context);
  const ofCommit = inProject(builds.filter((each) => each.commit === commit), folder);
  const environment = spec.environment ?? await defaultEnvironment(commit, git, context);
  const [found, other] = environment === undefined
    ? ofCommit
    : ofCommit.filter((each) => each.environment === environment);
  if (found !== undefined && other === undefined) return found;
  if (found !== undefined && other?.environment === found.environment) {
    const folders = ofCommit.map(({ project }) => project).join(", ");
    throw new DotError(`\`${spec.text}\` is built for several projects`, {
      code: "DOT033",
      hints: [`Run dot in the folder of the one that you mean: ${folders}`],
    });
  }
  if (spec.environment !== undefined) {
    await checkEnvironment(spec.environment, builds, git, context);
  }
  const others = ofCommit.map(nameOf);
  throw new DotError(
    environment === undefined && others.length > 0
      ? `\`${spec.text}\` names no environment, and none is the default`
      : `there is no build of \`${environment ?? ""}@${ref}\` (${commit.slice(0, 7)})`,
    {
      code: "DOT033",
      hints: [others.length > 0 ? `This commit is built as ${others.join(", ")}.` : listOf(builds)],
    },
  );
}

/** Throws a DotError for an environment that neither the files define nor any build is of. */
export async function checkEnvironment(
  name: string,
  builds: readonly Build[],
  git: Git,
  context: Context,
): Promise<void> {
  const known = await definedEnvironments(git, context);
  const built = builds.map(({ environment }) => environment);
  const names = [...new Set([...known, ...built])].sort();
  // Without any in the files, a name is a target of the profile.
  if (names.includes(name) || known.length === 0 && built.length === 0) return;
  throw new DotError(`there is no environment \`${name}\`, and no build of one`, {
    code: "DOT022",
    hints: suggest(name, names, "Environments"),
  });
}

/** The commit that a ref names: by git, else by the hashes of what is built. */
async function commitOf(ref: string, builds: readonly Build[], git: Git): Promise<string> {
  try {
    return (await git.resolveCommit(ref)).hash;
  } catch (error) {
    if (!(error instanceof DotError)) throw error;
    const hash = ref.toLowerCase();
    const named = /^[0-9a-f]{4,64}$/.test(hash)
      ? builds.flatMap(({ commit }) => commit?.startsWith(hash) === true ? [commit] : [])
      : [];
    const [commit, ...more] = new Set(named);
    if (commit !== undefined && more.length === 0) return commit;
    const { code, exitCode, hints, message } = error;
    throw new DotError(message, {
      code,
      hints: [...hints, listOf(builds)],
      exitCode,
      cause: error,
    });
  }
}

/** Of builds of one commit: those of the project where the user stands, where there are any. */
function inProject(builds: Build[], folder: string): Build[] {
  const here = builds.filter(({ project }) => project === folder);
  return here.length > 0 ? here : builds;
}

/** The folder of the project where the user stands, in the repository; empty for its root. */
export async function projectHere(git: Git, { cwd, env }: Context): Promise<string> {
  const { configFolder } = await locate(cwd, env, undefined, git.root);
  const folder = await realOrSame(configFolder);
  return relative(git.root, folder).replaceAll("\\", "/");
}

/** Throws a DotError for a build of another dbt project than the one where the user stands: its warehouse is not known here. */
export function checkProject(builds: readonly Build[], project: string): void {
  const stranger = builds.find((build) => build.project !== project);
  if (stranger === undefined) return;
  throw new DotError(
    `${nameOf(stranger)} is a build of another dbt project: ${stranger.project || "the root"}`,
    { code: "DOT033", hints: ["Run dot in that project's folder: its warehouse is known there."] },
  );
}

/**
 * The environment that `@ref` means for every command: the default one, or, where no file defines any, the profile's target.
 * Undefined where there is none, or nobody can tell.
 */
async function defaultEnvironment(
  commit: string,
  git: Git,
  context: Context,
): Promise<string | undefined> {
  const finder = await Finder.open({ needsGit: true }, context);
  const known = await orNothing(() => git.resolveCommit(commit));
  const configuration = await finder.configuration(undefined, known);
  const { environment, environments } = configuration;
  if (environment.name !== undefined || environments.length > 0) return environment.name;
  return await orNothing(async () => (await finder.place(configuration, known, NO_DBT)).name());
}

/** What an action gives; undefined where it throws a DotError. */
async function orNothing<T>(action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof DotError) return undefined;
    throw error;
  }
}

/** The environments that the working tree's files define. */
async function definedEnvironments(git: Git, { cwd, env }: Context): Promise<string[]> {
  const { configFolder } = await locate(cwd, env, undefined, git.root);
  return definedNames(await liveSide(configFolder), await userFile(configFolder));
}

function listOf(builds: readonly Build[]): string {
  if (builds.length === 0) return "There are no isolated builds.";
  const shown = builds.slice(0, SHOWN).map(nameOf).join(", ");
  return builds.length > SHOWN
    ? `Builds: ${shown} and ${builds.length - SHOWN} more (dot builds).`
    : `Builds: ${shown}.`;
}
