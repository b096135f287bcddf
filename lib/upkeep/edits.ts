/**
 * Which builds hold work of somebody's, that would go with them.
 * @module
 */
import { DotError } from "../base/errors.ts";
import type { Build } from "../store/inventory.ts";
import { editsIn } from "../isolated/owners.ts";
import type { Git } from "../git/git.ts";
import { inParallel } from "../base/pool.ts";
import type { Item } from "./items.ts";
import { attempt } from "./survey.ts";

/**
 * Of builds that are to go, those with a worktree that somebody edited and that would go with the last of its builds; with
 * the reason in words, by key. `builds` are all that there are.
 */
export async function edited(
  items: readonly Item[],
  builds: readonly Build[],
  git: Git,
): Promise<Map<string, string>> {
  const going = new Set(items.map(({ key }) => key));
  const reasons = new Map<string, string>();
  const folders = Map.groupBy(
    items.filter(({ folders }) => folders !== undefined),
    ({ folders }) => folders?.folder ?? "",
  );
  await inParallel([...folders], async ([folder, group]) => {
    const { commit, folders: paths } = group[0] ?? {};
    const stays = builds.some((build) =>
      build.build.folder === folder && !going.has(build.paths.folder)
    );
    if (stays || paths === undefined) return;
    const edits = await attempt(() => editsIn(git, paths, commit));
    if (Array.isArray(edits) && edits.length === 0) return;
    const why = edits instanceof DotError
      ? `nobody can tell what is in its worktree: ${edits.message}`
      : edits === undefined
      ? `its worktree is none of this repository any more: ${paths.worktree}`
      : `its worktree holds somebody's work: ${edits.slice(0, 3).join(", ")}`;
    for (const { key } of group) reasons.set(key, `${why} (--force removes it)`);
  });
  return reasons;
}
