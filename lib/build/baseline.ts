/**
 * `--defer`: another isolated build that dbt reads from.
 * @module
 */
import { join } from "@std/path";
import { DotError } from "../errors.ts";
import { isFolder, readIfThere } from "../files.ts";
import type { Git } from "../git.ts";
import { environmentPaths, findBuild } from "./paths.ts";

/** The state folder of a built commit. Throws a DotError that says how to build it when it is not there, or not whole. */
export async function findBaseline(
  git: Git,
  ref: string,
  environment: string,
): Promise<string> {
  const commit = await git.resolveCommit(ref);
  const { target } = environmentPaths(await findBuild(git.root, commit), environment);
  const build = `Build it: dot build ${environment}@${ref}`;
  if (!await isFolder(target)) {
    throw new DotError(
      `there is no build of \`${environment}@${ref}\` (${commit.short}) to defer to`,
      { hints: [build] },
    );
  }
  const text = await readIfThere(join(target, "manifest.json"));
  if (text === undefined) {
    throw new DotError(
      `the build of \`${environment}@${ref}\` (${commit.short}) has no manifest.json: it never came that far`,
      { hints: [build] },
    );
  }
  if (!isManifest(text)) {
    throw new DotError(
      `the manifest.json of \`${environment}@${ref}\` (${commit.short}) is cut off or no manifest`,
      { hints: [build] },
    );
  }
  return target;
}

function isManifest(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && "nodes" in parsed &&
      "metadata" in parsed;
  } catch {
    return false;
  }
}
