/**
 * Reads the YAML that people write, with the place of every value.
 * @module
 */
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from "yaml";
import { DotError, FileError, type Position } from "../errors.ts";
import { STANDARD, type YamlEntry, type YamlNode } from "./nodes.ts";

/** The tags whose values can be told apart in JSON, `!` among them. */
const KNOWN_TAGS: ReadonlySet<string> = new Set([
  "!",
  ...["bool", "float", "int", "map", "null", "seq", "str", "timestamp"].map((n) => STANDARD + n),
]);

/** More values than this in one file (aliases expanded) is an attack or a mistake. */
const MAX_NODES = 100_000;
/** Deeper than this, no file that a person writes goes. */
const MAX_DEPTH = 100;

/** How a file is read. */
export interface ReadOptions {
  /** What two equal keys of a mapping do: an error in dot's own files; dbt's loader takes the last. */
  duplicateKeys?: "error" | "last";
}

/**
 * Read one YAML document; undefined when there is nothing in it.
 * Throws a FileError with line and column when it is broken.
 */
export function readYaml(
  text: string,
  file: string,
  { duplicateKeys = "error" }: ReadOptions = {},
): YamlNode | undefined {
  const lines = new LineCounter();
  const start: Position = { file, line: 1, column: 1 };
  let document;
  try {
    // An editor does not count a BOM as a column.
    document = parseDocument(text.replace(/^\ufeff/, ""), {
      lineCounter: lines,
      prettyErrors: false,
      schema: "failsafe",
      strict: duplicateKeys === "error",
      uniqueKeys: false,
      version: "1.1",
    });
  } catch (error) {
    if (error instanceof RangeError) {
      throw new FileError(start, "nested too deep", { code: "DOT020" });
    }
    throw error;
  }
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  // Decoding puts this mark where the bytes are no UTF-8.
  const damage = text.indexOf("\ufffd");
  if (damage !== -1) {
    throw new FileError(place(damage), "this is not UTF-8 text", { code: "DOT020" });
  }
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new FileError(place(problem.pos[0]), plainWords(problem.message), { code: "DOT020" });
  }
  if (document.contents === null) return undefined;

  let count = 0;
  const open = new Set<Node>();
  const convert = (node: unknown, depth: number, near: Position): YamlNode => {
    if (++count > MAX_NODES) {
      throw new FileError(near, `more than ${MAX_NODES} values`, { code: "DOT020" });
    }
    if (depth > MAX_DEPTH) throw new FileError(near, "nested too deep", { code: "DOT020" });
    if (isAlias(node)) {
      const target = node.resolve(document);
      const at = node.range ? place(node.range[0]) : near;
      if (target === undefined) {
        throw new FileError(at, `no anchor &${node.source} before this alias`, { code: "DOT020" });
      }
      return convert(target, depth + 1, at);
    }
    const tag = isNode(node) ? node.tag : undefined;
    if (tag !== undefined && duplicateKeys === "error" && !KNOWN_TAGS.has(tag)) {
      const at = isNode(node) && node.range ? place(node.range[0]) : near;
      throw new FileError(at, `the tag ${tag.replace(STANDARD, "!!")} has no meaning here`, {
        code: "DOT020",
      });
    }
    if (isScalar(node)) {
      const plain = node.type === "PLAIN" || node.type === undefined;
      const at = node.range ? place(node.range[0]) : near;
      const text = node.value === null
        ? ""
        : String(plain ? node.source ?? node.value : node.value);
      return { kind: "scalar", at, text, plain, ...(node.tag ? { tag: node.tag } : {}) };
    }
    if (!isMap(node) && !isSeq(node)) return { kind: "scalar", at: near, text: "", plain: true };
    const at = node.range ? place(node.range[0]) : near;
    if (open.has(node)) {
      throw new FileError(near, "an alias inside its own anchor", { code: "DOT020" });
    }
    open.add(node);
    try {
      if (isSeq(node)) {
        return { kind: "list", at, items: node.items.map((item) => convert(item, depth + 1, at)) };
      }
      const own: YamlEntry[] = [];
      const merged: YamlEntry[] = [];
      for (const pair of node.items) {
        const key = convert(pair.key, depth + 1, at);
        if (key.kind !== "scalar") {
          throw new FileError(key.at, "a key must be a word, not a list or mapping", {
            code: "DOT020",
          });
        }
        const value = convert(pair.value, depth + 1, key.at);
        if (key.plain && key.text === "<<") merged.push(...mergedEntries(value));
        else put(own, { key, value }, duplicateKeys);
      }
      const names = new Set(own.map((entry) => entry.key.text));
      // Earlier sources of a merge win over later ones, and own keys over both.
      for (const entry of merged) {
        if (names.has(entry.key.text)) continue;
        names.add(entry.key.text);
        own.push(entry);
      }
      return { kind: "map", at, entries: own };
    } finally {
      open.delete(node);
    }
  };
  return convert(document.contents, 0, start);
}

/** Read a YAML text that came from the command line or a program, where there is no file to point to. */
export function readYamlArgument(text: string, what: string): YamlNode | undefined {
  try {
    return readYaml(text, what, { duplicateKeys: "last" });
  } catch (error) {
    if (error instanceof FileError) {
      throw new DotError(`${what} is not YAML: ${error.message}`, { code: "DOT020" });
    }
    throw error;
  }
}

function mergedEntries(value: YamlNode): YamlEntry[] {
  if (value.kind === "map") return value.entries;
  if (value.kind === "list") {
    return value.items.flatMap((item) => {
      if (item.kind !== "map") {
        throw new FileError(item.at, "a merge key (<<) takes mappings", { code: "DOT020" });
      }
      return item.entries;
    });
  }
  throw new FileError(value.at, "a merge key (<<) takes a mapping or a list of mappings", {
    code: "DOT020",
  });
}

function put(entries: YamlEntry[], entry: YamlEntry, duplicates: "error" | "last"): void {
  const at = entries.findIndex((other) => other.key.text === entry.key.text);
  const first = entries[at];
  if (first === undefined) entries.push(entry);
  else if (duplicates === "last") entries[at] = entry;
  else {
    const { text, at: place } = entry.key;
    throw new FileError(place, `\`${text}\` is there twice; first in line ${first.key.at.line}`, {
      code: "DOT020",
    });
  }
}

function plainWords(message: string): string {
  if (message.includes("call stack")) return "nested too deep";
  return message.replace(/\s+at line \d+, column \d+:?[\s\S]*$/, "");
}
