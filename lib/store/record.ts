/**
 * `build.json`: what an isolated build is, and what it holds, for whoever looks at it later.
 * @module
 */
import { isWritten, type ManifestNode } from "../dbt/manifest/nodes.ts";
import { manifestIn, readManifest } from "../dbt/manifest/read.ts";
import type { RunResult } from "../dbt/run_results.ts";
import { makeFolder, readIfThere, writeFile } from "../base/files.ts";
import { isObject, parseObject } from "../base/json.ts";
import { distinctSchemas, type Schema } from "../base/relation.ts";
import type { EnvironmentPaths } from "./paths.ts";

/** An isolated build of the same dbt project, by its environment and full hash. */
export interface BuildName {
  environment: string;
  commit: string;
}

/** How much of what the manifest has is built. */
export interface Progress {
  /** Nodes that dbt makes a relation of, tests aside. */
  wanted: number;
  /** Those of them that are built, whole. */
  built: number;
  /** Tests that ran and did not pass. */
  failed: number;
}

/** What is recorded of one build of one environment. */
export interface BuildRecord {
  /** The full hash. */
  commit: string;
  /** Whether that is a working tree, not a commit of the user's. */
  uncommitted: boolean;
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
  /** Hash of the variables that dbt was given: relations of other values are others. Empty where they are not known. */
  vars: string;
  /** Whether a command that writes is under way, or was killed. */
  running: boolean;
  /** Whether the last command that builds took a part of the rows (`--empty`, `--sample`). */
  sampled: boolean;
  /** Every schema of its own that it may ever have written to, sorted. */
  places: Schema[];
  /** The builds that it was built against: views in it may read them. Sorted. */
  defersTo: BuildName[];
  /** Null where no manifest was there to count by. */
  progress: Progress | null;
  /** What became of each node, and of each test that ran, when it last ran whole (`success`, `pass`, `error`, …). */
  nodes: Record<string, string>;
}

/** A record without what became of each node. */
export type BuildSummary = Omit<BuildRecord, "nodes">;

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

/** What a build holds: nothing when it was killed, or when the record is of another commit, another place or other variables. */
export function heldBy(
  record: BuildRecord | undefined,
  { commit, place, vars }: { commit: string; place?: string; vars?: string },
): Held {
  const other = record?.commit !== commit || record.running ||
    (place !== undefined && record.place !== place) ||
    (vars !== undefined && record.vars !== vars);
  return other ? { nodes: {}, sampled: false } : { nodes: record.nodes, sampled: record.sampled };
}

/**
 * The record of a build; undefined where there is none, or none that can be read. What it does not say yet, because a
 * command is under way, was killed, or was run by an older dot, is read off the manifests that lie there.
 */
export async function readRecord(
  { record: file, state, target }: EnvironmentPaths,
  short: string,
): Promise<BuildRecord | undefined> {
  const text = await readIfThere(file);
  const parsed = text === undefined ? undefined : parseRecord(text);
  if (parsed === undefined) return undefined;
  const { record, old } = parsed;
  if (!record.running && !old) return record;
  for (const folder of [target, state]) {
    const manifest = (await readManifest(folder))?.nodes;
    if (manifest === undefined) continue;
    // Whether that command stored the failures of all tests is not known.
    record.places = distinctSchemas(record.places, placesOf(manifest, short, true));
    record.progress ??= progressOf(manifest, record.nodes);
  }
  return record;
}

/**
 * Put into the record of a command that was killed what it may have written: it stands in a manifest that the next command
 * replaces. The caller holds the lock of the build.
 */
export async function settleRecord(paths: EnvironmentPaths, short: string): Promise<void> {
  const text = await readIfThere(paths.record);
  if (text === undefined || parseSummary(text) !== undefined) return;
  const record = await readRecord(paths, short);
  if (record !== undefined) await writeRecord(paths.record, record);
}

/**
 * A record without its nodes, which are most of it, where that alone says what the build is; undefined where more must be
 * read. Only `writeRecord` begins a line like that one: a text in JSON holds no line break.
 */
