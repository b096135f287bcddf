/**
 * Finds places: the repository, dot's files as they are and as a commit has them, the environment, the project and its dbt.
 * What several places of one run share is read once.
 * @module
 */
import { resolve } from "@std/path";
import type { Context } from "../base/context.ts";
import type { Environment, EnvironmentsFile } from "../config/layers.ts";
import {
  chooseConfiguration,
  type ConfigSide,
  type Configuration,
  definedNames,
  liveSide,
  SIDE_FILES,
  sideOf,
  userFile,
} from "../config/load.ts";
import { checkNames, checkVariables } from "../config/variables.ts";
import { asWord } from "../dbt/argument.ts";
import { mergeVars } from "../dbt/argv.ts";
import { dbtEnvironment } from "../dbt/dotenv.ts";
import { findDbt, type Launcher } from "../dbt/launcher.ts";
import { givenValue, NOTHING_GIVEN, type Passthrough } from "../dbt/passthrough.ts";
import { dbtVariable } from "../dbt/profile.ts";
import { type Commit, Git } from "../git/git.ts";
import { DOT_FOLDER } from "../store/paths.ts";
import { refuseTracked } from "../store/tracked.ts";
import { Place } from "./place.ts";
import {
  fileIn,
  locate,
  type Located,
  pathInRepository,
  type Project,
  READ_AHEAD,
  requireProject,
  settleProject,
} from "./project.ts";
import type { Spec } from "./spec.ts";

/** How the places of a run are looked for. */
export interface Search {
  /** The user's own words for dbt: they may name the project, the profile, the target, variables. */
  given?: Passthrough;
  /** Whether there must be a repository. */
  needsGit?: boolean;
  /** Take environments from the working tree even for a commit. */
  liveConfig?: boolean;
  /** What to do with the repository before a commit of the working tree is made in it. */
  onGit?: (git: Git) => Promise<void>;
}

/** Finds the places of one run. */
export class Finder {
  #live: Promise<ConfigSide> | undefined;
  readonly #warned = new Set<string>();
  readonly #launchers = new Map<string, Promise<Launcher>>();
  #user: Promise<EnvironmentsFile | undefined> | undefined;

  private constructor(
    readonly context: Context,
    readonly git: Git | undefined,
    readonly located: Located,
    readonly given: Passthrough,
    readonly liveConfig: boolean,
    /** Ends when it is known that `.dot/` is dot's alone: git works on that while files are read. */
    readonly own: Promise<void>,
  ) {}

  /** Begin, around the folder that the user stands in or names. Throws a DotError where there must be a repository. */
  static async open(search: Search, context: Context): Promise<Finder> {
    const { given = NOTHING_GIVEN, liveConfig = false, needsGit = false, onGit } = search;
    const { cwd, env } = context;
    const flag = givenValue(given, "project-dir");
    const folder = flag ?? dbtVariable(env, "PROJECT_DIR");
    const around = await existing(folder === undefined ? cwd : resolve(cwd, folder), cwd);
    const git = needsGit ? await Git.require(around, env) : await Git.find(around, env);
    git?.askAhead(DOT_FOLDER);
    if (git !== undefined) await onGit?.(git);
    const own = git === undefined ? Promise.resolve() : refuseTracked(git);
    // Whoever asks for a place gets the error.
    own.catch(() => {});
    const located = await locate(cwd, env, flag, git?.root);
    return new Finder(context, git, located, given, liveConfig, own);
  }

