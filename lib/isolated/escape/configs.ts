/**
 * What the code of a node sets by `config(…)`. A call counts as read only where each key is plain text, and `config` itself is
 * never handed on: everything else is a doubt. Pure.
 * @module
 */
import type { Token } from "./jinja.ts";

/** What was found in code. */
export interface Found {
  /** Reasons for which it does not prove where its nodes lie. */
  doubts: string[];
  /** The custom schemas that it sets as plain text. */
  schemas: string[];
  /** Whether it holds snapshots. */
  snapshots: boolean;
}

/**
 * The doubt of a config whose keys or values nobody sees in the text. With dbt's own naming it can lead out a snapshot only,
 * by `target_schema`, or make a name too long.
 */
export const UNSEEN = "sets a config that its text does not show";
/** The doubt of a test that keeps what it finds. */
export const STORES_FAILURES = "stores the failures of tests";

/** Keys of a node's config that name its schema or database, by dbt's and the adapters' words. */
const PLACES = ["schema", "dataset", "database", "project", "catalog", "dremio_space_folder"];
/** A snapshot's own place, by dbt's and BigQuery's words: it never passes through a naming macro. */
const OWN_PLACE = /^target_(?:schema|database|dataset|project|catalog)$/;

/** Ways of asking a config that set nothing. */
const ASKING = new Set([
  "get",
  "require",
  "meta_get",
  "meta_require",
  "persist_column_docs",
  "persist_relation_docs",
]);
/** Names through which `config` can be had under another, or text be run as Jinja. */
const REACHING = new Set(["builtins", "config", "context", "render"]);
/** What every dictionary can be asked, and what would hand on all that it holds. */
const METHODS = /^(?:clear|copy|fromkeys|get|items|pop|popitem|setdefault|update|values|_.*)$/;

/** A key of a config as dbt would take it: `+pre-hook` is `pre_hook`. */
export function keyName(key: string): string {
  return key.replace(/^\+/, "").normalize("NFKC").replaceAll("-", "_");
}

/** Whether a key names a schema or a database. */
export function isPlace(key: string): boolean {
  return PLACES.includes(key);
}

/** Whether a key names the schema. */
export function isSchema(key: string): boolean {
  return ["schema", "dataset", "dremio_space_folder"].includes(key);
}

/** Whether a key names a place that no naming macro sees. */
export function isOwnPlace(key: string): boolean {
  return OWN_PLACE.test(key);
}

/** What the words of one Jinja tag set. */
export function inTag(tokens: readonly Token[]): Found {
  const found: Found = { doubts: [], schemas: [], snapshots: false };
  tokens.forEach((token, at) => {
    const name = nameOf(token);
    if (name === undefined || !REACHING.has(name)) return;
    const isMember = textAt(tokens, at - 1) === ".";
    // The name of an argument, or of a variable that is set.
    if (!isMember && textAt(tokens, at + 1) === "=") return;
    if (name === "config") {
      if (textAt(tokens, at + 1) === "(") readCall(tokens, at + 1, found);
      else if (isMember ? !isOfNode(tokens, at) : !isAsking(tokens, at)) found.doubts.push(UNSEEN);
    } else if (!isMember && !isHarmless(tokens, at, name)) found.doubts.push(UNSEEN);
  });
  return found;
}

/** What a Python file sets: dbt looks for `dbt.config(…)` in its syntax, and for no other name. */
export function inPython(tokens: readonly Token[]): Found {
  const found: Found = { doubts: [], schemas: [], snapshots: false };
  tokens.forEach((token, at) => {
    if (nameOf(token) !== "config" || textAt(tokens, at - 1) !== ".") return;
    let owner = at - 2;
    while (textAt(tokens, owner) === ")") owner--;
    const word = tokens[owner];
    if (word === undefined || nameOf(word) !== "dbt") return;
    if (textAt(tokens, at + 1) === "(") readCall(tokens, at + 1, found);
    else if (!isAsking(tokens, at)) found.doubts.push(UNSEEN);
  });
  return found;
}

/** `model.config`: what a node has, not what sets it. */
function isOfNode(tokens: readonly Token[], at: number): boolean {
  const owner = tokens[at - 2];
  return owner !== undefined && !REACHING.has(nameOf(owner) ?? "");
}

/** `config.get(…)`. */
function isAsking(tokens: readonly Token[], at: number): boolean {
  return textAt(tokens, at + 1) === "." && ASKING.has(textAt(tokens, at + 2)) &&
    textAt(tokens, at + 3) === "(";
}

