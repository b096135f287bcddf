/**
 * Reads a commit's project once: what may lead out of its schemas, what no manifest shows, which environment variables
 * it reads, and how its naming is isolated. The answer is kept with the build, because a commit does not change.
 * @module
 */
import { dirname, join, relative, resolve } from "@std/path";
import { readIfThere, readNow, sha256, writeFile } from "../../base/files.ts";
import type { Git } from "../../git/git.ts";
import { mayRead, variablesIn } from "../../dbt/env_var.ts";
import { isOutside } from "../../places/project.ts";
import { findBlindSpots } from "./blind.ts";
import { UNSEEN } from "./configs.ts";
import { parseKept, type Scan } from "./kept.ts";
import { type Doubt, findNamingMacros, type ProjectText, prove } from "./proof.ts";
import type { Reads } from "./reads.ts";
import { type Edit, isShim, restored, SHIM_FILE, shimEdits } from "./shim.ts";
import {
  ownSources,
  type Packages,
  packageSources,
  readsPackages,
  type Sources,
  statesOf,
} from "./sources.ts";
import { STAMP } from "./stamp.ts";

export type { Scan };

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

/** The scan of a project, from the build's folder where it was made before, by this very code. */
export async function scanProject(place: ScanPlace): Promise<Scan> {
  const packages = await packagesOf(place);
  const key = await scanKey(place, await statesOf(packages));
  const kept = parseKept(await readIfThere(place.file)).get(key);
  if (kept !== undefined) return kept;
  const { scan, lasts } = await makeScan(place, packages);
  if (!lasts) return scan;
  const all = parseKept(await readIfThere(place.file)).set(key, scan);
  await writeFile(place.file, JSON.stringify(Object.fromEntries(all)) + "\n");
  return scan;
}

/** What a scan depends on, hashed: the code that makes it, and all that it reads. */
export async function scanKey(
  { packagesHash, project }: Pick<ScanPlace, "packagesHash" | "project">,
  packages: readonly string[],
  stamp: string = STAMP,
): Promise<string> {
  return await sha256(JSON.stringify([stamp, project, packagesHash, packages]));
}

/** The files of a project, and of its packages, that may read one of some variables of the system; relative to it. */
export async function filesReading(
  place: Omit<ScanPlace, "file" | "packagesHash">,
  names: readonly string[],
): Promise<string[]> {
  const worktree = await Deno.realPath(place.worktree);
  const root = await Deno.realPath(join(worktree, place.project));
  const found = textsOf(await ownSources(place.git, { root, worktree }), "").texts;
  for (const one of await packageSources(await packagesOf(place))) {
    found.push(...textsOf(one, one.name).texts);
  }
  return found.filter(({ text }) => mayRead(text, names)).map(({ path }) => path);
}

async function packagesOf(
  { packages, project, worktree }: Pick<ScanPlace, "packages" | "project" | "worktree">,
): Promise<Packages> {
  const root = join(worktree, project);
  return {
    folder: resolve(root, packages),
    shown: packages,
    whole: await readsPackages(root, packages),
  };
}

async function makeScan(
  place: ScanPlace,
  packages: Packages,
): Promise<{ scan: Scan; lasts: boolean }> {
  const inside = await Deno.realPath(place.worktree);
  const root = await Deno.realPath(join(inside, place.project));
  const own = await ownSources(place.git, { root, worktree: inside });
  const all = textsOf(own, "");
  const edits = await editsOf(all.texts, own.reads, root, inside);
  let { lasts } = own;
  const made = new Set(own.made);
  for (const found of await packageSources(packages)) {
    const { texts, doubts } = textsOf(found, found.name);
    all.texts.push(...texts);
    all.doubts.push(...doubts);
    for (const name of found.made) made.add(name);
    lasts &&= found.lasts;
    // A package that is a link out of the worktree is somebody's own files.
    if (found.root === inside || isOutside(inside, found.root)) continue;
    const inPackage = texts.map(({ path, text }) => ({
      path: path.slice(found.name.length + 1),
      text,
    }));
    edits.push(...await editsOf(inPackage, found.reads, found.root, inside));
  }
  const proof = prove(all.texts);
  const doubts = [...all.doubts, ...proof.doubts];
  const variables = new Set(all.texts.flatMap(({ text }) => variablesIn(text)));
  // Whoever reaches what the text does not show may reach variables so.
  if (doubts.some(({ what }) => what === UNSEEN)) variables.add("*");
  const scan = {
    doubts,
    schemas: proof.schemas,
    snapshots: proof.snapshots,
    blind: findBlindSpots(all.texts, made),
    variables: [...variables].sort(),
    text: await sha256(JSON.stringify(all.texts)),
    edits: edits.sort((a, b) => a.path < b.path ? -1 : 1),
  };
  return { scan, lasts: lasts && all.doubts.length === 0 };
}

/** The texts of files, their paths below `name`; what is named and cannot be read is a doubt. */
function textsOf(
  { paths, root, unreadable }: Sources,
  name: string,
): { texts: ProjectText[]; doubts: Doubt[] } {
  const shown = (path: string) => name === "" ? path : `${name}/${path}`;
  const failed = [...unreadable];
  const texts: ProjectText[] = [];
  for (const path of [...new Set(paths)].sort()) {
    const text = readAtOnce(join(root, path));
    if (text === undefined) failed.push(path);
    else if (!isShim(text)) texts.push({ path: shown(path), text: restored(text) });
  }
  return { texts, doubts: failed.map((path) => ({ path: shown(path), what: "cannot be read" })) };
}

/** The text of a file, if dot can read it. */
function readAtOnce(path: string): string | undefined {
  try {
    return readNow(path);
  } catch {
    return undefined;
  }
}

/**
 * The shim of one project, its paths made relative to the worktree; none where links lead to its macros, because what
 * lies behind them is not this project's own. Both folders are real paths.
 */
async function editsOf(
  texts: readonly ProjectText[],
  { folders }: Reads,
  folder: string,
  worktree: string,
): Promise<Edit[]> {
  const macroFolders = folders.filter(({ key }) => key === "macro-paths").map(({ path }) =>
    relative(folder, resolve(folder, path)).replaceAll("\\", "/")
  );
  const folderOf = (path: string) =>
    macroFolders.find((name) => name === "" || path.startsWith(`${name}/`));
  const macros = findNamingMacros(texts).filter(({ path }) => folderOf(path) !== undefined);
  const [first] = macros;
  // A file of the project's own in the place of ours stays what it is: then the manifest decides.
  if (first === undefined || texts.some(({ path }) => path.endsWith(SHIM_FILE))) return [];
  const edits = shimEdits(folderOf(first.path) ?? "", macros, texts)
    .map(({ path, text }) => ({
      path: relative(worktree, join(folder, path)).replaceAll("\\", "/"),
      text,
    }));
  for (const { path } of edits) {
    const file = join(worktree, path);
    const real = await Deno.realPath(dirname(file)).catch(() => undefined);
    if (isOutside(worktree, file) || real !== dirname(file)) return [];
  }
  return edits;
}
