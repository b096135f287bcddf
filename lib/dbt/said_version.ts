/**
 * Which dbt a launcher starts, by its own word: `<words> --version`. That takes up to seconds, so the answer is kept, for as long as
 * nothing changed that may lead the launcher to another dbt.
 * @module
 */
import { dirname, join, resolve } from "@std/path";
import { DotError } from "../base/errors.ts";
import { isFolder, namesIn, readObject, realOrSame, sha256, writeFile } from "../base/files.ts";
import { asObject, asText, entries } from "../base/json.ts";
import { isOwn, userCache } from "../base/own_folder.ts";
import { queryWithin } from "../base/process.ts";
import { findOnPath } from "../base/programs.ts";
import { quoteCommand } from "../base/shell.ts";

/** How long a program may take to say who it is, in milliseconds: a `uv run` may first have to install. */
const LIMIT = 15_000;
/** How long an answer counts, in milliseconds: a script may start what lies anywhere. */
const FRESH = 24 * 60 * 60 * 1000;
/** How many answers are kept. */
const MOST = 50;

/** Where a launcher is started, and what may hold the dbt that it finds. */
export interface Asking {
  env: Record<string, string>;
  cwd: string;
  folders: readonly string[];
}

/** Files by which launchers find a dbt, in a folder or one around it. */
const FILES = [
  ...[
    "uv.lock",
    "uv.toml",
    "pyproject.toml",
    "poetry.lock",
    "poetry.toml",
    "pdm.lock",
    ".pdm-python",
  ],
  ...["Pipfile", "Pipfile.lock", "pixi.toml", "pixi.lock", "requirements.txt", ".envrc"],
  ...[".python-version", ".tool-versions", "mise.toml", ".mise.toml", "mise.local.toml"],
  ...["pyvenv.cfg", "bin/dbt", "Scripts/dbt.exe"].map((name) => `.venv/${name}`),
];

