/**
 * Patterns of names as people write them.
 * @module
 */

/** A glob as the text of a regular expression: `*` is anything, `?` one character, the rest is itself. */
export function globSource(glob: string): string {
  return glob.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
}

/** A glob of a path with `/` as a regular expression: `*` and `?` stay in one folder, `**` is any number of folders. */
export function pathGlob(glob: string): RegExp {
  const source = glob.split(/(\*\*\/|\*\*|\*|\?)/).map((part) => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    return part === "?" ? "[^/]" : part.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  }).join("");
  return new RegExp(`^${source}$`);
}
