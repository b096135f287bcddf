/**
 * The SQL that templates hand to the warehouse, so far as it stands in their text, and the places that it writes to. Pure.
 * @module
 */
import type { Part, Token } from "./jinja.ts";

/** A statement that writes, with the name that it writes to; the name is literal, not Jinja. */
const WRITE =
  /\b(?:create\s+(?:or\s+replace\s+)?(?:(?:temp|temporary|external|transient|materialized|unlogged)\s+)*(table|view|schema|function|database)|insert\s+(?:into|overwrite)(?:\s+table)?|delete\s+from|truncate(?:\s+table)?|merge\s+into|update|drop\s+(?:materialized\s+)?(?:table|view|schema|function|database)|alter\s+(?:table|view|schema)|grant\s+[\w\s,]+?\s+on(?:\s+(?:table|view|schema|all\s+tables\s+in\s+schema))?|copy(?:\s+into)?)\s+(?:if\s+(?:not\s+)?exists\s+)?("[^"{]+"|[A-Za-z_][\w$]*)(?:\s*\.\s*("[^"{]+"|[A-Za-z_][\w$]*))?/gi;

/** What only says something: its words are no SQL. */
const SAYING = /^(?:log|print|warn|debug|info|(?:\w+_)?raise_\w+|raise)$/;

/** Where a value of Jinja's stands: nobody knows what it comes to, and it is no name. */
const VALUE = "\u0001";

/** The SQL in the parts of a template: its text, and the strings in its tags. */
export function statements(parts: readonly Part[]): string[] {
  let text = "";
  const found: string[] = [];
  for (const part of parts) {
    if (part.kind === "text" || part.kind === "raw") text += part.text;
    else text += part.kind === "expression" ? VALUE : " ";
    found.push(...stringsIn(part.tokens));
  }
  return [text, ...found];
}

/** The literal places, outside any build, that a statement writes to. */
export function writtenNames(sql: string): string[] {
  const names: string[] = [];
  for (const match of withoutComments(sql).matchAll(WRITE)) {
    const [statement, , first = "", second] = match;
    const schemaOnly = /\bschema\s+(?:if\s+(?:not\s+)?exists\s+)?\S+$/i.test(statement);
    if (second !== undefined) names.push(`${first}.${second}`);
    else if (schemaOnly && !/^(?:if|identifier)$/i.test(first)) names.push(`the schema ${first}`);
  }
  return names;
}

/** The values that a tag gives by name, in calls and dictionaries: `a=1`, `'a': 1`. */
export function valuesOf(tokens: readonly Token[]): { key: string; value: Token[] }[] {
  return tokens.flatMap((token, at) => {
    const sign = tokens[at + 1]?.text;
    const isName = token.kind === "name" && sign === "=";
    if (!isName && !(token.kind === "string" && sign === ":")) return [];
    const key = isName ? token.text : token.text.slice(1, -1);
    return [{ key, value: valueFrom(tokens, at + 2) }];
  });
}

/** The tokens of one value: up to a comma, or to the end of what it stands in. */
function valueFrom(tokens: readonly Token[], start: number): Token[] {
  let depth = 0;
  const end = tokens.slice(start).findIndex(({ kind, text }) => {
    if (kind !== "operator") return false;
    if ("([{".includes(text)) depth++;
    else if (")]}".includes(text)) depth--;
    return depth < 0 || depth === 0 && text === ",";
  });
  return tokens.slice(start, end === -1 ? undefined : start + end);
}

function stringsIn(tokens: readonly Token[]): string[] {
  const found: string[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token?.kind === "name" && SAYING.test(token.text) && tokens[at + 1]?.text === "(") {
      let depth = 0;
      do {
        at++;
        if (tokens[at]?.text === "(") depth++;
        else if (tokens[at]?.text === ")") depth--;
      } while (depth > 0 && at < tokens.length);
    } else if (token?.kind === "string") found.push(unquoted(token.text));
  }
  return found;
}

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\([\s\S])/g, (_, char: string) => char === "n" ? "\n" : char);
}

/** A text without SQL's comments; what stands in quotes is none, nor is a sign without an end. */
/** SQL without its comments; what stands in quotes is none. */
export function withoutComments(sql: string): string {
  return sql.replace(
    /'(?:[^'\\]|\\[\s\S]|'')*'|"[^"]*"|`[^`]*`|--[^\r\n]*|\/\*[\s\S]*?\*\//g,
    (part) => /^(?:--|\/\*)/.test(part) ? " " : part,
  );
}
