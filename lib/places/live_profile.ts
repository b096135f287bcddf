/**
 * The profile of an environment that names a schema of its own (`+schema`), for its plain runs: dbt has no option for a
 * schema.
 * @module
 */
import { join } from "@std/path";
import { schemaOf } from "../config/settings.ts";
import { renameProfile } from "../dbt/isolated_profile.ts";
import { type ProfileTarget, withoutDbtVariables } from "../dbt/profile.ts";
import { yamlSecretsFor } from "../dbt/yaml_secrets.ts";
import { makeFolder, writeFile } from "../base/files.ts";
import { liveProfileFolder } from "../store/paths.ts";
import type { Place } from "./place.ts";
import { hasKey, profileQuery } from "./profile.ts";

/** A profile with the environment's schema in place of the profile's own. */
export interface LiveProfile {
  /** The folder that dbt is told to look in. */
  folder: string;
  text: string;
  /** The profile's literal secrets, by the variables that dbt reads them from. */
  secrets: Record<string, string>;
  schema: string;
  source: ProfileTarget;
}

/** The profile for the plain runs of a place's environment; undefined where the user's own serves. */
export async function liveProfileOf(place: Place): Promise<LiveProfile | undefined> {
  const { environment, git, launcher, project } = place.live();
  const base = schemaOf(environment);
  if (base === undefined || environment.name === undefined) return undefined;
  const live = place.live();
  const source = await live.target();
  const { text, schema, secrets } = renameProfile(source, {
    base,
    keepConfig: launcher.major < 2 && !hasKey(await live.projectText() ?? "", "flags"),
    scope: profileQuery(live, []),
    yamlSecrets: yamlSecretsFor(launcher, live.env),
  });
  const folder = git === undefined
    ? liveProfileFolder(project.folder, environment.name, "")
    : liveProfileFolder(git.root, environment.name, await place.path());
  return { folder, text, schema, secrets, source };
}

/** What dbt's environment is with it: nothing leads past the copy, and its secrets are there. */
export function withLiveProfile(
  env: Record<string, string>,
  { secrets }: Pick<LiveProfile, "secrets">,
): Record<string, string> {
  return { ...withoutDbtVariables(env, ["PROFILES_DIR", "PROFILE", "TARGET"]), ...secrets };
}

/** Write it; only its owner can read it. */
export async function writeLiveProfile(
  { folder, text }: Pick<LiveProfile, "folder" | "text">,
): Promise<void> {
  await makeFolder(folder, 0o700);
  await writeFile(join(folder, "profiles.yml"), text, 0o600);
}
