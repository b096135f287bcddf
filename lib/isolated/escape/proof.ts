/**
 * Proves from a project's text that dbt's own naming holds, so that no node can be written outside the build's schemas.
 * Whatever cannot be proved is a doubt, and the manifest decides: what cannot be read proves nothing. Pure.
 * @module
 */
import { type Found, inPython, inTag, UNSEEN } from "./configs.ts";
import { type Part, type Template, templateOf } from "./jinja.ts";
import { inYaml } from "./properties.ts";
import { readPython } from "./python.ts";

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

/** What the text of a project says of where its nodes lie. */
export interface Proof {
  /** Everything that may lead a node out of the build's schemas. */
  doubts: Doubt[];
  /** The custom schemas that are set as plain text: dbt's own naming puts them behind the target's schema. */
  schemas: string[];
  /** Whether there are snapshots, the only nodes that can be led past dbt's naming. */
  snapshots: boolean;
}

/** A definition of a macro that names schemas, databases or aliases. */
export interface NamingMacro {
  path: string;
  /** The macro's name as defined: `generate_schema_name`, `duckdb__generate_schema_name`. */
  name: string;
  /** Where the name stands in the file. */
  at: number;
}

const NAMING = /^(?:\w+__)?generate_(?:schema|database|alias)_name$/;

/** What the files prove, and what they leave open. */
export function prove(files: readonly ProjectText[]): Proof {
  const doubts: Doubt[] = [];
  const schemas = new Set<string>();
  let snapshots = false;
  for (const file of files) {
    const { path, text } = file;
    const found = isYaml(path)
      ? inYaml(path, text)
      : /\.py$/i.test(path)
      ? inPythonFile(text)
      : inTemplate(templateOf(file));
    // Decoding puts this mark where the bytes are no UTF-8.
    if (text.includes("\ufffd")) found.doubts.push("is no UTF-8 text");
    doubts.push(...[...new Set(found.doubts)].sort().map((what) => ({ path, what })));
    for (const schema of found.schemas) schemas.add(schema);
    snapshots ||= found.snapshots;
  }
  return { doubts, schemas: [...schemas].sort(), snapshots };
}

/** The naming macros that the files define. */
export function findNamingMacros(files: readonly ProjectText[]): NamingMacro[] {
  return files.filter(({ path, text }) => /\.sql$/i.test(path) && text.includes("generate_"))
    .flatMap((file) =>
      (templateOf(file)?.parts ?? []).flatMap((part) => {
        const found = namingMacro(part);
        return found === undefined ? [] : [{ path: file.path, ...found }];
      })
    );
}

function namingMacro({ kind, tokens }: Part): { name: string; at: number } | undefined {
  const [word, name] = tokens;
  if (kind !== "block" || word?.text !== "macro" || name === undefined) return undefined;
  return NAMING.test(name.text) ? { name: name.text, at: name.at } : undefined;
}

function inTemplate(template: Template | undefined): Found {
  const found: Found = { doubts: [], schemas: [], snapshots: false };
  if (template === undefined) return { ...found, doubts: ["is no Jinja that dot can read"] };
  for (const part of template.parts) {
    const { doubts, schemas } = inTag(part.tokens);
    found.doubts.push(...doubts);
    found.schemas.push(...schemas);
    if (part.kind === "block" && part.tokens[0]?.text === "snapshot") found.snapshots = true;
    const macro = namingMacro(part);
    if (macro !== undefined) found.doubts.push(`defines the macro ${macro.name}`);
  }
  if (!template.certain && mayHide(template)) found.doubts.push("can be read in two ways");
  return found;
}

/** Whether what is no tag by one reading is one of weight by another. */
function mayHide({ parts }: Template): boolean {
  return parts.some(({ text }) =>
    /\{[{%#]/.test(text.slice(1)) &&
    /config|builtins|context|render|snapshot|generate_\w+_name/.test(text.normalize("NFKC"))
  );
}

function inPythonFile(text: string): Found {
  const words = readPython(text);
  if (words === undefined) {
    return { doubts: ["is no Python that dot can read"], schemas: [], snapshots: false };
  }
  const found = inPython(words.tokens);
  const hidden = !words.certain &&
    words.tokens.some((token) => token.kind === "string" && token.text.includes("config"));
  return hidden ? { ...found, doubts: [...found.doubts, UNSEEN] } : found;
}

function isYaml(path: string): boolean {
  return /\.ya?ml$/i.test(path);
}
