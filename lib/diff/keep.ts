/**
 * Keeps results below `.dot/diff/`, so that they can be drawn again without a query.
 * @module
 */
import { basename, join } from "@std/path";
import { diffFolder } from "../store/paths.ts";
import { DotError } from "../base/errors.ts";
import { makeFolder, namesIn, readIfThere, removeAll, writeFile } from "../base/files.ts";
import { isObject, parseObject } from "../base/json.ts";
import { type DiffResult, RESULT_VERSION } from "./result.ts";

/** How many results of the same two places are kept. */
const KEPT = 10;

/** Keep a result; only its owner can read it, because rows of the warehouse are in it. */
export async function keepResult(root: string, result: DiffResult): Promise<void> {
  const folder = join(diffFolder(root), pairName(result.before.spec, result.after.spec));
  await makeFolder(diffFolder(root), 0o700);
  await makeFolder(folder, 0o700);
  const name = `${result.at.replaceAll(":", "-")}.json`;
  await writeFile(join(folder, name), JSON.stringify(result), 0o600);
  const old = (await results(folder)).slice(0, -KEPT);
  for (const name of old) await removeAll(join(folder, name));
}

/** The last result, of two places where they are named. Throws a DotError where there is none. */
export async function lastResult(
  root: string,
  places: { before: string; after: string } | undefined,
): Promise<DiffResult> {
  const all = places === undefined
    ? await namesIn(diffFolder(root))
    : [pairName(places.before, places.after)];
  const found: string[] = [];
  for (const pair of all) {
    const folder = join(diffFolder(root), pair);
    found.push(...(await results(folder)).map((name) => join(folder, name)));
  }
  for (const file of found.sort((a, b) => basename(a) < basename(b) ? 1 : -1)) {
    const result = parseObject(await readIfThere(file) ?? "");
    if (result !== undefined && isResult(result)) return result;
  }
  const of = places === undefined ? "" : ` of ${places.before} and ${places.after}`;
  const kept = found.length > 0 ? ["What is kept is of another version of dot, or broken."] : [];
  throw new DotError(`there is no result${of} to show again`, {
    code: "DOT039",
    hints: [...kept, "Compare first, without --last."],
  });
}

/** No environment's name holds what a folder's may not. */
function pairName(before: string, after: string): string {
  return `${before}..${after}`;
}

async function results(folder: string): Promise<string[]> {
  return (await namesIn(folder)).filter((name) => name.endsWith(".json")).sort();
}

/** Whether this is what this dot wrote: it writes all of it or nothing. */
function isResult(value: Record<string, unknown>): value is Record<string, unknown> & DiffResult {
  return value["version"] === RESULT_VERSION && Array.isArray(value["models"]) &&
    ["before", "after", "options", "lineage"].every((key) => isObject(value[key]));
}
