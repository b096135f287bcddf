/**
 * dot's own settings in an environment: keys that begin with `+`, which never reach dbt. Declared once, here.
 * @module
 */
import type { YamlValue } from "../base/yaml.ts";
import type { Environment } from "./layers.ts";

/** One setting. */
export interface SettingSpec {
  /** Its name, without the `+`. */
  name: string;
  /** What it takes, in words. */
  takes: string;
  /** Whether a value is of that kind. */
  accepts: (value: YamlValue) => boolean;
  /** The same for an editor, as JSON Schema. */
  schema: Readonly<Record<string, unknown>>;
  /** What it means, and what holds without it. */
  summary: string;
}

const ONE_OR_MORE = "a text, or a list of texts";
const TEXTS = {
  anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }],
};
const isBoolean = (value: YamlValue) => typeof value === "boolean";

/** Every setting. */
export const SETTINGS: readonly SettingSpec[] = [
  {
    name: "base",
    takes: "a git ref",
    accepts: isRef,
    schema: { type: "string", pattern: "^[^-\\s]" },
    summary: "The git ref that `--modified` compares with (default: the default branch)",
  },
  {
    name: "defer",
    takes: "the name of an environment",
    accepts: isText,
    schema: { type: "string", pattern: "\\S" },
    summary:
      "The environment in whose live schemas `--modified` reads what is not selected (default: none)",
  },
  {
    name: "deps",
    takes: "true or false",
    accepts: isBoolean,
    schema: { type: "boolean" },
    summary: "Whether `dbt deps` is run for isolated builds (default: true)",
  },
  {
    name: "diff-exclude",
    takes: ONE_OR_MORE,
    accepts: (value) => asTexts(value) !== undefined,
    schema: TEXTS,
    summary:
      "Patterns of columns that `dot diff` does not compare: `loaded_at`, `_*` (default: none)",
  },
  {
    name: "extend",
    takes: "the name of an environment, or a list of names",
    accepts: (value) => asTexts(value)?.every(isText) === true,
    schema: {
      anyOf: [
        { type: "string", pattern: "\\S" },
        { type: "array", items: { type: "string", pattern: "\\S" } },
      ],
    },
    summary: "Environments whose arguments, variables and settings count below its own",
  },
  {
    name: "keep",
    takes: "a count of builds, or an age such as 14d",
    accepts: (value) => asKeep(value) !== undefined,
    schema: {
      anyOf: [
        { type: "integer", minimum: 0 },
        { type: "string", pattern: "^\\s*\\d+[hdw]\\s*$|^\\d{1,9}$" },
      ],
    },
    summary: "What `dot prune` keeps when it is given no rule (default: everything)",
  },
  {
    name: "keep-relations",
    takes: ONE_OR_MORE,
    accepts: (value) => asTexts(value) !== undefined,
    schema: TEXTS,
    summary:
      "Patterns of relations that `dot tidy` leaves alone: `name*`, `schema.name*` (default: none)",
  },
  {
    name: "protected",
    takes: "true or false",
    accepts: isBoolean,
    schema: { type: "boolean" },
    summary: "Whether dot asks before a command writes to its live schemas (default: false)",
  },
  {
    name: "schema",
    takes: "the name of a schema",
    accepts: isText,
    schema: { type: "string", pattern: "\\S" },
    summary: "The schema that takes the place of the profile's (default: the profile's)",
  },
  {
    name: "shared-files",
    takes: ONE_OR_MORE,
    accepts: (value) => asTexts(value) !== undefined,
    schema: TEXTS,
    summary:
      "Patterns of files that git does not track and builds read from the live project (default: none)",
  },
  {
    name: "shared-with",
    takes: ONE_OR_MORE,
    accepts: (value) => asTexts(value) !== undefined,
    schema: TEXTS,
    summary:
      "Manifests of other dbt projects whose relations `dot tidy` leaves alone (default: none)",
  },
  {
    name: "warm",
    takes: "true or false",
    accepts: isBoolean,
    schema: { type: "boolean" },
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
  name: "diff-exclude" | "keep-relations" | "shared-files" | "shared-with",
): string[] {
  return asTexts(settings.get(name)?.value) ?? [];
}

/** The schema that an environment writes to in place of the profile's, if it names one. */
export function schemaOf({ settings }: Environment): string | undefined {
  const value = settings.get("schema")?.value;
  return typeof value === "string" ? value.trim() : undefined;
}

/** Whether an environment is protected: a command that writes to its live schemas must be agreed to. */
export function isProtected({ settings }: Environment): boolean {
  return settings.get("protected")?.value === true;
}

/** Whether `dbt deps` may run for an environment's isolated builds. */
export function runsDeps({ settings }: Environment): boolean {
  return settings.get("deps")?.value !== false;
}

/** The environment whose live schemas are read; undefined where there is none, or it is the same one. */
export function deferOf({ name, settings }: Environment): string | undefined {
  const value = settings.get("defer")?.value;
  return typeof value === "string" && value !== name ? value : undefined;
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

function isText(value: YamlValue): boolean {
  return typeof value === "string" && value.trim() !== "";
}

/** Whether git could take it for a revision, and not for an option. */
function isRef(value: YamlValue): boolean {
  return typeof value === "string" && /^[^-\s]/.test(value);
}

function asTexts(value: YamlValue | undefined): string[] | undefined {
  const list = Array.isArray(value) ? value : [value];
  const texts = list.filter((one) => typeof one === "string");
  return texts.length === list.length ? texts : undefined;
}
