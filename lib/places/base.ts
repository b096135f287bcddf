/**
 * The branch that the places of an environment are held against: what is compared, and what counts as merged.
 * @module
 */
import { DotError } from "../base/errors.ts";
import type { Environment } from "../config/layers.ts";
import { NO_DEFAULT_BRANCH } from "../git/default_branch.ts";
import type { Git } from "../git/git.ts";

/**
 * The branch, or another revision, that an environment's places are compared with: `base`, else what `+base` names, else the
 * target of the request in a CI, else the default branch. Throws a DotError where there is none.
 */
export async function baseName(
  git: Git,
  base: string | undefined,
  environment: Pick<Environment, "settings"> | undefined,
): Promise<string> {
  const setting = environment?.settings.get("base")?.value;
  const branch = base ?? (typeof setting === "string" ? setting : undefined) ??
    await git.targetBranch() ?? await git.defaultBranch();
  if (branch !== undefined) return branch;
  throw new DotError(`there is no default branch to compare with: ${NO_DEFAULT_BRANCH}`, {
    code: "DOT034",
    hints: ["Name one: --base <branch>, or `+base: <branch>` in the environment."],
  });
}
