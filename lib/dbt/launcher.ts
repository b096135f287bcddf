/**
 * Finds the user's dbt, and tells which one it is: by what is installed beside it, or, where that does not tell, by its own word.
 * @module
 */
import { join, resolve } from "@std/path";
import { DotError } from "../base/errors.ts";
import { executable, findOnPath } from "../base/programs.ts";
import { quoteCommand } from "../base/shell.ts";
import { installation } from "./installation.ts";
import { saidVersion } from "./said_version.ts";

/** A dbt to start. */
export interface Launcher {
  /** The words that start it. */
  words: readonly [string, ...string[]];
  /** Its version (`1.11.16`); undefined where there is none. */
  version: string | undefined;
  /** Its major version; none counts as 1. */
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

/** The oldest minor version of dbt 1 that dot takes. */
const OLDEST = 8;

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
    if (found !== undefined) return await describe([found], query);
    looked.push(path);
  }
  const found = await findOnPath("dbt", env, cwd);
  if (found !== undefined) return await describe([found], query);
  throw new DotError(`dbt is not installed: dot looked at ${[...looked, "PATH"].join(", ")}`, {
    code: "DOT025",
    hints: [
      "Install it with your adapter: python -m venv .venv && .venv/bin/pip install dbt-core dbt-<adapter>",
      "Or name one: DOT_DBT=/path/to/dbt, or DOT_DBT='uv run dbt'",
    ],
  });
}

async function fromVariable(named: string, query: LauncherQuery): Promise<Launcher> {
  const { cwd, env } = query;
  const whole = await executable(resolve(cwd, unquoted(named)), env);
  if (whole !== undefined) return await describe([whole], query);
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
  return await describe([found, ...rest], query);
}

/** A text without the double quotes around parts of it, by which `set` of Windows keeps spaces together. */
function unquoted(text: string): string {
  return text.replace(/"([^"]*)"/g, "$1");
}

async function describe(
  words: [string, ...string[]],
  query: LauncherQuery,
): Promise<Launcher> {
  // `uv run dbt` starts a dbt that lies elsewhere: what is beside `uv` says nothing of it.
  const installed = words.length === 1 ? await installation(words[0]) : {};
  const version = installed.version ?? await saidVersion(words, query);
  const [major = 0, minor = 0] = version.split(".").map((part) => parseInt(part));
  if (major < 1 || major === 1 && minor < OLDEST) {
    throw new DotError(
      `\`${quoteCommand(words)}\` is dbt ${version}, and dot takes dbt 1.${OLDEST} and newer`,
      {
        code: "DOT025",
        hints: [
          "Install a newer one: pip install --upgrade dbt-core dbt-<adapter>",
          "Or name another: DOT_DBT=/path/to/dbt, or DOT_DBT='uv run dbt'",
        ],
      },
    );
  }
  return { ...installed, words, version, major };
}
