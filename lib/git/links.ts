/**
 * Paths that lead to a file by links that git tracks. Pure.
 * @module
 */

/** How many links may lead to one another. */
const DEEP = 8;

/** Some paths, and those that lead to one of them by links, which are given by their paths with what they say. */
export function throughLinks(
  paths: readonly string[],
  links: ReadonlyMap<string, string>,
): string[] {
  const targets = [...links].flatMap(([link, text]) => {
    const target = targetOf(link, text);
    return target === undefined ? [] : [{ link, target }];
  });
  const found = new Set(paths);
  let last = paths;
  for (let depth = 0; depth < DEEP && last.length > 0; depth++) {
    last = last.flatMap((path) =>
      targets.flatMap(({ link, target }) => {
        if (target !== "" && target !== path && !path.startsWith(`${target}/`)) return [];
        return [target === "" ? `${link}/${path}` : `${link}${path.slice(target.length)}`];
      })
    ).filter((path) => !found.has(path));
    for (const path of last) found.add(path);
  }
  return [...found];
}

/** Where a link leads, relative to the root as itself; undefined where that is outside of the repository. */
function targetOf(link: string, text: string): string | undefined {
  if (text.startsWith("/")) return undefined;
  const parts = link.split("/").slice(0, -1);
  for (const part of text.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}
