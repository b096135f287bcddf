/**
 * dot's folder is dot's alone: what lies in it is read, run and dropped with the user's own profile.
 * @module
 */
import { DotError } from "../base/errors.ts";
import type { Git } from "../git/git.ts";
import { DOT_FOLDER, dotFolder } from "./paths.ts";

/** Throw a DotError where git tracks something in `.dot/`: then somebody else may have written it. */
export async function refuseTracked(git: Git): Promise<void> {
  if (!await git.isTracked(DOT_FOLDER)) return;
  throw new DotError(`git tracks files in ${dotFolder(git.root)}, which must be dot's alone`, {
    hints: [
      `If they are yours, take them out of git: git rm -r --cached ${DOT_FOLDER}`,
      "If somebody else committed them, remove the folder too: what lies there would run with your profile.",
    ],
    code: "DOT019",
  });
}
