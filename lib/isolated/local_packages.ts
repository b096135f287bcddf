/**
 * The dbt projects of a worktree that a project takes as packages by their folders (`local:`): dbt reads them where they lie.
 * @module
 */
import { join, relative, resolve } from "@std/path";
import { isFile, readIfThere } from "../base/files.ts";
import { get, getText, readYaml } from "../base/yaml.ts";
import { isOutside, PACKAGE_FILES, PROJECT_FILE } from "../places/project.ts";

/** A package that lies in the worktree. */
export interface LocalPackage {
  /** Its folder, relative to the worktree, with `/`; empty for its root. */
  path: string;
  /** The text of its dbt_project.yml. */
  text: string;
}

/** The local packages of a project, and those of their own; `project` is its path in the worktree. */
export async function localPackages(worktree: string, project: string): Promise<LocalPackage[]> {
  const start = join(worktree, project);
  const seen = new Set([start]);
  const found: LocalPackage[] = [];
  const waiting = [start];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const named of await namedIn(folder)) {
      // dbt sees the path of a package's package from the project that is run.
      for (const path of [resolve(start, named), resolve(folder, named)]) {
        if (seen.has(path) || isOutside(worktree, path)) continue;
        seen.add(path);
        const file = join(path, PROJECT_FILE);
        if (!await isFile(file)) continue;
        const text = await readIfThere(file) ?? "";
        found.push({ path: relative(worktree, path).replaceAll("\\", "/"), text });
        waiting.push(path);
      }
    }
  }
  return found;
}

/** The folders that the package files of a project name. A file that cannot be read is dbt's to judge. */
async function namedIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of PACKAGE_FILES) {
    const file = join(folder, name);
    const text = await isFile(file) ? await readIfThere(file) : undefined;
    if (text?.includes("local") !== true) continue;
    try {
      const root = readYaml(text, name, { duplicateKeys: "last" });
      const packages = root?.kind === "map" ? get(root, "packages") : undefined;
      for (const item of packages?.kind === "list" ? packages.items : []) {
        const local = item.kind === "map" ? getText(item, "local") : undefined;
        if (local !== undefined) found.push(local);
      }
    } catch {
      continue;
    }
  }
  return found;
}
