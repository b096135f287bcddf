/**
 * Puts an isolated build in place: worktree, packages, profile, record. Safe to repeat, and to break off anywhere.
 * @module
 */
import { join } from "@std/path";
import type { Context } from "../base/context.ts";
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

import { sayHowToKill } from "../dbt/said.ts";
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
import { depsCommand, type Isolated } from "./isolate.ts";
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
  { doing, deps, scan, runner, announce }: Preparation,
  { out }: Context,
): Promise<Prepared> {
  const { build, commit, git, packages, project } = isolated;
  await makeFolder(build.folder, 0o700);
  return await withLock(build.lock, doing, out, async () => {
    await removeTemporaries(build.folder);
    const records = await readPackageRecords(build.depsFile);
    const edits = await readEditHashes(build.editsFile);
    await ensureWorktree(
      git,
      build,
      commit,
      (path) => isOwnChange(build, records, edits, path),
      out,
    );
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
  const records = await readPackageRecords(build.depsFile);
  const edits = await readEditHashes(build.editsFile);
  const edited: string[] = [];
  if (commit !== undefined && state.head !== commit) {
    edited.push(`commits (it is at ${state.head.slice(0, 10)})`);
  }
  if (await isLocked(build.worktree)) edited.push("its lock (git worktree lock)");
  for (const path of state.changed) {
    if (!await isOwnChange(build, records, edits, path)) edited.push(path);
  }
  return [...aside, ...edited];
}

/** Whether a changed path of the worktree is our own work: installed packages, their lock file, the naming shim. */
async function isOwnChange(
  { worktree }: BuildPaths,
  records: PackageRecords,
  edits: EditHashes,
  path: string,
): Promise<boolean> {
  const hash = async () => await sha256(await readIfThere(join(worktree, path)) ?? "");
  for (const [project, { files, folder, lock }] of Object.entries(records)) {
    const inProject = (name: string) => fileIn(project, name);
    if (path.startsWith(`${inProject(folder)}/`)) return true;
    if (path === inProject(PACKAGE_LOCK)) return files === null || await hash() === lock;
  }
  return edits[path]?.includes(await hash()) ?? false;
}
