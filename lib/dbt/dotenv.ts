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

/** A line, as python-dotenv's parser takes it (dotenv/parser.py). */
const LINE =
  /[^\S\r\n]*(?:export[^\S\r\n]+)?(?:'([^']+)'|([^=#\s]+))[^\S\r\n]*=[^\S\r\n]*(?:'((?:\\'|[^'])*)'|"((?:\\"|[^"])*)"|(?!['"])([^\r\n]*))[^\S\r\n]*(?:#[^\r\n]*)?(?:\r\n|\n|\r|$)/y;

/** The variables of a `.env` text. A line that python-dotenv would refuse is passed over. */
export function parseDotenv(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  for (let at = 0; at < text.length;) {
    const blank = /\s*(?:#[^\r\n]*)?(?:\r\n|\n|\r|$)/y;
    blank.lastIndex = at;
    if (blank.test(text) && blank.lastIndex > at) {
      at = blank.lastIndex;
      continue;
    }
    LINE.lastIndex = at;
    const found = LINE.exec(text);
    if (found === null) {
      const end = text.slice(at).search(/[\r\n]/);
      at = end === -1 ? text.length : at + end + 1;
      continue;
    }
    at = LINE.lastIndex;
    const [, quoted, plain, single, double, bare] = found;
    variables[quoted ?? plain ?? ""] = single?.replace(/\\([\\'])/g, "$1") ??
      double?.replace(/\\([\\'"abfnrtv])/g, (_, letter: string) => ESCAPES[letter] ?? letter) ??
      (bare ?? "").replace(/\s+#.*/, "").trimEnd();
  }
  return variables;
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" },
};