export function parseSummary(text: string): BuildSummary | undefined {
  const end = text.indexOf(',\n  "nodes": {');
  const parsed = end === -1 ? undefined : parseRecord(text.slice(0, end) + "}");
  return parsed === undefined || parsed.old || parsed.record.running ? undefined : parsed.record;
}

/** Read a record, and whether it is `old`: an older dot did not write its places. Undefined when it is none. */
export function parseRecord(text: string): { record: BuildRecord; old: boolean } | undefined {
  const root = parseObject(text);
  if (root === undefined || typeof root["commit"] !== "string") return undefined;
  const word = (name: string) => typeof root[name] === "string" ? root[name] : "";
  const list = (name: string) => Array.isArray(root[name]) ? root[name] : [];
  const nodes = isObject(root["nodes"]) ? root["nodes"] : {};
  const at = word("at");
  const record: BuildRecord = {
    commit: root["commit"],
    uncommitted: root["uncommitted"] === true,
    environment: word("environment"),
    project: word("project"),
    adapter: word("adapter"),
    profile: word("profile"),
    target: word("target"),
    schemas: list("schemas").filter((name) => typeof name === "string"),
    command: word("command"),
    at: Number.isNaN(Date.parse(at)) ? "" : at,
    dot: word("dot"),
    dbt: word("dbt") || null,
    place: word("place"),
    vars: word("vars"),
    running: root["running"] === true,
    sampled: root["sampled"] === true,
    places: list("places").flatMap((place) => asPlace(place) ?? []),
    defersTo: list("defersTo").flatMap((name) => asBuildName(name) ?? []),
    progress: asProgress(root["progress"]),
    nodes: Object.fromEntries(
      Object.entries(nodes).filter((entry): entry is [string, string] =>
        typeof entry[1] === "string"
      ),
    ),
  };
  return { record, old: !Array.isArray(root["places"]) };
}

/** The schemas that a manifest's nodes are written to, as far as they are the build's own: a schema outside is not. */
export function placesOf(
  manifest: readonly ManifestNode[],
  short: string,
  storeFailures: boolean,
): Schema[] {
  const suffix = `_${short}`.toLowerCase();
  // Engines fold the case of names.
  const own = manifest.filter((node) =>
    isWritten(node, storeFailures) && node.schema.toLowerCase().includes(suffix)
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
  const built = wanted.filter(({ id }) => GOOD.includes(nodes[id] ?? ""));
  return { wanted: wanted.length, built: built.length, failed: failedTests(nodes).length };
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
  return [...unbuilt, ...failedTests(nodes)].sort();
}

/** The tests that ran and did not pass. */
function failedTests(nodes: Record<string, string>): string[] {
  return Object.entries(nodes)
    .filter(([id, status]) => /^(?:test|unit_test)\./.test(id) && !GOOD.includes(status))
    .map(([id]) => id);
}

/** Keep the manifest of a build for those who defer to it, apart from the one that dbt writes anew with every command. */
export async function keepManifest({ state, target }: EnvironmentPaths): Promise<void> {
  const text = await readIfThere(manifestIn(target));
  if (text === undefined) return;
  await makeFolder(state);
  await writeFile(manifestIn(state), text);
}

function asPlace(value: unknown): Schema | undefined {
  if (!isObject(value)) return undefined;
  const { database, schema } = value;
  return typeof database === "string" && typeof schema === "string"
    ? { database, schema }
    : undefined;
}

function asBuildName(value: unknown): BuildName | undefined {
  if (!isObject(value)) return undefined;
  const { environment, commit } = value;
  return typeof environment === "string" && typeof commit === "string"
    ? { environment, commit }
    : undefined;
}

function asProgress(value: unknown): Progress | null {
  if (!isObject(value)) return null;
  const { wanted, built, failed } = value;
  return typeof wanted === "number" && typeof built === "number" && typeof failed === "number"
    ? { wanted, built, failed }
    : null;
}
