/**
 * Which nodes read what stands outside of the project's files: variables, the environment.
 * @module
 */
import { mayRead } from "../env_var.ts";
import { withUsers } from "./macros.ts";
import type { Manifest } from "./manifest.ts";

/**
 * The nodes that may read some variables, by themselves or through macros: dbt's name for each, by its id. One that reads a variable
 * by a name that is computed may read any.
 */
export function readersOfVariables(
  manifest: Manifest,
  names: readonly string[],
): Map<string, string | undefined> {
  if (names.length === 0) return new Map();
  const named = new RegExp(`^(?:${names.map(RegExp.escape).join("|")})$`);
  return readersOf(manifest, (text) => readsVariable(text, named), () => true);
}

/** Where a variable is asked for, and by which name, where that is a plain text. */
const ASKED = /\bvar\s*(?:\.\s*has_var\s*)?\(\s*(?:(['"])([^'"\\]*)\1\s*(?=[,)]))?/g;
/** A piece of Jinja; outside of it `var(…)` may be a function of the engine's. */
const JINJA = /\{[{%][^]*?[}%]\}/g;

function readsVariable(text: string, named: RegExp): boolean {
  const asked = (piece: string) => [...piece.matchAll(ASKED)].map(([, , name]) => name);
  return asked(text).some((name) => name !== undefined && named.test(name)) ||
    (text.match(JINJA) ?? []).some((jinja) => asked(jinja).includes(undefined));
}

/** The same of variables of the system. */
export function readersOfSystem(
  manifest: Manifest,
  names: readonly string[],
): Map<string, string | undefined> {
  if (names.length === 0) return new Map();
  return readersOf(manifest, (text) => mayRead(text, names), () => true);
}

/** What decides which environment a node is of: its target, but for the kind of engine, and variables of the system. */
const ENVIRONMENT = /\btarget\s*(?:\.\s*(?!type\b)\w|\[)|\benv_var\s*\(/;

/** The nodes whose text depends on the environment, apart from where they lie: as `readersOfVariables`. */
export function readersOfEnvironment(manifest: Manifest): Map<string, string | undefined> {
  return readersOf(
    manifest,
    (text) => ENVIRONMENT.test(text),
    (id) => !/^macro\.dbt\.|\.(?:\w+__)?generate_(?:alias|database|schema)_name$/.test(id),
  );
}

/** The nodes whose text matches, or that use a macro whose text does; of macros only those that count. */
function readersOf(
  { macros, texts }: Manifest,
  reads: (text: string) => boolean,
  counts: (macro: string) => boolean,
): Map<string, string | undefined> {
  const counting = new Map([...macros].filter(([id]) => counts(id)));
  const matching = [...counting].filter(([, { sql }]) => reads(sql)).map(([id]) => id);
  const found = withUsers(counting, matching);
  const readers = new Map<string, string | undefined>();
  for (const [id, { selection, text, uses }] of texts) {
    if (reads(text) || uses.some((one) => found.has(one))) readers.set(id, selection);
  }
  return readers;
}
