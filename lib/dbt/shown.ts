/**
 * The words of a dbt command, parted into what may be shown of them and what may not.
 * @module
 */
import type { YamlValue } from "../base/yaml.ts";
import { MASK, maskedMapping } from "./masked.ts";
import { DBT_OPTIONS } from "./options.ts";
import { isSecret, isSecretText } from "./secrets.ts";

/** A secret in a word. */
export interface Hidden {
  /** The names that lead to it, the outermost first. */
  path: readonly string[];
  value: YamlValue;
}

/** A part of a word: a text that may be shown, or a secret. */
export type Part = string | Hidden;

const MAPPINGS = DBT_OPTIONS.filter(({ kind }) => kind === "mapping").map(({ name }) =>
  `--${name}`
);

/** The parts of each word: secrets in `--vars` and the like by their names, others by what they look like. */
export function partsOf(words: readonly string[]): Part[][] {
  return words.map((word, at) => {
    const before = words[at - 1] ?? "";
    if (MAPPINGS.includes(before)) return mappingParts(word);
    const [, option = "", value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
    if (value === undefined) {
      const name = before.startsWith("--") ? before.slice(2) : "word";
      return isSecretText(word) ? [{ path: [name], value: word }] : [word];
    }
    const name = option.slice(2);
    if (MAPPINGS.includes(option)) return [`${option}=`, ...mappingParts(value)];
    return isSecret(name, value) ? [`${option}=`, { path: [name], value }] : [word];
  });
}

/** The words as they may be shown, secrets as `***`. */
export function shownWords(words: readonly string[]): string[] {
  return partsOf(words).map((parts) =>
    parts.map((part) => typeof part === "string" ? part : MASK).join("")
  );
}

/** The secrets of a command's words. */
export function hiddenIn(words: readonly string[]): Hidden[] {
  return partsOf(words).flat().filter((part) => typeof part !== "string");
}

function mappingParts(text: string): Part[] {
  const found: Hidden[] = [];
  const mark = crypto.randomUUID();
  const shown = maskedMapping(text, (value, path) => {
    found.push({ path, value });
    return `${mark}${found.length - 1}.`;
  });
  if (shown === MASK) return [{ path: [], value: text }];
  // A text stays between its quotes; another value takes them along.
  return shown.split(new RegExp(`("?${mark}\\d+\\."?)`)).flatMap((piece) => {
    const number = new RegExp(`${mark}(\\d+)`).exec(piece)?.[1];
    const hidden = number === undefined ? undefined : found[Number(number)];
    if (hidden === undefined) return piece === "" ? [] : [piece];
    const quoted = piece.startsWith('"') && typeof hidden.value === "string";
    return quoted ? ['"', hidden, '"'] : [hidden];
  });
}
