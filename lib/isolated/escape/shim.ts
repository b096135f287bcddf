/**
 * The naming shim: in a worktree, the project's own `generate_schema_name` is renamed, and one of ours with the old name
 * calls it and appends the build's suffix where it is missing. The suffix comes from an environment variable that is
 * empty outside isolated builds, so the same files give live names to a parse without it. Pure.
 * @module
 */
import { findNamingMacros, type NamingMacro, type ProjectText } from "./proof.ts";

/** The environment variable that carries the suffix (`_<short>`). */
export const SUFFIX_VARIABLE = "DOT_SCHEMA_SUFFIX";
/** The file that holds our macro, in a folder where dbt looks for macros. */
export const SHIM_FILE = "dot_generate_schema_name.sql";

const MACRO = "generate_schema_name";
const RENAMED = `dot_project_${MACRO}`;

/** A file of a worktree as dot wants it. */
export interface Edit {
  /** Relative to the project's folder, with `/`. */
  path: string;
  text: string;
}

/**
 * The edits that isolate one project's naming, with our macro in `macroFolder`; none when it defines no schema macro. An adapter's variant
 * (`duckdb__generate_schema_name`) is reached through dbt's own dispatch, so it keeps its name.
 */
export function shimEdits(
  macroFolder: string,
  macros: readonly NamingMacro[],
  files: readonly ProjectText[],
): Edit[] {
  const own = macros.filter(({ name }) => name === MACRO || name.endsWith(`__${MACRO}`));
  if (own.length === 0) return [];
  const edits = own.filter(({ name }) => name === MACRO).flatMap(({ path }) => {
    const file = files.find((file) => file.path === path);
    return file === undefined ? [] : [{ path, text: renamed(file.text) }];
  });
  const inner = edits.length > 0 ? RENAMED : `dbt.${MACRO}`;
  return [...edits, {
    path: [macroFolder, SHIM_FILE].filter((part) => part !== "").join("/"),
    text: shimMacro(inner),
  }];
}

/** A macro file with the definition renamed; nothing else changes. */
export function renamed(text: string): string {
  const own = findNamingMacros([{ path: "macro.sql", text }]).filter(({ name }) => name === MACRO);
  return own.reduceRight(
    (done, { at }) => done.slice(0, at) + RENAMED + done.slice(at + MACRO.length),
    text,
  );
}

function shimMacro(inner: string): string {
  return `{#- Written by dot into the worktree of an isolated build; never part of a commit. -#}
{% macro ${MACRO}() -%}
    {%- set name = ${inner}(*varargs, **kwargs) | trim -%}
    {%- set suffix = env_var('${SUFFIX_VARIABLE}', '') -%}
    {%- if suffix != '' and suffix | lower not in name | lower -%}
        {%- set name = name ~ suffix -%}
    {%- endif -%}
    {{ return(name) }}
{%- endmacro %}
`;
}

/** Whether a text is our macro, to the letter. */
export function isShim(text: string): boolean {
  return text.startsWith("{#- Written by dot") &&
    [RENAMED, `dbt.${MACRO}`].some((inner) => shimMacro(inner) === text);
}

/** A macro file as it was before `renamed`. */
export function restored(text: string): string {
  return text.replaceAll(RENAMED, MACRO);
}
