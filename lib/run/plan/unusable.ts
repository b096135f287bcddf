/**
 * What of an environment the user's dbt has no use for: it is left out, which is said once.
 * @module
 */
import type { Warning } from "../../compare/otherwise_made.ts";
import { type ArgvParts, unusable } from "../../dbt/argv.ts";

/** What to know of settings that this dbt's command does not take, if there are any. Pure. */
export function warnUnusable(parts: Omit<ArgvParts, "vars">): Warning[] {
  const left = [...unusable(parts)];
  if (left.length === 0) return [];
  const { command, launcher: { version } } = parts;
  const shown = left.map(([name, { at }]) => `\`${name}\` (${at.file}:${at.line})`).join(", ");
  const dbt = version === undefined ? "this dbt" : `dbt ${version}`;
  return [{
    message: `${dbt} has no use for ${shown} with \`${command.name}\`: left out`,
    hints: [],
  }];
}