  /**
   * The place that a spec names; without one, the default environment's live schemas. Where a project is about to be
   * started, there is none yet (`needsProject` false). Throws a DotError where a run there could not begin.
   */
  async find(spec: Spec | undefined, { needsProject = true } = {}): Promise<Place> {
    const commit = await this.commit(spec);
    const configuration = await this.configuration(spec?.environment, commit);
    const { environment, variables } = configuration;
    if (needsProject) {
      const vars = mergeVars(environment.vars, this.given);
      checkVariables(variables, vars, environment.name);
      checkNames(variables, vars, ({ hints, message }) => this.#warnOnce(message, hints));
      if (commit === undefined) await requireProject(this.#project(environment).folder);
    }
    return await this.place(configuration, commit);
  }

  /** The commit that a spec names, if it does. */
  async commit(spec: Spec | undefined): Promise<Commit | undefined> {
    return spec?.ref === undefined ? undefined : await this.git?.resolveCommit(spec.ref);
  }

  /** What an environment comes to, as a commit has it, or today; the default one without a name. */
  async configuration(
    name: string | undefined,
    commit: Commit | undefined,
  ): Promise<Configuration> {
    const side = commit === undefined || this.liveConfig ? undefined : await this.#side(commit);
    const live = await this.live();
    return chooseConfiguration(name, await this.user(), live, side);
  }

  /** The environment of another place of the run, as its commit has it whatever is asked of the first. */
  async environmentAt(name: string | undefined, commit: Commit): Promise<Environment> {
    const live = await this.live();
    return chooseConfiguration(name, await this.user(), live, await this.#side(commit)).environment;
  }

  /** Put a place together. Throws a DotError where git tracks `.dot/`, or dbt is not installed, unless there is another answer to which it is. */
  async place(
    { environment, environments }: Configuration,
    commit: Commit | undefined,
    otherwise?: Launcher,
  ): Promise<Place> {
    const { context: { env }, git, given, located } = this;
    const project = this.#project(environment);
    const folders = [project.folder, ...git === undefined ? [] : [git.root]];
    const launcher = await this.#dbt(folders, otherwise);
    await this.own;
    return new Place({
      git,
      commit,
      located,
      project,
      environment,
      environments,
      vars: mergeVars(environment.vars, given),
      given,
      launcher,
      env: await dbtEnvironment(launcher, project.cwd, env),
    });
  }

  /** The names of all environments that the working tree's files define. */
  async environments(): Promise<string[]> {
    return definedNames(await this.live(), await this.user());
  }

  /** The team's files in the working tree. */
  live(): Promise<ConfigSide> {
    return this.#live ??= liveSide(this.located.configFolder);
  }

  /** The user's own file. */
  user(): Promise<EnvironmentsFile | undefined> {
    return this.#user ??= userFile(this.located.configFolder);
  }

  /** Several places of a run may have the same fault. */
  #warnOnce(message: string, hints: readonly string[]): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.context.out.warn(message, hints);
  }

  /** Several places of a run have the same dbt. */
  #dbt(folders: readonly string[], otherwise: Launcher | undefined): Promise<Launcher> {
    const key = JSON.stringify([folders, otherwise]);
    const { cwd, env } = this.context;
    const found = this.#launchers.get(key) ?? findDbt({ env, cwd, folders }, otherwise);
    this.#launchers.set(key, found);
    return found;
  }

  #project(environment: Environment): Project {
    const setting = environment.args.get("project-dir")?.value;
    const hasFlag = givenValue(this.given, "project-dir") !== undefined;
    return settleProject(this.located, this.context.cwd, {
      hasFlag,
      setting: setting === undefined ? undefined : asWord(setting),
    });
  }

  async #side(commit: Commit): Promise<ConfigSide | undefined> {
    const { git, located } = this;
    if (git === undefined) return undefined;
    const inside = pathInRepository(git, await Deno.realPath(located.configFolder));
    const at = (name: string) => fileIn(inside, name);
    const texts = await git.readFiles(commit.hash, SIDE_FILES.map(at), READ_AHEAD.map(at));
    return sideOf(texts, (name) => `${commit.short}:${at(name)}`);
  }
}

async function existing(folder: string, otherwise: string): Promise<string> {
  try {
    return (await Deno.stat(folder)).isDirectory ? folder : otherwise;
  } catch {
    return otherwise;
  }
}
