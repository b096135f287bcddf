/**
 * The commit that a place is compared with where nobody names one: where it left the default branch.
 * @module
 */
import { DotError } from "../base/errors.ts";
import type { Commit } from "../git/git.ts";
import { baseName } from "../places/base.ts";
import type { Place } from "../places/place.ts";

/** The merge base of a place with the branch that it is compared with. Throws a DotError where there is none. */
export async function baseOf(
  { commit, environment, git }: Place,
  base: string | undefined,
): Promise<Commit> {
  if (git === undefined) {
    throw new DotError("there is no git repository to compare in", { code: "DOT027" });
  }
  const branch = await baseName(git, base, environment);
  // A commit of the working tree has no history: it stands on what is checked out.
  const head = commit === undefined || commit.uncommitted
    ? await git.resolveCommit("HEAD")
    : commit;
  const other = await git.resolveCommit(branch);
  const found = await git.mergeBase(head.hash, other.hash);
  if (found !== undefined) return await git.resolveCommit(found);
  const shallow = await git.isShallow();
  throw new DotError(
    `${head.short} and ${
      branch.replace(/^refs\/(?:heads|remotes)\//, "")
    } have no commit in common`,
    {
      code: "DOT034",
      hints: [
        shallow
          ? "This clone is shallow: fetch the history, git fetch --unshallow."
          : "Name a commit to compare with: --base <ref>.",
      ],
    },
  );
}
