/**
 * The `.env` file that dbt 1.12 and later load from the folder they run in, under the shell's own variables.
 * @module
 */
import { join } from "@std/path";
import { readIfThere } from "../base/files.ts";
import type { Launcher } from "./launcher.ts";

/** The environment as this dbt will see it in a folder. */
export async function dbtEnvironment(
  { major, version }: Launcher,
  cwd: string,
  env: Record<string, string>,
): Promise<Record<string, string>> {
  const minor = Number(version?.split(".")[1] ?? 0);
  if (major < 2 && minor < 12) return env;
  const text = await readIfThere(join(cwd, ".env"));
  return text === undefined ? env : { ...parseDotenv(text), ...env };
}

/** The variables of a `.env` text: `NAME=value` lines, `export` in front allowed, values bare or in quotes. */
export function parseDotenv(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  const line =
    /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.]*)[ \t]*=[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\.)*)"|([^\n#]*?))[ \t]*(?:#.*)?$/gm;
  for (const [, name = "", single, double, bare] of text.replaceAll("\r\n", "\n").matchAll(line)) {
    variables[name] = single ?? double?.replace(/\\(.)/gs, unescape) ?? bare ?? "";
  }
  return variables;
}

function unescape(_: string, letter: string): string {
  return letter === "n" ? "\n" : letter === "t" ? "\t" : letter;
}
