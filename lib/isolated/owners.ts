/**
 * Whose the changes in the worktree of a build are: dot's and dbt's own, a run's, or somebody's.
 * @module
 */
import { basename, join } from "@std/path";
import { DotError } from "../base/errors.ts";
import { isFolder, namesIn, readIfThere, sha256 } from "../base/files.ts";
import type { Git } from "../git/git.ts";
import { ignoredFiles, isLocked, worktreeState } from "../git/worktrees.ts";
import { fileIn, isOutside, PACKAGE_LOCK, PROJECT_FILE } from "../places/project.ts";
import { type BuildPaths, plainPaths } from "../store/paths.ts";
import { beginChanges, endChanges, isLeft, type Owning, readChanges } from "./changes.ts";
import { type EditHashes, readEditHashes } from "./escape/edits.ts";
import { belongs, mayBeRead, readsOf } from "./escape/reads.ts";
import type { Isolated } from "./isolate.ts";
import { localPackages } from "./local_packages.ts";
import { arePackagesEdited, type PackageRecords, readPackageRecords } from "./packages.ts";
import { readShared } from "./shared_files.ts";
import { changedInSubmodules } from "./submodules.ts";
import { projectIn } from "./worktree.ts";

/**
 * What somebody did in a build's folder, in words: paths of its worktree that are edited, commits, worktrees that dot set
 * aside. Undefined where the worktree has lost its repository, so that nobody can tell.
 */
export async function editsIn(
  git: Git,
  build: BuildPaths,
  commit: string | undefined,
): Promise<string[] | undefined> {
  const own = await editsOf(git, build, commit);
  // The second worktree, in which dot edits nothing.
  const plain = await editsOf(git, plainPaths(build), commit);
  return own && plain && [...own, ...plain.map((path) => `plain/${path}`)];
}

async function editsOf(
  git: Git,
  build: BuildPaths,
  commit: string | undefined,
): Promise<string[] | undefined> {
  const aside = (await namesIn(build.folder)).filter((name) => /^worktree\.old-\d+$/.test(name));
  if (!await isFolder(build.worktree)) return aside;
  const state = await worktreeState(git, build.worktree);
  if (state === undefined) return undefined;
  const own = await readOwnWork(build, commit ?? state.head);
  const edited: string[] = [];
  if (commit !== undefined && state.head !== commit) {
    edited.push(`commits (it is at ${state.head.slice(0, 10)})`);
  }
  if (await isLocked(build.worktree)) edited.push("its lock (git worktree lock)");
  const inside = await changedInSubmodules(git, build, commit ?? state.head, {
    missing: false,
  });
  const runs = await readChanges(build);
  const hidden = await hiddenEdits(git, build, await foldersAt(git, build.worktree, state.head));
  for (const path of new Set([...state.changed, ...state.untracked, ...inside, ...hidden])) {
    if (await isOwnChange(git, build, own, path)) continue;
    if (!await isLeft(runs, build.worktree, path)) edited.push(path);
  }
  return [...aside, ...edited];
}

/** The folders of a worktree that dbt reads for any project of its commit. */
async function foldersAt(git: Git, worktree: string, commit: string): Promise<string[]> {
  const folders: string[] = [];
  for (const file of await git.filesNamed(commit, PROJECT_FILE)) {
    const project = file.slice(0, -PROJECT_FILE.length).replace(/\/$/, "");
    const text = await readIfThere(join(worktree, file));
    folders.push(...partsOfProject(worktree, project, text).folders);
  }
  return folders;
}

/** Note that a run begins; `parts` are what dbt reads of the worktree. */
export async function noteBegin(isolated: Isolated, parts: Parts): Promise<void> {
  const { build, git, paths } = isolated;
  await beginChanges(git, build, paths, await owningOf(isolated, parts));
}

/** Say what a run left in the worktree besides its relations; where git cannot tell, it stays unsaid. */
export async function recordChanges(isolated: Isolated, parts: Parts): Promise<void> {
  const { build, git, paths } = isolated;
  try {
    await endChanges(git, build, paths, await owningOf(isolated, parts));
  } catch (error) {
    if (!(error instanceof DotError)) throw error;
  }
}

/** What of a worktree dbt reads as a part of the project. */
export interface Parts {
  /** Whether it reads a path. */
  has: (path: string) => boolean;
  /** The folders that it reads, as far as they lie in the worktree. */
  folders: readonly string[];
}

