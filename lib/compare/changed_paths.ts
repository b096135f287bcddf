/**
 * Whether a path that a text names may be one of those that differ between two commits. Pure.
 * @module
 */
import { isDataPath } from "../dbt/data_paths.ts";

/** Tells whether a relative path, seen from a folder of the repository, may lead to a file that differs. */
export type Changed = (path: string, from: string) => boolean;

/** What stands for what is not known: a glob's signs, and a place for a value. */
const UNKNOWN = /\*+|\[[^\]/]*\]|%\w/;

/**
 * Tells it of the paths that differ, relative to the repository's root. A path with `*` may lead to whatever fits, however deep; one
 * without a folder may be a piece of a longer one, and leads to the files of its name below the folder it is seen from.
 */
export function changedAmong(paths: readonly string[]): Changed {
  const files = paths.map(spelled);
  const known = new Set(files);
  const holding = new Set(files.flatMap(foldersOf));
  // A submodule or a link is one path, whatever lies behind it.
  const isAt = (path: string) =>
    known.has(path) || holding.has(path) || foldersOf(path).some((one) => known.has(one));
  return (path, from) => {
    const anywhere = /^(?:\*|%\w)/.test(path);
    const parts = partsFrom(anywhere ? "" : spelled(from), spelled(path));
    if (parts === undefined) return false;
    const [name = ""] = parts.splice(-1);
    const bare = !path.includes("/");
    const unknown = parts.findIndex((part) => isUnknown(part));
    const fixed = parts.slice(0, unknown === -1 ? undefined : unknown).join("/");
    if (unknown === -1 && !bare && !isUnknown(name)) {
      return isAt(fixed === "" ? name : `${fixed}/${name}`);
    }
    if (fixed !== "" && (known.has(fixed) || foldersOf(fixed).some((one) => known.has(one)))) {
      return true;
    }
    const start = parts.map((part) => /^\*+$/.test(part) ? "(?:.*/)?" : `${sourceOf(part)}/`).join(
      "",
    );
    // Only an ending is known: what stands before it is joined to it.
    const end = bare
      ? `(?:.*/)?${name.startsWith(".") ? ".*" : ""}${sourceOf(name)}`
      : sourceOf(name);
    const fits = new RegExp(`^${start}${end}(?:/.*)?$`, "s");
    const nothingKnown = anywhere && /^[*?]*$/.test(name);
    return files.some((one) => fits.test(one) && (!nothingKnown || isDataPath(one)));
  };
}

/** A path in one spelling: where case does not count, it leads to the same file. */
function spelled(path: string): string {
  return path.replaceAll("\\", "/").normalize("NFC").toLowerCase();
}

/** The parts of a path, seen from a folder; undefined where it leaves the repository, or names nothing. */
function partsFrom(from: string, path: string): string[] | undefined {
  const parts = from.split("/").filter((part) => part !== "");
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    const above = parts.at(-1);
    if (part !== "..") parts.push(part);
    else if (above === undefined) return undefined;
    // How many folders it stands for is not known.
    else if (isUnknown(above)) parts.splice(-1, 1, "*");
    else parts.pop();
  }
  return parts.length === 0 ? undefined : parts;
}

function isUnknown(part: string): boolean {
  return part.includes("?") || UNKNOWN.test(part);
}

function sourceOf(part: string): string {
  return part.split(new RegExp(`(${UNKNOWN.source}|\\?)`)).map((piece, at) =>
    at % 2 === 0 ? RegExp.escape(piece) : ".*"
  ).join("");
}

/** The folders that a path lies in. */
function foldersOf(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join("/"));
}
