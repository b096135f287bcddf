/**
 * The folders of a project that dbt reads. Source: dbt.contracts.project and docs.getdbt.com/reference/project-configs.
 * @module
 */
import { get, readYaml, valueOf, type YamlMap } from "../base/yaml.ts";
import { DotError } from "../base/errors.ts";

/** The keys of dbt_project.yml, the old names too, with what stands for each where none is set. */
const KEYS: readonly (readonly [keys: readonly string[], otherwise: string])[] = [
  [["model-paths", "source-paths"], "models"],
  [["seed-paths", "data-paths"], "seeds"],
  [["snapshot-paths"], "snapshots"],
  [["macro-paths"], "macros"],
  [["analysis-paths"], "analyses"],
  [["test-paths"], "tests"],
  [["function-paths"], "functions"],
];
/** Keys whose folders are read for documentation only. */
const DOCS = ["docs-paths", "asset-paths"];

/**
 * The folders that dbt reads, relative to the project; undefined where the file does not say it in plain words, so that it may be
 * any.
 */
export function readFolders(projectText: string): string[] | undefined {
  const root = mapOf(projectText);
  if (root === undefined) return undefined;
  const folders: string[] = [];
  for (const [keys, otherwise] of [...KEYS, ...DOCS.map((key) => [[key], ""] as const)]) {
    const node = keys.map((key) => get(root, key)).find((found) => found !== undefined);
    const value = node === undefined ? otherwise : valueOf(node);
    for (const folder of Array.isArray(value) ? value : [value]) {
      if (folder === "" || folder === null) continue;
      if (typeof folder !== "string" || folder.includes("{")) return undefined;
      folders.push(folder.replace(/^(?:\.\/)+/, "").replace(/\/+$/, ""));
    }
  }
  return [...new Set(folders)].sort();
}

function mapOf(text: string): YamlMap | undefined {
  try {
    const root = readYaml(text, "dbt_project.yml", { duplicateKeys: "last" });
    return root?.kind === "map" ? root : undefined;
  } catch (error) {
    if (error instanceof DotError) return undefined;
    throw error;
  }
}

/** Files beside the folders that dbt reads. */
const FILES =
  /^(?:dbt_project|packages|dependencies|package-lock|selectors|profiles|dbt_cloud|vars)\.ya?ml$|^\.env$|(?:^|\/)\.dbtignore$/;

/** Whether dbt would read a path of the project, which is relative to it, as a part of the project. */
export function isRead(path: string, folders: readonly string[] | undefined): boolean {
  if (folders === undefined) return true;
  if (FILES.test(path)) return true;
  return folders.some((folder) => folder === "" || folder === "." || path.startsWith(`${folder}/`));
}
