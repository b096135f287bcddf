/**
 * What a build was made with, as its record has it: hashes, for values may be secrets, and by name which of them differ.
 * @module
 */
import { sha256 } from "../base/files.ts";
import { asText, isObject, type JsonObject } from "../base/json.ts";
import { isSecretName, isSecretText } from "../dbt/secrets.ts";

/** What a build was made with: where that differs, it is another build. */
export interface MadeWith {
  adapter: string;
  profile: string;
  target: string;
  /** Hash of the profile and of the environment variables that it reads: another one is another build. */
  profile_hash: string;
  /** Hash of what decides which database it lies in; empty where that is not known. */
  warehouse_hash: string;
  /** Hash of the variables that dbt was given. Empty where they are not known. */
  vars_hash: string;
  /**
   * Four digits of a hash of each of them, salted with all: which differ can be told, and no value. Empty for what may be a secret;
   * null where they are not known.
   */
  vars: Record<string, string> | null;
  /** Hash of the environment variables that the project reads, dbt's secrets aside. Empty where they are not known. */
  env_hash: string;
  /** The same as `vars` of those. */
  env: Record<string, string> | null;
  /** The version of dbt, where it is known. */
  dbt: string | null;
  /** The version of dot; empty for one that did not write it. */
  dot: string;
}

/** Values by name; null for what is not set. */
export type Values = ReadonlyMap<string, string | null>;

/** The names of values that differ. */
export interface Differing {
  /** Sorted. */
  sure: string[];
  /** What may be a secret, so that nothing is kept by which it could be told: one of them may differ. Sorted. */
  perhaps: string[];
}

/** What a record says that a build was made with. */
export function asMadeWith(made: JsonObject): MadeWith {
  return {
    adapter: asText(made["adapter"]),
    profile: asText(made["profile"]),
    target: asText(made["target"]),
    profile_hash: asText(made["profile_hash"]),
    warehouse_hash: asText(made["warehouse_hash"]),
    vars_hash: asText(made["vars_hash"]),
    vars: asHashes(made["vars"]),
    env_hash: asText(made["env_hash"]),
    env: asHashes(made["env"]),
    dbt: asText(made["dbt"]) || null,
    dot: asText(made["dot"]),
  };
}

/** One hash over all of some values. */
export async function hashOfValues(values: Values): Promise<string> {
  return await sha256(JSON.stringify([...values].sort(([a], [b]) => a < b ? -1 : 1)));
}

/** A short hash of each of some values, by name; `whole` is the hash of all. */
export async function hashesByName(
  values: Values,
  whole: string,
): Promise<Record<string, string>> {
  const hashes: [string, string][] = [];
  for (const [name, value] of values) {
    const secret = isSecretName(name) || isSecretText(value ?? "");
    const hash = secret ? "" : (await sha256(JSON.stringify([whole, name, value]))).slice(0, 4);
    hashes.push([name, hash]);
  }
  return Object.fromEntries(hashes);
}

/** Which values are other than those that a record has hashes of. */
export async function differingFrom(
  recorded: Readonly<Record<string, string>>,
  whole: string,
  values: Values,
): Promise<Differing> {
  const now = await hashesByName(values, whole);
  const names = [...new Set([...Object.keys(recorded), ...Object.keys(now)])].sort();
  return {
    sure: names.filter((name) => recorded[name] !== now[name]),
    perhaps: names.filter((name) => recorded[name] === "" && now[name] === ""),
  };
}

function asHashes(value: unknown): Record<string, string> | null {
  if (!isObject(value)) return null;
  return Object.fromEntries(
    Object.entries(value).map(([name, hash]) => [name, asText(hash)]),
  );
}
