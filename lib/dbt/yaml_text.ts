/**
 * Which texts dbt 2 leaves a text that it renders in a profile: it parses every value with Jinja as YAML once that is rendered.
 * Found by running it; `tests/e2e/yaml_secrets_test.ts` holds this to a real one. Pure.
 * @module
 */
import { readYaml } from "../base/yaml.ts";

const STANDARD = "tag:yaml.org,2002:";

/** Beginnings that are no YAML to dbt 2 and are to dot's reader. */
const NO_YAML = /^\s*(?:(?::|\.\.\.)(?:\s|$)|-\t+\S|&(?![\w-]+(?:\s|$)))/;

/** Whether dbt 2 reads a rendered text of a profile as the same text. What is no YAML at all stays a text. */
export function staysText(text: string): boolean {
  if (NO_YAML.test(text)) return true;
  let node;
  try {
    node = readYaml(text, "", { duplicateKeys: "last" });
  } catch {
    return true;
  }
  if (node === undefined || node.kind !== "scalar") return false;
  const { plain, tag, text: word } = node;
  if (tag === undefined) return !plain || isWord(word);
  if (!tag.startsWith(STANDARD)) return false;
  const reads = READ_BY_TAG[tag.slice(STANDARD.length)];
  return reads === undefined || !reads(word);
}

/** Whether a plain word is none that YAML 1.2 reads as nothing, a boolean or a number. */
function isWord(word: string): boolean {
  return !isNothing(word) && !isBoolean(word) && !isInteger(word) && !isFloat(word);
}

/** What makes a word under a standard tag another type. */
const READ_BY_TAG: Readonly<Record<string, (word: string) => boolean>> = {
  bool: isBoolean,
  float: (word) => isFloat(word) || isInteger(word),
  int: isInteger,
  null: (word) => word !== "" && isNothing(word),
};

function isNothing(word: string): boolean {
  return /^(?:|~|null|Null|NULL)$/.test(word);
}

function isBoolean(word: string): boolean {
  return /^(?:true|True|TRUE|false|False|FALSE)$/.test(word);
}

function isInteger(word: string): boolean {
  const [, sign = "", digits = ""] =
    /^([-+]?)(0x[\da-f][\da-f_]*|0o[0-7][0-7_]*|0b[01][01_]*|\d[\d_]*)$/i.exec(word) ?? [];
  // A zero in front makes a text of digits, and so does a capital letter of the base.
  if (digits === "" || /^0(?:\d+$|[XOB])/.test(digits)) return false;
  const size = BigInt(digits.replaceAll("_", ""));
  return sign === "-" ? size <= 2n ** 63n : size < 2n ** 64n;
}

function isFloat(word: string): boolean {
  if (/^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/.test(word)) return true;
  if (!/^[-+]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[-+]?\d[\d_]*)?$/i.test(word)) return false;
  const bare = word.replaceAll("_", "");
  // Larger integers than dbt 2 has room for are texts, and those beyond are numbers again.
  if (/^[-+]?0\d+$/.test(bare)) return false;
  if (/^[-+]?\d+$/.test(bare)) return !fits(bare);
  return Number.isFinite(Number(bare));
}

/** Whether an integer goes into 128 bits. */
function fits(digits: string): boolean {
  const size = BigInt(digits.replace(/^[-+]/, ""));
  return digits.startsWith("-") ? size <= 2n ** 127n : size < 2n ** 128n;
}
