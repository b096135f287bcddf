/**
 * Reads dbt's artifacts: what a project's nodes are, where they are written, and what became of them.
 * @module
 */
import { readIfThere } from "../base/files.ts";
import { isObject, parseObject } from "../base/json.ts";

/** A node of the manifest that dbt may write. */
export interface ManifestNode {
  id: string;
  /** `model`, `seed`, `snapshot`, `test`, `function`. */
  type: string;
  database: string;
  schema: string;
  /** Its name in the schema. */
  alias: string;
  /** Its file, relative to its project. */
  path: string;
  materialized: string;
  /** For a test: whether its failures are stored in a table. */
  storesFailures: boolean;
}

/** One result of a run. */
export interface RunResult {
  id: string;
  /** `success`, `error`, `skipped`, `pass`, `fail`, `warn`, … */
  status: string;
  /** The relation as quoted by the adapter; null for what has none. */
  relation: string | null;
}

/** The kinds of node that are written to the warehouse. */
const WRITTEN = ["model", "seed", "snapshot", "function", "test"];

/** The nodes of a manifest that dbt writes, sorted by id; undefined when the text is no manifest. */
export function parseManifest(text: string): ManifestNode[] | undefined {
  const root = parseObject(text);
  if (root === undefined || !isObject(root["nodes"]) || !isObject(root["metadata"])) {
    return undefined;
  }
  const functions = isObject(root["functions"]) ? root["functions"] : {};
  const nodes: ManifestNode[] = [];
  for (const [id, node] of Object.entries({ ...root["nodes"], ...functions })) {
    if (!isObject(node)) continue;
    const config = isObject(node["config"]) ? node["config"] : {};
    const parsed: ManifestNode = {
      id,
      type: asText(node["resource_type"]),
      database: asText(node["database"]),
      schema: asText(node["schema"]),
      alias: asText(node["alias"]) || asText(node["name"]),
      path: asText(node["original_file_path"]),
      materialized: asText(config["materialized"]),
      storesFailures: config["store_failures"] === true,
    };
    if (WRITTEN.includes(parsed.type)) nodes.push(parsed);
  }
  return nodes.sort((a, b) => a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** A relation that a project knows of, without having to make it: a source, or what a disabled node made once. */
export interface NamedRelation {
  database: string;
  schema: string;
  name: string;
}

/** The sources that a manifest names, and its disabled nodes. */
export function parseOthers(
  text: string,
): { sources: NamedRelation[]; disabled: NamedRelation[] } {
  const root = parseObject(text) ?? {};
  const named = (values: readonly unknown[]): NamedRelation[] =>
    values.filter(isObject).map((node) => ({
      database: asText(node["database"]),
      schema: asText(node["schema"]),
      name: asText(node["identifier"]) || asText(node["alias"]) || asText(node["name"]),
    }));
  const values = (name: string) => isObject(root[name]) ? Object.values(root[name]) : [];
  return { sources: named(values("sources")), disabled: named(values("disabled").flat()) };
}

/** Whether dbt makes a relation of a node; `storeFailures` when the run stores every test's failures. */
export function isWritten(node: ManifestNode, storeFailures = false): boolean {
  if (node.type === "test") return storeFailures || node.storesFailures;
  return node.materialized !== "ephemeral";
}

/** The manifest at a path; undefined when there is none, or it is cut off. */
export async function readManifest(file: string): Promise<ManifestNode[] | undefined> {
  const text = await readIfThere(file);
  return text === undefined ? undefined : parseManifest(text);
}

/** What a run did, by its run_results.json; undefined when there is none of a run begun at `since` (milliseconds). */
export async function readRunResults(
  file: string,
  since: number,
): Promise<RunResult[] | undefined> {
  const text = await readIfThere(file);
  const root = text === undefined ? undefined : parseObject(text);
  if (root === undefined || !Array.isArray(root["results"])) return undefined;
  const metadata = isObject(root["metadata"]) ? root["metadata"] : {};
  // dbt leaves an old file where it is when it cannot parse the project.
  if (Date.parse(asText(metadata["generated_at"])) < since) return undefined;
  return root["results"].filter(isObject).map((result) => ({
    id: asText(result["unique_id"]),
    status: asText(result["status"]),
    relation: typeof result["relation_name"] === "string" ? result["relation_name"] : null,
  }));
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
