/**
 * The programs that the tests run, by where `setup.ts` put them: never what happens to be on the tester's PATH.
 */
import { dirname, fromFileUrl, join, resolve } from "@std/path";
import { isThere } from "./environment.ts";
import { inVenv } from "./setup.ts";

/** The root of dot's own repository. */
export const ROOT: string = fromFileUrl(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

/** The words that start the dot under test. */
export const DOT: [string, ...string[]] = dotWords();

/** The versions of dbt that the tests know; `1.11-duckdb-1.5` reads and writes the files of DuckDB that 2 does. */
export type DbtVersion = "1.8" | "1.11" | "1.12" | "2" | "1.11-duckdb-1.5";

/** The dbt that tests run which mean none: 1.11, or with DOT_TEST_DBT=2 the newest. */
export const TESTED: "1.11" | "2" = Deno.env.get("DOT_TEST_DBT") === "2" ? "2" : "1.11";

/** The code with which the tested dbt ends where it cannot read a project. */
export const UNREADABLE: 1 | 2 = TESTED === "2" ? 1 : 2;

/** The dbt of one of the test installations. */
export function dbtPath(version: DbtVersion = TESTED): string {
  const scripts = Deno.build.os === "windows" ? "Scripts" : "bin";
  return join(ROOT, ".cache", `dbt-${version}`, scripts, "dbt");
}

/** Whether a dbt 2 is installed: only its own tasks do that. */
export const HAS_2: boolean = isThere(dbtPath("2"));

/** The Python of one of the test dbts; where dbt is a program of its own, that of a dbt which reads the same files. */
export function pythonPath(version: DbtVersion = TESTED): string {
  return join(dirname(dbtPath(version === "2" ? "1.11-duckdb-1.5" : version)), "python");
}

/** The variables that a dbt 2 in a folder needs: where its drivers lie, and that it may use that of PostgreSQL. */
export function dbt2Env(folder: string): Record<string, string> {
  return { XDG_CACHE_HOME: join(folder, "cache"), DBT_ALLOW_EXPERIMENTAL_ADAPTERS: "true" };
}

/** Those of the dbt 2 of the tests. */
export const DBT_2_ENV: Readonly<Record<string, string>> = dbt2Env(join(ROOT, ".cache", "dbt-2"));

/** A Python without any package, for scripts that must not be taken for a dbt. */
export function plainPython(): string {
  return inVenv(join(ROOT, ".cache", "python"), "python");
}

function dotWords(): [string, ...string[]] {
  const binary = Deno.env.get("DOT_BINARY");
  if (binary) return [resolve(binary)];
  return [Deno.execPath(), "run", "--allow-all", "--quiet", join(ROOT, "main.ts")];
}
