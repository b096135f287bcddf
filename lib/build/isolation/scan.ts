/**
 * Reads a commit's project once: what may lead out of its schemas, what no manifest shows, which environment variables
 * it reads, and how its naming is isolated. The answer is kept with the build, because a commit does not change.
 * @module
 */
import { dirname, join, relative } from "@std/path";
import { isAbsent } from "../../errors.ts";
import { makeFolder, namesIn, readIfThere, writeFile } from "../../files.ts";
import type { Git } from "../../git.ts";
import { get, readYaml, valueOf } from "../../yaml.ts";
import { VERSION } from "../../version.ts";
import { sha256 } from "../packages.ts";
import { findBlindSpots } from "./blind.ts";
import {
  type Doubt,
  findDoubts,
  findNamingMacros,
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
  /** Environment variables that the project reads. */
  variables: string[];
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
  "target_(schema|database)",
  "store_failures",
  "(schema|dataset|database|project|catalog)[\"']?[[:space:]]*[:=]",
  "[*][*]",
  "config[(][^)]",
  "env_var",
  "(pre|post)[-_]hook",
  "on-run-",
  "external",
  "location",
  "%-?[[:space:]]*macro[[:space:]]",
];
const SKIPPED = [
  ".git",
  ".venv",
  "dbt_packages",
  "integration_tests",
  "logs",
  "node_modules",
  "target",
];

/** The scan of a project, from the build's folder where it was made before. */
export async function scanProject(place: ScanPlace): Promise<Scan> {
  const root = join(place.worktree, place.project);
  const packages = await namesIn(join(root, place.packages));
  const key = await sha256(
    JSON.stringify([VERSION, place.project, place.packagesHash, packages]),
  );
  const kept = parseKept(await readIfThere(place.file))[key];
  if (kept !== undefined) return kept;
  const scan = await makeScan(place, root, packages);
  const all = { ...parseKept(await readIfThere(place.file)), [key]: scan };
  await writeFile(place.file, JSON.stringify(all) + "\n");
  return scan;
}

/**
 * Put the edits of a scan into the worktree. Their hashes are recorded first, so that whoever checks the worktree
 * knows them as dot's own, wherever this is broken off.
 */
export async function applyEdits(scan: Scan, worktree: string, record: string): Promise<void> {
  const hashes = await readEditHashes(record);
  for (const { path, text } of scan.edits) hashes[path] = await sha256(text);
  if (scan.edits.length > 0) await writeFile(record, JSON.stringify(hashes) + "\n");
  for (const { path, text } of scan.edits) {
    await makeFolder(dirname(join(worktree, path)));
    await writeFile(join(worktree, path), text);
  }
}

/** The hashes of the files that dot edited, by path in the worktree. */
export async function readEditHashes(record: string): Promise<Record<string, string>> {
  try {
    const parsed: unknown = JSON.parse(await readIfThere(record) ?? "{}");
    if (typeof parsed !== "object" || parsed === null) return {};
    return Object.fromEntries(
      Object.entries(parsed).filter((entry): entry is [string, string] =>
        typeof entry[1] === "string"
      ),
    );
  } catch {
    return {};
  }
}

async function makeScan(place: ScanPlace, root: string, packages: string[]): Promise<Scan> {
  const found = await place.git.filesMatching(root, WORDS, ["sql", "yml", "yaml", "py"]);
  const own = await readTexts(root, found);
  const all = [...own];
  const edits = await editsOf(own, root, place);
  const inside = await Deno.realPath(place.worktree);
  for (const name of packages) {
    const link = join(root, place.packages, name);
    const folder = await Deno.realPath(link).catch(() => undefined);
    if (folder === undefined || !(await Deno.stat(folder)).isDirectory) continue;
    const texts = await readTexts(folder, await walk(folder, ""));
    all.push(
      ...texts.map(({ path, text }) => ({ path: `${place.packages}/${name}/${path}`, text })),
    );
    const within = relative(inside, folder);
    // A package that is a link out of the worktree is somebody's own files.
    if (within.startsWith("..") || within === "") continue;
    edits.push(...await editsOf(texts, folder, { ...place, worktree: inside }));
  }
  const variables = all.flatMap(({ text }) =>
    [...text.matchAll(/env_var\(\s*['"](\w+)['"]/g)].map((match) => match[1] ?? "")
  );
  return {
    doubts: findDoubts(all),
    schemas: plainSchemas(all),
    blind: findBlindSpots(all),
    variables: [...new Set(variables)].sort(),
    edits: edits.sort((a, b) => a.path < b.path ? -1 : 1),
  };
}

/** The shim of one project, its paths made relative to the worktree. */
async function editsOf(
  texts: readonly ProjectText[],
  folder: string,
  place: ScanPlace,
): Promise<Edit[]> {
  const macroFolders = macroPaths(await readIfThere(join(folder, "dbt_project.yml")));
  const macros = findNamingMacros(texts).filter(({ path }) =>
    macroFolders.some((macroFolder) => path.startsWith(`${macroFolder}/`))
  );
  const [macroFolder = "macros"] = macroFolders;
  const edits = shimEdits({ folder: "", macroFolder }, macros, texts);
  const prefix = relative(place.worktree, folder).replaceAll("\\", "/");
  return edits.map(({ path, text }) => ({
    path: [prefix, path].filter((part) => part !== "").join("/"),
    text,
  }));
}

function macroPaths(text: string | undefined): string[] {
  const fallback = ["macros"];
  if (text === undefined) return fallback;
  try {
    const root = readYaml(text, "dbt_project.yml", { duplicateKeys: "last" });
    const node = root?.kind === "map" ? get(root, "macro-paths") : undefined;
    const value = node === undefined ? undefined : valueOf(node);
    if (!Array.isArray(value)) return fallback;
    const paths = value.filter((item) => typeof item === "string");
    return paths.length === 0 ? fallback : paths.map((path) => path.replace(/^\.\/|\/+$/g, ""));
  } catch {
    return fallback;
  }
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

async function walk(root: string, inside: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const entry of Deno.readDir(join(root, inside))) {
      const path = inside === "" ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory && !SKIPPED.includes(entry.name)) found.push(...await walk(root, path));
      else if (entry.isFile && /\.(?:sql|ya?ml|py)$/.test(entry.name)) found.push(path);
    }
  } catch (error) {
    if (!isAbsent(error)) throw error;
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
