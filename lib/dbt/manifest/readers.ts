/**
 * Which nodes read what stands outside of the project's files: variables, the environment.
 * @module
 */
import { mayRead } from "../env_var.ts";
import { withUsers } from "./macros.ts";
import type { Manifest } from "./manifest.ts";

/**
 * The ids of the nodes that may read some variables, by themselves or through macros. One that reads a variable by a name that is
 * computed may read any.
 */
export function readersOfVariables(
  manifest: Manifest,
  names: readonly string[],
): Set<string> {
  if (names.length === 0) return new Set();
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
): Set<string> {
  if (names.length === 0) return new Set();
  return readersOf(manifest, (text) => mayRead(text, names), () => true);
}

/** What decides which environment a node is of: its target, but for the kind of engine, and variables of the system. */
const ENVIRONMENT = /\btarget\s*(?:\.\s*(?!type\b)\w|\[)|\benv_var\s*\(/;

/** The ids of the nodes whose text depends on the environment, apart from where they lie: as `readersOfVariables`. */
export function readersOfEnvironment(manifest: Manifest): Set<string> {
  return readersOf(
    manifest,
    (text) => ENVIRONMENT.test(text),
    (id) => !/^macro\.dbt\.|\.(?:\w+__)?generate_(?:alias|database|schema)_name$/.test(id),
  );
}

/** The ids of the nodes whose text matches, or that use a macro whose text does; of macros only those that count. */
function readersOf(
  { macros, texts }: Manifest,
  reads: (text: string) => boolean,
  counts: (macro: string) => boolean,
): Set<string> {
  const counting = new Map([...macros].filter(([id]) => counts(id)));
  const matching = [...counting].filter(([, { sql }]) => reads(sql)).map(([id]) => id);
  const found = withUsers(counting, matching);
  const readers = [...texts].filter(([, { text, uses }]) =>
    reads(text) || uses.some((one) => found.has(one))
  );
  return new Set(readers.map(([id]) => id));
}
