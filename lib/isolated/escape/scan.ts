/**
 * Reads a commit's project once: what may lead out of its schemas, what no manifest shows, which environment variables
 * it reads, and how its naming is isolated. The answer is kept with the build, because a commit does not change.
 * @module
 */
import { DOT_FOLDER } from "../../store/paths.ts";
import { dirname, isAbsolute, join, relative, resolve } from "@std/path";
import { namesIn, readIfThere, sha256, writeFile } from "../../base/files.ts";
import { walk, type WalkedEntry } from "../../base/walk.ts";
import type { Git } from "../../git/git.ts";
import { filesMatching, linksAndSubmodules } from "../../git/worktrees.ts";
import { get, readYaml, valueOf } from "../../base/yaml.ts";
import { VERSION } from "../../base/version.ts";
import { PROJECT_FILE } from "../../places/project.ts";
import { findBlindSpots } from "./blind.ts";
import {
  type Doubt,
  findDoubts,
  findNamingMacros,
  foldersOf,
  leavesProject,
  plainSchemas,
  type ProjectText,
} from "./proof.ts";
import { type Edit, restored, SHIM_FILE, shimEdits } from "./shim.ts";

/** What is known of a commit's project from its text. */
export interface Scan {
  doubts: Doubt[];
  /** Custom schemas set as plain text. */
  schemas: string[];
  /** Warnings for what dot cannot see. */
  blind: string[];
  /** Environment variables that the project reads; `*` where a name is computed. */
  variables: string[];
  /** Hash of all the text that was read: what a verdict on the project depends on. */
  text: string;
  /** Changes to files of the worktree, relative to it, that isolate the project's naming. */
  edits: Edit[];
}

/** Where a scan looks. */
export interface ScanPlace {
  git: Git;
  worktree: string;
  /** The project's folder in the repository. */
  project: string;
  /** Where packages are installed, relative to the project. */
  packages: string;
  /** Hash of the package files. */
  packagesHash: string;
  /** Where the answer is kept. */
  file: string;
}

/** Words without which no file can matter; for git grep, case ignored. */
const WORDS = [
  "generate_(schema|database|alias)_name",
  "target_(schema|database|dataset|project|catalog)",
  "store_failures",
  "(schema|dataset|database|project|catalog)[\"']?[[:space:]]*[:=]",
  "[*][*]",
  "config",
  "[\\\\][xuU][0-9a-f]",
  "env_var",
  "(pre|post)[-_]hook",
  "on-run-",
  "run_query",
  "statement",
  "external",
  "location",
  "%-?[[:space:]]*(macro|materialization)[[:space:]]",
];
const ENDINGS = ["sql", "yml", "yaml", "py"];
/** Never read by dbt, wherever they lie. */
const SKIPPED = [DOT_FOLDER, ".git", ".venv", "node_modules"];
/** Not read in a package's own folder; deeper down they are folders like any other. */
const SKIPPED_IN_PACKAGE = ["dbt_packages", "integration_tests", "logs", "target"];

/** The scan of a project, from the build's folder where it was made before. */
export async function scanProject(place: ScanPlace): Promise<Scan> {
  const root = join(place.worktree, place.project);
  const packages = resolve(root, place.packages);
  const key = await sha256(
    JSON.stringify([VERSION, place.project, place.packagesHash, await states(packages)]),
  );
  const kept = parseKept(await readIfThere(place.file))[key];
  if (kept !== undefined) return kept;
  const { scan, lasts } = await makeScan(place, root, packages);
  if (!lasts) return scan;
  const all = { ...parseKept(await readIfThere(place.file)), [key]: scan };
  await writeFile(place.file, JSON.stringify(all) + "\n");
  return scan;
}

async function makeScan(
  place: ScanPlace,
  root: string,
  packages: string,
): Promise<{ scan: Scan; lasts: boolean }> {
  const inside = await Deno.realPath(place.worktree);
  const { paths, lasts } = await ownPaths(place, root, inside);
  const own = await readTexts(root, paths);
  const all = [...own];
  const edits = await editsOf(own, await Deno.realPath(root), inside);
  for (const name of await namesIn(packages)) {
    const folder = await Deno.realPath(join(packages, name)).catch(() => undefined);
    if (folder === undefined || !(await Deno.stat(folder)).isDirectory) continue;
    const texts = await readTexts(folder, await filesBelow(folder, "", SKIPPED_IN_PACKAGE));
    all.push(
      ...texts.map(({ path, text }) => ({ path: `${place.packages}/${name}/${path}`, text })),
    );
    // A package that is a link out of the worktree is somebody's own files.
    if (folder === inside || !isWithin(inside, folder)) continue;
    edits.push(...await editsOf(texts, folder, inside));
  }
  const scan = {
    doubts: findDoubts(all),
    schemas: plainSchemas(all),
    blind: findBlindSpots(all),
    variables: [...new Set(all.flatMap(({ text }) => variablesIn(text)))].sort(),
    text: await sha256(JSON.stringify(all)),
    edits: edits.sort((a, b) => a.path < b.path ? -1 : 1),
  };
  return { scan, lasts };
}

/**
 * The files of a project that can matter, relative to it. They last as long as the commit, unless links or settings
 * lead out of the worktree.
 */
