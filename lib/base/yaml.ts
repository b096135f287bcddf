/**
 * Reads the YAML that people write: every value keeps its place and its spelling, and plain words mean what they mean
 * to dbt, which loads with PyYAML's SafeLoader (YAML 1.1: `yes` is true, `0123` is octal, `1e5` is text).
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
import { DotError, FileError, type Position } from "./errors.ts";

/** One value of a file, with its place. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

/** A word, number or text. */
export interface YamlScalar {
  kind: "scalar";
  at: Position;
  /** As spelled when plain, else the text between the quotes. */
  text: string;
  /** Whether it stood there without quotes, so that its spelling decides its type. */
  plain: boolean;
  /** An explicit tag; `!!str` in its long form. */
  tag?: string;
}

/** A sequence. */
export interface YamlList {
  kind: "list";
  at: Position;
  items: YamlNode[];
}

/** A mapping, in the file's order; merge keys (`<<`) are resolved. */
export interface YamlMap {
  kind: "map";
  at: Position;
  entries: YamlEntry[];
}

/** One key of a mapping. */
export interface YamlEntry {
  key: YamlScalar;
  value: YamlNode;
}

/** A number with a fraction, kept as the text that YAML 1.1 reads back as the same number. */
export class YamlFloat {
  /** `text` must be a YAML 1.1 float. */
  constructor(readonly text: string) {}
}

/** What a node stands for. Integers are bigint, so that none is rounded; dates are text. */
export type YamlValue =
  | null
  | boolean
  | bigint
  | YamlFloat
  | string
  | YamlValue[]
  | Map<string, YamlValue>;

