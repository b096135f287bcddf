/**
 * What decides where the relations of a build lie, and what they were made with: a build elsewhere, or of other values, is
 * another one.
 * @module
 */
import { varsJson } from "../dbt/argv.ts";
import { isSecret } from "../dbt/secrets.ts";
import { sha256 } from "../base/files.ts";
import { variablesIn } from "./escape/scan.ts";
import type { Isolated } from "./isolate.ts";
import { hashOfShared } from "./shared_files.ts";

/** Hash of a build's profile and of the environment variables that it reads, secrets aside. */
export async function hashOfProfile(
  { profile }: Pick<Isolated, "profile">,
  env: Record<string, string>,
): Promise<string> {
  const lines = profile.portable.split("\n").filter((line) =>
    !isSecret(/[\w-]*/.exec(line.trim())?.[0] ?? "", "x")
  );
  const names = [...new Set(variablesIn(lines.join("\n")))].sort();
  const values = names.map((name) => [name, env[name] ?? null]);
  return await sha256(JSON.stringify([profile.portable, values]));
}

/** Hash of the variables that dbt is given, and of the live project's files that it reads, if any. */
export async function hashOfInputs(
  { place: { vars }, shared }: Pick<Isolated, "place" | "shared">,
): Promise<string> {
  const given = varsJson(vars);
  return await sha256(shared.length === 0 ? given : `${given}\n${await hashOfShared(shared)}`);
}
