/**
 * When a build needs `dbt deps`, and what it leaves behind in the worktree.
 * @module
 */
import { join } from "@std/path";
import { variablesIn } from "../dbt/env_var.ts";
import { evaluateOrNothing, hasJinja, type JinjaScope } from "../dbt/jinja.ts";
import { namesIn, readIfThere, readObject, sha256, writeFile } from "../base/files.ts";
import { isObject } from "../base/json.ts";
import { walk } from "../base/walk.ts";
import { get, readYaml } from "../base/yaml.ts";
import { textOf } from "../places/profile.ts";
import { PACKAGE_FILES, PACKAGE_LOCK } from "../places/project.ts";
import { mayBeRead } from "./escape/reads.ts";
import { countedNames, valuesIn } from "./system_variables.ts";

const DEFAULT_FOLDER = "dbt_packages";

/** The package files of a project, by name. */
export type PackageTexts = ReadonlyMap<string, string | undefined>;

/** What is known of the packages of one project in a worktree. */
export interface PackageRecord {
  /** Hash of the package files that `dbt deps` ran for; null while it runs, or after it broke off. */
  files: string | null;
  /** Hash of the package-lock.yml that it left, if it left one. */
  lock: string | null;
  /** Where it installs packages, relative to the project. */
  folder: string;
  /** Hash of the names of the files that it installed and dbt reads; null where that is not known. */
  code: string | null;
}

/** The records of a worktree's projects, by their paths in the repository. */
export type PackageRecords = Readonly<Record<string, PackageRecord>>;

/** Whether a project has packages at all, for the dbt of a major version. A file that cannot be read is dbt's to judge. */
export function hasPackages(texts: PackageTexts, major: number): boolean {
  // dbt 2 installs what a lock alone names.
  const locked = major >= 2 && PACKAGE_FILES.every((name) => texts.get(name) === undefined);
  return (locked ? [PACKAGE_LOCK] : PACKAGE_FILES).some((name) => {
    const text = texts.get(name);
    if (text === undefined) return false;
    try {
      const root = readYaml(text, name, { duplicateKeys: "last" });
      if (root === undefined || root.kind !== "map") return false;
      const packages = get(root, "packages");
      return packages?.kind === "list" && packages.items.length > 0;
    } catch {
      return true;
    }
  });
}

/** Where dbt installs packages, relative to the project (`packages-install-path`, default `dbt_packages`); undefined where only dbt can tell. */
export function packagesFolder(
  projectText: string | undefined,
  scope: JinjaScope,
): string | undefined {
  const path = textOf(projectText, "packages-install-path");
  if (path === undefined) return DEFAULT_FOLDER;
  return hasJinja(path) ? evaluateOrNothing(path, scope) : path;
}

/** The variables of the system by which package files say what is to be installed. */
export function packageVariables(texts: PackageTexts): string[] {
  return countedNames(PACKAGE_FILES.flatMap((name) => variablesIn(texts.get(name) ?? "")));
}

/** A hash of the package files as they are committed, of the variables that they read, and of the dbt that reads them. */
export async function packagesHash(
  texts: PackageTexts,
  dbt: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const parts = [...PACKAGE_FILES, PACKAGE_LOCK].map((name) => [name, texts.get(name) ?? null]);
  const values = [...valuesIn(env, packageVariables(texts))];
  return await sha256(JSON.stringify([dbt, parts, ...values.length === 0 ? [] : [values]]));
}

/** What is recorded of a worktree's projects. */
export async function readPackageRecords(file: string): Promise<PackageRecords> {
  const records = Object.entries(await readObject(file)).flatMap(([project, record]) =>
    isObject(record)
      ? [[project, {
        files: textOrNull(record["files"]),
        lock: textOrNull(record["lock"]),
        folder: textOrNull(record["folder"]) ?? DEFAULT_FOLDER,
        code: textOrNull(record["code"]),
      }]]
      : []
  );
  return Object.fromEntries(records);
}

/** Record that `dbt deps` is about to run, so that what it leaves behind when killed is known as its work. */
export async function recordPackagesBegun(
  file: string,
  project: string,
  folder: string,
): Promise<void> {
  await writeRecord(file, project, { files: null, lock: null, folder, code: null });
}

/** Record that `dbt deps` has run for these package files in a project, which lies at `path`. */
export async function recordPackages(
  file: string,
  project: string,
  path: string,
  { hash, folder }: { hash: string; folder: string },
): Promise<void> {
  const lock = await readIfThere(join(path, PACKAGE_LOCK));
  const found = lock === undefined ? null : await sha256(lock);
  const code = await hashOfCode(join(path, folder));
  await writeRecord(file, project, { files: hash, lock: found, folder, code });
}

async function writeRecord(file: string, project: string, record: PackageRecord): Promise<void> {
  const records = { ...await readPackageRecords(file), [project]: record };
  await writeFile(file, JSON.stringify(records) + "\n");
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Whether the packages of a project are there, as far as a folder tells. */
export async function packagesInstalled(project: string, folder: string): Promise<boolean> {
  return (await namesIn(join(project, folder))).length > 0;
}

/**
 * Whether files lie with the installed packages of a project, or lack there, that dbt reads. `counts` tells of a path below their
 * folder whether it was there when they were installed.
 */
export async function arePackagesEdited(
  project: string,
  { code, files, folder }: PackageRecord,
  counts: (path: string) => boolean,
): Promise<boolean> {
  if (files === null || code === null) return false;
  // What is gone is installed anew.
  if (!await packagesInstalled(project, folder)) return false;
  return await hashOfCode(join(project, folder), counts) !== code;
}

async function hashOfCode(
  folder: string,
  counts: (path: string) => boolean = () => true,
): Promise<string> {
  const names: string[] = [];
  for await (const { entries } of walk(folder)) {
    for (const { kind, path } of entries) {
      if (kind !== "folder" && mayBeRead(path) && counts(path)) names.push(path);
    }
  }
  return await sha256(JSON.stringify(names.sort()));
}
