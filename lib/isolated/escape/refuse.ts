/**
 * What is said of nodes that must not be written where they would be, and of what nobody can check.
 * @module
 */
import type { Context } from "../../base/context.ts";
import { isAgreed } from "../../base/question.ts";
import { DotError } from "../../base/errors.ts";
import { readIfThere, writeFile } from "../../base/files.ts";
import { spotsFor } from "./blind.ts";
import type { Isolated } from "../isolate.ts";
import type { Scan } from "./scan.ts";
import type { Problem } from "./verdict.ts";

/** How many problems an error lists. */
const SHOWN = 10;

/** Throws a DotError with each of the nodes, unless the user allows it here and now. */
export function refuse(
  problems: readonly Problem[],
  isolated: Isolated,
  { allowEscape }: { allowEscape: boolean },
  { interactive, out }: Context,
): void {
  const count = problems.length === 1 ? "1 node" : `${problems.length} nodes`;
  const lines = problems.slice(0, SHOWN).map(({ id, path, place, why }) =>
    `  ${id} (${path}) → ${place}: ${why}`
  );
  if (problems.length > SHOWN) lines.push(`  and ${problems.length - SHOWN} more`);
  const message = [
    `${count} of ${isolated.environment}@${isolated.commit.short} must not be written where they would be`,
    ...lines,
  ].join("\n");
  if (allowEscape && interactive) {
    out.warn(message);
    if (isAgreed("Run all the same, and write there?", out)) return;
    throw new DotError("nothing was run", { code: "DOT040", exitCode: 1 });
  }
  throw new DotError(`${message}\nNothing was run.`, {
    code: "DOT016",
    hints: remedies(problems, { allowEscape }),
  });
}

function remedies(
  problems: readonly Problem[],
  { allowEscape }: { allowEscape: boolean },
): string[] {
  const hints: string[] = [];
  if (problems.some(({ type }) => type === "snapshot")) {
    hints.push(
      "A snapshot's `target_schema` is taken as it stands: use `schema` (dbt 1.9), or `target_schema=target.schema`.",
    );
  }
  hints.push("Build the schema's name from `target.schema`, which carries the build's suffix.");
  hints.push(
    allowEscape
      ? "--allow-escape asks before it runs, so it needs a terminal."
      : "To leave nodes out: -- --exclude <node>. To run all the same: --allow-escape",
  );
  return hints;
}

/** Warn of what no manifest shows, once for each build. */
export async function warnOnce(
  { paths, source }: Isolated,
  { blind }: Scan,
  { out }: Context,
): Promise<void> {
  const spots = spotsFor(blind, source.adapter);
  if (spots.length === 0) return;
  const text = spots.map(({ words }) => `${words}\n`).join("");
  if (await readIfThere(paths.warned) === text) return;
  const said = "This is said once for each build.";
  const writes = spots.some(({ kind }) => kind === "write")
    ? ["Where it writes to a live schema, use `target.schema` instead."]
    : [];
  const sources = spots.some(({ kind }) => kind === "source")
    ? ["Where a source lies in a live schema, name that without `target.schema`, or by a variable."]
    : [];
  out.warn(
    "dot cannot keep these in the build's schemas:\n" +
      spots.map(({ words }) => `  ${words}`).join("\n"),
    [[said, ...writes, ...sources].join(" ")],
  );
  await writeFile(paths.warned, text);
}
