/**
 * Puts an isolated build in place: worktree, packages, profile, record. Safe to repeat, and to break off anywhere.
 * @module
 */
import { join } from "@std/path";
import type { Context } from "../base/context.ts";
import { DotError } from "../base/errors.ts";
import {
  isFolder,
  makeFolder,
  namesIn,
  readIfThere,
  removeTemporaries,
  sha256,
  writeFile,
} from "../base/files.ts";
import type { Git } from "../git/git.ts";
import { isLocked, worktreeState } from "../git/worktrees.ts";
import type { DbtRunner } from "../dbt/runner.ts";

import type { Output } from "../base/output.ts";
import { sayHowToKill } from "../dbt/said.ts";
import { isRead, readFolders } from "../dbt/project_paths.ts";
import { withLock } from "../store/lock.ts";
import {
  type PackageRecords,
  packagesInstalled,
  readPackageRecords,
  recordPackages,
  recordPackagesBegun,
} from "./packages.ts";
import type { BuildPaths } from "../store/paths.ts";
import { applyEdits, type EditHashes, readEditHashes } from "./escape/edits.ts";
import { type Scan, scanProject } from "./escape/scan.ts";
import { fileIn, PACKAGE_LOCK } from "../places/project.ts";
import { endChanges, isLeft, readChanges } from "./changes.ts";
import { missingData } from "./data_files.ts";
import { depsCommand, type Isolated } from "./isolate.ts";
import { placeShared, readShared } from "./shared_files.ts";
import { changedInSubmodules } from "./submodules.ts";
import { ensureWorktree, projectIn } from "./worktree.ts";

/** What a preparation needs to know of the run. */
export interface Preparation {
  /** The words of the run, for whoever waits for it. */
  doing: string;
  /** Whether `dbt deps` may run. */
  deps: boolean;
  /** Whether the project will be read, so that its naming must be isolated. */
  scan: boolean;
  runner: DbtRunner;
  /** Whether the caller holds the environment's lock. */
  locked: boolean;
  /** Called before `dbt deps` starts. */
  announce: (isolated: Isolated) => void;
}

/** What a preparation gives. */
export interface Prepared {
  /** The exit code of `dbt deps` where that failed, else 0. */
  code: number;
  /** What the project's text says; undefined where it was not asked for. */
  scan: Scan | undefined;
}

/** Whether `dbt deps` must run before the build can. */
export async function needsDeps(isolated: Isolated): Promise<boolean> {
  const { build, packages, project } = isolated;
  if (!packages.any || !packages.wanted) return false;
  const records = await readPackageRecords(build.depsFile);
  if (records[project]?.files !== packages.hash) return true;
  return !await packagesInstalled(projectIn(build.worktree, project), packages.folder);
}

/**
 * Make sure that the commit's worktree is there and whole, its packages installed, and its naming isolated.
 */
export async function prepareWorktree(
  isolated: Isolated,
  { doing, deps, locked, scan, runner, announce }: Preparation,
  { out }: Context,
): Promise<Prepared> {
  const { build, commit, git, packages, project } = isolated;
  await makeFolder(build.folder, 0o700);
  return await withLock(build.lock, doing, out, async () => {
    await removeTemporaries(build.folder);
    const own = await readOwnWork(build);
    const reads = readsIn(isolated);
    // Another folder of the repository may be a package of the project's.
    await ensureWorktree(git, build, commit, {
      isOwn: (path) => isOwnChange(build, own, path),
      isRead: (path) => CODE.test(path) || reads(path),
      holds: locked ? isolated.paths.lock : undefined,
    }, out);
    // git keeps no empty folders, and dbt must run somewhere.
    await makeFolder(isolated.cwd);
    await placeShared(build, isolated.shared);
    if (scan) await warnOfMissingData(isolated, out);
    if (deps && await needsDeps(isolated)) {
      announce(isolated);
      await writeProfile(isolated);
      await recordPackagesBegun(build.depsFile, project, packages.folder);
      await runner.expectMore();
      const { code, interrupted } = await runner.runAsking(depsCommand(isolated), {
        stdoutToStderr: true,
        onSlow: () => sayHowToKill(out),
      });
      if (code !== 0 && !interrupted) {
        out.error("dbt deps failed", ["To run without it: --no-deps"]);
      }
      if (code !== 0) return { code, scan: undefined };
      await recordDeps(isolated);
    }
    return { code: 0, scan: scan ? await isolateNaming(isolated) : undefined };
  });
}

