/**
 * The environment that dbt gets in a build: what the user set there must not lead it elsewhere.
 * @module
 */
import { isAbsolute, resolve } from "@std/path";
import { DOTENV_OFF } from "../dbt/dotenv.ts";
import { PATH_OPTIONS } from "../dbt/options.ts";
import { withoutDbtVariables } from "../dbt/profile.ts";
import type { Project } from "../places/project.ts";
import type { EnvironmentPaths } from "../store/paths.ts";
import { SUFFIX_VARIABLE } from "./escape/shim.ts";

/** Variables in whose place dot gives flags. */
const OWN_VARIABLES = [
  "PROJECT_DIR",
  "PROFILES_DIR",
  "PROFILE",
  "TARGET",
  "TARGET_PATH",
  "LOG_PATH",
  "WRITE_JSON",
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
    ...withoutDbtVariables(env, OWN_VARIABLES),
    ...DOTENV_OFF,
    // `debug` and `deps` have no --target-path.
    DBT_TARGET_PATH: paths.target,
    [SUFFIX_VARIABLE]: suffix,
  };
  for (const [option, from] of Object.entries(PATH_OPTIONS)) {
    const variable = option.toUpperCase().replaceAll("-", "_");
    for (const name of [`DBT_ENGINE_${variable}`, `DBT_${variable}`]) {
      const path = child[name];
      if (path && !isAbsolute(path)) child[name] = resolve(project[from], path);
    }
  }
  return child;
}
