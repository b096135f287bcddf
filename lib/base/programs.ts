/**
 * Finds programs as the system would when it starts them: on PATH, and with the endings that Windows tries.
 * @module
 */
import { DELIMITER, resolve } from "@std/path";

/** What finding a program depends on besides the environment. */
export interface System {
  windows: boolean;
  /** What stands between the folders of PATH. */
  delimiter: string;
  /** Segments made one absolute path, as the system spells it. */
  resolve: (...segments: string[]) => string;
  /** What is at a path; any error means that nothing that runs is there. */
  stat: (path: string) => Promise<Pick<Deno.FileInfo, "isFile" | "mode">>;
}

/** The system that dot runs on. */
const HERE: System = {
  windows: Deno.build.os === "windows",
  delimiter: DELIMITER,
  resolve,
  stat: Deno.stat,
};

/** Where a program of this name is on PATH, or undefined. */
export async function findOnPath(
  name: string,
  env: Record<string, string>,
  cwd: string,
  system: System = HERE,
): Promise<string | undefined> {
  for (const folder of foldersOf(variable("PATH", env, system) ?? "", system)) {
    const found = await executable(system.resolve(cwd, folder, name), env, system);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The file that running `path` would start, with the endings that Windows tries; or undefined. */
export async function executable(
  path: string,
  env: Record<string, string>,
  system: System = HERE,
): Promise<string | undefined> {
  for (const ending of endingsFor(path, env, system)) {
    try {
      const { isFile, mode } = await system.stat(path + ending);
      if (isFile && (system.windows || ((mode ?? 0) & 0o111) !== 0)) return path + ending;
    } catch {
      // Not there, not to be read, or no path at all: PATH may hold anything.
    }
  }
  return undefined;
}

/** The folders of a PATH. Windows lets them stand in quotes, which may hold its delimiter. */
function foldersOf(path: string, { delimiter, windows }: System): string[] {
  const folders = windows
    ? (path.match(/(?:"[^"]*"?|[^";])+/g) ?? []).map((folder) => folder.replaceAll('"', ""))
    : path.split(delimiter);
  return folders.filter((folder) => folder !== "");
}

/** Windows runs what has one of the endings of PATHEXT, and nothing without one: pyenv and npm put scripts for others beside it. */
function endingsFor(path: string, env: Record<string, string>, system: System): string[] {
  if (!system.windows) return [""];
  const endings = (variable("PATHEXT", env, system) ?? ".COM;.EXE;.BAT;.CMD").split(";")
    .filter((ending) => ending !== "");
  const lower = path.toLowerCase();
  const has = endings.some((ending) => lower.endsWith(ending.toLowerCase()));
  return has ? ["", ...endings] : endings;
}

/** A variable of the environment; Windows does not tell the case of its name. */
function variable(
  name: string,
  env: Record<string, string>,
  { windows }: System,
): string | undefined {
  if (env[name] !== undefined || !windows) return env[name];
  return Object.entries(env).find(([other]) => other.toUpperCase() === name)?.[1];
}
