/**
 * Everything that a run depends on, found and checked before anything is written.
 * @module
 */
import { isAbsolute, relative, resolve } from "@std/path";
import type { Context } from "../context.ts";
import {
  chooseConfiguration,
  type ConfigSide,
  type Configuration,
  liveSide,
  SIDE_FILES,
  sideOf,
  userFile,
} from "../config/load.ts";
import type { EnvironmentsFile, Setting } from "../config/environments.ts";
import { deferOf } from "../config/settings.ts";
import { checkVariables } from "../config/variables.ts";
import { mergeVars } from "../dbt/argv.ts";
import type { DbtCommand } from "../dbt/commands.ts";
import { asWord } from "../dbt/argument.ts";
import { findDbt, type Launcher } from "../dbt/launcher.ts";
import { givenValue, isGiven, type Passthrough, readPassthrough } from "../dbt/passthrough.ts";
import { dbtVariable } from "../dbt/profile.ts";
import { DotError, UsageError } from "../errors.ts";
import { type Commit, Git } from "../git.ts";
import { PROJECT_FILES } from "./packages.ts";
import { locate, type Located, type Project, requireProject, settleProject } from "./project.ts";
import type { Spec } from "./spec.ts";

/** What the user asked for. */
export interface Request {
  command: DbtCommand;
  /** The target, or undefined where none was given. */
  spec: Spec | undefined;
  /** `--defer`. */
  defer: Spec | undefined;
  /** `--state`. */
  state?: Spec | undefined;
  /** `--modified`. */
  modified?: boolean;
  /** `--base`. */
  base?: string | undefined;
  /** `--seed-from`. */
  seedFrom?: Spec | undefined;
  /** Take the environment from the working tree even for a commit. */
  liveConfig: boolean;
  /** The words after `--`. */
  rest: readonly string[];
  /** What to do with the repository before a commit of the working tree is made in it. */
  onGit?: (git: Git) => Promise<void>;
}

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
    const at = (name: string) => inside === "" ? name : `${inside}/${name}`;
    const texts = await this.git.readFiles(
      commit.hash,
      SIDE_FILES.map(at),
      PROJECT_FILES.map(at),
    );
    return sideOf(texts, (name) => `${commit.short}:${at(name)}`);
  }
}

interface DeferSpec {
  text: string;
  environment: string | undefined;
  ref: string;
}

function checkDefer(spec: Spec, command: DbtCommand): DeferSpec {
  if (!command.defers) {
    throw new UsageError(`\`dbt ${command.name}\` cannot defer`, {
      hints: ["Leave out --defer."],
    });
  }
  if (spec.ref === undefined) {
    throw new UsageError(`--defer ${spec.text} must include a git ref`, {
      hints: [
        `A baseline is an isolated build: --defer ${spec.text}@main, or, where \`${spec.text}\` is the ref, --defer @${spec.text}`,
      ],
    });
  }
  return { text: spec.text, environment: spec.environment, ref: spec.ref };
}

function checkState({ base, command, modified, seedFrom, state }: Request): void {
  if (state !== undefined && state.ref === undefined) {
    throw new UsageError(`--state ${state.text} must include a git ref`, {
      hints: [
        `--state takes a commit: --state @${state.text}. For a folder of dbt's: -- --state ${state.text}`,
      ],
    });
  }
  if (base !== undefined && modified !== true && seedFrom === undefined) {
    throw new UsageError("--base goes with --modified");
  }
  if (base !== undefined && state !== undefined) {
    throw new UsageError("--base and --state both name what to compare with: leave out one");
  }
  if ((state !== undefined || modified === true) && !command.defers) {
    throw new UsageError(`\`dbt ${command.name}\` compares nothing`, {
      hints: [`Leave out ${modified === true ? "--modified" : "--state"}.`],
    });
  }
}

function checkSeedFrom(
  { command, seedFrom, spec }: Request,
  passthrough: Passthrough,
): void {
  if (seedFrom === undefined) return;
  if (!["build", "run", "snapshot"].includes(command.name)) {
    throw new UsageError(`\`dbt ${command.name}\` builds no incremental model and no snapshot`, {
      hints: ["Leave out --seed-from; it goes with build, run and snapshot."],
    });
  }
  if (spec?.ref === undefined) {
    throw new UsageError("--seed-from fills the schemas of an isolated build, never live ones", {
      hints: [`Name a commit: dot ${command.name} ${spec?.environment ?? ""}@HEAD --seed-from …`],
    });
  }
  if (isGiven(passthrough, "full-refresh")) {
    throw new UsageError("--full-refresh would build anew what --seed-from copies: leave out one");
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

/** What `--state` names, or where what is built left the default branch, or what `--base` or `+base` names. */
async function comparedCommit(
  { base, state }: Request,
  commit: Commit | undefined,
  environment: Configuration["environment"],
  git: Git,
): Promise<Commit> {
  if (state?.ref !== undefined) return await git.resolveCommit(state.ref);
  const setting = environment.settings.get("base")?.value;
  const branch = base ?? (typeof setting === "string" ? setting : await git.defaultBranch());
  if (branch === undefined) {
    throw new DotError(
      "there is no default branch to compare with: no origin/HEAD, main or master",
      {
        hints: ["Name one: --base <branch>, or `+base: <branch>` in the environment."],
      },
    );
  }
  // A commit of the working tree has no history: it stands on what is checked out.
  const head = commit === undefined || commit.uncommitted
    ? await git.resolveCommit("HEAD")
    : commit;
  const other = await git.resolveCommit(branch);
  const found = await git.mergeBase(head.hash, other.hash);
  if (found !== undefined) return await git.resolveCommit(found);
  const shallow = await git.isShallow();
  throw new DotError(`${head.short} and ${branch} have no commit in common`, {
    hints: [
      shallow
        ? "This clone is shallow: fetch the history, git fetch --unshallow."
        : "Name a commit to compare with: --base <ref>.",
    ],
  });
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
