/**
 * Reads what git's plumbing prints. Pure.
 * @module
 */

/** How a worktree stands. */
export interface WorktreeState {
  /** The full hash of its HEAD. */
  head: string;
  /** Its branch, or undefined when HEAD is detached. */
  branch: string | undefined;
  /** Paths with changes, untracked ones included, relative to the worktree. */
  changed: string[];
}

/** Read the answers of `cat-file --batch`: `<hash> <type> <bytes>\n<content>\n`, or `<name> missing\n`. */
export function splitBatch(bytes: Uint8Array, count: number): (string | undefined)[] {
  const text = new TextDecoder();
  const found: (string | undefined)[] = [];
  let at = 0;
  while (found.length < count && at < bytes.length) {
    const end = bytes.indexOf(10, at);
    if (end === -1) break;
    const size = /^[0-9a-f]+ blob (\d+)$/.exec(text.decode(bytes.subarray(at, end)))?.[1];
    at = end + 1;
    if (size === undefined) {
      found.push(undefined);
      continue;
    }
    found.push(text.decode(bytes.subarray(at, at + Number(size))));
    at += Number(size) + 1;
  }
  while (found.length < count) found.push(undefined);
  return found;
}

/** Read `status --porcelain=v2 --branch -z`. */
export function readStatus(text: string): WorktreeState {
  const state: WorktreeState = { head: "", branch: undefined, changed: [] };
  for (const entry of text.split("\0")) {
    if (entry.startsWith("# branch.oid ")) state.head = entry.slice("# branch.oid ".length);
    else if (entry.startsWith("# branch.head ")) {
      const name = entry.slice("# branch.head ".length);
      if (name !== "(detached)") state.branch = name;
    } else if (entry.startsWith("? ")) state.changed.push(entry.slice(2));
    else if (entry.startsWith("1 ")) state.changed.push(entry.split(" ").slice(8).join(" "));
    else if (entry.startsWith("u ")) state.changed.push(entry.split(" ").slice(10).join(" "));
  }
  return state;
}

/** A name that points at a commit. */
export interface Ref {
  kind: "branch" | "tag" | "remote";
  /** As it is typed: `main`, `v1.0`, `origin/main`. */
  name: string;
}

const KINDS: readonly (readonly [string, Ref["kind"]])[] = [
  ["refs/heads/", "branch"],
  ["refs/tags/", "tag"],
  ["refs/remotes/", "remote"],
];

/** Read `for-each-ref` with object, peeled object, target of a symbolic ref, and name: the refs by commit. */
export function readRefs(text: string): Map<string, Ref[]> {
  const found = new Map<string, Ref[]>();
  for (const line of text.split("\n")) {
    const [object = "", peeled = "", symbolic = "", ...rest] = line.split(" ");
    const name = rest.join(" ");
    const [prefix, kind] = KINDS.find(([start]) => name.startsWith(start)) ?? [];
    // `origin/HEAD` is another name for a branch that is listed itself.
    if (prefix === undefined || kind === undefined || symbolic !== "") continue;
    const commit = peeled === "" ? object : peeled;
    const refs = found.get(commit) ?? [];
    if (refs.length === 0) found.set(commit, refs);
    refs.push({ kind, name: name.slice(prefix.length) });
  }
  return found;
}

/** Read `rev-list --format=%H%x00%s`: the subjects by hash. */
export function readSubjects(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split("\n")) {
    const at = line.indexOf("\0");
    if (at !== -1) found.set(line.slice(0, at), line.slice(at + 1));
  }
  return found;
}
