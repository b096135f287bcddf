/**
 * The commit that a place is compared with where nobody names one: where it left the default branch.
 * @module
 */
import { DotError } from "../base/errors.ts";
import type { Commit } from "../git/git.ts";
import type { Place } from "../places/place.ts";

/**
 * The merge base of a place with a branch: with `base`, else what `+base` names, else the default branch. Throws a DotError
 * where there is none.
 */
export async function baseOf(
  { commit, environment, git }: Place,
  base: string | undefined,
): Promise<Commit> {
  if (git === undefined) {
    throw new DotError("there is no git repository to compare in", { code: "DOT027" });
  }
  const setting = environment.settings.get("base")?.value;
  const branch = base ?? (typeof setting === "string" ? setting : await git.defaultBranch());
  if (branch === undefined) {
    throw new DotError(
      "there is no default branch to compare with: no origin/HEAD, main or master",
      {
        code: "DOT034",
        hints: ["Name one: --base <branch>, or `+base: <branch>` in the environment."],
      },
    );
  }
  // A commit of the working tree has no history: it stands on what is checked out.
  const head = commit === undefined || commit.uncommitted
    ? await git.resolveCommit("HEAD")
    : commit;
  const other = await git.resolveCommit(branch);
  const found = await git.mergeBase(head.hash, other.hash);
  if (found !== undefined) return await git.resolveCommit(found);
  const shallow = await git.isShallow();
  throw new DotError(`${head.short} and ${branch} have no commit in common`, {
    code: "DOT034",
    hints: [
      shallow
        ? "This clone is shallow: fetch the history, git fetch --unshallow."
        : "Name a commit to compare with: --base <ref>.",
    ],
  });
}
