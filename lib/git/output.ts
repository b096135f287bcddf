/**
 * Reads what git's plumbing prints. Pure.
 * @module
 */
import { misread } from "./command.ts";

/** How a worktree stands. */
export interface WorktreeState {
  /** The full hash of its HEAD. */
  head: string;
  /** Its branch, or undefined when HEAD is detached. */
  branch: string | undefined;
  /** Tracked paths with changes, relative to the worktree. */
  changed: string[];
  /** Paths that git neither tracks nor ignores, relative to the worktree. */
  untracked: string[];
}

/**
 * Read the answers of `cat-file --batch`: `<hash> <type> <bytes>\n<content>\n`, or `<name> missing\n`. Undefined for what is
 * missing, or no file.
 */
export function splitBatch(bytes: Uint8Array, count: number): (string | undefined)[] {
  const text = new TextDecoder();
  const found: (string | undefined)[] = [];
  let at = 0;
  while (found.length < count) {
    const end = bytes.indexOf(10, at);
    const head = text.decode(bytes.subarray(at, end === -1 ? undefined : end));
    const [, type, digits] = /^[0-9a-f]{40,64} (\w+) (\d+)$/.exec(head) ?? [];
    const size = Number(digits);
    at = end + 1;
    if (end !== -1 && / (?:missing|submodule)$/.test(head)) found.push(undefined);
    else if (end === -1 || digits === undefined || at + size >= bytes.length) {
      throw misread("cat-file", head);
    } else {
      found.push(type === "blob" ? text.decode(bytes.subarray(at, at + size)) : undefined);
      at += size + 1;
    }
  }
  return found;
}

/** Read `log --diff-filter=R --name-status --format= -z`: `[old, new]`. */
export function readRenames(text: string): [string, string][] {
  const words = text.split("\0");
  if (words.pop() !== "" || words.length % 3 !== 0) throw misread("log", text);
  const found: [string, string][] = [];
  for (let at = 0; at < words.length; at += 3) {
    const [status = "", before = "", after = ""] = words.slice(at, at + 3);
    if (!/^R\d+$/.test(status)) throw misread("log", status);
    found.push([before, after]);
  }
  return found;
}

/** Read `status --porcelain=v2 --branch --no-renames -z`. */
export function readStatus(text: string): WorktreeState {
  const state: WorktreeState = { head: "", branch: undefined, changed: [], untracked: [] };
  for (const entry of text.split("\0")) {
    if (entry.startsWith("# branch.oid ")) state.head = entry.slice("# branch.oid ".length);
    else if (entry.startsWith("# branch.head ")) {
      const name = entry.slice("# branch.head ".length);
      if (name !== "(detached)") state.branch = name;
    } else if (entry.startsWith("? ")) state.untracked.push(entry.slice(2));
    else if (entry.startsWith("1 ")) state.changed.push(entry.split(" ").slice(8).join(" "));
    else if (entry.startsWith("u ")) state.changed.push(entry.split(" ").slice(10).join(" "));
    // git's manual: headers that one does not know are let be.
    else if (entry !== "" && !entry.startsWith("# ")) throw misread("status", entry);
  }
  if (state.head === "" || [...state.changed, ...state.untracked].includes("")) {
    throw misread("status", text);
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
    if (line === "") continue;
    const [object = "", peeled = "", symbolic = "", ...rest] = line.split(" ");
    const name = rest.join(" ");
    if (name === "") throw misread("for-each-ref", line);
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

/** The paths of an index by what they are marked with; one can be in both. */
export interface Marks {
  assumed: string[];
  skipped: string[];
}

/** Read `ls-files -v -z`: `<letter> <path>`, small for what is assumed unchanged, an S for what is skipped. */
export function readMarks(text: string): Marks {
  const marks: Marks = { assumed: [], skipped: [] };
  for (const entry of text.split("\0")) {
    if (entry === "") continue;
    const [, letter, path] = /^([A-Za-z?]) (.+)$/s.exec(entry) ?? [];
    if (letter === undefined || path === undefined) throw misread("ls-files", entry);
    if (/[a-z]/.test(letter)) marks.assumed.push(path);
    if (/s/i.test(letter)) marks.skipped.push(path);
  }
  return marks;
}

/** What a history took out of a file. */
export interface Removed {
  path: string;
  lines: string[];
}

/** Read `log --patch --unified=0 --format=`: the lines that were removed, by file, the newest change first. */
export function readRemoved(text: string): Removed[] {
  const found: Removed[] = [];
  let within = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("diff --git ")) within = false;
    else if (line.startsWith("@@ ")) within = true;
    else if (!within && line.startsWith("--- a/")) {
      // git puts a tab behind a path with a space in it.
      found.push({ path: line.slice("--- a/".length).replace(/\t$/, ""), lines: [] });
    } else if (!within && line === "--- /dev/null") found.push({ path: "", lines: [] });
    else if (within && line.startsWith("-")) found.at(-1)?.lines.push(line.slice(1));
  }
  return found.filter(({ path }) => path !== "");
}
