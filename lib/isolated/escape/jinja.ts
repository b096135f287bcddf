/**
 * Reads a template as Jinja's own lexer does: which text is a tag, a comment, raw or plain, and the words of each tag. Pure.
 * @module
 */

/** A word of a tag. */
export interface Token {
  kind: "name" | "string" | "number" | "operator";
  /** As it is spelled, quotes included. */
  text: string;
  /** Where it begins in the template. */
  at: number;
}

/** A piece of a template. */
export interface Part {
  kind: "text" | "comment" | "raw" | "expression" | "block";
  /** As it is spelled, signs included. */
  text: string;
  /** The words of an expression or a block; of all else none. */
  tokens: readonly Token[];
}

/** A template that was read. */
export interface Template {
  parts: readonly Part[];
  /**
   * Whether dbt, which looks for blocks by patterns of its own, sees the same tags and comments. It knows no `{%+`, and ends a
   * tag at the first `}}` or `%}` outside of a string, that of a dictionary in a dictionary included.
   */
  certain: boolean;
}

const BEGIN = /\{[{%#]/g;
const RAW = /\{%[-+]?\s*raw\s*(?:-%\}|%\})/y;
const END_OF_RAW = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
const SPACE = /\s+/y;
const STRING = /'[^'\\]*(?:\\[\s\S][^'\\]*)*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y;
const NUMBER = /\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][-+]?\d[\d_]*)?/y;
const NAME = /[\p{L}\p{M}\p{Nl}_][\p{L}\p{M}\p{N}\p{Pc}·]*/uy;
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}<>=.:|,;]/y;
const KINDS: readonly (readonly [Token["kind"], RegExp])[] = [
  ["string", STRING],
  ["number", NUMBER],
  ["name", NAME],
  ["operator", OPERATOR],
];
const CLOSING: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** Templates that were read, by the value that holds their text. */
const READ = new WeakMap<{ text: string }, Template | undefined>();

/** The template in a file, read once. */
export function templateOf(file: { text: string }): Template | undefined {
  if (!READ.has(file)) READ.set(file, readTemplate(file.text));
  return READ.get(file);
}

/** Read a template; undefined for what Jinja would not read, or dot cannot. */
export function readTemplate(text: string): Template | undefined {
  const parts: Part[] = [];
  let certain = !/\{[{%#]\+/.test(text);
  let at = 0;
  const put = (kind: Part["kind"], end: number, tokens: readonly Token[] = []) => {
    if (end > at) parts.push({ kind, text: text.slice(at, end), tokens });
    at = end;
  };
  for (;;) {
    BEGIN.lastIndex = at;
    const begin = BEGIN.exec(text);
    if (begin === null) break;
    put("text", begin.index);
    if (begin[0] === "{#") {
      const end = text.indexOf("#}", at + 2);
      if (end === -1) return undefined;
      put("comment", end + 2);
      continue;
    }
    const raw = take(RAW, text, at);
    if (raw !== undefined) {
      END_OF_RAW.lastIndex = at + raw.length;
      const end = END_OF_RAW.exec(text);
      if (end === null) return undefined;
      put("raw", end.index + end[0].length);
      continue;
    }
    const tag = readTag(text, at);
    if (tag === undefined) return undefined;
    certain &&= tag.certain;
    put(begin[0] === "{{" ? "expression" : "block", tag.end, tag.tokens);
  }
  put("text", text.length);
  return { parts, certain };
}

interface Tag {
  tokens: Token[];
  end: number;
  certain: boolean;
}

function readTag(text: string, start: number): Tag | undefined {
  const close = text[start + 1] === "{" ? "}}" : "%}";
  const open: string[] = [];
  const tokens: Token[] = [];
  let certain = true;
  let at = start + 2;
  if (text[at] === "-" || text[at] === "+") at++;
  while (at < text.length) {
    at += take(SPACE, text, at)?.length ?? 0;
    const signed = text[at] === "-" || text[at] === "+" && close === "%}";
    const end = signed && text.startsWith(close, at + 1) ? at + 1 : at;
    if (text.startsWith(close, end)) {
      if (open.length === 0) return { tokens, end: end + 2, certain };
      certain = false;
    }
    const token = readToken(text, at);
    if (token === undefined) return undefined;
    if (token.kind === "operator") {
      if ("([{".includes(token.text)) open.push(token.text);
      const opening = CLOSING[token.text];
      if (opening !== undefined && open.pop() !== opening) return undefined;
    }
    tokens.push(token);
    at += token.text.length;
  }
  return undefined;
}

function readToken(text: string, at: number): Token | undefined {
  for (const [kind, pattern] of KINDS) {
    const found = take(pattern, text, at);
    if (found !== undefined) return { kind, text: found, at };
  }
  return undefined;
}

/** What a sticky pattern matches at a place. */
function take(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
