/**
 * Which nodes read what stands outside of the project's files: variables, the environment.
 * @module
 */
import { withUsers } from "./macros.ts";
import type { Manifest } from "./manifest.ts";

/** The nodes that read some variables, by themselves or through macros: dbt's name for each, by its id. */
export function readersOfVariables(
  manifest: Manifest,
  names: readonly string[],
): Map<string, string> {
  if (names.length === 0) return new Map();
  const escaped = names.map((name) => name.replace(/[^\w]/g, "\\$&")).join("|");
  return readersOf(manifest, new RegExp(`\\bvar\\s*\\(\\s*(['"])(?:${escaped})\\1`), () => true);
}

/** What decides which environment a node is of: its target, but for the kind of engine, and variables of the system. */
const ENVIRONMENT = /\btarget\s*(?:\.\s*(?!type\b)\w|\[)|\benv_var\s*\(/;

/** The nodes whose text depends on the environment, apart from where they lie: as `readersOfVariables`. */
export function readersOfEnvironment(manifest: Manifest): Map<string, string> {
  return readersOf(
    manifest,
    ENVIRONMENT,
    (id) => !/^macro\.dbt\.|\.(?:\w+__)?generate_(?:alias|database|schema)_name$/.test(id),
  );
}

/** The nodes whose text matches, or that use a macro whose text does; of macros only those that count. */
function readersOf(
  { macros, texts }: Manifest,
  reads: RegExp,
  counts: (macro: string) => boolean,
): Map<string, string> {
  const counting = new Map([...macros].filter(([id]) => counts(id)));
  const matching = [...counting].filter(([, { sql }]) => reads.test(sql)).map(([id]) => id);
  const found = withUsers(counting, matching);
  const readers = new Map<string, string>();
  for (const [id, { selection, text, uses }] of texts) {
    if (selection === undefined) continue;
    if (reads.test(text) || uses.some((one) => found.has(one))) readers.set(id, selection);
  }
  return readers;
}
