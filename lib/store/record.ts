/**
 * `build.json`: what an isolated build is, and what it holds, for whoever looks at it later. A record in the warehouse says
 * the same by the same names.
 * @module
 */
import type { Schema } from "../base/relation.ts";
import { DotError } from "../base/errors.ts";
import { readObject, writeFile } from "../base/files.ts";
import {
  asObject,
  asText,
  type Count,
  isObject,
  type JsonObject,
  list,
  parseObject,
} from "../base/json.ts";
import { asMadeWith, type MadeWith } from "./made_with.ts";

/** An isolated build of the same dbt project, by its environment and full hash. */
export interface BuildName {
  /** The environment's name. */
  environment: string;
  /** The full hash. */
  commit: string;
}

/** How much of what the manifest has is built. */
export interface Progress {
  /** Nodes that dbt makes a relation of, tests aside. */
  wanted: Count;
  /** Those of them that are built, whole. */
  built: Count;
  /** Nodes that ended in an error, and tests that ran and did not pass. */
  failed: Count;
}

/** What is recorded of one build of one environment. */
export interface BuildRecord {
  /** Of this shape; what has none is an older dot's. */
  version: 1;
  /** The full hash. */
  commit: string;
  /** Whether that is a working tree, not a commit of the user's. */
  uncommitted: boolean;
  environment: string;
  /** The dbt project's folder in the repository; empty for the root. */
  project: string;
  made_with: MadeWith;
  /**
   * `running` while a command that writes is under way, or when it was killed; `complete` when nothing is missing. `partial`
   * without an end is what is left of one that was killed.
   */
  state: "running" | "partial" | "complete";
  /** The last dbt command that ran in it. */
  command: string;
  /** When that began, ISO 8601, UTC. */
  begun: string;
  /** When it ended; null while it runs, or when it was killed. */
  ended: string | null;
  /** Whether the last command that builds took a part of the rows (`--empty`, `--sample`). */
  sampled: boolean;
  /** Every schema of its own that it may ever have written to, sorted. */
  schemas: Schema[];
  /** The builds that it was built against: views in it may read them. Sorted. */
  defers_to: BuildName[];
  /** Null where no manifest was there to count by. */
  progress: Progress | null;
  /** What became of each node, and of each test that ran, when it last ran whole (`success`, `pass`, `error`, …). */
  nodes: Record<string, string>;
}

/** A record without what became of each node. */
export type BuildSummary = Omit<BuildRecord, "nodes">;

/** What is known when a command begins. */
export type Beginning = Omit<BuildRecord, "version" | "state" | "begun" | "ended">;

/** Record that a command that writes has begun. Gives the record. Throws a DotError where a newer dot's would be lost. */
export async function beginRecord(file: string, beginning: Beginning): Promise<BuildRecord> {
  if (isNewer(await readObject(file))) {
    throw new DotError(`${file} was written by a newer dot, and this one cannot read it`, {
      hints: ["Use that dot, or remove the build with it: dot prune --help"],
      code: "DOT018",
    });
  }
  const record: BuildRecord = {
    version: 1,
    ...beginning,
    state: "running",
    begun: new Date().toISOString(),
    ended: null,
  };
  await writeRecord(file, record);
  return record;
}

/** Record that a command has ended, and what the build holds now. */
export async function finishRecord(file: string, record: BuildRecord): Promise<void> {
  const { progress, sampled } = record;
  const whole = progress !== null && progress.built === progress.wanted && progress.failed === 0;
  await writeRecord(file, {
    ...record,
    state: whole && !sampled ? "complete" : "partial",
    ended: new Date().toISOString(),
  });
}

/** Record that a command was cut off: nobody knows what the build holds now. */
export async function cutOffRecord(file: string, record: BuildRecord): Promise<void> {
  await writeRecord(file, { ...record, state: "partial", ended: null });
}