/** What `!!` stands for. */
const STANDARD = "tag:yaml.org,2002:";
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
    if (error instanceof RangeError) throw new FileError(start, "nested too deep");
    throw error;
  }
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  // Decoding puts this mark where the bytes are no UTF-8.
  const damage = text.indexOf("\ufffd");
  if (damage !== -1) throw new FileError(place(damage), "this is not UTF-8 text");
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new FileError(place(problem.pos[0]), plainWords(problem.message));
  }
  if (document.contents === null) return undefined;

  let count = 0;
  const open = new Set<Node>();
  const convert = (node: unknown, depth: number, near: Position): YamlNode => {
    if (++count > MAX_NODES) throw new FileError(near, `more than ${MAX_NODES} values`);
    if (depth > MAX_DEPTH) throw new FileError(near, "nested too deep");
    if (isAlias(node)) {
      const target = node.resolve(document);
      const at = node.range ? place(node.range[0]) : near;
      if (target === undefined) {
        throw new FileError(at, `no anchor &${node.source} before this alias`);
      }
      return convert(target, depth + 1, at);
    }
    const tag = isNode(node) ? node.tag : undefined;
    if (tag !== undefined && duplicateKeys === "error" && !KNOWN_TAGS.has(tag)) {
      const at = isNode(node) && node.range ? place(node.range[0]) : near;
      throw new FileError(at, `the tag ${tag.replace(STANDARD, "!!")} has no meaning here`);
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
    if (open.has(node)) throw new FileError(near, "an alias inside its own anchor");
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
          throw new FileError(key.at, "a key must be a word, not a list or mapping");
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

/** What a node stands for, typed as dbt's loader would type it, dates left as text. */
export function valueOf(node: YamlNode): YamlValue {
  if (node.kind === "list") return node.items.map(valueOf);
  if (node.kind === "map") {
    return new Map(node.entries.map((entry) => [entry.key.text, valueOf(entry.value)]));
  }
  switch (node.tag) {
    case undefined:
      return node.plain ? plainValue(node.text) : node.text;
    case `${STANDARD}float`: {
      const value = plainValue(node.text);
      return typeof value === "bigint" ? new YamlFloat(`${value}.0`) : value;
    }
    case `${STANDARD}bool`:
    case `${STANDARD}int`:
    case `${STANDARD}null`:
      return plainValue(node.text);
    default:
      return node.text;
  }
}

/** The value at a key of a mapping, if it has it. */
export function get(map: YamlMap, key: string): YamlNode | undefined {
  return map.entries.find((entry) => entry.key.text === key)?.value;
}

/** The text at a key of a mapping, if it is a text (not a number, boolean or null). */
export function getText(map: YamlMap, key: string): string | undefined {
  const node = get(map, key);
  const value = node === undefined ? undefined : valueOf(node);
  return typeof value === "string" ? value : undefined;
}

/** Whether nothing was written there (`key:` or `key: null`). */
export function isNull(node: YamlNode): boolean {
  return node.kind === "scalar" && valueOf(node) === null;
}

/** The kind of a value in words, for errors. */
export function typeName(value: YamlValue): string {
  if (value === null) return "nothing";
  if (typeof value === "boolean") return "a boolean";
  if (typeof value === "bigint") return "an integer";
  if (value instanceof YamlFloat) return "a number";
  if (typeof value === "string") return "text";
  return Array.isArray(value) ? "a list" : "a mapping";
}

/** A value as JSON on one line, which YAML 1.1 and 1.2 loaders read back as the same value. */
export function toJson(value: YamlValue): string {
  if (value === null) return "null";
  if (typeof value === "string") return jsonText(value);
  if (value instanceof YamlFloat) return value.text;
  if (Array.isArray(value)) return `[${value.map(toJson).join(", ")}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([key, item]) => `${jsonText(key)}: ${toJson(item)}`).join(", ")}}`;
  }
  return String(value);
}

/** A text in double quotes, with escapes for what PyYAML refuses to read as it is. */
export function jsonText(text: string): string {
  return JSON.stringify(text).replace(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, (char) => {
    return "\\u" + char.charCodeAt(0).toString(16).padStart(4, "0");
  });
}

// PyYAML's implicit resolvers (yaml/resolver.py), timestamps left out.
const NULL = /^(?:~|null|Null|NULL|)$/;
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const INT =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

function plainValue(text: string): YamlValue {
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  if (INT.test(text)) return integer(text);
  if (FLOAT.test(text)) return float(text);
  return text;
}

function integer(text: string): bigint | string {
  const negative = text.startsWith("-");
  const digits = text.replaceAll("_", "").replace(/^[-+]/, "");
  if (digits === "" || digits === "0b" || digits === "0x") return text;
  const size = digits.includes(":")
    ? digits.split(":").reduce((sum, part) => sum * 60n + BigInt(part), 0n)
    : BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return negative ? -size : size;
}

function float(text: string): YamlFloat {
  const bare = text.replaceAll("_", "").toLowerCase();
  if (bare.includes("inf") || bare.includes("nan")) return new YamlFloat(bare.replace("+", ""));
  const negative = bare.startsWith("-");
  const digits = bare.replace(/^[-+]/, "");
  const size = digits.includes(":")
    ? digits.split(":").reduce((sum, part) => sum * 60 + Number(part), 0)
    : Number(digits);
  const [mantissa = "", exponent] = String(negative ? -size : size).split("e");
  const dotted = mantissa.includes(".") ? mantissa : `${mantissa}.0`;
  if (!Number.isFinite(size)) return new YamlFloat(negative ? "-.inf" : ".inf");
  if (exponent === undefined) return new YamlFloat(dotted);
  return new YamlFloat(
    `${dotted}e${exponent.startsWith("-") ? "" : "+"}${exponent.replace("+", "")}`,
  );
}

function mergedEntries(value: YamlNode): YamlEntry[] {
  if (value.kind === "map") return value.entries;
  if (value.kind === "list") {
    return value.items.flatMap((item) => {
      if (item.kind !== "map") throw new FileError(item.at, "a merge key (<<) takes mappings");
      return item.entries;
    });
  }
  throw new FileError(value.at, "a merge key (<<) takes a mapping or a list of mappings");
}

function put(entries: YamlEntry[], entry: YamlEntry, duplicates: "error" | "last"): void {
  const at = entries.findIndex((other) => other.key.text === entry.key.text);
  const first = entries[at];
  if (first === undefined) entries.push(entry);
  else if (duplicates === "last") entries[at] = entry;
  else {
    const { text, at: place } = entry.key;
    throw new FileError(place, `\`${text}\` is there twice; first in line ${first.key.at.line}`);
  }
}

function plainWords(message: string): string {
  if (message.includes("call stack")) return "nested too deep";
  return message.replace(/\s+at line \d+, column \d+:?[\s\S]*$/, "");
}

/** Read a YAML text that came from the command line or a program, where there is no file to point to. */
export function readYamlArgument(text: string, what: string): YamlNode | undefined {
  try {
    return readYaml(text, what, { duplicateKeys: "last" });
  } catch (error) {
    if (error instanceof FileError) throw new DotError(`${what} is not YAML: ${error.message}`);
    throw error;
  }
}
