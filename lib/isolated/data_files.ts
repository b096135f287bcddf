/**
 * Data that a commit's project reads by a path, and that the commit does not hold: git does not track it, so that it lies in no
 * worktree.
 * @module
 */
import { join } from "@std/path";
import { readIfThere, readObject, writeFile } from "../base/files.ts";
import { VERSION } from "../base/version.ts";
import type { Git } from "../git/git.ts";
import { DATA_ENDINGS, dataPathsIn } from "../dbt/data_paths.ts";
import { filesMatching } from "../git/worktrees.ts";
import { withoutComments } from "./escape/statements.ts";
import { filesAt, findsFile } from "./files.ts";
import type { SharedFile } from "./shared_files.ts";

/** A path that a file of the project names. */
interface Named {
  /** Relative, with `/`; `*` where it is not known before the run. */
  path: string;
  /** The file that names it, in the worktree. */
  by: string;
}

/** What lies only in the working tree. */
export interface Missing extends Named {
  /** A file there. */
  example: string;
}

/**
 * The data that a project reads in a worktree and that lies only where dbt runs for live schemas. What the text says is kept in a
 * file with the build: a commit does not change.
 */
export async function missingData(
  git: Git,
  { cwd, file, isRead, live, shared, worktree }: {
    /** Where dbt runs in the worktree, and for live schemas. */
    cwd: string;
    live: string;
    /** Where the paths are kept. */
    file: string;
    /** Whether dbt reads a path of the worktree as a part of the project. */
    isRead: (path: string) => boolean;
    worktree: string;
    /** What is read from the live project. */
    shared: readonly SharedFile[];
  },
): Promise<Missing[]> {
  const given = new Set(shared.map((one) => one.live));
  const missing: Missing[] = [];
  for (const named of await namedIn(git, { file, isRead, worktree })) {
    if (await findsFile(cwd, named.path)) continue;
    for await (const example of filesAt(live, named.path)) {
      if (!given.has(join(live, example))) missing.push({ ...named, example });
      break;
    }
  }
  return missing;
}

async function namedIn(
  git: Git,
  { file, isRead, worktree }: {
    file: string;
    isRead: (path: string) => boolean;
    worktree: string;
  },
): Promise<Named[]> {
  const kept = await readObject(file);
  if (kept["version"] === VERSION && Array.isArray(kept["named"])) {
    return kept["named"].filter(isNamed);
  }
  const named: Named[] = [];
  const pattern = `[.](${DATA_ENDINGS.join("|")})`;
  for (const by of await filesMatching(git, worktree, [pattern], ["sql", "yml", "yaml", "py"])) {
    if (!isRead(by)) continue;
    const text = withoutNotes(await readIfThere(join(worktree, by)) ?? "");
    named.push(...dataPathsIn(text).map((path) => ({ path, by })));
  }
  await writeFile(file, JSON.stringify({ version: VERSION, named }) + "\n");
  return named;
}

/** A text without comments, and without what an external model writes. */
function withoutNotes(text: string): string {
  return withoutComments(text).replace(/\{#[\s\S]*?#\}|(?:^|\s)#.*$/gm, " ")
    .replace(/\blocation\s*[=:]\s*(["']).*?\1/g, " ");
}

function isNamed(value: unknown): value is Named {
  return typeof value === "object" && value !== null && "path" in value && "by" in value &&
    typeof value.path === "string" && typeof value.by === "string";
}
