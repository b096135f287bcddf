/**
 * Proves from a project's text that dbt's own naming holds, so that no node can be written outside the build's schemas.
 * Whatever cannot be proved is a doubt, and the manifest decides. Pure.
 * @module
 */
import { readYaml, valueOf, type YamlNode } from "../../base/yaml.ts";

/** A file of the project or of one of its packages. */
export interface ProjectText {
  /** Relative to the project's folder, with `/`. */
  path: string;
  text: string;
}

/** One reason why the text alone does not prove that a project stays in its schemas. */
export interface Doubt {
  path: string;
  /** What was found, in words. */
  what: string;
}

/** A definition of a macro that names schemas, databases or aliases. */
export interface NamingMacro {
  path: string;
  /** The macro's name as defined: `generate_schema_name`, `duckdb__generate_schema_name`. */
  name: string;
}

/** Keys of a node's config that name its schema or database, by dbt's and the adapters' words. */
const PLACES = ["schema", "dataset", "database", "project", "catalog"];

/** Keys of dbt_project.yml that say where its files are. */
const FOLDERS = /^(?:[a-z]+-paths|packages-install-path)$/;
/** A snapshot's own place, by dbt's and BigQuery's words: it never passes through a naming macro. */
const OWN_PLACE = /\btarget_(?:schema|database|dataset|project|catalog)\b/g;

/** Everything in the files that may lead a node out of the build's schemas. */
export function findDoubts(files: readonly ProjectText[]): Doubt[] {
  return files.flatMap((file) => {
    const found = isYaml(file.path) ? doubtsInYaml(file) : doubtsInCode(file);
    return [...new Set(found)].sort().map((what) => ({ path: file.path, what }));
  });
}

/** The naming macros that the files define. */
export function findNamingMacros(files: readonly ProjectText[]): NamingMacro[] {
  return files.filter(({ path }) => /\.sql$/i.test(path)).flatMap(({ path, text }) =>
    [...withoutComments(text).matchAll(NAMING_MACRO)].map((match) => ({
      path,
      name: match[1] ?? "",
    }))
  );
}

/** The custom schemas that the files set as plain text: dbt's own naming puts them behind the target's schema. */
export function plainSchemas(files: readonly ProjectText[]): string[] {
  const found = new Set<string>();
  for (const { path, text } of files) {
    if (!isYaml(path)) {
      for (const block of configBlocks(withoutComments(text))) {
        for (const [key, value] of assignments(block)) {
          if (isSchemaKey(key) && isPlainLiteral(value)) found.add(value.trim().slice(1, -1));
        }
      }
      continue;
    }
    walkYaml(path, text, (key, value) => {
      if (isSchemaKey(key) && value.kind === "scalar") found.add(value.text);
    });
  }
  return [...found].sort();
}

