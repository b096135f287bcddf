/**
 * dot's own settings in an environment: keys that begin with `+`, which never reach dbt. Declared once, here.
 * @module
 */
import type { YamlValue } from "../yaml.ts";
import type { Environment } from "./environments.ts";

/** One setting. */
export interface SettingSpec {
  /** Its name, without the `+`. */
  name: string;
  /** What it takes, in words. */
  takes: string;
  /** Whether a value is of that kind. */
  accepts: (value: YamlValue) => boolean;
  /** What it means, and what holds without it. */
  summary: string;
}

const ONE_OR_MORE = "a text, or a list of texts";

/** Every setting. */
export const SETTINGS: readonly SettingSpec[] = [
  {
    name: "keep",
    takes: "a count of builds, or an age such as 14d",
    accepts: (value) => asKeep(value) !== undefined,
    summary: "What `dot prune` keeps when it is given no rule (default: everything)",
  },
  {
    name: "keep-relations",
    takes: ONE_OR_MORE,
    accepts: (value) => asTexts(value) !== undefined,
    summary:
      "Patterns of relations that `dot tidy` leaves alone: `name*`, `schema.name*` (default: none)",
  },
  {
    name: "shared-with",
    takes: ONE_OR_MORE,
    accepts: (value) => asTexts(value) !== undefined,
    summary:
      "Manifests of other dbt projects whose relations `dot tidy` leaves alone (default: none)",
  },
  {
    name: "warm",
    takes: "true or false",
    accepts: (value) => typeof value === "boolean",
    summary: "Whether dbt is kept warm between runs (default: true on Linux)",
  },
];

/** What `+keep` says: the newest so many builds, or those that are younger, in milliseconds. */
export type Keep = { count: number } | { age: number };

/** The setting of this name (without the `+`), if there is one. */
export function findSetting(name: string): SettingSpec | undefined {
  return SETTINGS.find((setting) => setting.name === name);
}

/** What an environment's `+keep` says. */
export function keepOf({ settings }: Environment): Keep | undefined {
  return asKeep(settings.get("keep")?.value);
}

/** The texts of a setting that takes one or more; none where it is not set. */
export function textsOf(
  { settings }: Environment,
  name: "keep-relations" | "shared-with",
): string[] {
  return asTexts(settings.get(name)?.value) ?? [];
}

/** An age such as `36h`, `14d` or `2w` in milliseconds; undefined when the text is none. */
export function parseAge(text: string): number | undefined {
  const [, count, unit] = /^(\d+)([hdw])$/.exec(text.trim()) ?? [];
  const hours = { h: 1, d: 24, w: 168 }[unit ?? ""];
  return count === undefined || hours === undefined ? undefined : Number(count) * hours * 3_600_000;
}

/** A count of builds; undefined when the text is none. */
export function parseCount(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function asKeep(value: YamlValue | undefined): Keep | undefined {
  if (typeof value !== "string" && typeof value !== "bigint" && typeof value !== "number") {
    return undefined;
  }
  const count = parseCount(String(value));
  if (count !== undefined) return { count };
  const age = parseAge(String(value));
  return age === undefined ? undefined : { age };
}

function asTexts(value: YamlValue | undefined): string[] | undefined {
  const list = Array.isArray(value) ? value : [value];
  const texts = list.filter((one) => typeof one === "string");
  return texts.length === list.length ? texts : undefined;
}
