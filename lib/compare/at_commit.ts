/**
 * The manifest of a commit as a plain run of an environment has it, for who only wants to know what it consists of.
 * @module
 */
import { join } from "@std/path";
import type { Context } from "../base/context.ts";
import { DotError } from "../base/errors.ts";
import { readIfThere } from "../base/files.ts";
import type { Manifest } from "../dbt/manifest/manifest.ts";
import { needManifest } from "../dbt/manifest/read.ts";
import type { Commit, Git } from "../git/git.ts";
import { removeWorktree } from "../git/worktrees.ts";
import { isolate } from "../isolated/isolate.ts";
import type { Reached } from "../places/connection.ts";
import { fileIn, PROJECT_FILE } from "../places/project.ts";
import { buildPaths } from "../store/paths.ts";
import { beginReading } from "../store/reading.ts";
import { type Asking, ensureState, planState } from "./state.ts";

/**
 * Parse a commit; undefined where it holds no dbt project. Where nothing may be written (`dryRun`), it is checked out beside
 * the control project and goes afterwards. Throws a DotError where dbt cannot parse it.
 */
export async function manifestAt(
  { connection, place, source }: Reached,
  commit: Commit,
  { doing, dryRun, git }: { doing: string; dryRun: boolean; git: Git },
  context: Context,
): Promise<Manifest | undefined> {
  const [text] = await git.readFiles(commit.hash, [fileIn(await place.path(), PROJECT_FILE)]);
  if (text === undefined && (await git.filesNamed(commit.hash, PROJECT_FILE)).length === 0) {
    return undefined;
  }
  const asking: Asking = {
    place,
    profilesDir: connection.profilesDir,
    profile: source.profile,
    target: source.target,
    profileText: await readIfThere(join(connection.profilesDir, "profiles.yml")) ?? "",
    env: connection.env,
    shimmed: false,
  };
  const parse = async (builds: string | undefined) => {
    const plan = await planState(await isolate(place.with({ commit }), builds), asking);
    const { runner } = connection;
    using _reading = await beginReading([{ build: plan.root, built: undefined }], context.out);
    const code = await ensureState(plan, { doing, runner }, context);
    if (code === 0) return await needManifest(plan.folder);
    throw new DotError(`dbt could not parse ${commit.short}`, { code: "DOT015", exitCode: code });
  };
  if (!dryRun) return await parse(undefined);
  const folder = join(connection.folder, "default");
  try {
    return await parse(folder);
  } finally {
    await removeWorktree(git, buildPaths(folder, commit.short, "").worktree);
  }
}
