/**
 * What decides which profile a run takes: the command line, the environment, and the project's own file.
 * @module
 */
import { join, resolve } from "@std/path";
import { asWord } from "../dbt/argument.ts";
import { varsAsText } from "../dbt/argv.ts";
import { givenValue } from "../dbt/passthrough.ts";
import { findProfileTarget, type ProfileQuery, type ProfileTarget } from "../dbt/profile.ts";
import { readIfThere } from "../base/files.ts";
import { get, getText, readYaml, type YamlMap } from "../base/yaml.ts";
import { PROJECT_FILE } from "./project.ts";
import type { Situation } from "./situation.ts";

/** Ask for a profile as dbt would, for a run; `projectProfiles` as dbt_project.yml has them, unrendered. */
export function profileQuery(
  { environment, located, passthrough, project, vars }: Situation,
  env: Record<string, string>,
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
    profilesDir: givenValue(passthrough, "profiles-dir") ??
      (profilesDir === undefined ? undefined : resolve(located.configFolder, profilesDir)),
    profile: givenValue(passthrough, "profile") ?? setting("profile"),
    target: givenValue(passthrough, "target") ?? setting("target"),
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

/** Whether a dbt_project.yml has a key at its top level. */
export function hasKey(text: string, key: string): boolean {
  const root = projectMap(text, PROJECT_FILE);
  return root !== undefined && get(root, key) !== undefined;
}

/** The profile's target as a plain run takes it. */
export async function liveTarget(
  situation: Situation,
  env: Record<string, string>,
): Promise<ProfileTarget> {
  const { folder } = situation.project;
  const projectText = await readIfThere(join(folder, PROJECT_FILE));
  const query = profileQuery(situation, env, [
    projectProfile(projectText, join(folder, PROJECT_FILE)),
  ]);
  return await findProfileTarget(query);
}
