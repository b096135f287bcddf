/**
 * What the processes of a test get of the tester's environment: a short list, so that no setting of the tester's (of dbt,
 * git, Python, dot or the terminal) reaches them.
 */
import { DELIMITER, dirname, isAbsolute, join } from "@std/path";

/** The variables that are passed on: where programs are, and where Deno keeps what dot's source imports. */
export function passedOn(): { PATH: string; DENO_DIR: string } {
  return {
    PATH: path ??= programs(Deno.env.get("PATH") ?? ""),
    DENO_DIR: Deno.env.get("DENO_DIR") ?? denoDir(),
  };
}

let path: string | undefined;

/** A PATH without virtual environments and without a dbt, of which the tests have their own. */
export function programs(path: string): string {
  const folders = path.split(DELIMITER)
    .filter((folder) => isAbsolute(folder) && !isEnvironment(folder));
  const without = folders.filter((folder) => !holds(folder, "dbt"));
  // A dbt may lie among the programs of the system.
  return (without.some((folder) => holds(folder, "git")) ? without : folders).join(DELIMITER);
}

/** Whether a folder holds the programs of a virtual environment. */
function isEnvironment(folder: string): boolean {
  return ["pyvenv.cfg", "conda-meta"].some((name) => isThere(join(dirname(folder), name)));
}

function holds(folder: string, program: string): boolean {
  const endings = Deno.build.os === "windows" ? [".exe", ".cmd", ".bat"] : [""];
  return endings.some((ending) => isThere(join(folder, program + ending)));
}

/** Whether something is at a path, a dangling link too. */
export function isThere(file: string): boolean {
  try {
    Deno.lstatSync(file);
    return true;
  } catch {
    return false;
  }
}

function denoDir(): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? "";
  return Deno.build.os === "darwin"
    ? join(home, "Library", "Caches", "deno")
    : join(Deno.env.get("XDG_CACHE_HOME") ?? join(home, ".cache"), "deno");
}
