/**
 * Reads the words of a Python file, so far as it takes to see what it calls. Pure.
 * @module
 */
import type { Token } from "./jinja.ts";

/** A Python file that was read. */
export interface PythonWords {
  tokens: readonly Token[];
  /** Whether what looks like a string may hold code: formatted strings do, and their quotes may nest. */
  certain: boolean;
}

const SKIP = /(?:\s|\\\r?\n|#[^\r\n]*)+/y;
const STRING =
  /([A-Za-z]{0,2})(?:'''(?:\\[\s\S]|[^\\])*?'''|"""(?:\\[\s\S]|[^\\])*?"""|'(?:\\[\s\S]|[^'\\\r\n])*'|"(?:\\[\s\S]|[^"\\\r\n])*")/y;
const NAME = /[\p{L}\p{M}\p{Nl}_][\p{L}\p{M}\p{N}\p{Pc}·]*/uy;
const NUMBER = /(?:\d|\.\d)[\w.]*/y;
const OPERATOR = /[^\s'"\\\w]/y;

const KINDS: readonly (readonly [Token["kind"], RegExp])[] = [
  ["name", NAME],
  ["number", NUMBER],
  ["operator", OPERATOR],
];

/** The words of a Python file; undefined for what is none. */
export function readPython(text: string): PythonWords | undefined {
  const tokens: Token[] = [];
  let certain = true;
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  for (;;) {
    at += take(SKIP)?.[0].length ?? 0;
    if (at >= text.length) return { tokens, certain };
    const string = take(STRING);
    if (/[ft]/i.test(string?.[1] ?? "")) certain = false;
    const kind = string !== null ? "string" : KINDS.find(([, pattern]) => take(pattern))?.[0];
    const found = string?.[0] ?? KINDS.map(([, pattern]) => take(pattern)?.[0]).find(Boolean);
    if (kind === undefined || found === undefined) return undefined;
    tokens.push({ kind, text: found, at });
    at += found.length;
  }
}
