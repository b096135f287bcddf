/**
 * The profile with secrets in it that no variable can bring to dbt: beside the note of the run, which has it removed by the next dot
 * where this one is killed.
 * @module
 */
import { join } from "@std/path";
import { makeFolder, readIfThere, writeFile } from "../base/files.ts";
import type { Command } from "../base/process.ts";
import { jsonText } from "../base/yaml.ts";
import { IN_FILE_PREFIX } from "./secrets.ts";

/** The option that says where dbt looks for its profile. */
const FOLDER = "--profiles-dir";

/** Whether a command has secrets that must be written for it. */
export function hasWrittenSecrets({ env }: Pick<Command, "env">): boolean {
  return namesOf(env).length > 0;
}

/** Write the profile of a command with its secrets to a folder; gives the command that reads it there. */
export async function withSecretsIn(folder: string, command: Command): Promise<Command> {
  const { args, env } = command;
  const names = namesOf(env);
  const at = args.indexOf(FOLDER) + 1;
  const from = args[at];
  if (at === 0 || from === undefined) return command;
  let text = await readIfThere(join(from, "profiles.yml")) ?? "";
  for (const name of names) {
    const written = jsonText(env[name] ?? "");
    text = text.replaceAll(jsonText(`{{ env_var('${name}') }}`), () => written);
  }
  await makeFolder(folder, 0o700);
  await writeFile(join(folder, "profiles.yml"), text, 0o600);
  return {
    ...command,
    args: args.with(at, folder),
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name))),
  };
}

function namesOf(env: Record<string, string>): string[] {
  return Object.keys(env).filter((name) => name.startsWith(IN_FILE_PREFIX));
}
