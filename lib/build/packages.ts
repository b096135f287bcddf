/**
 * When a build needs `dbt deps`, and what it leaves behind in the worktree.
 * @module
 */
import { join } from "@std/path";
import { namesIn, readIfThere, writeFile } from "../files.ts";
import { get, getText, readYaml } from "../yaml.ts";
import { PROJECT_FILE } from "./project.ts";

/** The files that say which packages a project has. */
export const PACKAGE_FILES = ["packages.yml", "dependencies.yml"];
/** The file in which dbt writes the versions it chose. */
export const PACKAGE_LOCK = "package-lock.yml";
/** The files that a plan reads of a commit's project. */
export const PROJECT_FILES: readonly string[] = [PROJECT_FILE, ...PACKAGE_FILES, PACKAGE_LOCK];

/** The package files of a project, by name. */
export type PackageTexts = ReadonlyMap<string, string | undefined>;

/** What is known of the packages of one project in a worktree. */
export interface PackageRecord {
  /** Hash of the package files that `dbt deps` ran for; null while it runs, or after it broke off. */
  files: string | null;
  /** Hash of the package-lock.yml that it left, if it left one. */
  lock: string | null;
}

/** Whether a project has packages at all. A file that cannot be read is dbt's to judge. */
export function hasPackages(texts: PackageTexts): boolean {
  return PACKAGE_FILES.some((name) => {
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

/** Where dbt installs packages, relative to the project (`packages-install-path`, default `dbt_packages`). */
export function packagesFolder(projectText: string | undefined): string {
  if (projectText === undefined) return "dbt_packages";
  try {
    const root = readYaml(projectText, "dbt_project.yml", { duplicateKeys: "last" });
    const path = root?.kind === "map" ? getText(root, "packages-install-path") : undefined;
    return path === undefined || path.includes("{{") ? "dbt_packages" : path;
  } catch {
    return "dbt_packages";
  }
}

/** A hash of the package files as they are committed, and of the dbt that reads them. */
export async function packagesHash(texts: PackageTexts, dbt: string): Promise<string> {
  const parts = [...PACKAGE_FILES, PACKAGE_LOCK].map((name) => [name, texts.get(name) ?? null]);
  return await sha256(JSON.stringify([dbt, parts]));
}

/** What is recorded for a project (its path in the repository); undefined when nothing is. */
export async function readPackageRecord(
  file: string,
  project: string,
): Promise<PackageRecord | undefined> {
  return (await readRecords(file))[project];
}

/** Record that `dbt deps` is about to run, so that what it leaves behind when killed is known as its work. */
export async function recordPackagesBegun(file: string, project: string): Promise<void> {
  await writeRecord(file, project, { files: null, lock: null });
}

/** Record that `dbt deps` has run for these package files in a project's `folder`. */
export async function recordPackages(
  file: string,
  project: string,
  files: string,
  folder: string,
): Promise<void> {
  const lock = await readIfThere(join(folder, PACKAGE_LOCK));
  await writeRecord(file, project, { files, lock: lock === undefined ? null : await sha256(lock) });
}

async function writeRecord(file: string, project: string, record: PackageRecord): Promise<void> {
  const records = { ...await readRecords(file), [project]: record };
  await writeFile(file, JSON.stringify(records) + "\n");
}

async function readRecords(file: string): Promise<Record<string, PackageRecord>> {
  const text = await readIfThere(file);
  try {
    const parsed: unknown = JSON.parse(text ?? "{}");
    if (typeof parsed !== "object" || parsed === null) return {};
    return Object.fromEntries(
      Object.entries(parsed).map(([project, record]) => [project, {
        files: textOrNull(record?.files),
        lock: textOrNull(record?.lock),
      }]),
    );
  } catch {
    return {};
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Whether the packages of a project are there, as far as a folder tells. */
export async function packagesInstalled(project: string, folder: string): Promise<boolean> {
  return (await namesIn(join(project, folder))).length > 0;
}

/** SHA-256 of a text, in hex. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