/** Write a record as it is, in the order of its type, its nodes last: what stands before them can be read alone. */
export async function writeRecord(file: string, record: BuildRecord): Promise<void> {
  const ordered: BuildRecord = {
    version: record.version,
    commit: record.commit,
    uncommitted: record.uncommitted,
    environment: record.environment,
    project: record.project,
    made_with: record.made_with,
    state: record.state,
    command: record.command,
    begun: record.begun,
    ended: record.ended,
    sampled: record.sampled,
    schemas: record.schemas,
    defers_to: record.defers_to,
    progress: record.progress,
    nodes: record.nodes,
  };
  await writeFile(file, JSON.stringify(ordered, null, 2) + "\n");
}

/** Whether the last command that builds was cut off, so that nobody knows what the build holds; or is under way. */
export function isCutOff({ ended, state }: BuildSummary): boolean {
  return state === "running" || (state === "partial" && ended === null);
}

/** When something last happened to a build, ISO 8601; empty where nobody knows. */
export function lastChange({ begun, ended }: BuildSummary): string {
  return ended ?? begun;
}

/**
 * A record without its nodes, which are most of it, where that alone says what the build is; undefined where more must be
 * read. Only `writeRecord` begins a line like that one: a text in JSON holds no line break.
 */
export function parseSummary(text: string): BuildSummary | undefined {
  const end = text.indexOf(',\n  "nodes": {');
  const parsed = end === -1 ? undefined : parseRecord(text.slice(0, end) + "}");
  return parsed === undefined || !parsed.whole || parsed.record.state === "running"
    ? undefined
    : parsed.record;
}

/** Whether a record is of a form that only a newer dot knows. */
function isNewer({ version }: JsonObject): boolean {
  return typeof version === "number" && version > 1;
}

/**
 * Read a record; `whole` unless an older dot did not write its schemas. Undefined when it is none, or a newer dot's.
 */
export function parseRecord(text: string): { record: BuildRecord; whole: boolean } | undefined {
  const root = parseObject(text);
  if (root === undefined || typeof root["commit"] !== "string" || isNewer(root)) return undefined;
  if (root["version"] !== 1) {
    return { record: olderRecord(root), whole: Array.isArray(root["places"]) };
  }
  const { state } = root;
  const record: BuildRecord = {
    version: 1,
    commit: root["commit"],
    uncommitted: root["uncommitted"] === true,
    environment: asText(root["environment"]),
    project: asText(root["project"]),
    made_with: asMadeWith(asObject(root["made_with"])),
    state: state === "complete" || state === "partial" ? state : "running",
    command: asText(root["command"]),
    begun: timeIn(root, "begun"),
    ended: timeIn(root, "ended") || null,
    sampled: root["sampled"] === true,
    schemas: list(root["schemas"]).flatMap((one) => asSchema(one) ?? []),
    defers_to: list(root["defers_to"]).flatMap((one) => asBuildName(one) ?? []),
    progress: asProgress(root["progress"]),
    nodes: textsIn(asObject(root["nodes"])),
  };
  return { record, whole: Array.isArray(root["schemas"]) };
}

/**
 * What the record of a dot from before the first version proves: whose the schemas are, and what it was built against. What
 * became of its nodes counts no more: it is built again.
 */
function olderRecord(root: JsonObject): BuildRecord {
  const at = timeIn(root, "at");
  return {
    version: 1,
    commit: asText(root["commit"]),
    uncommitted: root["uncommitted"] === true,
    environment: asText(root["environment"]),
    project: asText(root["project"]),
    made_with: asMadeWith({ dbt: root["dbt"] }),
    state: root["running"] === true ? "running" : "partial",
    command: asText(root["command"]),
    begun: at,
    ended: at || null,
    sampled: root["sampled"] === true,
    schemas: list(root["places"]).flatMap((one) => asSchema(one) ?? []),
    defers_to: list(root["defersTo"]).flatMap((one) => asBuildName(one) ?? []),
    progress: asProgress(root["progress"]),
    nodes: {},
  };
}

function timeIn(root: JsonObject, name: string): string {
  const text = asText(root[name]);
  return Number.isNaN(Date.parse(text)) ? "" : text;
}

function textsIn(root: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(root).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function asSchema(value: unknown): Schema | undefined {
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
