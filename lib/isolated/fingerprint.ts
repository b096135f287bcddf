/**
 * What decides where the relations of a build lie, and what they were made with: a build elsewhere, or of other values, is
 * another one.
 * @module
 */
import type { Setting } from "../base/setting.ts";
import { varsJson } from "../dbt/argv.ts";
import { isSecret } from "../dbt/secrets.ts";
import { sha256 } from "../base/files.ts";
import { variablesIn } from "./escape/scan.ts";
import type { Isolated } from "./isolate.ts";

/** Hash of a build's profile and of the environment variables that it reads, secrets aside. */
export async function hashOfProfile(
  { profile }: Pick<Isolated, "profile">,
  env: Record<string, string>,
): Promise<string> {
  const lines = profile.text.split("\n").filter((line) =>
    !isSecret(/[\w-]*/.exec(line.trim())?.[0] ?? "", "x")
  );
  const names = [...new Set(variablesIn(lines.join("\n")))].sort();
  const values = names.map((name) => [name, env[name] ?? null]);
  return await sha256(JSON.stringify([profile.text, values]));
}

/** Hash of the variables that dbt is given. */
export async function hashOfVars(vars: ReadonlyMap<string, Setting>): Promise<string> {
  return await sha256(varsJson(vars));
}
