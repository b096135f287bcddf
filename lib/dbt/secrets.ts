/**
 * What counts as a secret: one table for the profile's copy, for what is shown, and for what is kept; and the environment
 * variables that carry a profile's secrets to dbt.
 * @module
 */
import { hasJinja } from "./jinja.ts";

/**
 * What begins the names of variables whose values dbt 1 replaces in everything it prints and logs
 * (dbt.constants.SECRET_ENV_PREFIX), and takes for text.
 */
export const DBT_SECRETS = "DBT_ENV_SECRET";
/** Shorter values than this are masked by nobody: they occur where nobody means them. */
export const LEAST_SECRET = 6;
/** Those by which dot brings the secrets of a profile to dbt. */
const SECRET_PREFIX = `${DBT_SECRETS}_DOT_`;
/** For what goes with a secret and would be missed in what dbt prints, and for what is no text. */
const PLAIN_PREFIX = "DOT_PROFILE_";

/** For what no variable can bring to dbt 2: `secret_file.ts` takes it out of the environment and writes it. */
export const IN_FILE_PREFIX = "DOT_WRITTEN_SECRET_";

/** Words that make a name a secret's, wherever they stand in it. */
const ANYWHERE =
  /^(?:passw(?:or)?ds?|pass(?:phrases?|codes?)|pwd?s?|pins?|t?otps?|oauth2?|secrets?|cred(?:ential)?s?|bearer|cookies?|authorization|jwt)$/;
/** Words that do so at the end of a name. */
const LAST = /^(?:pass|pats?|sas|auth|tokens?|keys?|dsn|signature|assertion)$/;
/** What may stand behind those. */
const BEHIND =
  /^(?:\d+|prod|production|dev|test|staging|current|new|old|raw|plain|default|primary|secondary|values?|contents?|text|str(?:ing)?|data|header|base64|b64|pem|der|json)$/;
/** Names in one word, or in words that only mean a secret together. */
const TOGETHER =
  /pass_?word|passwd|pswd|userpwd|mypass|pass_?phrase|passcode|secret|credential|authorization|bearer|cookie|private_?key|token\d*$|(?:api|access|account|encryption|master|session|shared|signing|storage)key$|(?:signature|assertion|jwt)$|(?<!com|by|sur|tres)pass\d*$|conn(?:ection)?_str(?:ing)?$|key_?file_json/;
/** Keys of relations: they tell rows apart, and nobody is kept out by them. */
const OF_ROWS =
  /^(?:unique|primary|surrogate|foreign|natural|business|composite|candidate|sort|dist|distribution|partition|cluster|clustering|order|group|join|merge|row|public)$/;
/** A name that says where a secret lies, how it is got, or what goes with it. */
const NOT_THE_SECRET =
  /(?:^|_)(?:path|file|dir|ids?|uri|url|endpoint|type|name|method|provider|region|host|port|users?|timeout|expiry|ttl|scopes?|server|audience|mode|enabled|version|chain|email|project)$/;

/** Names that mean a secret where a text gives them a value: `password=…`, `"token": "…"`, `x-api-key: …`. */
const ASSIGNED =
  /(?:passw(?:or)?d|pass(?:phrase|code)?|\bpwd?|\bpin|\bt?otp|token|secret|\bsig|(?:account|access|api|private|shared|encryption)[-_]?key|credentials?|authorization|cookie|x-auth)["']?\s*(?:=>?|:(?!\/\/))\s*["']?[^\s"'&;,}]/i;
/** A URL with a password, whatever letters that has, or, where the web is asked, with a token alone. */
const IN_A_URL =
  /\b[a-z][a-z0-9+.-]*:\/\/(?:[^/\s:@?#]*:[^@]+@|(?<=(?:https?|wss?|ftps?):\/\/)[^/\s@?#]+@)/i;
const ALONE =
  /-----BEGIN [A-Z ]*PRIVATE KEY|\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-)[\w-]{10,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.|\b(?:Bearer|Basic)\s+[\w.~+/=-]{6,}/;

/** Whether a literal text under this name must not be shown or written to a file. Jinja is no secret itself. */
export function isSecret(name: string, text: string): boolean {
  if (text === "" || hasJinja(text)) return false;
  return isSecretName(name) || isSecretText(text);
}

/** Whether a name is a secret's, so that its value is not shown, whatever it is. */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  const joined = words.join("_");
  if (NOT_THE_SECRET.test(joined)) return false;
  if (TOGETHER.test(joined)) return true;
  while (words.length > 1 && BEHIND.test(words.at(-1) ?? "")) words.pop();
  if (words.some((word) => ANYWHERE.test(word))) return true;
  const [before = "", last = ""] = words.length > 1 ? words.slice(-2) : ["", ...words];
  return LAST.test(last) && !(/^keys?$/.test(last) && OF_ROWS.test(before));
}

/** Whether a text carries a secret, whatever it is called. */
export function isSecretText(text: string): boolean {
  return IN_A_URL.test(text) || ASSIGNED.test(text) || ALONE.test(text);
}

/**
 * Whether a text under a secret's name, or below one, is rather what goes with it: its own name says so (`type`, `client_id`), or it
 * is a word or a path under a name that has two meanings (`auth: cli`, `key: client.pem`).
 */
export function isBeside(name: string, text: string): boolean {
  const words = wordsOf(name);
  if (NOT_THE_SECRET.test(words.join("_"))) return true;
  return /^(?:auth|keys?)$/.test(words.at(-1) ?? "") &&
    /^[a-z]{1,24}$|[/\\]|\.\w{2,4}$/i.test(text);
}

/** `privateKey` and `x-api-key2` in words. */
function wordsOf(name: string): string[] {
  return name.replace(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase()
    .replace(/([a-z])(\d+)/g, "$1_$2").split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
}

/** Collects secrets and hands out the Jinja that reads each of them back. */
export class SecretBag {
  /** The environment variables that dbt must be given. */
  readonly env: Record<string, string> = {};

  /** Take a secret; gives the text to write in its place. */
  put(secret: string): string {
    return `{{ env_var('${this.#name(SECRET_PREFIX, secret)}') }}`;
  }

  /** Take what dbt should not hide in what it prints; gives the same. */
  putBeside(text: string): string {
    return `{{ env_var('${this.#name(PLAIN_PREFIX, text)}') }}`;
  }

  /** Take a secret that is written to a file for as long as dbt runs; gives the text that it stands in the place of. */
  putInFile(secret: string): string {
    return `{{ env_var('${this.#name(IN_FILE_PREFIX, secret)}') }}`;
  }

  /** Take a number, as YAML spells it; dbt gets a number back. */
  putNumber(text: string): string {
    return `{{ env_var('${this.#name(PLAIN_PREFIX, text)}') | as_number }}`;
  }

  /** Take the literal parts of a text with Jinja; gives it with the Jinja as it is. */
  putAround(text: string): string {
    return text.split(/(\{\{(?!-)[\s\S]*?\}\})/).map((part, at) =>
      at % 2 === 1 || part.trim() === "" ? part : this.putBeside(part)
    ).join("");
  }

  #name(prefix: string, value: string): string {
    const before = Object.keys(this.env).filter((name) => name.startsWith(prefix));
    const name = `${prefix}${before.length}`;
    this.env[name] = value;
    return name;
  }
}

/** Whether a text has literal parts beside simple Jinja, which can be taken out of it. */
export function hasLiteralParts(text: string): boolean {
  if (/\{%|\{#|\{\{-|-\}\}/.test(text)) return false;
  return text.replace(/\{\{[\s\S]*?\}\}/g, "").trim() !== "";
}
