/**
 * The profile of an environment that names a schema of its own (`+schema`), for its plain runs: dbt has no option for a
 * schema.
 * @module
 */
import { join } from "@std/path";
import { schemaOf } from "../config/settings.ts";
import { renameProfile } from "../dbt/isolated_profile.ts";
import { type ProfileTarget, withoutDbtVariables } from "../dbt/profile.ts";
import { makeFolder, readIfThere, realOrSame, writeFile } from "../base/files.ts";
import { dotFolder } from "../store/paths.ts";
import { PROJECT_FILE } from "./project.ts";
import { hasKey, profileQuery } from "./profile.ts";
import { pathInRepository, type Situation } from "./situation.ts";

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

/** The profile for the plain runs of an environment; undefined where the user's own serves. */
export async function liveProfileOf(
  situation: Situation,
  source: ProfileTarget,
  env: Record<string, string>,
): Promise<LiveProfile | undefined> {
  const { environment, launcher, project } = situation;
  const base = schemaOf(environment);
  if (base === undefined || environment.name === undefined) return undefined;
  const projectText = await readIfThere(join(project.folder, PROJECT_FILE)) ?? "";
  const { text, schema, secrets } = renameProfile(source, {
    base,
    keepConfig: launcher.major < 2 && !hasKey(projectText, "flags"),
    scope: profileQuery(situation, env, []),
  });
  return { folder: await folderOf(situation, environment.name), text, schema, secrets, source };
}

/** What dbt's environment is with it: nothing leads past the copy, and its secrets are there. */
export function withLiveProfile(
  env: Record<string, string>,
  { secrets }: LiveProfile,
): Record<string, string> {
  return { ...withoutDbtVariables(env, ["PROFILES_DIR", "PROFILE", "TARGET"]), ...secrets };
}

/** Write it; only its owner can read it. */
export async function writeLiveProfile({ folder, text }: LiveProfile): Promise<void> {
  await makeFolder(folder, 0o700);
  await writeFile(join(folder, "profiles.yml"), text, 0o600);
}

/** `.dot/env/<env>`, with the project's path in a repository that holds it elsewhere than at the root. */
async function folderOf({ git, project }: Situation, environment: string): Promise<string> {
  if (git === undefined) return join(dotFolder(project.folder), "env", environment);
  const path = pathInRepository(git, await realOrSame(project.folder));
  const suffix = path === "" ? "" : `@${path.replaceAll("+", "++").replaceAll("/", "+")}`;
  return join(dotFolder(git.root), "env", environment + suffix);
}
