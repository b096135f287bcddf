/**
 * What a run comes down to: the exact dbt commands, and what an isolated build puts in place for them.
 * @module
 */
import type { IsolatedProfile } from "../../dbt/isolated_profile.ts";
import type { ProfileTarget } from "../../dbt/profile.ts";
import type { Setting } from "../../base/setting.ts";
import type { Commit, Git } from "../../git/git.ts";
import type { Command } from "../../base/process.ts";
import type { YamlValue } from "../../base/yaml.ts";
import type { Comparison } from "../../compare/comparison.ts";
import type { LiveProfile } from "../../places/live_profile.ts";
import type { BuildPaths, EnvironmentPaths } from "../../store/paths.ts";
import type { BuildName } from "../../store/record.ts";
import type { SeedPlan } from "../seed/fill.ts";

/** What a run comes down to. */
export interface Plan {
  /** The dbt command that was asked for. */
  dbt: Command;
  /** What must be in place for it, for an isolated run. */
  isolated: IsolatedPlan | undefined;
  /** The profile that must be in place for a plain run of an environment with a schema of its own. */
  live?: LiveProfile | undefined;
  /** What the user should know before it runs. */
  warnings: Warning[];
  /** What it is compared with. */
  comparison: Comparison | undefined;
  /** What its incremental models and snapshots begin with. */
  seed?: SeedPlan | undefined;
}

/** Something to know before a run. */
export interface Warning {
  message: string;
  hints: string[];
}

/** One commit for one environment. */
export interface IsolatedPlan {
  git: Git;
  commit: Commit;
  environment: string;
  build: BuildPaths;
  paths: EnvironmentPaths;
  source: ProfileTarget;
  profile: IsolatedProfile;
  /** The project's folder in the repository. */
  project: string;
  packages: PackagePlan;
  /** What dot sets on every dbt command of this build. */
  fixed: ReadonlyMap<string, YamlValue>;
  /** The build that it reads what is not selected from. */
  baseline: BuildName | undefined;
  /** The environment's arguments, as this build takes them. */
  settings: ReadonlyMap<string, Setting>;
}

/** The packages of the commit's project. */
export interface PackagePlan {
  /** Whether it has any. */
  any: boolean;
  /** Whether the environment wants them to be installed (`+deps`). */
  wanted: boolean;
  /** Hash of its package files. */
  hash: string;
  /** Where they are installed, relative to the project. */
  folder: string;
  /** What installs them. */
  deps: Command;
}
