/**
 * Where a text reads a variable of the system. Pure.
 * @module
 */

/** The variables of the system that a text reads; `*` for one whose name it computes. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(/\benv_var\b(?:\s*\(\s*(?:"([^"\\]*)"|'([^'\\]*)')\s*[,)])?/g)].map((
    [, double, single],
  ) => double ?? single ?? "*");
}

/** The variables of the system that a text reads and has no other value for. */
export function variablesNeeded(text: string): string[] {
  return [...text.matchAll(/\benv_var\(\s*(['"])([^'"]+)\1\s*\)/g)].map(([, , name = ""]) => name);
}

/** Whether a text may read one of some variables of the system: one whose name is computed may be any. */
export function mayRead(text: string, names: readonly string[]): boolean {
  return variablesIn(text).some((name) => name === "*" || names.includes(name));
}
