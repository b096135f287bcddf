/**
 * Finds the user's dbt, and tells by what is installed beside it which one it is, without starting it.
 * @module
 */
import { basename, dirname, join, resolve } from "@std/path";
import { DotError } from "../base/errors.ts";
import { namesIn } from "../base/files.ts";
import { executable, findOnPath } from "../base/programs.ts";

/** A dbt to start. */
export interface Launcher {
  /** The words that start it. */
  words: readonly [string, ...string[]];
  /** Its version (`1.11.16`), or undefined where nothing beside it tells. */
  version: string | undefined;
  /** Its major version; unknown ones count as 1. */
  major: number;
  /** The Python that runs it, where it is a Python script with dbt installed beside it and no flags for Python. */
  interpreter?: string;
  /** The folder that dbt is installed in. */
  packages?: string;
}

/**
 * In place of a dbt where none is needed: it decides which variables a profile sees; where none is installed it sees those of the
 * shell.
 */
export const NO_DBT: Launcher = { words: ["dbt"], version: undefined, major: 1 };

/** Where dbt may be looked for. */
export interface LauncherQuery {
  env: Record<string, string>;
  /** The folder the user stands in: `$DOT_DBT` is seen from there. */
  cwd: string;
  /** The folders whose `.venv` may hold dbt: the project's, then the repository's root. */
  folders: readonly string[];
}

/**
 * Find dbt: `$DOT_DBT`, the project's `.venv`, the repository's, PATH. Where none is installed, `otherwise`, or, without
 * that, throws a DotError that says where it looked and how to install it.
 */
export async function findDbt(query: LauncherQuery, otherwise?: Launcher): Promise<Launcher> {
  try {
    return await search(query);
  } catch (error) {
    if (error instanceof DotError && otherwise !== undefined) return otherwise;
    throw error;
  }
}

async function search(query: LauncherQuery): Promise<Launcher> {
  const { env, cwd } = query;
  const named = env["DOT_DBT"];
  if (named) return await fromVariable(named, query);
  const scripts = Deno.build.os === "windows" ? "Scripts" : "bin";
  const looked: string[] = [];
  for (const folder of new Set(query.folders)) {
    const path = join(folder, ".venv", scripts, "dbt");
    const found = await executable(path, env);
    if (found !== undefined) return await describe([found]);
    looked.push(path);
  }
  const found = await findOnPath("dbt", env, cwd);
  if (found !== undefined) return await describe([found]);
  throw new DotError(`dbt is not installed: dot looked at ${[...looked, "PATH"].join(", ")}`, {
    code: "DOT025",
    hints: [
      "Install it with your adapter: python -m venv .venv && .venv/bin/pip install dbt-core dbt-<adapter>",
      "Or name one: DOT_DBT=/path/to/dbt, or DOT_DBT='uv run dbt'",
    ],
  });
}

async function fromVariable(named: string, { env, cwd }: LauncherQuery): Promise<Launcher> {
  const whole = await executable(resolve(cwd, unquoted(named)), env);
  if (whole !== undefined) return await describe([whole]);
  const [first = "", ...rest] = (named.match(/(?:"[^"]*"|\S)+/g) ?? []).map(unquoted);
  const found = /[/\\]/.test(first)
    ? await executable(resolve(cwd, first), env)
    : await findOnPath(first, env, cwd);
  if (found === undefined) {
    throw new DotError(`DOT_DBT is \`${named}\`, but there is no program \`${first}\``, {
      code: "DOT025",
      hints: ["Give the path of a dbt, or the words that start one, such as `uv run dbt`."],
    });
  }
  return await describe([found, ...rest]);
}

/** A text without the double quotes around parts of it, by which `set` of Windows keeps spaces together. */
function unquoted(text: string): string {
  return text.replace(/"([^"]*)"/g, "$1");
}

async function describe(words: [string, ...string[]]): Promise<Launcher> {
  // `uv run dbt` starts a dbt that lies elsewhere: what is beside `uv` says nothing of it.
  const installed = words.length === 1 ? await installation(words[0]) : {};
  const { version } = installed;
  const major = version === undefined ? 1 : Number(version.split(".")[0]);
  return { ...installed, words, version, major };
}

/** What lies beside a launcher. */
interface Installation {
  version?: string;
  /** The Python that runs it. */
  interpreter?: string;
  /** The folder that dbt is installed in. */
  packages?: string;
}

/** What a launcher starts, by the packages installed beside it. */
async function installation(launcher: string): Promise<Installation> {
  const real = await Deno.realPath(launcher).catch(() => launcher);
  const head = await readHead(real);
  // dbt 2 is a program of its own. On Windows pip makes programs of scripts, so only the packages tell.
  const isProgram = /^(?:\x7fELF|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe|MZ)/.test(head);
  const isNative = isProgram && Deno.build.os !== "windows";
  const places = new Set([dirname(launcher), dirname(real)]);
  const interpreter = shebang(head);
  if (interpreter !== undefined) places.add(dirname(interpreter));
  for (const bin of places) {
    for (const packages of await packageFolders(dirname(bin))) {
      const version = await installedVersion(packages, isNative ? [DBT_2] : [DBT_CORE, DBT_2]);
      if (version === undefined) continue;
      const isPlain = interpreter !== undefined && !/^#!\s*\S+[ \t]+\S/.test(head);
      return { version, packages, ...isPlain ? { interpreter } : {} };
    }
  }
  return isProgram && /^dbt/.test(basename(real)) ? { version: "2" } : {};
}

// The names of dist-info folders: `dbt_core-1.11.16.dist-info`, `dbt-2.0.5.dist-info`.
const DBT_CORE = /^dbt_core-(\d[^-]*)\.dist-info$/;
const DBT_2 = /^dbt(?:_oss)?-(\d[^-]*)\.dist-info$/;

async function readHead(path: string): Promise<string> {
  const file = await Deno.open(path);
  try {
    const head = new Uint8Array(512);
    const count = await file.read(head) ?? 0;
    return String.fromCharCode(...head.subarray(0, count));
  } finally {
    file.close();
  }
}

/** The Python that a script names: in its first line, or, where that would be too long, in an `exec` in its second. */
function shebang(head: string): string | undefined {
  const first = /^#!\s*(\S+)(?:[ \t]+(\S+))?/.exec(head);
  if (first === null) return undefined;
  if (/python/.test(basename(first[1] ?? ""))) return first[1];
  return /^'''exec' ["']?(\/[^"'\n]*?)["']? "\$0"/m.exec(head)?.[1];
}

async function packageFolders(prefix: string): Promise<string[]> {
  const found = [join(prefix, "Lib", "site-packages")];
  for (const lib of ["lib", "lib64"]) {
    for (const name of await namesIn(join(prefix, lib))) {
      if (!name.startsWith("python")) continue;
      found.push(
        join(prefix, lib, name, "site-packages"),
        join(prefix, lib, name, "dist-packages"),
      );
    }
  }
  return found;
}

async function installedVersion(
  packages: string,
  patterns: readonly RegExp[],
): Promise<string | undefined> {
  const all = await namesIn(packages);
  for (const pattern of patterns) {
    for (const name of all) {
      const version = pattern.exec(name)?.[1];
      if (version !== undefined) return version;
    }
  }
  return undefined;
}
