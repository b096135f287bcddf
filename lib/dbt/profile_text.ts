/**
 * Writes parts of a profile as they stand, each secret in them by the variable that brings it to dbt.
 * @module
 */
import {
  jsonText,
  valueOf,
  type YamlEntry,
  YamlFloat,
  type YamlNode,
  type YamlScalar,
} from "../base/yaml.ts";
import { hasJinja } from "./jinja.ts";
import { staysText } from "./yaml_text.ts";
import {
  hasLiteralParts,
  isBeside,
  isSecretName,
  isSecretText,
  type SecretBag,
} from "./secrets.ts";

/** A text that is written, line by line, and what of it goes to dbt's environment instead. */
export interface Emitted {
  lines: string[];
  secrets: SecretBag;
  /** Values with another text in their place. */
  pins: ReadonlyMap<YamlScalar, string>;
  /** Called with the path of a secret that dbt would take from a variable for something else than text; gives whether a file may hold it. */
  mayBeWritten?: ((path: string) => boolean) | undefined;
}

/** What a value stands under: its own name, whether it, or one above it, is a secret's, and all names that lead to it. */
interface Under {
  name: string;
  secret: boolean;
  path: string;
}

/** What a whole entry stands under: nothing. */
const TOP: Omit<Under, "name"> = { secret: false, path: "" };

/** An entry of a map as it is written; `name` is its key as YAML reads it. */
export interface Entry {
  key: string;
  name: string;
  value: YamlNode;
}

/** An entry of a map, to be written. */
export function entryOf({ key, value }: Pick<YamlEntry, "key" | "value">): Entry {
  return { key: scalar(key, { isKey: true }), name: key.text, value };
}

/** Write an entry at a depth of indentation; `above` is what it stands under. */
export function emitEntry(
  emitted: Emitted,
  { key, name, value }: Entry,
  depth: number,
  above: Omit<Under, "name"> = TOP,
): void {
  const under = {
    name,
    secret: above.secret || isSecretName(name),
    path: above.path === "" ? name : `${above.path}.${name}`,
  };
  emitValue(emitted, `${key}:`, value, depth, under);
}

/** Write a value behind what leads to it on its line, a key or a dash. */
function emitValue(
  emitted: Emitted,
  lead: string,
  value: YamlNode,
  depth: number,
  under: Under,
): void {
  const { lines } = emitted;
  const start = "  ".repeat(depth) + lead;
  if (value.kind === "scalar") {
    lines.push(`${start} ${emitScalar(under, value, emitted)}`.trimEnd());
  } else if (value.kind === "map") {
    lines.push(`${start}${value.entries.length === 0 ? " {}" : ""}`);
    for (const entry of value.entries) {
      emitEntry(emitted, entryOf(entry), depth + 1, under);
    }
  } else {
    lines.push(`${start}${value.items.length === 0 ? " []" : ""}`);
    for (const item of value.items) emitValue(emitted, "-", item, depth + 1, under);
  }
}

function emitScalar(
  { name, path, secret }: Under,
  node: YamlScalar,
  { mayBeWritten, pins, secrets }: Emitted,
): string {
  const pinned = pins.get(node);
  const value = pinned ?? valueOf(node);
  const asItIs = pinned === undefined ? scalar(node, { isKey: false }) : jsonText(pinned);
  if (typeof value === "bigint" || value instanceof YamlFloat) {
    const text = value instanceof YamlFloat ? value.text : String(value);
    const movable = secret && /^-?\d+(?:\.\d+)?$/.test(text);
    return movable ? jsonText(secrets.putNumber(text)) : asItIs;
  }
  if (typeof value !== "string" || value === "" || !secret && !isSecretText(value)) return asItIs;
  if (hasJinja(value)) {
    return hasLiteralParts(value) ? jsonText(secrets.putAround(value)) : asItIs;
  }
  if (mayBeWritten !== undefined && !staysText(value) && mayBeWritten(path)) {
    return jsonText(secrets.putInFile(value));
  }
  // dbt hides what it is given as a secret wherever it occurs: a region, or a type, would be missed there.
  const beside = !isSecretText(value) && isBeside(name, value);
  return jsonText(beside ? secrets.putBeside(value) : secrets.put(value));
}

/** A scalar that reads back as the same value: plain words as they were spelled, texts in double quotes. */
export function scalar(node: YamlScalar, { isKey }: { isKey: boolean }): string {
  const known = node.tag === undefined || node.tag.startsWith("tag:yaml.org,2002:");
  if (node.tag !== undefined && !known) return `${node.tag} ${jsonText(node.text)}`;
  if (node.tag !== undefined && !isKey && node.tag !== "tag:yaml.org,2002:str") {
    return `!!${node.tag.slice("tag:yaml.org,2002:".length)} ${jsonText(node.text)}`;
  }
  if (node.plain && node.tag === undefined && !node.text.includes("\n")) {
    return node.text === "" ? "null" : node.text;
  }
  return jsonText(node.text);
}
