/**
 * How `dot state` shows what differs: as text, and as JSON.
 * @module
 */
import { counted } from "../../base/amounts.ts";
import type { Context } from "../../base/context.ts";
import { jsonOf } from "../../base/json.ts";
import { table } from "../../base/table.ts";
import type { Difference } from "../../compare/differences.ts";
import type { Commit } from "../../git/git.ts";
import type { StateCommit, StateResult } from "./result.ts";

/** Show them to people. */
export function show(
  found: readonly Difference[],
  head: Commit,
  base: Commit,
  { out }: Context,
): void {
  const since = `${head.short} since ${base.short} (${base.subject})`;
  if (found.length === 0) {
    out.status(`nothing differs in ${since}`);
    return;
  }
  const count = (change: string) => found.filter((one) => one.change === change).length;
  out.status(
    `${since}: ${count("new")} new, ${count("modified")} modified, ${count("removed")} removed`,
  );
  const rows = found.map(({ by, change, downstream, id }) => [
    change,
    id,
    by.join(", "),
    downstream === 0 ? "" : `${counted(downstream, "node")} behind it`,
  ]);
  for (const line of table(rows, [{}, {}, {}, {}])) out.result(line);
}

/** The same for programs. */
export function asJson(found: readonly Difference[], head: Commit, base: Commit): string {
  const named = ({ hash, short, subject, uncommitted }: Commit): StateCommit => ({
    commit: hash,
    short,
    subject,
    uncommitted,
  });
  const nodes = found.map(({ by, change, downstream, id }) => ({ id, change, by, downstream }));
  const result: StateResult = { version: 1, head: named(head), base: named(base), nodes };
  return jsonOf(result);
}
