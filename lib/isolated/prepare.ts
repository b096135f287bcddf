/**
 * Puts an isolated build in place: worktree, packages, profile, record. Safe to repeat, and to break off anywhere.
 * @module
 */
import { join } from "@std/path";
import type { Context } from "../base/context.ts";
import { DotError } from "../base/errors.ts";
import { liesIn, makeFolder, readIfThere, removeTemporaries, writeFile } from "../base/files.ts";
import type { Output } from "../base/output.ts";
import { parseDotenv } from "../dbt/dotenv.ts";
import type { DbtRunner } from "../dbt/runner.ts";
import { sayHowToKill } from "../dbt/said.ts";
import { fileIn } from "../places/project.ts";
import { withLock } from "../store/lock.ts";
import type { Owning } from "./changes.ts";
import { missingData } from "./data_files.ts";
import { applyEdits } from "./escape/edits.ts";
import { filesReading, type Scan, scanProject } from "./escape/scan.ts";
import { depsCommand, type Isolated } from "./isolate.ts";
import { hiddenEdits, owningOf, type Parts, partsOf } from "./owners.ts";
import {
  packagesInstalled,
  readPackageRecords,
  recordPackages,
  recordPackagesBegun,
} from "./packages.ts";
import { placeShared } from "./shared_files.ts";
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

/** Throws a DotError where a link leads the packages of the commit out of its worktree. */
async function refusePackagesElsewhere(
  { build, commit, packages, project }: Isolated,
): Promise<void> {
  const path = fileIn(project, packages.folder);
  if (await liesIn(build.worktree, `${path}/x`)) return;
  throw new DotError(
    `\`packages-install-path: ${packages.folder}\` of ${commit.short} leads out of the worktree by a link, so \`dbt deps\` would replace the packages of other runs`,
    { code: "DOT031", hints: ["An isolated build needs a folder inside the project."] },
  );
}

/** Whether `dbt deps` must run before the build can. */
export async function needsDeps(isolated: Isolated): Promise<boolean> {
  return isolated.packages.wanted && await lacksPackages(isolated);
}

/** Whether the commit has packages that are not known to be installed. */
async function lacksPackages({ build, packages, project }: Isolated): Promise<boolean> {
  if (!packages.any) return false;
  const records = await readPackageRecords(build.depsFile);
  if (records[project]?.files !== packages.hash) return true;
  return !await packagesInstalled(projectIn(build.worktree, project), packages.folder);
}

/** Whether its dbt installs what is missing by itself, in any command. */
function installsItself({ packages, place: { launcher } }: Isolated): boolean {
  return packages.any && launcher.major >= 2;
}

/** Whether dbt is about to install packages by itself, which nobody has read yet. */
export async function installsUnread(isolated: Isolated): Promise<boolean> {
  return installsItself(isolated) && await lacksPackages(isolated);
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
    const before = await partsOf(isolated);
    await ensureWorktree(git, build, commit, {
      ...await owningOf(isolated, before),
      hidden: () => hiddenEdits(git, build, before.folders),
      holds: locked ? isolated.paths.lock : undefined,
    }, out);
    // Which packages lie in it is known once it is there.
    const parts = await partsOf(isolated);
    const owning = await owningOf(isolated, parts);
    // git keeps no empty folders, and dbt must run somewhere.
    await makeFolder(isolated.cwd);
    await refuseDotenv(isolated);
    refuseSharedCode(isolated, owning);
    await placeShared(build, isolated.shared);
    if (scan) await warnOfMissingData(isolated, parts, out);
    if (deps && await needsDeps(isolated)) {
      await refusePackagesElsewhere(isolated);
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
    } else if (await installsUnread(isolated)) {
      await refusePackagesElsewhere(isolated);
      await recordPackagesBegun(build.depsFile, project, packages.folder);
    }
    return { code: 0, scan: scan ? await isolateNaming(isolated) : undefined };
  });
}

/**
 * Throws a DotError where the commit's `.env` sets what nothing sets for live schemas. dbt 2 loads it from the folder it runs in, whatever
 * it is told, and dot would not know with which values it builds, or where.
 */
async function refuseDotenv({ commit, cwd, env, place: { launcher } }: Isolated): Promise<void> {
  if (launcher.major < 2) return;
  const text = await readIfThere(join(cwd, ".env"));
  const names = Object.keys(parseDotenv(text ?? "")).filter((name) => env[name] === undefined);
  if (names.length === 0) return;
  throw new DotError(
    `the .env of ${commit.short} sets ${
      names.sort().join(", ")
    }, which dbt 2 loads and nothing sets here`,
    {
      code: "DOT031",
      hints: ["Export what it is to be, or keep it in the working tree's .env: that one counts."],
    },
  );
}

/** Say which data models read that the commit does not hold, and the working tree does. */
async function warnOfMissingData(
  { build, commit, cwd, git, place: { project }, shared }: Isolated,
  parts: Parts,
  out: Output,
): Promise<void> {
  // Where dbt runs in the live project, it reads the data there.
  if (cwd === project.cwd) return;
  const found = await missingData(git, {
    cwd,
    file: build.dataFile,
    // A profile's paths are the live project's.
    isRead: (path) => parts.has(path) && !/(?:^|\/)profiles\.ya?ml$/i.test(path),
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

/** The files of a commit's project that may read one of some variables of the system. */
export async function filesThatRead(
  { build, git, packages, project }: Isolated,
  names: readonly string[],
): Promise<string[]> {
  const place = { git, worktree: build.worktree, project, packages: packages.folder };
  return await filesReading(place, names);
}

/** Record that `dbt deps` has run for this commit's package files. */
export async function recordDeps({ build, packages, project }: Isolated): Promise<void> {
  await recordPackages(build.depsFile, project, projectIn(build.worktree, project), packages);
}

/** Record what a dbt that was not asked to has installed by itself. */
export async function recordInstalled(isolated: Isolated): Promise<void> {
  if (!installsItself(isolated)) return;
  const { build, packages, project } = isolated;
  const records = await readPackageRecords(build.depsFile);
  if (records[project]?.files !== null) return;
  if (!await packagesInstalled(projectIn(build.worktree, project), packages.folder)) return;
  await recordDeps(isolated);
}

/** Write the isolated profile; only its owner can read it. */
export async function writeProfile({ paths, profile }: Isolated): Promise<void> {
  await makeFolder(paths.folder, 0o700);
  await writeFile(paths.profiles, profile.text, 0o600);
}

/** Throws a DotError where `+shared-files` names what dbt reads as a part of the project: that is the commit's alone. */
function refuseSharedCode({ shared }: Isolated, { isRead }: Owning): void {
  const code = shared.find(({ path }) => isRead(path));
  if (code === undefined) return;
  throw new DotError(
    `\`+shared-files\` names ${code.path}, which dbt reads as a part of the project`,
    {
      code: "DOT021",
      hints: ["A commit's code is the commit's: share data only."],
    },
  );
}
