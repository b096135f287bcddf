/**
 * What decides which profile a run takes: the command line, the environment, and the project's own file.
 * @module
 */
import { resolve } from "@std/path";
import { asWord } from "../dbt/argument.ts";
import { varsAsText } from "../dbt/argv.ts";
import { givenValue, type Passthrough } from "../dbt/passthrough.ts";
import type { ProfileQuery } from "../dbt/profile.ts";
import { get, getText, readYaml, type YamlMap } from "../base/yaml.ts";
import type { Setting } from "../base/setting.ts";
import { type Located, type Project, PROJECT_FILE } from "./project.ts";

/** What decides about a profile. */
export interface ProfileChoice {
  env: Record<string, string>;
  environment: { name: string | undefined; args: ReadonlyMap<string, Setting> };
  given: Passthrough;
  located: Located;
  project: Project;
  vars: ReadonlyMap<string, Setting>;
}

/** Ask for the profile of a place as dbt would; `projectProfiles` as dbt_project.yml has them, unrendered. */
export function profileQuery(
  { env, environment, given, located, project, vars }: ProfileChoice,
  projectProfiles: readonly (string | undefined)[],
): ProfileQuery {
  const setting = (name: string) => {
    const value = environment.args.get(name)?.value;
    return value === undefined ? undefined : asWord(value);
  };
  const profilesDir = setting("profiles-dir");
  return {
    env,
    vars: varsAsText(vars),
    cwd: project.cwd,
    profilesDir: givenValue(given, "profiles-dir") ??
      (profilesDir === undefined ? undefined : resolve(located.configFolder, profilesDir)),
    profile: givenValue(given, "profile") ?? setting("profile"),
    target: givenValue(given, "target") ?? setting("target"),
    projectProfiles: projectProfiles.filter((text) => text !== undefined),
    environment: environment.name,
  };
}

/** `profile:` of a dbt_project.yml, unrendered. Throws a FileError when the file is broken. */
export function projectProfile(text: string | undefined, label: string): string | undefined {
  const root = projectMap(text, label);
  return root === undefined ? undefined : getText(root, "profile");
}

/** The same, where a broken file is no matter. */
export function profileOrNothing(text: string, label: string): string | undefined {
  try {
    return projectProfile(text, label);
  } catch {
    // The working tree's file may be broken while an older commit is built.
    return undefined;
  }
}

function projectMap(text: string | undefined, label: string): YamlMap | undefined {
  if (text === undefined) return undefined;
  const root = readYaml(text, label, { duplicateKeys: "last" });
  return root?.kind === "map" ? root : undefined;
}

/** The text at a key of a dbt_project.yml; undefined where there is none, or the file cannot be read. */
export function textOf(text: string | undefined, key: string): string | undefined {
  try {
    const root = projectMap(text, PROJECT_FILE);
    return root === undefined ? undefined : getText(root, key);
  } catch {
    return undefined;
  }
}

/** Whether a dbt_project.yml has a key at its top level. */
export function hasKey(text: string, key: string): boolean {
  const root = projectMap(text, PROJECT_FILE);
  return root !== undefined && get(root, key) !== undefined;
}
