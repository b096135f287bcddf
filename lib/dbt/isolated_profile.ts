/**
 * Writes the profile of an isolated build: the user's output as it stands, with a schema of its own and no secret. An
 * environment with a schema of its own (`+schema`) gets such a profile for its plain runs too.
 * @module
 */
import { DotError } from "../base/errors.ts";
import {
  get,
  jsonText,
  valueOf,
  YamlFloat,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from "../base/yaml.ts";
import { type Adapter, adapterOf } from "./adapters.ts";
import { evaluateOrNothing, hasJinja, type JinjaScope } from "./jinja.ts";
import type { ProfileTarget } from "./profile.ts";
import { pinPaths } from "./profile_paths.ts";
import { emitEntry, entryOf, scalar } from "./profile_text.ts";
import { SecretBag } from "./secrets.ts";
import { noText, type YamlSecrets } from "./yaml_secrets.ts";
import { staysText } from "./yaml_text.ts";

/** What an isolated build runs with. */
export interface IsolatedProfile {
  /** The text of its profiles.yml. */
  text: string;
  /** The same without the folder of this machine that relative paths are pinned to. */
  portable: string;
  /** The keys of paths that only dbt can render, so that they are seen from wherever it runs. */
  unpinned: readonly string[];
  /** What dbt needs in its environment besides: the profile's literal secrets. */
  secrets: Record<string, string>;
  /** The schema it writes to, as text; Jinja where the user's is. */
  schema: string;
  /** The schema as dbt will see it; undefined where only dbt can render it. */
  rendered: string | undefined;
}

/** How a profile is isolated. */
export interface IsolationOptions {
  /** What is appended to the schema: the short hash, with a `_` in front. */
  suffix: string;
  /** What stands in place of the profile's schema, before the hash; undefined leaves the profile's. */
  base?: string | undefined;
  /** Whether a top-level `config:` of the file is carried over. */
  keepConfig: boolean;
  /** What Jinja in the schema's name would read: for the check of its length. */
  scope: JinjaScope;
  /** The folder that the relative paths of the profile are pinned to; undefined where dbt runs there. */
  folder?: string | undefined;
  /**
   * For a dbt that parses as YAML what it renders (dbt 2): what is done with a literal secret that is no text there. Undefined for
   * another dbt, and where nothing is run.
   */
  yamlSecrets?: YamlSecrets | undefined;
}

/** How a profile is copied for a live schema that is not the profile's. */
export interface RenamingOptions extends Omit<IsolationOptions, "base" | "suffix"> {
  /** The schema. */
  base: string;
}

/** Make the isolated profile of a target. Pure. Throws a DotError for an adapter or profile that it cannot isolate. */
export function isolateProfile(
  source: ProfileTarget,
  options: IsolationOptions,
): IsolatedProfile {
  const adapter = adapterOf(source.adapter);
  refuse(source, adapter, placeOf(source));
  const profile = copyProfile(source, options);
  checkLength(profile.rendered, adapter, source);
  return profile;
}

/** Make the profile of a target with another schema. Pure. Throws a DotError for a profile that it cannot rename. */
export function renameProfile(source: ProfileTarget, options: RenamingOptions): IsolatedProfile {
  return copyProfile(source, { ...options, suffix: "" });
}

/**
 * The schema that a plain run of a target writes to: as the profile has it, or `base` in its place, and as dbt will see it where dot
 * can tell. Undefined where the profile names none.
 */
export function liveSchema(
  source: ProfileTarget,
  base: string | undefined,
  scope: JinjaScope,
): Pick<IsolatedProfile, "rendered" | "schema"> | undefined {
  const adapter = adapterOf(source.adapter);
  try {
    const [schema] = changesOf(source, adapter, { base, suffix: "" }).values();
    return schema === undefined ? undefined : { schema, rendered: renderedOf(schema, scope) };
  } catch (error) {
    if (error instanceof DotError) return undefined;
    throw error;
  }
}

/** What becomes of the schema's name. */
interface Naming {
  base?: string | undefined;
  suffix: string;
}

function copyProfile(
  source: ProfileTarget,
  { base, folder, suffix, keepConfig, scope, yamlSecrets }: IsolationOptions,
): IsolatedProfile {
  const adapter = adapterOf(source.adapter);
  const changes = changesOf(source, adapter, { base, suffix });
  const schema = [...changes.values()][0] ?? "";
  const rendered = renderedOf(schema, scope);
  const { text: portable } = emit(source, {
    ...{ changes, keepConfig, yamlSecrets: undefined },
    pins: new Map<YamlScalar, string>(),
  });
  const asText = <K>(texts: ReadonlyMap<K, string>) =>
    yamlSecrets === undefined
      ? texts
      : new Map([...texts].map(([key, text]) => [key, keptText(text, scope)] as const));
  const paths = folder === undefined ? undefined : pinPaths(source, folder, scope);
  const { secrets, text } = emit(source, {
    ...{ changes: asText(changes), keepConfig, yamlSecrets },
    pins: asText(paths?.texts ?? new Map<YamlScalar, string>()),
  });
  return { text, portable, unpinned: paths?.unknown ?? [], secrets, schema, rendered };
}

/** A text that stays one in a dbt that parses as YAML what it renders: rendered already where it would be a number, say. */
function keptText(text: string, scope: JinjaScope): string {
  const rendered = renderedOf(text, scope);
  return rendered === undefined || staysText(rendered) ? text : rendered;
}

/** What of a profile is written otherwise than it stands there. */
interface Changes {
  /** The names of schemas, by key. */
  changes: ReadonlyMap<string, string>;
  keepConfig: boolean;
  /** Paths. */
  pins: ReadonlyMap<YamlScalar, string>;
  yamlSecrets: YamlSecrets | undefined;
}

/** The text of a profile, and what goes to dbt's environment instead. */
function emit(
  source: ProfileTarget,
  { changes, keepConfig, pins, yamlSecrets }: Changes,
): Pick<IsolatedProfile, "secrets" | "text"> {
  const secrets = new SecretBag();
  const lines: string[] = [];
  const mayBeWritten = yamlSecrets && ((path: string) => {
    if (yamlSecrets === "write") return true;
    throw noText(source, path);
  });
  const emitted = { lines, secrets, pins, mayBeWritten };
  if (keepConfig && source.config !== undefined) {
    emitEntry(emitted, { key: "config", name: "config", value: source.config }, 0);
  }
  lines.push(`${jsonText(source.profile)}:`);
  lines.push(`  target: ${jsonText(source.target)}`);
  lines.push("  outputs:");
  lines.push(`    ${jsonText(source.target)}:`);
  for (const { key, value } of source.output.entries) {
    const changed = changes.get(key.text);
    if (changed === undefined) emitEntry(emitted, entryOf({ key, value }), 3);
    else lines.push(`      ${scalar(key, { isKey: true })}: ${jsonText(changed)}`);
  }
  for (const [key, text] of changes) {
    if (get(source.output, key) === undefined) lines.push(`      ${key}: ${jsonText(text)}`);
  }
  return { text: lines.join("\n") + "\n", secrets: secrets.env };
}

function placeOf({ file, target }: ProfileTarget): string {
  return `${file}: target \`${target}\``;
}

function renderedOf(schema: string, scope: JinjaScope): string | undefined {
  return hasJinja(schema) ? evaluateOrNothing(schema, scope) : schema;
}

function refuse(source: ProfileTarget, adapter: Adapter, where: string): void {
  if (adapter.refused !== undefined) {
    throw new DotError(`${where}: no isolated build with ${source.adapter}: ${adapter.refused}`, {
      code: "DOT031",
    });
  }
  for (const { hint, key, value, why } of adapter.refusals) {
    const node = get(source.output, key);
    if (node === undefined || valueOf(node) !== value) continue;
    throw new DotError(`${where}: with \`${key}: ${value}\` an isolated build would ${why}`, {
      code: "DOT031",
      hints: [hint],
    });
  }
}

/** The keys that change, with their new texts; the schema's own key first. */
function changesOf(
  source: ProfileTarget,
  adapter: Adapter,
  { base, suffix }: Naming,
): Map<string, string> {
  const { output } = source;
  const where = placeOf(source);
  const changes = new Map<string, string>();
  for (const keys of [adapter.schemaKeys, ...suffix === "" ? [] : adapter.alsoSuffixed]) {
    const present = keys.filter((key) => textAt(output, key, where) !== undefined);
    const [key, other] = present;
    if (
      other !== undefined || (key === "schema" && textAt(output, "dataset", where) !== undefined)
    ) {
      const both = other ?? "dataset";
      throw new DotError(`${where} sets both \`${key}\` and \`${both}\``, {
        code: "DOT031",
        hints: ["They mean the same: keep one."],
      });
    }
    const isSchema = keys === adapter.schemaKeys;
    const old = key === undefined ? adapter.defaultSchema : textAt(output, key, where);
    const stem = isSchema ? base ?? old : old;
    const name = key ?? keys[keys.length - 1] ?? "schema";
    if (stem === undefined) {
      throw new DotError(
        `${where} has no \`${keys.join("` or `")}\`, so dot has nothing to isolate`,
        { code: "DOT031", hints: [`Add \`${name}:\` to the target.`] },
      );
    }
    changes.set(name, stem + suffix);
    const database = textAt(output, "database", where);
    if (adapter.databaseIsSchema && isSchema && database !== undefined && database === old) {
      changes.set("database", stem + suffix);
    }
  }
  return changes;
}

function textAt(output: YamlMap, key: string, where: string): string | undefined {
  const node = get(output, key);
  if (node === undefined) return undefined;
  if (node.kind !== "scalar") {
    throw new DotError(`${where}: \`${key}\` must be a name, not a ${node.kind}`, {
      code: "DOT031",
    });
  }
  const text = asPython(node);
  return text === "" ? undefined : text;
}

/** A scalar as dbt turns it into text; empty for null. */
function asPython(node: YamlScalar): string {
  const value: YamlValue = valueOf(node);
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value instanceof YamlFloat) return value.text;
  // Jinja drops a last newline: a suffix after it would end up in the name.
  return String(value).trim();
}

function checkLength(
  name: string | undefined,
  adapter: Adapter,
  source: ProfileTarget,
): void {
  const limit = adapter.maxBytes;
  if (name === undefined || limit === undefined) return;
  const bytes = new TextEncoder().encode(name).length;
  if (bytes <= limit) return;
  throw new DotError(
    `the isolated schema \`${name}\` has ${bytes} bytes, and ${source.adapter} keeps ${limit}: the engine would cut off the hash`,
    {
      code: "DOT031",
      hints: [`Shorten \`schema\` of the target \`${source.target}\` in ${source.file}.`],
    },
  );
}
