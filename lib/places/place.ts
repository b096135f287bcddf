/**
 * A place: an environment, and a commit, or its live schemas. All that a command needs to know before it decides what to
 * do there, whatever the command is.
 * @module
 */
import { join } from "@std/path";
import { DotError } from "../base/errors.ts";
import { readIfThere, realOrSame } from "../base/files.ts";
import type { Environment } from "../config/layers.ts";
import type { Setting } from "../base/setting.ts";
import { checkFolderName } from "../config/names.ts";
import { varsAsText } from "../dbt/argv.ts";
import type { JinjaScope } from "../dbt/jinja.ts";
import type { Launcher } from "../dbt/launcher.ts";
import type { Passthrough } from "../dbt/passthrough.ts";
import { findProfileTarget, type ProfileTarget } from "../dbt/profile.ts";
import type { Commit, Git } from "../git/git.ts";
import { profileOrNothing, profileQuery, projectProfile } from "./profile.ts";
import {
  fileIn,
  isOutside,
  type Located,
  pathInRepository,
  type Project,
  PROJECT_FILE,
} from "./project.ts";

/** What a place is made of. */
export interface PlaceParts {
  git: Git | undefined;
  /** The commit that is, or is to be, built; undefined for the live schemas. */
  commit: Commit | undefined;
  located: Located;
  project: Project;
  environment: Environment;
  /** The names of all environments that the files define. */
  environments: readonly string[];
  /** The variables, the user's own (`--vars`) over the environment's. */
  vars: ReadonlyMap<string, Setting>;
  /** The user's own words for dbt. */
  given: Passthrough;
  launcher: Launcher;
  /** dbt's environment, as a plain run in the project's folder has it. */
  env: Record<string, string>;
}

/** One place. It never changes; `with` gives another one. */
export class Place {
  readonly git: PlaceParts["git"];
  readonly commit: PlaceParts["commit"];
  readonly located: PlaceParts["located"];
  readonly project: PlaceParts["project"];
  readonly environment: PlaceParts["environment"];
  readonly environments: PlaceParts["environments"];
  readonly vars: PlaceParts["vars"];
  readonly given: PlaceParts["given"];
  readonly launcher: PlaceParts["launcher"];
  readonly env: PlaceParts["env"];
  #target: Promise<ProfileTarget> | undefined;
  #path: Promise<string> | undefined;

  /** Put it together. */
  constructor(parts: PlaceParts) {
    this.git = parts.git;
    this.commit = parts.commit;
    this.located = parts.located;
    this.project = parts.project;
    this.environment = parts.environment;
    this.environments = parts.environments;
    this.vars = parts.vars;
    this.given = parts.given;
    this.launcher = parts.launcher;
    this.env = parts.env;
  }

  /** The same place, but for some of its parts. */
  with(changes: Partial<PlaceParts>): Place {
    return new Place({ ...this, ...changes });
  }

  /** The live schemas of its environment. */
  live(): Place {
    return this.commit === undefined ? this : this.with({ commit: undefined });
  }

  /** The project's folder in the repository, with `/`; empty for its root. Throws a DotError where it lies outside. */
  path(): Promise<string> {
    return this.#path ??= this.#findPath();
  }

  /**
   * The folder in the repository that dbt runs in, as `path`: where a plain run stands, or the project where that lies outside.
   * Relative paths of data are seen from there.
   */
  async runsIn(): Promise<string> {
    const { git, project: { cwd, folder } } = this;
    if (git === undefined || cwd === folder) return await this.path();
    const real = await realOrSame(cwd);
    return isOutside(git.root, real) ? await this.path() : pathInRepository(git, real);
  }

  /** The profile's target, as dbt would take it. Throws a DotError that says what is missing and where. */
  target(): Promise<ProfileTarget> {
    return this.#target ??= this.#findTarget();
  }

  /** What texts of its profile are rendered with. */
  get scope(): JinjaScope {
    return { env: this.env, vars: varsAsText(this.vars) };
  }

  /** The target; undefined where dot cannot tell it: then dbt cannot either, or it is Jinja. */
  async targetOrNothing(): Promise<ProfileTarget | undefined> {
    try {
      return await this.target();
    } catch (error) {
      if (error instanceof DotError) return undefined;
      throw error;
    }
  }

  /**
   * What the environment is called where builds are told apart: its own name, or, where no file defines any, the target's.
   * Throws a DotError where builds of a commit would have none.
   */
  async name(): Promise<string> {
    const { commit, environment, environments } = this;
    if (environment.name !== undefined) return environment.name;
    const { target } = await this.target();
    if (commit === undefined) return target;
    if (environments.length > 0) throw unnamed(environments, "");
    checkFolderName(
      target,
      (why) =>
        new DotError(`${why}: give the build an environment with another name`, { code: "DOT031" }),
    );
    return target;
  }

  /** The text of the project's dbt_project.yml there; undefined where there is none. */
  async projectText(): Promise<string | undefined> {
    const { commit, git, project } = this;
    if (commit === undefined || git === undefined) {
      return await readIfThere(join(project.folder, PROJECT_FILE));
    }
    const [text] = await git.readFiles(commit.hash, [fileIn(await this.path(), PROJECT_FILE)]);
    return text;
  }

  async #findPath(): Promise<string> {
    const { git, project } = this;
    if (git === undefined) return "";
    return pathInRepository(git, await realOrSame(project.folder));
  }

  async #findTarget(): Promise<ProfileTarget> {
    const { commit, project } = this;
    const file = join(project.folder, PROJECT_FILE);
    const text = await this.projectText();
    if (commit === undefined) {
      return await findProfileTarget(profileQuery(this, [projectProfile(text, file)]));
    }
    const own = projectProfile(text, `${commit.short}:${fileIn(await this.path(), PROJECT_FILE)}`);
    // A profile may have been renamed since.
    const liveText = await readIfThere(file);
    const live = liveText === undefined ? undefined : profileOrNothing(liveText, file);
    return await findProfileTarget(profileQuery(this, [own, live]));
  }
}

/** The error for a commit that is wanted without an environment; `before` is what is typed before it. */
export function unnamed([first]: readonly string[], before: string): DotError {
  return new DotError("no environment is named, and none is the default", {
    code: "DOT023",
    hints: [
      `Name one: ${before}${first}@…`,
      "Or add `default: <name>` under `environment:` in dot_environments.yml.",
    ],
  });
}
