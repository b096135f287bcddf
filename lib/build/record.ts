/**
 * `build.json`: what an isolated build is, and what it holds, for whoever looks at it later.
 * @module
 */
import { join } from "@std/path";
import { isWritten, type ManifestNode, type RunResult } from "../dbt/manifest.ts";
import { isObject, makeFolder, readIfThere, readObject, writeFile } from "../files.ts";
import type { EnvironmentPaths } from "./paths.ts";

/** What is recorded of one build of one environment. */
export interface BuildRecord {
  /** The full hash. */
  commit: string;
  environment: string;
  /** The dbt project's folder in the repository; empty for the root. */
  project: string;
  adapter: string;
  profile: string;
  target: string;
  /** The schemas it writes to, as the profile names them (Jinja unrendered). */
  schemas: string[];
  /** The last dbt command that ran in it. */
  command: string;
  /** When that started, ISO 8601, UTC. */
  at: string;
  /** The version of dot. */
  dot: string;
  /** The version of dbt, where it is known. */
  dbt: string | null;
  /** Hash of the profile and of the variables that it reads: another place is another build. */
  place: string;
  /** Whether a command that writes is under way, or was killed. */
  running: boolean;
  /** Whether the last command that builds took a part of the rows (`--empty`, `--sample`). */
  sampled: boolean;
  /** What became of each node, and of each test that ran, when it last ran whole (`success`, `pass`, `error`, …). */
  nodes: Record<string, string>;
}

/** Statuses that leave a node built, or a test passed. */
const GOOD = ["success", "pass", "warn"];
/** What a node has that was built from a part of its rows (`--empty`, `--sample`). */
const SAMPLED = "sampled";

/** Write the record of a build. */
export async function writeRecord(file: string, record: BuildRecord): Promise<void> {
  await writeFile(file, JSON.stringify(record, null, 2) + "\n");
}

/** What the record of a build says that it holds. */
export interface Held {
  /** What became of each node and test. */
  nodes: Record<string, string>;
  /** Whether the last command that builds took a part of the rows. */
  sampled: boolean;
}

/** What a build holds: nothing when it was killed, or when the record is another commit's or another place's. */
export async function readHeld(
  file: string,
  { commit, place }: { commit: string; place?: string },
): Promise<Held> {
  const record = await readObject(file);
  const other = record["commit"] !== commit || record["running"] === true ||
    (place !== undefined && record["place"] !== place);
  const nodes = record["nodes"];
  if (other || !isObject(nodes)) return { nodes: {}, sampled: false };
  const known = Object.entries(nodes).filter((entry): entry is [string, string] =>
    typeof entry[1] === "string"
  );
  return { nodes: Object.fromEntries(known), sampled: record["sampled"] === true };
}

/** The nodes of a build after a run: what ran takes its new status, the rest stays. */
export function withResults(
  nodes: Record<string, string>,
  results: readonly RunResult[],
  sampled: boolean,
): Record<string, string> {
  const merged = { ...nodes };
  for (const { id, status } of results) {
    // A node that was skipped is what it was before.
    if (status === "skipped" || status === "no-op") continue;
    merged[id] = sampled && status === "success" ? SAMPLED : status;
  }
  return Object.fromEntries(Object.entries(merged).sort(([a], [b]) => a < b ? -1 : 1));
}

/** What a build lacks to be complete: nodes that were not built, tests that did not pass. Sorted. */
export function missingFrom(
  manifest: readonly ManifestNode[],
  nodes: Record<string, string>,
): string[] {
  const unbuilt = manifest.filter((node) => node.type !== "test" && isWritten(node))
    .filter(({ id }) => !GOOD.includes(nodes[id] ?? "")).map(({ id }) => id);
  const failed = Object.entries(nodes)
    .filter(([id, status]) => /^(?:test|unit_test)\./.test(id) && !GOOD.includes(status))
    .map(([id]) => id);
  return [...unbuilt, ...failed].sort();
}

/** Keep the manifest of a build for those who defer to it, apart from the one that dbt writes anew with every command. */
export async function keepManifest({ state, target }: EnvironmentPaths): Promise<void> {
  const text = await readIfThere(join(target, "manifest.json"));
  if (text === undefined) return;
  await makeFolder(state);
  await writeFile(join(state, "manifest.json"), text);
}