const NAMING_MACRO = /\{%-?\s*macro\s+(\w*generate_(?:schema|database|alias)_name)\s*\(/g;

function doubtsInCode({ text }: ProjectText): string[] {
  const code = withoutComments(text);
  const doubts: string[] = [];
  for (const match of code.matchAll(NAMING_MACRO)) doubts.push(`defines the macro ${match[1]}`);
  for (const match of code.matchAll(OWN_PLACE)) doubts.push(`sets ${match[0]}`);
  if (/\bstore_failures(?:_as)?\b(?!\s*[=:]\s*["']?false\b)/i.test(code)) {
    doubts.push("stores the failures of tests");
  }
  // `config` under another name, or in another macro's hands.
  if (/(?:=|\()\s*config\s*(?=-?%\}|[,)])|['"]config['"]\s*\]/.test(code)) {
    doubts.push("sets a config that its text does not show");
  }
  for (const block of configBlocks(code)) {
    if (/\*\*/.test(block) || !/^\s*(?:\w+\s*=(?!=)|\{\s*['"}]|$)/.test(block)) {
      doubts.push("sets a config that its text does not show");
    }
    for (const [key, value] of assignments(block)) {
      if (!isPlainLiteral(value)) doubts.push(`computes the config ${key}`);
    }
  }
  return doubts;
}

function doubtsInYaml({ path, text }: ProjectText): string[] {
  const doubts: string[] = [];
  const isProject = /(?:^|\/)dbt_project\.yml$/.test(path);
  const readable = walkYaml(path, text, (key, value) => {
    const name = key.replace(/^\+/, "");
    if (name.replace(OWN_PLACE, "") === "" && name !== "") doubts.push(`sets ${name}`);
    if (isProject && FOLDERS.test(key) && folderTexts(value).some(leavesProject)) {
      doubts.push(`reads files outside the project (${key})`);
    }
    // A whole block of settings may come out of a variable.
    if (name === "config" && value.kind === "scalar" && hasJinja(value.text)) {
      doubts.push("sets a config that its text does not show");
    }
    if (isProject && key === "snapshots" && anyScalar(value, hasJinja)) {
      doubts.push("sets a config that its text does not show");
    }
    if (name.startsWith("store_failures") && !isFalse(value)) {
      doubts.push("stores the failures of tests");
    }
    if (!PLACES.includes(name)) return;
    if (value.kind !== "scalar") return;
    if (hasJinja(value.text)) doubts.push(`computes the config ${name}`);
  });
  return readable ? doubts : ["is no YAML that dot can read"];
}

/** Visit the keys of a YAML file that may set a node's config; false when the file cannot be read. */
function walkYaml(
  path: string,
  text: string,
  visit: (key: string, value: YamlNode) => void,
): boolean {
  // At the project's root these are no property files: profiles, and dot's own.
  if (/^(?:profiles|dot_environments(?:\.user)?|dot_vars)\.yml$/.test(path)) return true;
  let root;
  try {
    root = readYaml(text, path, { duplicateKeys: "last" });
  } catch {
    return false;
  }
  const walk = (node: YamlNode, top: boolean): void => {
    if (node.kind === "list") { for (const item of node.items) walk(item, false); }
    if (node.kind !== "map") return;
    for (const { key, value } of node.entries) {
      // Sources are read, and variables are no config.
      if (top && ["sources", "vars", "exposures"].includes(key.text)) continue;
      visit(key.text, value);
      walk(value, false);
    }
  };
  if (root !== undefined) walk(root, true);
  return true;
}

/** The folders that a dbt_project.yml names, outside its own or not. */
export function foldersOf(project: string): string[] {
  const found: string[] = [];
  walkYaml("dbt_project.yml", project, (key, value) => {
    if (FOLDERS.test(key)) found.push(...folderTexts(value));
  });
  return found;
}

/** Whether a folder that a project names lies outside of it, or cannot be told. */
export function leavesProject(folder: string): boolean {
  return hasJinja(folder) || /^(?:[/\\~]|[A-Za-z]:)|(?:^|[/\\])\.\.(?:[/\\]|$)/.test(folder);
}

function folderTexts(node: YamlNode): string[] {
  if (node.kind === "scalar") return [node.text];
  return node.kind === "list" ? node.items.flatMap(folderTexts) : [];
}

function anyScalar(node: YamlNode, test: (text: string) => boolean): boolean {
  if (node.kind === "scalar") return test(node.text);
  if (node.kind === "list") return node.items.some((item) => anyScalar(item, test));
  return node.entries.some(({ value }) => anyScalar(value, test));
}

function hasJinja(text: string): boolean {
  return /\{\{|\{%/.test(text);
}

/** A comment, or what may hold the signs of one without being one: raw text, and tags with their strings. */
const JINJA =
  /\{#[\s\S]*?#\}|\{%[-+]?\s*raw\s*[-+]?%\}[\s\S]*?\{%[-+]?\s*endraw\s*[-+]?%\}|\{\{(?:"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|[^"'}]|\}(?!\}))*\}\}|\{%(?:"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|[^"'%]|%(?!\}))*%\}/g;

/** Jinja comments are nothing to dbt; comments of SQL are: Jinja in them runs. */
function withoutComments(text: string): string {
  return text.replace(JINJA, (part) => part.startsWith("{#") ? " " : part);
}

/** The texts between the parentheses of each `config(…)`. */
function configBlocks(code: string): string[] {
  const blocks: string[] = [];
  for (const match of code.matchAll(/\bconfig\s*\(/g)) {
    const start = match.index + match[0].length;
    let depth = 1;
    let quoted = "";
    let at = start;
    for (; at < code.length && depth > 0; at++) {
      const char = code[at] ?? "";
      if (quoted !== "") {
        if (char === "\\") at++;
        else if (char === quoted) quoted = "";
      } else if (char === '"' || char === "'") quoted = char;
      else if (char === "(") depth++;
      else if (char === ")") depth--;
    }
    blocks.push(code.slice(start, depth === 0 ? at - 1 : at));
  }
  return blocks;
}

/** The places that a config block sets, with the expressions it sets them to. */
function assignments(block: string): [string, string][] {
  const pattern = new RegExp(
    `(?:^|[\\s,{(])["']?(${PLACES.join("|")})["']?\\s*[=:](?!=)\\s*`,
    "g",
  );
  return [...block.matchAll(pattern)].map((match) => {
    const rest = block.slice(match.index + match[0].length);
    const literal = /^(?:"[^"]*"|'[^']*')/.exec(rest)?.[0];
    const after = literal === undefined ? "" : rest.slice(literal.length).trim();
    const whole = literal !== undefined && (after === "" || /^[,})]/.test(after));
    return [match[1] ?? "", whole ? literal : rest];
  });
}

function isPlainLiteral(expression: string): boolean {
  return /^(?:"[^"{]*"|'[^'{]*')$/.test(expression.trim());
}

function isSchemaKey(key: string): boolean {
  return ["schema", "dataset"].includes(key.replace(/^\+/, ""));
}

function isFalse(node: YamlNode): boolean {
  const value = valueOf(node);
  return value === false || value === null;
}

function isYaml(path: string): boolean {
  return /\.ya?ml$/i.test(path);
}
