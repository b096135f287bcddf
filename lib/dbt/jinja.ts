/**
 * The little Jinja that decides which profile and target dbt takes: literal text, `env_var` and `var`.
 * @module
 */
import { DotError } from "../base/errors.ts";

/** What an expression may read. */
export interface JinjaScope {
  env: Record<string, string>;
  /** The variables of `--vars`, as text. */
  vars: ReadonlyMap<string, string>;
}

/** Whether dbt would render a text. */
export function hasJinja(text: string): boolean {
  return /\{\{|\{%|\{#/.test(text);
}

const CALL =
  /^(env_var|var)\(\s*(?:'([^']*)'|"([^"]*)")\s*(?:,\s*(?:'([^']*)'|"([^"]*)")\s*)?\)((?:\s*\|\s*\w+)*)$/;

/**
 * Render a text as dbt would; undefined when it holds more than dot evaluates.
 * Throws a DotError for a variable that is not set and has no default.
 */
export function evaluate(text: string, scope: JinjaScope): string | undefined {
  if (/\{%|\{#/.test(text)) return undefined;
  let understood = true;
  const rendered = text.replace(/\{\{-?([\s\S]*?)-?\}\}/g, (_, expression: string) => {
    const call = CALL.exec(expression.trim());
    const name = call?.[2] ?? call?.[3];
    if (call === null || name === undefined) {
      understood = false;
      return "";
    }
    const fallback = call[4] ?? call[5];
    const value = (call[1] === "var" ? scope.vars.get(name) : scope.env[name]) ?? fallback;
    if (value === undefined) {
      const what = call[1] === "var" ? "variable" : "environment variable";
      throw new DotError(`the ${what} ${name} is not set, and \`${text}\` needs it`, {
        code: "DOT024",
        hints: [
          call[1] === "var" ? `Give it: -- --vars '{"${name}": …}'` : `Set it: export ${name}=…`,
        ],
      });
    }
    const filtered = filter(value, call[6] ?? "");
    if (filtered === undefined) understood = false;
    return filtered ?? "";
  });
  return understood && !hasJinja(rendered) ? rendered : undefined;
}

/** The same; undefined as well where a variable is not set: whether dbt needs the text is not known here. */
export function evaluateOrNothing(text: string, scope: JinjaScope): string | undefined {
  try {
    return evaluate(text, scope);
  } catch (error) {
    if (error instanceof DotError) return undefined;
    throw error;
  }
}

const FILTERS: Record<string, (value: string) => string> = {
  as_native: (value) => value,
  as_text: (value) => value,
  lower: (value) => value.toLowerCase(),
  string: (value) => value,
  trim: (value) => value.trim(),
  upper: (value) => value.toUpperCase(),
};

function filter(value: string, filters: string): string | undefined {
  let result = value;
  for (const name of filters.split("|").map((part) => part.trim()).filter((part) => part !== "")) {
    const apply = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
    if (apply === undefined) return undefined;
    result = apply(result);
  }
  return result;
}