/** Variables by which launchers find a dbt. */
const VARIABLES = [
  ...["PATH", "HOME", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME"],
  ...[
    "UV_PROJECT",
    "UV_PROJECT_ENVIRONMENT",
    "UV_PYTHON",
    "UV_WORKING_DIRECTORY",
    "UV_CONFIG_FILE",
  ],
  ...["PYENV_DIR", "PYENV_ROOT", "PDM_PROJECT", "PIPENV_PIPFILE"],
];

/** Those by which scripts are told which version to start: `DBT_VERSION`, `ASDF_PYTHON_VERSION`. */
const OF_VERSION = /(?:^|_)VERSION$/;

/** The version that a launcher says it is. Throws a DotError for what is no dbt, or says nothing in time. */
export async function saidVersion(
  words: readonly [string, ...string[]],
  asking: Asking,
): Promise<string> {
  const cache = userCache(asking.env);
  const folder = cache === undefined ? undefined : join(cache, "launchers");
  // What others may have written there is not believed.
  const file = folder !== undefined && await isOwn(folder) ? join(folder, "said.json") : undefined;
  const key = await sha256(JSON.stringify(await factsOf(words, asking)));
  const kept = file === undefined ? undefined : (await readKept(file)).get(key);
  if (kept !== undefined) return kept.version;
  const version = await ask(words, asking);
  if (file !== undefined) await keep(file, key, { version, asked: Date.now() });
  return version;
}

/** The version in what a dbt says of itself; undefined where that is none. Pure. */
export function versionIn(said: string): string | undefined {
  // deno-lint-ignore no-control-regex -- dbt 1 may print in colours
  const text = said.replace(/\x1b\[[\d;]*m/g, "").replaceAll("\r", "");
  const forms = [
    // dbt 1, before 1.0, and 2.
    /^Core:\n\s*- installed:\s*(\d+\.\d\S*)/m,
    /^\s*installed version:\s*(\d+\.\d\S*)/m,
    /^dbt(?:-\w+)*[ \t]+v?(\d+\.\d\S*)[ \t]*$/m,
  ];
  return forms.map((form) => form.exec(text)?.[1]).find((found) => found !== undefined);
}

async function ask(words: readonly [string, ...string[]], { cwd, env, folders }: Asking) {
  const [program, ...args] = words;
  const [project = cwd] = folders;
  const said = await queryWithin({
    program,
    args: [...args, "--version"],
    cwd: await isFolder(project) ? project : cwd,
    env: { ...env, DBT_SEND_ANONYMOUS_USAGE_STATS: "false" },
  }, LIMIT);
  const version = versionIn(said?.stdout ?? "") ?? versionIn(said?.stderr ?? "");
  if (version !== undefined) return version;
  const shown = quoteCommand(words);
  throw new DotError(
    `\`${shown}\` is no dbt that dot knows: \`${shown} --version\` ${whatItDid(said)}`,
    {
      code: "DOT025",
      hints: [
        said === undefined
          ? `Try it: ${shown} --version; then run dot again.`
          : `Try it: ${shown} --version`,
        "Or name a dbt: DOT_DBT=/path/to/dbt, or DOT_DBT='uv run dbt'",
      ],
    },
  );
}

function whatItDid(said: { code: number; stdout: string; stderr: string } | undefined): string {
  if (said === undefined) return `did not end within ${LIMIT / 1000} s`;
  const line = `${said.stdout}\n${said.stderr}`.split("\n").map((one) => one.trim())
    .find((one) => one !== "");
  const words = line === undefined ? "says nothing" : `says "${line.slice(0, 100)}"`;
  return said.code === 0 ? words : `ended with ${said.code} and ${words}`;
}

/** One answer. */
interface Kept {
  version: string;
  /** When it was given, in milliseconds since 1970. */
  asked: number;
}

/** The answers that still count; none of a file that is no such thing. */
async function readKept(file: string): Promise<Map<string, Kept>> {
  const found = new Map<string, Kept>();
  const now = Date.now();
  try {
    for (const [key, answer] of entries(asObject((await readObject(file))["answers"]))) {
      const version = asText(answer["version"]);
      const asked = Number(answer["asked"]);
      if (/^\d+\.\d/.test(version) && asked <= now && now - asked < FRESH) {
        found.set(key, { version, asked });
      }
    }
  } catch {
    // It is asked again.
  }
  return found;
}

async function keep(file: string, key: string, answer: Kept): Promise<void> {
  const all = (await readKept(file)).set(key, answer);
  const newest = [...all].sort(([, a], [, b]) => b.asked - a.asked).slice(0, MOST);
  const text = JSON.stringify({ version: 1, answers: Object.fromEntries(newest) });
  // A disk without room costs the next run a question.
  await writeFile(file, `${text}\n`, 0o600).catch(() => {});
}

/** What decides which dbt a launcher finds: when any of it changes, it is asked again. */
async function factsOf(
  words: readonly [string, ...string[]],
  { cwd, env, folders }: Asking,
): Promise<unknown> {
  const [program, ...rest] = words;
  const found = await Promise.all(
    rest.filter((word) => !word.startsWith("-")).map((word) =>
      /[/\\]/.test(word) ? resolve(cwd, word) : findOnPath(word, env, cwd)
    ),
  );
  const programs = [program, ...found.filter((path) => path !== undefined)];
  const real = await Promise.all(programs.map(realOrSame));
  const around = new Set([cwd, ...folders].flatMap(upward));
  const environments = [env["VIRTUAL_ENV"], env["CONDA_PREFIX"], env["UV_PROJECT_ENVIRONMENT"]]
    .flatMap((folder) => folder ? [resolve(cwd, folder)] : []);
  const paths = [
    ...programs,
    ...real,
    ...[...around].flatMap((folder) => FILES.map((name) => join(folder, name))),
    ...environments.flatMap((folder) => [join(folder, "pyvenv.cfg"), join(folder, "bin", "dbt")]),
    ...await ofPyenv(env),
  ];
  const stats = await Promise.all(paths.map(async (path) => {
    const { mtime, size } = await Deno.stat(path).catch(() => ({ mtime: null, size: 0 }));
    return mtime === null ? undefined : [path, size, mtime.getTime()];
  }));
  return [
    words,
    cwd,
    folders,
    real,
    stats.filter((stat) => stat !== undefined),
    VARIABLES.map((name) => env[name] ?? null),
    Object.entries(env).filter(([name]) => OF_VERSION.test(name)).sort(),
  ];
}

/** The files by which pyenv's launchers find a dbt. */
async function ofPyenv({ HOME, PYENV_ROOT }: Record<string, string>): Promise<string[]> {
  if (!HOME && !PYENV_ROOT) return [];
  const root = PYENV_ROOT || join(HOME ?? "", ".pyenv");
  const versions = join(root, "versions");
  const names = await namesIn(versions).catch(() => []);
  const installed = names.map((name) => join(versions, name, "bin", "dbt"));
  return [join(root, "version"), ...installed];
}

/** A folder and those around it, the nearest first. */
function upward(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...upward(above)];
}
