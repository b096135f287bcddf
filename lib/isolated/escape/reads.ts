/**
 * Which files of a project dbt reads for its nodes and macros, by what its dbt_project.yml says. Pure.
 * @module
 */
import { hasJinja } from "../../dbt/jinja.ts";
import { readYaml, type YamlNode } from "../../base/yaml.ts";
import { PROJECT_FILE } from "../../places/project.ts";

/** The keys of a dbt_project.yml that name folders with nodes or macros, with what dbt takes where they are missing. */
const FOLDERS: Readonly<Record<string, string>> = {
  "analysis-paths": "analyses",
  "function-paths": "functions",
  "macro-paths": "macros",
  "model-paths": "models",
  "seed-paths": "seeds",
  "snapshot-paths": "snapshots",
  "test-paths": "tests",
};
/** Their names of old. */
const OLD: Readonly<Record<string, string>> = {
  "data-paths": "seed-paths",
  "source-paths": "model-paths",
};
/** Folders in which dbt looks for neither. */
const DOCUMENTS = /^(?:docs|asset)-paths$/;
/** What dbt reads beside its folders. */
const BESIDE =
  /^(?:dbt_project|packages|dependencies|package-lock|selectors|profiles|dbt_cloud|vars)\.ya?ml$|^\.env$|(?:^|\/)\.dbtignore$/;
/** What may hold Python. */
const PYTHON = /^(?:model|source|function)-paths$/;

/** What holds a file for each of its nodes. */
const MADE = /^(?:data|model|seed|snapshot|source)-paths$/;

/** A folder that dbt reads. */
export interface ReadFolder {
  /** The key that names it, or whose default it is. */
  key: string;
  /** As dbt_project.yml has it. */
  named: string;
  /** The same without needless parts; empty for the project itself. */
  path: string;
  /** The path as a disk may see it. */
  folded: string;
  /** Whether dbt reads Python there. */
  python: boolean;
}

/** What dbt reads of a project. Where dot cannot tell, that is all of it. */
export interface Reads {
  folders: readonly ReadFolder[];
  /** Those that hold neither nodes nor macros: texts and pictures of the documentation. */
  documents: readonly ReadFolder[];
  /** Where packages are installed, as dbt_project.yml has it, where it does. */
  packages: string | undefined;
}

/** What dbt reads of a project; `text` is its dbt_project.yml. */
export function readsOf(text: string | undefined): Reads {
  const all: Reads = {
    folders: [folder("model-paths", "")],
    documents: [],
    packages: undefined,
  };
  let root;
  try {
    root = readYaml(text ?? "", PROJECT_FILE, { duplicateKeys: "last" });
  } catch {
    return all;
  }
  if (root?.kind !== "map") return all;
  const folders: ReadFolder[] = [];
  const documents: ReadFolder[] = [];
  let packages: string | undefined;
  for (const { key, value } of root.entries) {
    const name = key.text.replaceAll("_", "-");
    if (name === "packages-install-path" && value.kind === "scalar") packages = value.text;
    if (!/^[a-z]+-paths$/.test(name)) continue;
    const texts = textsOf(value);
    if (DOCUMENTS.test(name)) {
      documents.push(...(texts ?? [""]).map((path) => folder(name, path)));
      continue;
    }
    if (texts === undefined) return all;
    folders.push(...texts.map((path) => folder(name, path)));
  }
  const named = new Set(folders.map(({ key }) => OLD[key] ?? key));
  for (const [key, fallback] of Object.entries(FOLDERS)) {
    if (!named.has(key)) folders.push(folder(key, fallback));
  }
  return { folders, documents, packages };
}

function folder(key: string, named: string): ReadFolder {
  const parts = named.split(/[/\\]/).filter((part) => part !== "" && part !== ".");
  // What Jinja or a pattern comes to, nobody knows here.
  const unknown = hasJinja(named) || /[*?[]/.test(named);
  const path = unknown ? "" : parts.join("/");
  return { key, named, path, folded: folded(path), python: PYTHON.test(key) };
}

function textsOf(node: YamlNode): string[] | undefined {
  if (node.kind === "scalar") return [node.text];
  if (node.kind === "map") return undefined;
  const texts = node.items.flatMap((item) => item.kind === "scalar" ? [item.text] : []);
  return texts.length === node.items.length ? texts : undefined;
}

/** Whether a folder that a project names lies outside of it, or cannot be told. */
export function leavesProject(named: string): boolean {
  return hasJinja(named) || /^(?:[/\\~]|[A-Za-z]:)|(?:^|[/\\])\.\.(?:[/\\]|$)/.test(named);
}

/** Whether dbt reads a file of a project, by its path there. */
export function isRead({ folders }: Reads, path: string): boolean {
  if (path === PROJECT_FILE) return true;
  const ending = /\.(sql|ya?ml|py)$/i.exec(path)?.[1]?.toLowerCase();
  if (ending === undefined) return false;
  const inner = folded(path);
  return folders.some(({ folded, python }) =>
    (ending !== "py" || python) && isBelow(folded, inner)
  );
}

/** Whether a file of a project is a part of it for dbt, whatever it holds: also data of seeds, documents, settings. */
export function belongs({ documents, folders }: Reads, path: string): boolean {
  const inner = folded(path);
  return BESIDE.test(path) ||
    [...folders, ...documents].some(({ folded }) => isBelow(folded, inner));
}

/** Whether a file of a project makes a node whose name is the file's. */
export function makesNode({ folders }: Reads, path: string): boolean {
  if (!/\.(?:sql|py|csv)$/i.test(path)) return false;
  const inner = folded(path);
  return folders.some(({ folded, key }) => MADE.test(key) && isBelow(folded, inner));
}

/** Whether a file is one that dbt may read, by its ending. */
export function mayBeRead(path: string): boolean {
  return /\.(?:sql|ya?ml|py|csv|md)$/i.test(path);
}

/** Whether a link at a path leads dbt to files: it lies in a folder that dbt reads, or on the way to one. */
export function mayLead({ folders }: Reads, link: string): boolean {
  const at = folded(link);
  return folders.some(({ folded }) => isBelow(folded, at) || isBelow(at, folded));
}

/** A path as a disk may see it that takes names which differ in case or composition for one. */
function folded(path: string): string {
  return path === "" ? "" : `${path.normalize("NFC").toLowerCase()}/`;
}

/** Whether a path is a folder or lies in it; both folded. */
function isBelow(folder: string, path: string): boolean {
  return path.startsWith(folder);
}
