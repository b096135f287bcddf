/**
 * What the nodes of a YAML file stand for: plain words mean what they mean to dbt, which loads with PyYAML's SafeLoader (YAML
 * 1.1: `yes` is true, `0123` is octal, `1e5` is text).
 * @module
 */
import { get, STANDARD, type YamlMap, type YamlNode } from "./nodes.ts";

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