async function ownPaths(
  place: ScanPlace,
  root: string,
  inside: string,
): Promise<{ paths: string[]; lasts: boolean }> {
  const found = new Set(await filesMatching(place.git, root, WORDS, ENDINGS));
  found.add(PROJECT_FILE);
  const project = await readIfThere(join(root, PROJECT_FILE)) ?? "";
  // Jinja in a folder's name is a doubt of its own.
  const elsewhere = foldersOf(project).filter((folder) =>
    leavesProject(folder) && !folder.includes("{") && folder !== place.packages
  ).map((folder) => relative(root, resolve(root, folder)));
  let lasts = true;
  for (const path of [...await linksAndSubmodules(place.git, root), ...elsewhere]) {
    const real = await Deno.realPath(join(root, path)).catch(() => undefined);
    if (real === undefined) continue;
    if (!isWithin(inside, real)) lasts = false;
    if ((await Deno.stat(real)).isDirectory) {
      for (const file of await filesBelow(root, path, [])) found.add(file);
    } else if (isRead(path)) found.add(path);
  }
  return { paths: [...found], lasts };
}

/** The environment variables that a text reads; `*` for one whose name it computes. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(/\benv_var\b(?:\s*\(\s*(?:"([^"]*)"|'([^']*)')\s*[,)])?/g)].map((
    [, double, single],
  ) => double ?? single ?? "*");
}

/**
 * The shim of one project, its paths made relative to the worktree; none where links lead to its macros, because what
 * lies behind them is not this project's own. Both folders are real paths.
 */
async function editsOf(
  texts: readonly ProjectText[],
  folder: string,
  worktree: string,
): Promise<Edit[]> {
  const macroFolders = macroPaths(await readIfThere(join(folder, PROJECT_FILE)), folder);
  const folderOf = (path: string) =>
    macroFolders.find((name) => name === "" || path.startsWith(`${name}/`));
  const macros = findNamingMacros(texts).filter(({ path }) => folderOf(path) !== undefined);
  const [first] = macros;
  if (first === undefined) return [];
  const edits = shimEdits(folderOf(first.path) ?? "", macros, texts)
    .map(({ path, text }) => ({
      path: relative(worktree, join(folder, path)).replaceAll("\\", "/"),
      text,
    }));
  for (const { path } of edits) {
    const file = join(worktree, path);
    const real = await Deno.realPath(dirname(file)).catch(() => undefined);
    if (!isWithin(worktree, file) || real !== dirname(file)) return [];
  }
  return edits;
}

function macroPaths(text: string | undefined, folder: string): string[] {
  const fallback = ["macros"];
  if (text === undefined) return fallback;
  try {
    const root = readYaml(text, PROJECT_FILE, { duplicateKeys: "last" });
    const node = root?.kind === "map" ? get(root, "macro-paths") : undefined;
    const value = node === undefined ? undefined : valueOf(node);
    if (!Array.isArray(value)) return fallback;
    const paths = value.filter((item) => typeof item === "string");
    if (paths.length === 0) return fallback;
    return paths.map((path) => relative(folder, resolve(folder, path)).replaceAll("\\", "/"));
  } catch {
    return fallback;
  }
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return !way.startsWith("..") && !isAbsolute(way);
}

function isRead(path: string): boolean {
  return new RegExp(`\\.(?:${ENDINGS.join("|")})$`, "i").test(path);
}

/** What tells whether the files of the packages are the same as before, without reading them. */
async function states(packages: string): Promise<string[]> {
  const names = await namesIn(packages);
  const paths = await Promise.all(names.map(async (name) => {
    const files = await filesBelow(packages, name, []);
    return await Promise.all(files.map(async (file) => {
      const info = await Deno.stat(join(packages, file)).catch(() => undefined);
      return [file, info?.size, info?.mtime?.getTime(), info?.ctime?.getTime()].join(" ");
    }));
  }));
  return [...names, ...paths.flat().sort()];
}

async function readTexts(root: string, paths: readonly string[]): Promise<ProjectText[]> {
  const texts: ProjectText[] = [];
  for (const path of [...paths].sort()) {
    if (path.endsWith(SHIM_FILE)) continue;
    const text = await readIfThere(join(root, path));
    if (text !== undefined) texts.push({ path, text: restored(text) });
  }
  return texts;
}

/** The files below a folder that dbt may read, links followed; relative to `root`. `skipped` counts in the folder itself. */
async function filesBelow(
  root: string,
  inside: string,
  skipped: readonly string[],
): Promise<string[]> {
  const found: string[] = [];
  const enters = ({ name, path }: WalkedEntry) =>
    !SKIPPED.includes(name) && !(path === name && skipped.includes(name));
  for await (const { entries } of walk(join(root, inside), { enters, followLinks: true })) {
    for (const { kind, path } of entries) {
      if (kind === "file" && isRead(path)) found.push(inside === "" ? path : `${inside}/${path}`);
    }
  }
  return found;
}

function parseKept(text: string | undefined): Record<string, Scan> {
  try {
    const parsed: unknown = JSON.parse(text ?? "{}");
    // The file is dot's own, of this very version: the key says so.
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
