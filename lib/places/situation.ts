/**
 * Everything that a run depends on, found and checked before anything is written.
 * @module
 */
import { isAbsolute, relative, resolve } from "@std/path";
import type { Context } from "../base/context.ts";
import {
  chooseConfiguration,
  type ConfigSide,
  type Configuration,
  liveSide,
  SIDE_FILES,
  sideOf,
  userFile,
} from "../config/load.ts";
import type { Setting } from "../base/setting.ts";
import type { EnvironmentsFile } from "../config/layers.ts";
import { deferOf } from "../config/settings.ts";
import { checkVariables } from "../config/variables.ts";
import { mergeVars } from "../dbt/argv.ts";
import type { DbtCommand } from "../dbt/commands.ts";
import { asWord } from "../dbt/argument.ts";
import { findDbt, type Launcher } from "../dbt/launcher.ts";
import { givenValue, type Passthrough, readPassthrough } from "../dbt/passthrough.ts";
import { dbtVariable } from "../dbt/profile.ts";
import { DotError } from "../base/errors.ts";
import { type Commit, Git } from "../git/git.ts";
import { PROJECT_FILES } from "../isolated/packages.ts";
import {
  fileIn,
  locate,
  type Located,
  type Project,
  requireProject,
  settleProject,
} from "./project.ts";
import {
  checkDefer,
  checkSeedFrom,
  checkState,
  comparedCommit,
  type DeferSpec,
  type Request,
} from "../run/request.ts";
import type { Spec } from "./spec.ts";
/** What was found. */
export interface Situation {
  command: DbtCommand;
  git: Git | undefined;
  /** The commit to build, for an isolated run. */
  commit: Commit | undefined;
  located: Located;
  project: Project;
  environment: Configuration["environment"];
  /** The names of all environments that the files define. */
  environments: readonly string[];
  /** The variables, the user's own over the environment's; checked. */
  vars: ReadonlyMap<string, Setting>;
  passthrough: Passthrough;
  launcher: Launcher;
  /** The environment and commit to defer to. */
  baseline: { environment: string | undefined; ref: string } | undefined;
  /** What it is compared with. */
  state: ComparedWith | undefined;
  /** Where incremental models and snapshots are copied from. */
  seedFrom: SeedFrom | undefined;
  /** With `--modified`, the environment in whose live schemas the rest may be read (`+defer`). */
  deferTo: Configuration["environment"] | undefined;
}

/** The place that incremental models and snapshots are copied from. */
export interface SeedFrom {
  /** As it was typed. */
  text: string;
  /** The commit that is built there; for live schemas, the one whose code they are taken to hold. */
  commit: Commit;
  environment: Configuration["environment"];
  /** Whether it is the live schemas of the environment, not a build. */
  live: boolean;
}

/** The commit that a run is compared with. */
export interface ComparedWith {
  commit: Commit;
  /** The environment as that commit has it. */
  environment: Configuration["environment"];
  /** Whether only what is modified since is to be selected. */
  modified: boolean;
}

/** Find and check everything that a run depends on. Writes nothing. */
export async function findSituation(request: Request, context: Context): Promise<Situation> {
  const { command, spec } = request;
  const { cwd, env } = context;
  const passthrough = readPassthrough(request.rest, command.name);
  const defer = request.defer === undefined ? undefined : checkDefer(request.defer, command);
  checkState(request);
  const { modified = false } = request;
  const compares = modified || request.state !== undefined;
  checkSeedFrom(request, passthrough);
  const needsGit = spec?.ref !== undefined || defer !== undefined || compares;
  const flag = givenValue(passthrough, "project-dir");
  const folder = flag ?? dbtVariable(env, "PROJECT_DIR");
  const gitFolder = await existing(folder === undefined ? cwd : resolve(cwd, folder), cwd);
  const git = needsGit ? await Git.require(gitFolder, env) : await Git.find(gitFolder, env);
  git?.askAhead(".dot");
  if (git !== undefined) await request.onGit?.(git);
  const located = await locate(cwd, env, flag, git?.root);
  const commit = spec?.ref === undefined ? undefined : await git?.resolveCommit(spec.ref);

  const sources = new Sources(located.configFolder, git);
  const commitSide = commit === undefined || request.liveConfig
    ? undefined
    : await sources.commit(commit);
  const live = await sources.live();
  const user = await sources.user();
  const { environment, environments, variables } = chooseConfiguration(
    spec?.environment,
    user,
    live,
    commitSide,
  );
  const vars = mergeVars(environment.vars, passthrough);
  if (command.name !== "init") checkVariables(variables, vars, environment.name);

  const setting = environment.args.get("project-dir")?.value;
  const project = settleProject(
    located,
    cwd,
    flag !== undefined,
    setting === undefined ? undefined : asWord(setting),
  );
  if (command.name !== "init" && commit === undefined) await requireProject(project.folder);
  const launcher = await findDbt({
    env,
    cwd,
    folders: [project.folder, ...git === undefined ? [] : [git.root]],
  });
  const baseline = defer === undefined ? undefined : {
    ref: defer.ref,
    environment: await baselineEnvironment(defer, environment.name, sources, user, live, git),
  };
  const against = git === undefined || !compares
    ? undefined
    : await comparedCommit(request, commit, environment, git);
  const state = against === undefined ? undefined : {
    commit: against,
    modified,
    environment: chooseConfiguration(
      request.state?.environment ?? environment.name,
      user,
      live,
      await sources.commit(against),
    ).environment,
  };
  const named = modified ? deferOf(environment) : undefined;
  const { seedFrom } = request;
  return {
    state,
    seedFrom: seedFrom === undefined || git === undefined ? undefined : {
      text: seedFrom.text,
      live: seedFrom.ref === undefined,
      ...await seedPlace(seedFrom, {
        git,
        choose: (name, side) =>
          chooseConfiguration(name ?? environment.name, user, live, side).environment,
        side: (found) => sources.commit(found),
        base: () => comparedCommit({ ...request, state: undefined }, commit, environment, git),
      }),
    },
    deferTo: named === undefined
      ? undefined
      : chooseConfiguration(named, user, live, undefined).environment,
    command,
    git,
    commit,
    located,
    project,
    environment,
    environments,
    vars,
    passthrough,
    launcher,
    baseline,
  };
}