/** `builtins.ref`, `context['project_name']`, `context.get('project_name')`, `context.update({'sql': …})`. */
function isHarmless(tokens: readonly Token[], at: number, name: string): boolean {
  const next = textAt(tokens, at + 1);
  if (name === "render") return false;
  if (next === "[") return isOtherName(tokens[at + 2]) && textAt(tokens, at + 3) === "]";
  if (next !== ".") return false;
  const member = textAt(tokens, at + 2);
  const called = textAt(tokens, at + 3) === "(";
  // A call of `config` is read where that stands.
  if (member === "config") return called;
  if (!METHODS.test(member)) return /^\w/.test(member) && !REACHING.has(member);
  if (member === "get") {
    return called && isOtherName(tokens[at + 4]) && /^[,)]$/.test(textAt(tokens, at + 5));
  }
  const args = member === "update" && called ? split(tokens, at + 4) : undefined;
  return args?.length === 1 && args[0] !== undefined && readDictionary(args[0], isOther);
}

function isOtherName(token: Token | undefined): boolean {
  const text = token === undefined ? undefined : plainText(token);
  return text !== undefined && isOther(text);
}

function isOther(name: string): boolean {
  return !REACHING.has(name);
}

/** Read a call of `config`, whose parenthesis opens at `open`. */
function readCall(tokens: readonly Token[], open: number, found: Found): void {
  const args = split(tokens, open + 1);
  if (args === undefined) {
    found.doubts.push(UNSEEN);
    return;
  }
  for (const [index, arg] of args.entries()) {
    if (arg.length === 0) {
      // Nothing at all, or a comma at the end.
      if (index !== args.length - 1) found.doubts.push(UNSEEN);
      continue;
    }
    const [first] = arg;
    const key = first === undefined ? undefined : nameOf(first);
    if (key !== undefined && textAt(arg, 1) === "=") setKey(key, arg.slice(2), found);
    else {
      const read = readDictionary(arg, (name, value) => {
        setKey(name, value, found);
        return true;
      });
      if (!read) found.doubts.push(UNSEEN);
    }
  }
}

/** Read a dictionary that is spelled out; false where it is not that, has a key that is no plain text, or one that is not taken. */
function readDictionary(
  arg: readonly Token[],
  take: (key: string, value: readonly Token[]) => boolean,
): boolean {
  if (textAt(arg, 0) !== "{") return false;
  const entries = split(arg, 1);
  const length = entries?.reduce((sum, entry) => sum + entry.length + 1, 1);
  // Something stands behind its end.
  if (entries === undefined || length !== arg.length) return false;
  return entries.every((entry, index) => {
    const [key, colon] = entry;
    if (key === undefined) return index === entries.length - 1;
    const name = plainText(key);
    return name !== undefined && colon?.text === ":" && take(name, entry.slice(2));
  });
}

function setKey(key: string, value: readonly Token[], found: Found): void {
  const name = keyName(key);
  const [only, ...more] = value;
  const text = only === undefined || more.length > 0 ? undefined : plainText(only);
  if (isOwnPlace(name)) found.doubts.push(`sets ${name}`);
  if (/^store_failures(?:_as)?$/.test(name)) {
    const off = only !== undefined && more.length === 0 &&
      /^(?:false|none)$/i.test(text ?? only.text);
    if (!off) found.doubts.push(STORES_FAILURES);
  }
  if (!isPlace(name)) return;
  if (text === undefined || text.includes("{")) found.doubts.push(`computes the config ${name}`);
  else if (isSchema(name)) found.schemas.push(text);
}

/** What stands between commas, up to the closing sign of what is open; undefined where that is missing. */
function split(tokens: readonly Token[], start: number): Token[][] | undefined {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens.slice(start)) {
    if (token.kind === "operator") {
      if ("([{".includes(token.text)) depth++;
      else if (")]}".includes(token.text) && --depth < 0) return parts;
      else if (token.text === "," && depth === 0) {
        parts.push([]);
        continue;
      }
    }
    parts.at(-1)?.push(token);
  }
  return undefined;
}

/** The text of a string that is spelled as it is: without escapes, and without letters in front. */
function plainText({ kind, text }: Token): string | undefined {
  if (kind !== "string" || !/^(?:'[^'\\]*'|"[^"\\]*")$/.test(text)) return undefined;
  return text.slice(1, -1);
}

/** A name as Python reads it: letters that look otherwise and are the same are the same. */
function nameOf({ kind, text }: Token): string | undefined {
  return kind === "name" ? text.normalize("NFKC") : undefined;
}

function textAt(tokens: readonly Token[], at: number): string {
  const token = tokens[at];
  return token?.kind === "operator" || token?.kind === "name" ? token.text : "";
}
