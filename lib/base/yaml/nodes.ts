/**
 * A YAML file as it is spelled: every value with its place.
 * @module
 */
import type { Position } from "../errors.ts";

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

/** What `!!` stands for. */
export const STANDARD = "tag:yaml.org,2002:";

/** The value at a key of a mapping, if it has it. */
export function get(map: YamlMap, key: string): YamlNode | undefined {
  return map.entries.find((entry) => entry.key.text === key)?.value;
}