/** The path of a folder inside the repository, with `/`, empty for its root. Throws when it lies outside. */
export function pathInRepository(git: Git, folder: string): string {
  const path = relative(git.root, folder);
  if (path === "") return "";
  if (isOutside(git.root, folder)) {
    throw new DotError(`${folder} lies outside the repository ${git.root}`, {
      hints: ["An isolated build needs a dbt project inside the repository that holds the commit."],
    });
  }
  return path.replaceAll("\\", "/");
}

/** Whether a path, seen from a folder, leaves it. */
export function isOutside(folder: string, path: string): boolean {
  const way = relative(folder, resolve(folder, path));
  return /^\.\.(?:[/\\]|$)/.test(way) || isAbsolute(way);
}

/** Where the configuration can be read: the working tree, or a commit. */
class Sources {
  constructor(readonly folder: string, readonly git: Git | undefined) {}

  live(): Promise<ConfigSide> {
    return liveSide(this.folder);
  }

  user(): Promise<EnvironmentsFile | undefined> {
    return userFile(this.folder);
  }

  async commit(commit: Commit): Promise<ConfigSide | undefined> {
    if (this.git === undefined) return undefined;
    const inside = pathInRepository(this.git, await Deno.realPath(this.folder));
    const at = (name: string) => fileIn(inside, name);
    const texts = await this.git.readFiles(
      commit.hash,
      SIDE_FILES.map(at),
      PROJECT_FILES.map(at),
    );
    return sideOf(texts, (name) => `${commit.short}:${at(name)}`);
  }
}

/** The commit and the environment that `--seed-from` names. */
async function seedPlace(
  { environment, ref }: Spec,
  { base, choose, git, side }: {
    git: Git;
    choose: (
      environment: string | undefined,
      side: ConfigSide | undefined,
    ) => Configuration["environment"];
    side: (commit: Commit) => Promise<ConfigSide | undefined>;
    base: () => Promise<Commit>;
  },
): Promise<Pick<SeedFrom, "commit" | "environment">> {
  if (ref === undefined) {
    return { commit: await base(), environment: choose(environment, undefined) };
  }
  const commit = await git.resolveCommit(ref);
  return { commit, environment: choose(environment, await side(commit)) };
}

/** The environment of a baseline: the one named, else the default, else, where no files define any, the run's. */
async function baselineEnvironment(
  defer: DeferSpec,
  environment: string | undefined,
  sources: Sources,
  user: EnvironmentsFile | undefined,
  live: ConfigSide,
  git: Git | undefined,
): Promise<string | undefined> {
  const commit = await git?.resolveCommit(defer.ref);
  const side = commit === undefined ? undefined : await sources.commit(commit);
  const chosen = chooseConfiguration(defer.environment, user, live, side).environment.name;
  if (chosen !== undefined) return chosen;
  if (live.environments !== undefined || user !== undefined) {
    throw new DotError(`--defer ${defer.text} names no environment, and none is the default`, {
      hints: [`Name one: --defer ${environment ?? "dev"}${defer.text}`],
    });
  }
  return undefined;
}

async function existing(folder: string, otherwise: string): Promise<string> {
  try {
    return (await Deno.stat(folder)).isDirectory ? folder : otherwise;
  } catch {
    return otherwise;
  }
}
