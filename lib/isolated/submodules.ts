/**
 * Fills the submodules of a worktree from the repository's own copies of them: no network, no change of its config.
 * @module
 */
import { isAbsolute, join, resolve } from "@std/path";
import {
  entryAt,
  makeFolder,
  namesIn,
  readIfThere,
  readObject,
  sha256,
  writeFile,
} from "../base/files.ts";
import { texts } from "../base/json.ts";
import type { Commit, Git } from "../git/git.ts";
import {
  changedSince,
  type Export,
  exportTree,
  hasCommit,
  submodulePaths,
  submodules,
} from "../git/submodules.ts";
import { walk } from "../base/walk.ts";
import type { BuildPaths } from "../store/paths.ts";
import type { Output } from "../base/output.ts";
import { quote } from "../base/shell.ts";

/** Write the files of each submodule at the commit that is pinned; warn of those that are not in this clone. */
export async function fillSubmodules(
  git: Git,
  { submodulesFile, worktree }: BuildPaths,
  commit: Commit,
  out: Output,
): Promise<void> {
  const paths = await submodulePaths(git, git.commonDir, commit.hash);
  await writeFile(submodulesFile, JSON.stringify({ commit: commit.hash, paths }) + "\n");
  if (paths.length === 0) return;
  for (const { name, path, hash } of await submodules(git, commit.hash)) {
    const gitDir = await findGitDir(git, name, path, hash);
    if (gitDir === undefined) {
      out.warn(
        `the submodule ${path} of ${commit.short} is not in this clone, so its files are missing`,
        [
          `Get it: git submodule update --init -- ${quote(path)} && git -C ${
            quote(path)
          } fetch origin ${hash}`,
          `Then remove ${join(worktree, "..")} and run this again.`,
        ],
      );
      continue;
    }
    const tree = await exportIn(worktree, path, gitDir, hash);
    await makeFolder(tree.into);
    await exportTree(git, tree);
    for (const below of await submodulePaths(git, gitDir, hash)) {
      out.warn(
        `the submodule ${path}/${below} of ${commit.short} lies in another one; its files are missing`,
        [
          "dot fills the submodules of the repository itself.",
        ],
      );
    }
  }
}

/** The submodules of a commit, by path, as they were when its worktree was made: a commit does not change. */
async function keptPaths(git: Git, file: string, commit: string): Promise<string[]> {
  const kept = await readObject(file);
  if (kept["commit"] === commit && Array.isArray(kept["paths"])) return texts(kept["paths"]);
  return await submodulePaths(git, git.commonDir, commit);
}

/**
 * What of a worktree's submodules is not as in its commit: paths relative to the worktree. git sees only their folders, so
 * their files are held against the repository's own copies; where there is none, all that lies there counts. `missing`
 * says whether a submodule counts that was not in this clone when the worktree was filled, and is now.
 */
export async function changedInSubmodules(
  git: Git,
  { submodulesFile, worktree }: BuildPaths,
  commit: string,
  { missing }: { missing: boolean },
): Promise<string[]> {
  const paths = await keptPaths(git, submodulesFile, commit);
  if (paths.length === 0) return [];
  const known = new Map((await submodules(git, commit)).map((one) => [one.path, one]));
  const changed: string[] = [];
  for (const path of paths) {
    const into = join(worktree, path);
    const below = (paths: readonly string[]) => paths.map((file) => `${path}/${file}`);
    const { hash = "", name = path } = known.get(path) ?? {};
    const gitDir = known.has(path) ? await findGitDir(git, name, path, hash) : undefined;
    if ((await namesIn(into)).length === 0) {
      if (missing && gitDir !== undefined) changed.push(path);
      continue;
    }
    if (gitDir === undefined) {
      changed.push(...below(await filesIn(into)));
      continue;
    }
    changed.push(...below(await changedSince(git, await exportIn(worktree, path, gitDir, hash))));
    // Somebody's own checkout may hold commits that are nowhere else.
    if (await entryAt(join(into, ".git")) !== undefined) changed.push(`${path}/.git`);
    for (const inner of await submodulePaths(git, gitDir, hash)) {
      changed.push(...below((await filesIn(join(into, inner))).map((file) => `${inner}/${file}`)));
    }
  }
  return [...new Set(changed)];
}

async function exportIn(
  worktree: string,
  path: string,
  gitDir: string,
  commit: string,
): Promise<Export> {
  const index = join(worktree, "..", `index-${(await sha256(`${commit} ${path}`)).slice(0, 10)}`);
  return { gitDir, commit, into: join(worktree, path), index };
}

async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { entries } of walk(folder)) {
    found.push(...entries.filter(({ kind }) => kind !== "folder").map(({ path }) => path));
  }
  return found;
}

async function findGitDir(
  git: Git,
  name: string,
  path: string,
  hash: string,
): Promise<string | undefined> {
  const candidates = [join(git.commonDir, "modules", name)];
  const checkedOut = join(git.root, path);
  // A checked-out submodule has a `.git` file that points to its git folder, or, of old, the folder itself.
  const link = await readIfThere(join(checkedOut, ".git")).catch(() => undefined);
  const target = /^gitdir: (.*)/.exec(link ?? "")?.[1]?.trim();
  if (target !== undefined) {
    candidates.push(isAbsolute(target) ? target : resolve(checkedOut, target));
  } else candidates.push(join(checkedOut, ".git"));
  for (const candidate of candidates) {
    if (await hasCommit(git, candidate, hash)) return candidate;
  }
  return undefined;
}
