/**
 * The paths of a profile that are seen from the folder that dbt runs in. A build's dbt runs in its worktree, and a profile means
 * the files of the live project, whichever commit is built.
 * @module
 */
import { isAbsolute } from "@std/path";
import { get, type YamlMap, type YamlNode, type YamlScalar } from "../base/yaml.ts";
import { adapterOf } from "./adapters.ts";
import { evaluateOrNothing, hasJinja, type JinjaScope } from "./jinja.ts";
import type { ProfileTarget } from "./profile.ts";

/** The paths of a target. */
export interface PinnedPaths {
  /** The values that change, with the text to write in their place. */
  texts: ReadonlyMap<YamlScalar, string>;
  /** The keys whose values are seen from wherever dbt runs: neither dot nor dbt can pin them. Sorted. */
  unknown: readonly string[];
}

/**
 * Pin the relative paths of a target to a folder. Jinja is carried over unrendered, behind the folder, or, where dot cannot tell
 * whether a relative path comes of it, with more Jinja that has dbt tell. Pure.
 */
export function pinPaths(
  { adapter, output }: Pick<ProfileTarget, "adapter" | "output">,
  folder: string,
  scope: JinjaScope,
): PinnedPaths {
  const texts = new Map<YamlScalar, string>();
  const unknown = new Set<string>();
  for (const key of adapterOf(adapter).pathKeys) {
    for (const node of scalarsAt(output, key.split("."))) {
      const { text } = node;
      const rendered = hasJinja(text) ? evaluateOrNothing(text, scope) : text;
      const known = rendered ?? leadOf(text);
      if (rendered !== undefined && OTHERWISE.test(text)) {
        texts.set(node, absolute(rendered, folder));
      } else if (known === undefined && !OTHERWISE.test(text)) {
        texts.set(node, pinnedByDbt(text, folder));
      } else if (known === undefined || kindOf(known) !== kindOf(text)) unknown.add(key);
      else if (isRelative(known)) texts.set(node, pinned(text, folder));
    }
  }
  return { texts, unknown: [...unknown].sort() };
}

/** Variables that are others in a build than for live schemas: what they gave there is written. */
const OTHERWISE =
  /\b(?:(?:OLD)?PWD|DBT_(?:ENGINE_)?(?:PROJECT_DIR|PROFILES_DIR|PROFILE|TARGET(?:_PATH)?|LOG_PATH|STATE|DEFER_STATE))\b/;

/** All scalars at a key, in lists and mappings too. */
function scalarsAt(node: YamlNode | undefined, [key, ...rest]: readonly string[]): YamlScalar[] {
  if (node === undefined) return [];
  if (node.kind === "list") {
    return node.items.flatMap((item) => scalarsAt(item, key === undefined ? [] : [key, ...rest]));
  }
  if (key !== undefined) return node.kind === "map" ? scalarsAt(get(node, key), rest) : [];
  return node.kind === "map" ? valuesOf(node) : [node];
}

function valuesOf(map: YamlMap): YamlScalar[] {
  return map.entries.flatMap(({ value }) => scalarsAt(value, []));
}

/** The text before the first expression, where it tells that this is no relative path. */
function leadOf(text: string): string | undefined {
  const lead = text.slice(0, text.search(/\{[{%#]/));
  return lead !== "" && !isRelative(lead) ? lead : undefined;
}

/** What stands before the path of a file where DuckDB attaches one: duckdb.org/docs, ATTACH. */
const KIND = /^(?:(?:ducklake|sqlite|duckdb):)+/i;

/** Words that stand where a path may stand, a name for nothing (`:memory:`), and a home folder. */
const NO_PATH = /^(?:|true|false|none|null|system|[:~].*)$/is;

function kindOf(text: string): string {
  return KIND.exec(text.trim())?.[0] ?? "";
}

/** Whether a text is a path that is seen from some folder, as one without any is. */
export function isRelativePath(text: string): boolean {
  return text === "" || isRelative(text);
}

function isRelative(text: string): boolean {
  const path = text.trim().slice(kindOf(text).length);
  // A URL, or what a database is reached by (`md:`, `postgres:dbname=x`); one letter is a drive of Windows.
  return !NO_PATH.test(path) && !/^[a-z][\w+.-]+:/i.test(path) &&
    !isAbsolute(path) && !/^(?:[a-z]:)?[\\/]/i.test(path);
}

function absolute(text: string, folder: string): string {
  return isRelative(text) ? pinned(text, folder) : text;
}

function pinned(text: string, folder: string): string {
  const kind = kindOf(text);
  return `${kind}${folder}/${text.trim().slice(kind.length)}`;
}

/** A text that dbt pins itself, once it knows what comes of it. dbt 2 knows no methods of texts, and neither has patterns. */
function pinnedByDbt(text: string, folder: string): string {
  const start = `'${folder.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}/'`;
  const none = "['', '/', '\\\\', ':', '~']";
  return `{% set dot_path %}${text}{% endset %}{% set dot_path = dot_path ~ '' %}` +
    `{{ dot_path if dot_path[:1] in ${none} or ':' in dot_path else ${start} ~ dot_path }}`;
}
