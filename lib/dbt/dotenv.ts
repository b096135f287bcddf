/**
 * The `.env` file that dbt 1.12 and later load, under the shell's own variables: dbt 1 from the folder it runs in or the nearest
 * above it, by python-dotenv, dbt 2 from the folder alone.
 * @module
 */
import { dirname, join } from "@std/path";
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
  const text = await readNearest(cwd, { above: major < 2 });
  if (text === undefined) return env;
  const variables = parseDotenv(text);
  return { ...major < 2 ? expand(variables, env) : variables, ...env };
}

/** By which python-dotenv loads nothing: dbt in a build's worktree must not find a file of the commit's, or none. */
export const DOTENV_OFF = { PYTHON_DOTENV_DISABLED: "1" } as const;

async function readNearest(
  cwd: string,
  { above }: { above: boolean },
): Promise<string | undefined> {
  for (let folder = cwd;; folder = dirname(folder)) {
    const text = await readIfThere(join(folder, ".env"));
    if (text !== undefined || !above || dirname(folder) === folder) return text;
  }
}

/** Put values into `${NAME}` and `${NAME:-otherwise}`: the shell's first, then those above in the file. */
function expand(
  variables: Record<string, string>,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const known: Record<string, string> = {};
  for (const [name, text] of Object.entries(variables)) {
    known[name] = text.replace(
      /\$\{([^}:]*)(?::-([^}]*))?\}/g,
      (_, variable: string, otherwise = "") => env[variable] ?? known[variable] ?? otherwise,
    );
  }
  return known;
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
