/**
 * What `dbt ls --output json` prints for dot: a line of JSON for each node, among lines that are something else.
 * @module
 */
import { DotError } from "../base/errors.ts";
import { asText, parseObject } from "../base/json.ts";
import type { YamlValue } from "../base/yaml.ts";

/** What makes `dbt ls` print the ids that are read here. */
export const LISTING: readonly (readonly [string, YamlValue])[] = [
  ["output", "json"],
  ["output-keys", ["unique_id"]],
];

/** How dbt prints what a secret variable holds, also where that is a part of a name. */
const MASK = "*****";
/** Kinds of what is listed that are no nodes of a manifest, and are never written. */
const NO_NODES = /^(?:exposure|group|metric|saved_query|semantic_model|source|unit_test)\./;

/** The ids in a list; undefined where a line of it cannot be read. */
export function readListing(stdout: string): string[] | undefined {
  const lines = stdout.split("\n").filter((line) => line.trimStart().startsWith("{"));
  const ids = lines.map((line) => asText(parseObject(line)?.["unique_id"]));
  return ids.includes("") ? undefined : ids;
}

/** The same. Throws a DotError where a line cannot be read. */
export function listedIds(stdout: string): string[] {
  const ids = readListing(stdout);
  if (ids === undefined) throw unreadable();
  return ids;
}

/**
 * Which nodes of a manifest a list means, by their ids: one that dbt masked means all that it may be. Undefined where it has a
 * node that the manifest has not: then nobody knows what else it means.
 */
export function listedNodes(
  ids: readonly string[],
  known: ReadonlySet<string>,
): Set<string> | undefined {
  const found = new Set<string>();
  for (const id of ids) {
    if (known.has(id)) found.add(id);
    else if (id.includes(MASK)) {
      const parts = id.split(MASK).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      const pattern = new RegExp(`^${parts.join(".*")}$`, "s");
      const meant = [...known].filter((one) => pattern.test(one));
      if (meant.length === 0 && !NO_NODES.test(id)) return undefined;
      for (const one of meant) found.add(one);
    } else if (!NO_NODES.test(id)) return undefined;
  }
  return found;
}

/** The error for a list that cannot be read. */
export function unreadable(): DotError {
  return new DotError("dbt lists nodes that dot cannot read", { code: "DOT015" });
}