/** Say which data models read that the commit does not hold, and the working tree does. */
async function warnOfMissingData(
  isolated: Isolated,
  out: Output,
): Promise<void> {
  const { build, commit, cwd, git, place: { project }, shared } = isolated;
  // Where dbt runs in the live project, it reads the data there.
  if (cwd === project.cwd) return;
  const found = await missingData(git, {
    cwd,
    file: build.dataFile,
    isRead: readsIn(isolated),
    live: project.cwd,
    shared,
    worktree: build.worktree,
  });
  for (const { by, example, path } of found) {
    out.warn(`${by} reads ${path}, and ${commit.short} does not hold such a file`, [
      `To let builds read the working tree's: \`+shared-files: [${example}]\` in the environment.`,
    ]);
  }
}

/**
 * Read the project's text, and put the naming shim in place where the project names its own schemas. The caller holds
 * the build's lock.
 */
export async function isolateNaming(isolated: Isolated): Promise<Scan> {
  const { build } = isolated;
  const scan = await readScan(isolated);
  await applyEdits(scan, {
    worktree: build.worktree,
    record: build.editsFile,
    beside: build.folder,
  });
  return scan;
}

/** What the text of a commit's project says. */
export async function readScan({ build, git, packages, project }: Isolated): Promise<Scan> {
  return await scanProject({
    git,
    worktree: build.worktree,
    project,
    packages: packages.folder,
    packagesHash: packages.hash,
    file: build.scanFile,
  });
}

/** Record that `dbt deps` has run for this commit's package files. */
export async function recordDeps({ build, packages, project }: Isolated): Promise<void> {
  await recordPackages(build.depsFile, project, projectIn(build.worktree, project), packages);
}

/** Write the isolated profile; only its owner can read it. */
export async function writeProfile({ paths, profile }: Isolated): Promise<void> {
  await makeFolder(paths.folder, 0o700);
  await writeFile(paths.profiles, profile.text, 0o600);
}

/**
 * What somebody did in a build's folder, in words: paths of its worktree that are edited, commits, worktrees that dot set
 * aside. Undefined where the worktree has lost its repository, so that nobody can tell.
 */
export async function editsIn(
  git: Git,
  build: BuildPaths,
  commit: string | undefined,
): Promise<string[] | undefined> {
  const aside = (await namesIn(build.folder)).filter((name) => /^worktree\.old-\d+$/.test(name));
  if (!await isFolder(build.worktree)) return aside;
  const state = await worktreeState(git, build.worktree);
  if (state === undefined) return undefined;
  const own = await readOwnWork(build);
  const edited: string[] = [];
  if (commit !== undefined && state.head !== commit) {
    edited.push(`commits (it is at ${state.head.slice(0, 10)})`);
  }
  if (await isLocked(build.worktree)) edited.push("its lock (git worktree lock)");
  const inside = await changedInSubmodules(git, build.worktree, commit ?? state.head, {
    missing: false,
  });
  const runs = await readChanges(build);
  for (const path of [...state.changed, ...state.untracked, ...inside]) {
    if (await isOwnChange(build, own, path)) continue;
    if (!await isLeft(runs, build.worktree, path)) edited.push(path);
  }
  return [...aside, ...edited];
}

/** Say what a run left in the worktree besides its relations; where git cannot tell, it stays unsaid. */
export async function recordChanges({ build, git, paths }: Isolated): Promise<void> {
  const own = await readOwnWork(build);
  try {
    await endChanges(git, build, paths, (path) => isOwnChange(build, own, path));
  } catch (error) {
    if (!(error instanceof DotError)) throw error;
  }
}

const CODE = /\.(?:sql|ya?ml|py)$/i;

/** Tells whether dbt would read a path of the worktree as a part of the project. */
function readsIn({ project, projectText }: Isolated): (path: string) => boolean {
  const folders = readFolders(projectText);
  const start = fileIn(project, "");
  return (path) => path.startsWith(start) && isRead(path.slice(start.length), folders);
}

/** What dot and dbt did in a worktree. */
interface OwnWork {
  records: PackageRecords;
  edits: EditHashes;
  shared: ReadonlySet<string>;
}

async function readOwnWork(build: BuildPaths): Promise<OwnWork> {
  return {
    records: await readPackageRecords(build.depsFile),
    edits: await readEditHashes(build.editsFile),
    shared: await readShared(build),
  };
}

/** Whether a changed path of the worktree is our own work: installed packages, their lock file, the naming shim. */
async function isOwnChange(
  { worktree }: BuildPaths,
  { edits, records, shared }: OwnWork,
  path: string,
): Promise<boolean> {
  const hash = async () => await sha256(await readIfThere(join(worktree, path)) ?? "");
  for (const [project, { files, folder, lock }] of Object.entries(records)) {
    const inProject = (name: string) => fileIn(project, name);
    if (path.startsWith(`${inProject(folder)}/`)) return true;
    if (path === inProject(PACKAGE_LOCK)) return files === null || await hash() === lock;
  }
  if (edits[path]?.includes(await hash()) === true) return true;
  return shared.has(path);
}
