/**
 * What is done with a literal secret that dbt 2 would not take for a text: no variable brings it there, and a file may hold it only
 * where the user allows that.
 * @module
 */
import { DotError } from "../base/errors.ts";
import type { Launcher } from "./launcher.ts";
import type { ProfileTarget } from "./profile.ts";

/** It is refused, or written to a file for as long as dbt runs. */
export type YamlSecrets = "refuse" | "write";

/** The variable by which a user allows such a file. */
const ALLOWING = "DOT_ALLOW_SECRET_FILE";

/** What is done with such secrets; undefined for a dbt that takes all texts from variables. */
export function yamlSecretsFor(
  { major }: Pick<Launcher, "major">,
  env: Record<string, string>,
): YamlSecrets | undefined {
  if (major < 2) return undefined;
  return env[ALLOWING] === "1" ? "write" : "refuse";
}

/** The error for one of a target; `path` are the names that lead to it. */
export function noText(
  { file, profile, target }: Pick<ProfileTarget, "file" | "profile" | "target">,
  path: string,
): DotError {
  return new DotError(
    `${file}: dbt 2 would not take the value of \`${path}\` for text (profile \`${profile}\`, target \`${target}\`)`,
    {
      code: "DOT047",
      hints: [
        "dot gives dbt a secret by a variable, never by a file, and dbt 2 reads what a variable holds as YAML: a number, `true`, `null`, `a: b`.",
        "Choose another password, or log in with a key.",
        `Or let it stand in a file: with ${ALLOWING}=1 dot writes it into a copy of the profile that only you can read, for as long as dbt runs.`,
      ],
    },
  );
}
