/**
 * Where the dbt project is, and in which folder dbt runs.
 * @module
 */
import { dirname, isAbsolute, join, relative, resolve } from "@std/path";
import { ENVIRONMENTS_FILE } from "../config/environments.ts";
import { dbtVariable } from "../dbt/profile.ts";
import { DotError } from "../base/errors.ts";
import { isReadable } from "../base/files.ts";
import type { Git } from "../git/git.ts";

/** dbt's own project file. */
export const PROJECT_FILE = "dbt_project.yml";
/** The files that say which packages a project has. */
export const PACKAGE_FILES: readonly string[] = ["packages.yml", "dependencies.yml"];
/** The file in which dbt writes the versions it chose. */
export const PACKAGE_LOCK = "package-lock.yml";
/** The files of a commit's project that are read before it is built: one process of git reads them all. */
export const PROJECT_FILES: readonly string[] = [PROJECT_FILE, ...PACKAGE_FILES, PACKAGE_LOCK];
/** These, and what dbt 2 changes in a worktree. */
export const READ_AHEAD: readonly string[] = [...PROJECT_FILES, ".gitignore"];

/** Where dot reads its files, and where dbt reads its own. */
export interface Located {
  /** The folder with dot's files. */
  configFolder: string;
  /** The folder that the user named, by `--project-dir` or DBT_PROJECT_DIR, if so. */
  named: string | undefined;
}

/** The dbt project of a run. */
export interface Project {
  /** Its folder in the working tree. */
  folder: string;
  /** The folder that dbt runs in: relative paths in the profile are seen from there. */
  cwd: string;
  /** Whether dbt must be told where the project is. */
  passFolder: boolean;
}

/**
 * Find the folder of dot's files: the project that the user named, else the nearest folder upward, up to the
 * repository's root, with a dbt project or dot's own file.
 */
export async function locate(
  cwd: string,
  env: Record<string, string>,
  projectDirFlag: string | undefined,
  root: string | undefined,
): Promise<Located> {
  const given = projectDirFlag ?? dbtVariable(env, "PROJECT_DIR");
  const named = given === undefined ? undefined : resolve(cwd, given);
  const start = named ?? cwd;
  for (let folder = start;; folder = dirname(folder)) {
    const marks = await Promise.all(
      [PROJECT_FILE, ENVIRONMENTS_FILE].map((name) => isReadable(join(folder, name))),
    );
    if (marks.includes(true)) return { configFolder: folder, named };
    if (folder === root || dirname(folder) === folder) return { configFolder: start, named };
  }
}

/**
 * Settle the project: `--project-dir` after `--`, the environment's `project-dir` (seen from dot's files),
 * DBT_PROJECT_DIR, the folder found. dbt runs in the project's root, as a plain run would; where the user named
 * another folder, a plain run stays where the user stands, and so does dot's.
 */
export function settleProject(
  located: Located,
  cwd: string,
  { hasFlag, setting }: { hasFlag: boolean; setting: string | undefined },
): Project {
  if (setting !== undefined && !hasFlag) {
    const folder = resolve(located.configFolder, setting);
    return { folder, cwd: folder, passFolder: true };
  }
  if (located.named !== undefined) return { folder: located.named, cwd, passFolder: false };
  return { folder: located.configFolder, cwd: located.configFolder, passFolder: false };
}

/** Throws a DotError when a folder holds no dbt project. */
export async function requireProject(folder: string): Promise<void> {
  if (await isReadable(join(folder, PROJECT_FILE))) return;
  throw new DotError(`no ${PROJECT_FILE} in ${folder}, nor in a folder above it`, {
    code: "DOT026",
    hints: [
      "Run dot inside a dbt project, or say where it is: DBT_PROJECT_DIR=<folder>",
      "To start a project: dot init",
    ],
  });
}

/** A file of a project by its path in the repository; `project` is the project's own, empty at the root. */
export function fileIn(project: string, name: string): string {
  return project === "" ? name : `${project}/${name}`;
}

/** The path of a folder inside the repository, with `/`, empty for its root. Throws a DotError when it lies outside. */
export function pathInRepository(git: Git, folder: string): string {
  const path = relative(git.root, folder);
  if (path === "") return "";
  if (isOutside(git.root, folder)) {
    throw new DotError(`${folder} lies outside the repository ${git.root}`, {
      code: "DOT026",
      hints: ["An isolated build needs a dbt project inside the repository that holds the commit."],
    });
  }
  return path.replaceAll("\\", "/");
}

/** Whether a path, seen from a folder, leaves it. */
export function isOutside(folder: string, path: string): boolean {
  const way = relative(folder, resolve(folder, path));
  return /^\.\.(?:[/\\]|$)/.test(way) || isAbsolute(way);
}
