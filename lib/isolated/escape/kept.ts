/**
 * What a scan of a project says, and how it is kept with a build.
 * @module
 */
import { isObject, type JsonObject, parseObject } from "../../base/json.ts";
import type { BlindSpot } from "./blind.ts";
import type { Doubt } from "./proof.ts";
import type { Edit } from "./shim.ts";

/** What is known of a commit's project from its text. */
export interface Scan {
  doubts: Doubt[];
  /** Custom schemas set as plain text. */
  schemas: string[];
  /** Whether there are snapshots. */
  snapshots: boolean;
  /** Warnings for what dot cannot see. */
  blind: BlindSpot[];
  /** Environment variables that the project reads; `*` where a name is computed. */
  variables: string[];
  /** Hash of all the text that was read: what a verdict on the project depends on. */
  text: string;
  /** Changes to files of the worktree, relative to it, that isolate the project's naming. */
  edits: Edit[];
}

/** The scans in a file, by their keys; one that is not whole is none. */
export function parseKept(text: string | undefined): Map<string, Scan> {
  return new Map(
    Object.entries(parseObject(text ?? "") ?? {}).flatMap(([key, value]) => {
      const scan = isObject(value) ? readScan(value) : undefined;
      return scan === undefined ? [] : [[key, scan]];
    }),
  );
}

function readScan(value: JsonObject): Scan | undefined {
  const doubts = listOf(
    value["doubts"],
    ({ path, what }) => isText(path) && isText(what) && { path, what },
  );
  const edits = listOf(
    value["edits"],
    ({ path, text }) => isText(path) && isText(text) && { path, text },
  );
  const blind = listOf(value["blind"], readSpot);
  const schemas = textsOf(value["schemas"]);
  const variables = textsOf(value["variables"]);
  const { snapshots, text } = value;
  if (
    doubts === undefined || edits === undefined || blind === undefined || schemas === undefined ||
    variables === undefined || !isText(text) || typeof snapshots !== "boolean"
  ) return undefined;
  return { doubts, schemas, snapshots, blind, variables, text, edits };
}

function readSpot({ adapter, kind, words }: JsonObject): BlindSpot | false {
  if (kind !== "write" && kind !== "source" || !isText(words)) return false;
  if (adapter !== undefined && !isText(adapter)) return false;
  return { kind, words, adapter };
}

function listOf<T>(value: unknown, read: (item: JsonObject) => T | false): T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: T[] = [];
  for (const item of value) {
    const known = isObject(item) && read(item);
    if (known === false) return undefined;
    items.push(known);
  }
  return items;
}

function textsOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter(isText);
  return texts.length === value.length ? texts : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
