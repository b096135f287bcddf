/**
 * The environment that dbt gets in a build: what the user set there must not lead it elsewhere.
 * @module
 */
import { isAbsolute, resolve } from "@std/path";
import { DOTENV_OFF } from "../dbt/dotenv.ts";
import { PATH_OPTIONS, variableOf } from "../dbt/options.ts";
import { withoutDbtVariables } from "../dbt/profile.ts";
import { withoutRepository } from "../git/pinned.ts";
import type { Project } from "../places/project.ts";
import type { EnvironmentPaths } from "../store/paths.ts";
import { SUFFIX_VARIABLE } from "./escape/shim.ts";

/** Variables in whose place dot gives flags. */
export const OWN_VARIABLES = [
  "PROJECT_DIR",
  "PROFILES_DIR",
  "PROFILE",
  "TARGET",
  "TARGET_PATH",
  "LOG_PATH",
  "WRITE_JSON",
  "WRITE_METADATA",
];

/** Variables that tell launchers of a folder or file, seen from where they are started. */
const LAUNCHER_VARIABLES = [
  ...["UV_PROJECT", "UV_ENV_FILE", "UV_CONFIG_FILE", "UV_WORKING_DIRECTORY"],
  ...["PDM_PROJECT", "PIPENV_PIPFILE", "PYENV_DIR", "VIRTUAL_ENV"],
];

/** What a build's environment is made for. */
interface Setting {
  paths: EnvironmentPaths;
  /** The live project: paths of the user's are seen from there. */
  project: Project;
  /** The suffix of the build's schemas. */
  suffix: string;
}

/** The environment of an isolated run. Pure. */
export function isolatedEnv(
  env: Record<string, string>,
  { paths, project, suffix }: Setting,
): Record<string, string> {
  const child: Record<string, string> = {
    // `dbt deps` starts git for packages.
    ...withoutRepository(withoutDbtVariables(env, OWN_VARIABLES)),
    ...DOTENV_OFF,
    // `debug` and `deps` have no --target-path.
    DBT_TARGET_PATH: paths.target,
    [SUFFIX_VARIABLE]: suffix,
  };
  for (const [option, from] of Object.entries(PATH_OPTIONS)) {
    const variable = variableOf(option);
    for (const name of [`DBT_ENGINE_${variable}`, `DBT_${variable}`]) {
      const path = child[name];
      if (path && !isAbsolute(path)) child[name] = resolve(project[from], path);
    }
  }
  for (const name of LAUNCHER_VARIABLES) {
    const path = child[name];
    if (path && !isAbsolute(path)) child[name] = resolve(project.cwd, path);
  }
  return child;
}
