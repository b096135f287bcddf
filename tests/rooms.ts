/**
 * Whether a tree of files keeps to the house: imports go downward only, no circle among files, and no file is too long.
 * Pure functions over the files' texts, so that a made-up tree can be put to them.
 */
/** The rooms from the top down: a file imports from its own room and from those behind it. `lib/dot.ts` is one of its own. */
export const ROOMS = [
  "main.ts",
  "dot.ts",
  "commands",
  "cli",
  "deploy",
  "diff",
  "run",
  "compare",
  "upkeep",
  "isolated",
  "profiles",
  "places",
  "prompts",
  "store",
  "config",
  "warehouse",
  "dbt",
  "git",
  "base",
];

/** The longest that a file may be without a reason, in lines. */
const LONGEST = 300;
/** What the median of all files stays below, in lines. */
const MEDIAN = 120;

/** A tree: the files' texts by their paths from the root, with `/`. */
export type Tree = ReadonlyMap<string, string>;

/** An import as it stands in a file. */
export interface Import {
  /** What is imported; undefined where it is told by an expression. */
  what: string | undefined;
  line: number;
}

/** A statement, or an `import(…)`; what that takes, where it is no plain text, is told by an expression. */
const STATEMENT =
  /^[ \t]*(?:import|export)\b(?:[^"'`;()]*?\bfrom)?[ \t\n]*(["'])([^"'\n]+)\1|\bimport\(\s*(?:(["'])([^"'\n]+)\3|(?!\s*["']))/gm;

/** All imports of a file: of values and of types, re-exports, and dynamic ones, also where they name a type. */
export function importsOf(text: string): Import[] {
  // A comment may show an import. It keeps its lines.
  const code = text.replace(/^[ \t]*(?:\/\/|\/\*\*|\*).*$/gm, "");
  return [...code.matchAll(STATEMENT)].map((match) => ({
    what: match[2] ?? match[4],
    line: code.slice(0, match.index).split("\n").length,
  }));
}

/** All imports that go upward or leave the rooms, in words. */
export function upward(tree: Tree): string[] {
  const found: string[] = [];
  for (const [file, text] of tree) {
    const own = roomOf(file);
    if (own === undefined) found.push(`${file} lies in no room`);
    for (const { line, what } of importsOf(text)) {
      const at = `${file}:${line}`;
      if (what === undefined) found.push(`${at} imports what no reader can tell`);
      if (what === undefined || !isCode(what)) continue;
      const target = resolved(file, what);
      if (!tree.has(target)) {
        found.push(`${at} imports ${target}, which is not there`);
        continue;
      }
      const other = roomOf(target);
      if (own === undefined || other === undefined || ROOMS.indexOf(own) <= ROOMS.indexOf(other)) {
        continue;
      }
      found.push(`${at} imports upward: ${target}`);
    }
  }
  return found.sort();
}

/** All circles of imports: of each group of files that reach each other, a shortest one, as `a -> b -> a`, and the others. */
export function circles(tree: Tree): string[] {
  const graph = new Map([...tree].map(([file, text]) => [
    file,
    importsOf(text).flatMap(({ what }) => what === undefined || !isCode(what) ? [] : [what])
      .map((what) => resolved(file, what)).filter((target) => tree.has(target)).sort(),
  ]));
  const found: string[] = [];
  const told = new Set<string>();
  for (const file of [...tree.keys()].sort()) {
    if (told.has(file)) continue;
    const circle = shortest(graph, file, file);
    if (circle === undefined) continue;
    const group = [...graph.keys()].filter((other) =>
      shortest(graph, file, other) !== undefined && shortest(graph, other, file) !== undefined
    );
    for (const other of group) told.add(other);
    const rest = group.filter((other) => !circle.includes(other)).sort();
    found.push(circle.join(" -> ") + (rest.length === 0 ? "" : `, and with ${rest.join(", ")}`));
  }
  return found;
}

/** All files that are too long and do not say why, and whether too many are nearly so. */
export function tooLong(tree: Tree): string[] {
  const found: string[] = [];
  const lengths: number[] = [];
  for (const [file, text] of tree) {
    const length = text.split("\n").length - 1;
    if (file.endsWith(".ts")) lengths.push(length);
    if (length > LONGEST && !saysWhy(text)) {
      found.push(`${file} has ${length} lines, and no "Long because" in its header`);
    }
  }
  const median = lengths.sort((a, b) => a - b)[Math.floor(lengths.length / 2)] ?? 0;
  if (median >= MEDIAN) found.push(`the median of all files is ${median} lines`);
  return found.sort();
}

/** Whether the comment that a file begins with has a line that begins with "Long because". */
function saysWhy(text: string): boolean {
  const header = /^(?:#!.*\n)?\s*(?:\/\*[^]*?\*\/|"""[^]*?"""|\{#[^]*?#\}|(?:--.*\n)+)/.exec(text);
  return /^(?:\s*(?:\/\*\*|\*|"""|\{#-?|--))?\s*Long because /m.test(header?.[0] ?? "");
}

/** The room of a file; undefined where it lies in none. */
function roomOf(file: string): string | undefined {
  const [first = "", second, third] = file.split("/");
  const room = second === undefined ? first : first !== "lib" ? undefined : second;
  // A file is a room of its own, a folder holds files.
  if (room === undefined || room.endsWith(".ts") === (third !== undefined)) return undefined;
  return ROOMS.includes(room) ? room : undefined;
}

/** Whether an import is of a file of code in the same repository. */
function isCode(what: string): boolean {
  return /^\.{1,2}\//.test(what) && what.endsWith(".ts");
}

function resolved(file: string, what: string): string {
  return new URL(what, `file:///${file}`).pathname.slice(1);
}

/** The shortest way of at least one step from a file to another; undefined where there is none. */
function shortest(
  graph: ReadonlyMap<string, readonly string[]>,
  from: string,
  to: string,
): string[] | undefined {
  const seen = new Set<string>();
  let ways = [[from]];
  while (ways.length > 0) {
    const next: string[][] = [];
    for (const way of ways) {
      for (const file of graph.get(way.at(-1) ?? "") ?? []) {
        if (file === to) return [...way, file];
        if (seen.has(file)) continue;
        seen.add(file);
        next.push([...way, file]);
      }
    }
    ways = next;
  }
  return undefined;
}
