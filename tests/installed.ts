/**
 * The programs that the tests run, by where `setup.ts` put them: never what happens to be on the tester's PATH.
 */
import { dirname, fromFileUrl, join, resolve } from "@std/path";
import { inVenv } from "./setup.ts";

/** The root of dot's own repository. */
export const ROOT: string = fromFileUrl(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

/** The words that start the dot under test. */
export const DOT: [string, ...string[]] = dotWords();

/** The dbt of one of the test installations. */
export function dbtPath(version: "1.8" | "1.11" | "1.12" = "1.11"): string {
  const scripts = Deno.build.os === "windows" ? "Scripts" : "bin";
  return join(ROOT, ".cache", `dbt-${version}`, scripts, "dbt");
}

/** The Python that runs one of the test dbts. */
export function pythonPath(version: "1.8" | "1.11" | "1.12" = "1.11"): string {
  return join(dirname(dbtPath(version)), "python");
}

/** A Python without any package, for scripts that must not be taken for a dbt. */
export function plainPython(): string {
  return inVenv(join(ROOT, ".cache", "python"), "python");
}

function dotWords(): [string, ...string[]] {
  const binary = Deno.env.get("DOT_BINARY");
  if (binary) return [resolve(binary)];
  return [Deno.execPath(), "run", "--allow-all", "--quiet", join(ROOT, "main.ts")];
}
