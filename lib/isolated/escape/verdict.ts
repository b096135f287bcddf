/**
 * Holds the nodes of a manifest against the build's schemas. Pure.
 * @module
 */
import { adapterOf } from "../../dbt/adapters.ts";
import { isWritten, type ManifestNode } from "../../dbt/manifest/nodes.ts";
import type { RunResult } from "../../dbt/run_results.ts";
import { isOwnSchema, schemaOfRelation } from "../../store/naming.ts";

/** What is wrong with where a node would be written. */
export interface Problem {
  id: string;
  type: string;
  /** Its file. */
  path: string;
  /** Where it would be written: `database.schema.name`. */
  place: string;
  /** Why that must not be, in words. */
  why: string;
}

/** What decides whether a node stays in its build. */
export interface Limits {
  /** The short hash in the names of the build's schemas. */
  short: string;
  /** The longest schema name that the engine keeps, in bytes. */
  maxBytes: number | undefined;
  /** Whether this run stores the failures of every test. */
  storeFailures: boolean;
}

/** The limits of a build with an adapter; `short` is the hash in its schemas' names. */
export function limitsFor(
  adapter: string,
  { short, storeFailures }: { short: string; storeFailures: boolean },
): Limits {
  return { short, maxBytes: adapterOf(adapter).maxBytes, storeFailures };
}

/** Every node that must not be written as the manifest says. */
export function findProblems(nodes: readonly ManifestNode[], limits: Limits): Problem[] {
  const problems: Problem[] = [];
  const taken = new Map<string, ManifestNode>();
  for (const node of nodes) {
    if (!isWritten(node, limits)) continue;
    const place = [node.database, node.schema, node.alias].filter((part) => part !== "").join(".");
    const problem = (why: string) =>
      problems.push({ id: node.id, type: node.type, path: node.path, place, why });
    if (!isOwnSchema(node.schema, limits.short)) problem("it lies outside the build's schemas");
    const bytes = new TextEncoder().encode(node.schema).length;
    if (limits.maxBytes !== undefined && bytes > limits.maxBytes) {
      problem(`the schema's name has ${bytes} bytes, and the engine keeps ${limits.maxBytes}`);
    }
    const other = taken.get(place);
    if (other !== undefined) problem(`${other.id} would be written to the same place`);
    taken.set(place, node);
  }
  return problems;
}

/** The results of a run whose relation lies outside the build's schemas. */
export function findEscapes(
  results: readonly RunResult[],
  nodes: readonly ManifestNode[],
  { short, storeFailures }: Limits,
): RunResult[] {
  const written = new Set(
    nodes.filter((node) => isWritten(node, { storeFailures })).map((node) => node.id),
  );
  return results.filter(({ id, relation, status }) =>
    relation !== null && written.has(id) && ["success", "pass", "fail", "warn"].includes(status) &&
    !isOwnSchema(schemaOfRelation(relation), short)
  );
}
