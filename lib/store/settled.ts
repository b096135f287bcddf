/**
 * The record of a build with what a command that was killed, or an older dot, did not write into it.
 * @module
 */
import { distinctSchemas } from "../base/relation.ts";
import { readIfThere } from "../base/files.ts";
import { progressOf, schemasOf } from "./history.ts";
import { buildManifests } from "./manifests.ts";
import type { EnvironmentPaths } from "./paths.ts";
import { type BuildRecord, parseRecord, parseSummary, writeRecord } from "./record.ts";

/**
 * The record of a build; undefined where there is none, or none that can be read. What it does not say yet, because a
 * command is under way, was killed, or was run by an older dot, is read off the manifests that lie there.
 */
export async function readRecord(
  paths: EnvironmentPaths,
  short: string,
): Promise<BuildRecord | undefined> {
  const text = await readIfThere(paths.record);
  const parsed = text === undefined ? undefined : parseRecord(text);
  if (parsed === undefined) return undefined;
  const { record, whole } = parsed;
  if (record.state !== "running" && whole) return record;
  for (const { nodes } of await buildManifests(paths)) {
    // Whether that command stored the failures of all tests is not known.
    const own = schemasOf(nodes, short, { storeFailures: true });
    record.schemas = distinctSchemas(record.schemas, own);
    record.progress ??= progressOf(nodes, record.nodes);
  }
  return record;
}

/**
 * Put into the record of a command that was killed what it may have written: it stands in a manifest that the next command
 * replaces. What the build holds is not known, so nothing counts. The caller holds the lock of the build.
 */
export async function settleRecord(paths: EnvironmentPaths, short: string): Promise<void> {
  const text = await readIfThere(paths.record);
  if (text === undefined || parseSummary(text) !== undefined) return;
  const record = await readRecord(paths, short);
  if (record === undefined) return;
  if (record.state !== "running") return await writeRecord(paths.record, record);
  const progress = record.progress && { ...record.progress, built: 0, failed: 0 };
  await writeRecord(paths.record, {
    ...record,
    state: "partial",
    ended: null,
    progress,
    nodes: {},
  });
}
