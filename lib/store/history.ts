/**
 * What a build holds, node by node, and how that changes with each run. Pure.
 * @module
 */
import { distinctSchemas, type Schema } from "../base/relation.ts";
import { isWritten, type ManifestNode } from "../dbt/manifest/nodes.ts";
import type { RunResult } from "../dbt/run_results.ts";
import { isOwnSchema } from "./naming.ts";
import type { BuildName, BuildRecord, Progress } from "./record.ts";

/** Statuses that leave a node built, or a test passed. */
const GOOD = ["success", "pass", "warn"];

/** Whether a status leaves a node built, or a test passed. */
export function isGood(status: string | undefined): boolean {
  return GOOD.includes(status ?? "");
}

/** What a node has that was built from a part of its rows (`--empty`, `--sample`). */
const SAMPLED = "sampled";

/** What the record of a build says that it holds. */
export interface Held {
  /** What became of each node and test. */
  nodes: Record<string, string>;
  /** Whether the last command that builds took a part of the rows. */
  sampled: boolean;
}

/** What a build holds: nothing when it was killed, or when the record is of another commit, another profile or other values. */
export function heldBy(
  record: BuildRecord | undefined,
  { commit, envHash, profileHash, varsHash }: {
    commit: string;
    profileHash?: string;
    varsHash?: string;
    /** Of the variables of the system that the record names, as they are now. */
    envHash?: string | undefined;
  },
): Held {
  const other = record?.commit !== commit || record.state === "running" ||
    (profileHash !== undefined && record.made_with.profile_hash !== profileHash) ||
    (varsHash !== undefined && record.made_with.vars_hash !== varsHash) ||
    (envHash !== undefined && record.made_with.env_hash !== envHash);
  return other ? { nodes: {}, sampled: false } : { nodes: record.nodes, sampled: record.sampled };
}

/** The schemas that a manifest's nodes are written to, as far as they are the build's own: a schema outside is not. */
export function schemasOf(
  manifest: readonly ManifestNode[],
  short: string,
  { storeFailures }: { storeFailures: boolean },
): Schema[] {
  const own = manifest.filter((node) =>
    isWritten(node, { storeFailures }) && isOwnSchema(node.schema, short)
  );
  return distinctSchemas(own);
}

/** Builds that are deferred to, each once, sorted. */
export function withBaseline(
  builds: readonly BuildName[],
  baseline: BuildName | undefined,
): BuildName[] {
  const byName = new Map<string, BuildName>();
  for (const { environment, commit } of [...builds, ...baseline === undefined ? [] : [baseline]]) {
    byName.set(JSON.stringify([environment, commit]), { environment, commit });
  }
  return [...byName].sort(([a], [b]) => a < b ? -1 : 1).map(([, name]) => name);
}

/** How much of a build is there before a run, as far as its record says. */
export function progressNow(record: BuildRecord | undefined, { nodes }: Held): Progress | null {
  const progress = record?.progress ?? null;
  // Built in another place, or by a command that was killed, is not built.
  const nothing = progress !== null && Object.keys(nodes).length === 0;
  return nothing ? { ...progress, built: 0, failed: 0 } : progress;
}

/** How much of a manifest is built. */
export function progressOf(
  manifest: readonly ManifestNode[],
  nodes: Record<string, string>,
): Progress {
  const wanted = manifest.filter((node) => node.type !== "test" && isWritten(node));
  const built = wanted.filter(({ id }) => isGood(nodes[id]));
  const failed = wanted.filter(({ id }) => isFailed(nodes[id]));
  return {
    wanted: wanted.length,
    built: built.length,
    failed: failed.length + failedTests(nodes).length,
  };
}

/** The schemas in which something lies that was built, as far as is known. */
export function builtSchemas(
  manifest: readonly ManifestNode[],
  nodes: Record<string, string>,
): Schema[] {
  return distinctSchemas(
    manifest.filter((node) => isWritten(node) && [...GOOD, SAMPLED].includes(nodes[node.id] ?? "")),
  );
}

/** Whether a node ended in an error; one that was never run, or with a part of its rows, did not. */
function isFailed(status: string | undefined): boolean {
  return status !== undefined && status !== SAMPLED && !isGood(status);
}

/** The nodes of a build after a run: what ran takes its new status, the rest stays. */
export function withResults(
  nodes: Record<string, string>,
  results: readonly RunResult[],
  { sampled }: { sampled: boolean },
): Record<string, string> {
  const merged = { ...nodes };
  for (const { id, status } of results) {
    // A node that was skipped is what it was before.
    if (status === "skipped" || status === "no-op") continue;
    merged[id] = sampled && status === "success" ? SAMPLED : status;
  }
  return Object.fromEntries(Object.entries(merged).sort(([a], [b]) => a < b ? -1 : 1));
}

/**
 * The same without what was built before something that it reads: that was read elsewhere, from a build that was deferred to, and
 * another run would read it here. `ran` are the nodes that the last run came to.
 */
export function withoutReaders(
  nodes: Readonly<Record<string, string>>,
  { before, ran, parents }: {
    before: Readonly<Record<string, string>>;
    ran: ReadonlySet<string>;
    parents: ReadonlyMap<string, readonly string[]>;
  },
): Record<string, string> {
  const fresh = new Set(
    Object.keys(nodes).filter((id) => isGood(nodes[id]) && !isGood(before[id])),
  );
  const kept = { ...nodes };
  for (let size = -1; size !== fresh.size;) {
    size = fresh.size;
    for (const [id, reads] of parents) {
      if (ran.has(id) || !isGood(kept[id]) || !reads.some((parent) => fresh.has(parent))) continue;
      delete kept[id];
      fresh.add(id);
    }
  }
  return kept;
}

/** What a build lacks to be complete: nodes that were not built, tests that did not pass. Sorted. */
export function missingFrom(
  manifest: readonly ManifestNode[],
  nodes: Record<string, string>,
): string[] {
  const unbuilt = manifest.filter((node) => node.type !== "test" && isWritten(node))
    .filter(({ id }) => !isGood(nodes[id])).map(({ id }) => id);
  return [...unbuilt, ...failedTests(nodes)].sort();
}

/** The tests that ran and did not pass. */
function failedTests(nodes: Record<string, string>): string[] {
  return Object.entries(nodes)
    .filter(([id, status]) => /^(?:test|unit_test)\./.test(id) && !isGood(status))
    .map(([id]) => id);
}
