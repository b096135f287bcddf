/**
 * The branches that others are compared with: the target of a request, as the CI names it, and the default branch.
 * @module
 */
import { DotError } from "../base/errors.ts";
import { isFolder, readIfThere } from "../base/files.ts";
import { asObject, asText, parseObject } from "../base/json.ts";
import { isShallow } from "./history.ts";
import type { Repository } from "./repository.ts";
import { fetchOf, SHALLOW } from "./revisions.ts";

/** The variables in which a CI names the branch that a request is to be merged into. */
const TARGETS = ["GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"];
const ORIGIN_HEAD = "refs/remotes/origin/HEAD";

/** What is said where there is none. */
export const NO_DEFAULT_BRANCH =
  "no origin/HEAD, origin/main, main, origin/master or master, and no CI names one";

/**
 * The branch that a request in a CI is to be merged into, by its full name; undefined where no CI says that there is one. Throws a
 * DotError where it is not in this clone.
 */
export async function targetBranch(git: Repository): Promise<string | undefined> {
  for (const variable of TARGETS) {
    const name = git.env[variable];
    if (name) return await named(git, name, variable);
  }
  return undefined;
}

/**
 * The branch that others are merged into, by its full name: what origin says, what a CI says, else `main`, else `master`, origin's
 * first; undefined where there is none. Throws a DotError where the one that a CI names is not in this clone.
 */
export async function defaultBranch(git: Repository): Promise<string | undefined> {
  if ((await present(git, [ORIGIN_HEAD])).length > 0) return ORIGIN_HEAD;
  const variable = git.env["CI_DEFAULT_BRANCH"];
  if (variable) return await named(git, variable, "CI_DEFAULT_BRANCH");
  const event = await ofEvent(git.env["GITHUB_EVENT_PATH"]);
  if (event) return await named(git, event, "repository.default_branch of GITHUB_EVENT_PATH");
  const [found] = await present(git, ["main", "master"].flatMap(refsOf));
  return found;
}

/** A branch that others name: origin's, which no pull has to bring up to date, else the local one. */
async function named(git: Repository, name: string, who: string): Promise<string> {
  const [found] = await present(git, refsOf(name));
  if (found !== undefined) return found;
  throw new DotError(`the branch \`${name}\`, which ${who} names, is not in this clone`, {
    code: "DOT034",
    hints: [
      `Fetch it, with its history: ${fetchOf(name)}`,
      ...await isShallow(git) ? [SHALLOW] : [],
      "Or name another: --base <ref>.",
    ],
  });
}

function refsOf(name: string): string[] {
  return [`refs/remotes/origin/${name}`, `refs/heads/${name}`];
}

/** Those of some refs that there are, in their order. */
async function present(git: Repository, refs: readonly string[]): Promise<string[]> {
  const listed = await git.read(["for-each-ref", "--format=%(refname)", ...refs]);
  const found = new Set(listed.split("\n"));
  return refs.filter((ref) => found.has(ref));
}

/** The default branch by the event that GitHub started a job for. */
async function ofEvent(file: string | undefined): Promise<string | undefined> {
  const text = file && !await isFolder(file) ? await readIfThere(file) : undefined;
  const repository = asObject(parseObject(text ?? "")?.["repository"]);
  return asText(repository["default_branch"]) || undefined;
}
