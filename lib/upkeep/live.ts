/**
 * What the project at its live place consists of: its manifest, parsed for the environment that is asked about.
 * @module
 */
import { dbtFailure } from "../dbt/said.ts";
import { join } from "@std/path";
import { readIfThere } from "../base/files.ts";
import type { Reached } from "../places/connection.ts";
import { requireDbtCommand } from "../dbt/commands.ts";
import type { Manifest } from "../dbt/manifest/manifest.ts";
import { hasManifest, needManifest } from "../dbt/manifest/read.ts";
import { withoutDbtVariables } from "../dbt/profile.ts";
import { flagsIn, question } from "../dbt/question.ts";

/**
 * Parse the project in the working tree as a plain run of the environment would. Gives its manifest.
 * Throws a DotError with dbt's words when dbt cannot parse it.
 */
export async function parseLive({ place, connection }: Reached): Promise<Manifest> {
  const { environment, given, launcher, project, vars } = place;
  const target = join(connection.folder, "live");
  const fixed = new Map<string, string | boolean>([
    ["project-dir", project.folder],
    ["profiles-dir", connection.profilesDir],
    ["profile", connection.profile],
    ["target", connection.target],
    ["target-path", target],
    ["log-path", target],
    ["write-json", true],
  ]);
  const command = question({
    launcher,
    command: requireDbtCommand("parse"),
    fixed,
    settings: environment.args,
    vars: environment.vars.size === 0 ? undefined : vars,
    passthrough: given,
  }, {
    cwd: connection.cwd,
    env: withoutDbtVariables(connection.env, ["WRITE_JSON", "TARGET_PATH", "LOG_PATH"]),
    flags: flagsIn(
      await place.projectText(),
      await readIfThere(join(connection.profilesDir, "profiles.yml")),
    ),
  });
  const result = await connection.runner.query(command);
  if (result.code !== 0 || !await hasManifest(target)) {
    throw dbtFailure("dbt could not parse the project", result, { version: launcher.version });
  }
  return await needManifest(target);
}