/** What of its worktree dbt reads as a part of the commit's project, the packages that lie there included. */
export async function partsOf({ build, project, projectText }: Isolated): Promise<Parts> {
  const packages = await localPackages(build.worktree, project);
  const all = [{ path: project, text: projectText }, ...packages].map(({ path, text }) =>
    partsOfProject(build.worktree, path, text)
  );
  return {
    has: (path) => all.some(({ has }) => has(path)),
    folders: [...new Set(all.flatMap(({ folders }) => folders))],
  };
}

/** What dbt reads of a project that lies at a path in the worktree; `text` is its dbt_project.yml. */
function partsOfProject(worktree: string, project: string, text: string | undefined): Parts {
  const reads = readsOf(text);
  const start = fileIn(project, "");
  return {
    has: (path) => path.startsWith(start) && belongs(reads, path.slice(start.length)),
    folders: [...reads.folders, ...reads.documents]
      .map(({ path }) => fileIn(project, path) || ".")
      .filter((path) => !isOutside(worktree, path)),
  };
}

/** Whose a path of the worktree of a build is. */
export async function owningOf(isolated: Isolated, parts: Parts): Promise<Owning> {
  const { build, commit, git } = isolated;
  const own = await readOwnWork(build, commit.hash);
  return {
    isOwn: (path) => isOwnChange(git, build, own, path),
    // Another folder of the repository may be a package of the project's.
    isRead: (path) => CODE.test(path) || parts.has(path),
  };
}

/**
 * What somebody put where git may not look, and dbt does: files that git ignores in the folders that dbt reads, folders of packages
 * whose files are not those that were installed, and a lock file that is not the one that was left.
 */
export async function hiddenEdits(
  git: Git,
  build: BuildPaths,
  folders: readonly string[],
): Promise<string[]> {
  const edits = await readEditHashes(build.editsFile);
  const records = await readPackageRecords(build.depsFile);
  const packages: string[] = [];
  for (const [project, record] of Object.entries(records)) {
    const path = fileIn(project, record.folder);
    const own = new Set(Object.keys(edits).filter((edited) => edited.startsWith(`${path}/`)));
    const inside = (name: string) => !own.has(`${path}/${name}`);
    if (await arePackagesEdited(projectIn(build.worktree, project), record, inside)) {
      packages.push(path);
    }
    const lock = fileIn(project, PACKAGE_LOCK);
    const text = record.files === null ? undefined : await readIfThere(join(build.worktree, lock));
    if (text !== undefined && await sha256(text) !== record.lock) packages.push(lock);
  }
  const ignored = await ignoredFiles(git, build.worktree, folders);
  return [...ignored.filter(mayBeRead), ...packages];
}

const CODE = /\.(?:sql|ya?ml|py)$/i;

/** What dbt 2 adds to the .gitignore of a project that it reads. */
const IGNORED_BY_DBT = "dbt_internal_packages/";

/** What dot and dbt did in a worktree. */
interface OwnWork {
  /** The hash of the commit that it is of. */
  commit: string;
  records: PackageRecords;
  edits: EditHashes;
  shared: ReadonlySet<string>;
}

async function readOwnWork(build: BuildPaths, commit: string): Promise<OwnWork> {
  return {
    commit,
    records: await readPackageRecords(build.depsFile),
    edits: await readEditHashes(build.editsFile),
    shared: await readShared(build),
  };
}

/** Whether a changed path of the worktree is dbt's work or ours: installed packages, their lock file, the naming shim. */
async function isOwnChange(
  git: Git,
  { worktree }: BuildPaths,
  { commit, edits, records, shared }: OwnWork,
  path: string,
): Promise<boolean> {
  const hash = async () => await sha256(await readIfThere(join(worktree, path)) ?? "");
  for (const [project, { files, folder, lock }] of Object.entries(records)) {
    const inProject = (name: string) => fileIn(project, name);
    if (path.startsWith(`${inProject(folder)}/`)) return true;
    if (path === inProject(PACKAGE_LOCK)) return files === null || await hash() === lock;
  }
  if (edits[path]?.includes(await hash()) === true) return true;
  if (shared.has(path)) return true;
  if (basename(path) !== ".gitignore") return false;
  const beside = `${path.slice(0, -".gitignore".length)}${PROJECT_FILE}`;
  const [committed, project] = await git.readFiles(commit, [path, beside]);
  if (committed === undefined || project === undefined) return false;
  const now = linesOf(await readIfThere(join(worktree, path)) ?? "");
  return now.split("\n").at(-1) === IGNORED_BY_DBT &&
    linesOf(now.slice(0, -IGNORED_BY_DBT.length)) === linesOf(committed);
}

/** A text without what git or an editor may do to the ends of its lines. */
function linesOf(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(/\n+$/, "");
}
