/**
 * Finds, in a project's text, what no manifest shows and dot cannot keep inside a build: it is warned of by name. Pure.
 * @module
 */
import { get, getText, readYaml, type YamlMap, type YamlNode } from "../../base/yaml.ts";
import { ADAPTER_NAMES } from "../../dbt/adapters.ts";
import { keyName } from "./configs.ts";
import { type Part, readTemplate, templateOf, type Token } from "./jinja.ts";
import type { ProjectText } from "./proof.ts";
import { statements, valuesOf, writtenNames } from "./statements.ts";

/** Something that dot cannot keep inside a build. */
export interface BlindSpot {
  kind: "write" | "source";
  /** What it is, in words. */
  words: string;
  /** The adapter without which nothing comes of it: dispatch picks its macro for no other. */
  adapter: string | undefined;
}

/** What to warn of, sorted; `made` are the names of the files that nodes are made from. */
export function findBlindSpots(
  files: readonly ProjectText[],
  made: ReadonlySet<string> = new Set(),
): BlindSpot[] {
  const code = files.filter(({ path, text }) => /\.sql$/i.test(path) && MAY_WRITE.test(text)).map((
    file,
  ) => ({ path: file.path, parts: templateOf(file)?.parts ?? [] }));
  const called = new Set(code.flatMap(({ parts }) => parts.flatMap(calledNames)));
  const yaml = files.filter(({ path, text }) => isYaml(path) && MATTERS.test(text)).map((file) => ({
    path: file.path,
    root: readMap(file),
  }));
  const writes = [
    ...code.flatMap(({ path, parts }) => inCode(path, parts, called)),
    ...yaml.flatMap(inYaml),
  ];
  // A source may be named by more files than one.
  const sources = new Map(
    yaml.flatMap((file) => movedSources(file, made)).reverse()
      .map((source) => [`${source.name}\0${source.schema}`, source]),
  );
  const moved = [...sources.values()].map(({ name, path, schema }) => ({
    kind: "source" as const,
    words:
      `the source ${name} (${path}) has the schema \`${schema}\`, which takes the suffix and may not exist`,
    adapter: undefined,
  }));
  const byWords = new Map<string, BlindSpot>(
    [...writes, ...moved].map((spot) => [spot.words, spot]),
  );
  return [...byWords.values()].sort((a, b) => a.words < b.words ? -1 : 1);
}

/** The spots that are one with an adapter; a redshift is a postgres too, so that only macros of strangers are left out. */
export function spotsFor(spots: readonly BlindSpot[], adapter: string): BlindSpot[] {
  const family = FAMILIES[adapter] ?? [];
  return spots.filter((spot) =>
    spot.adapter === undefined || spot.adapter === adapter || family.includes(spot.adapter) ||
    !ADAPTER_NAMES.includes(adapter)
  );
}

/** The adapters whose macros dispatch takes where an adapter has none of its own. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  cratedb: ["postgres"],
  databricks: ["spark"],
  doris: ["mysql", "selectdb"],
  fabric: ["sqlserver"],
  glue: ["spark"],
  greenplum: ["postgres"],
  mariadb: ["mysql"],
  materialize: ["postgres"],
  mysql5: ["mysql"],
  redshift: ["postgres"],
  selectdb: ["doris", "mysql"],
  sqlserver: ["fabric"],
  starburst: ["trino"],
  starrocks: ["mysql"],
  synapse: ["fabric", "sqlserver"],
  yugabyte: ["postgres"],
};

function write(words: string, adapter?: string): BlindSpot {
  return { kind: "write", words, adapter };
}

/** What the code of a file writes by itself, macro by macro. */
function inCode(path: string, parts: readonly Part[], called: ReadonlySet<string>): BlindSpot[] {
  const spots: BlindSpot[] = [];
  let rest: Part[] = [];
  let within: { kind: string; name: string; parts: Part[] } | undefined;
  for (const part of parts) {
    spots.push(...inConfig(path, part.tokens));
    const [word, name] = part.kind === "block" ? part.tokens : [];
    if (within === undefined && (word?.text === "macro" || word?.text === "materialization")) {
      within = { kind: word.text, name: name?.text ?? "", parts: [] };
    } else if (within === undefined) rest.push(part);
    else if (word?.text === `end${within.kind}`) {
      const { kind, name, parts } = within;
      const adapter = kind === "macro" && !called.has(name) ? adapterIn(name) : undefined;
      for (const written of statements(parts).flatMap(writtenNames)) {
        spots.push(write(`the ${kind} ${name} (${path}) writes to ${written}`, adapter));
      }
      within = undefined;
    } else within.parts.push(part);
  }
  // The text of a model is a query; what it hands to the warehouse by itself stands in its tags.
  if (!rest.some(({ tokens }) => tokens.some(runsQueries))) rest = [];
  const blocks = rest.filter((part, at) => part.kind !== "text" || isCaptured(rest, at));
  for (const written of statements(blocks).flatMap(writtenNames)) {
    spots.push(write(`a query in ${path} writes to ${written}`));
  }
  return spots;
}

function runsQueries({ kind, text }: Token): boolean {
  return kind === "name" && (text === "run_query" || text === "statement");
}

/** Whether a part lies in `{% call %}` or in `{% set %}` without a value. */
function isCaptured(parts: readonly Part[], at: number): boolean {
  let depth = 0;
  for (const { kind, tokens } of parts.slice(0, at)) {
    const word = kind === "block" ? tokens[0]?.text : undefined;
    if (word === "call") depth++;
    else if (word === "set" && !tokens.some(({ text }) => text === "=")) depth++;
    else if (word === "endcall" || word === "endset") depth--;
  }
  return depth > 0;
}

/** The hooks and the files of a node, by its config. */
function inConfig(path: string, tokens: readonly Token[]): BlindSpot[] {
  if (!tokens.some(({ kind, text }) => kind === "name" && text === "config")) return [];
  const spots: BlindSpot[] = [];
  for (const { key, value } of valuesOf(tokens)) {
    const name = keyName(key);
    const strings = value.filter(({ kind }) => kind === "string").map(({ text }) => text);
    if (name === "pre_hook" || name === "post_hook") {
      for (
        const written of statements([{ kind: "block", text: "", tokens: value }])
          .flatMap(writtenNames)
      ) {
        spots.push(write(`the ${name.replace("_", "-")} of ${path} writes to ${written}`));
      }
    } else if (
      name === "materialized" && strings.some((text) => text.slice(1, -1) === "external")
    ) {
      spots.push(write(`${path} writes files (materialized: external)`));
    } else if (["location_root", "external_location", "location"].includes(name)) {
      spots.push(write(`${path} writes files (${name})`));
    } else if (name.startsWith("target_")) {
      // What a parse says of it need not hold for the run, when dbt parses again for that.
      const by = value.find(({ kind, text }) => kind === "name" && CHANGING.has(text))?.text;
      if (by === undefined) continue;
      spots.push(write(`${path} computes ${name} from ${by}, which differs from run to run`));
    }
  }
  return spots;
}

const CHANGING = new Set(["flags", "invocation_args_dict", "invocation_id", "run_started_at"]);

/** The macros that a part calls by their whole names. */
function calledNames({ kind, tokens }: Part): string[] {
  return tokens.flatMap((token, at) => {
    const isDefined = kind === "block" && at === 1 && tokens[0]?.text === "macro";
    return token.kind === "name" && token.text.includes("__") && !isDefined ? [token.text] : [];
  });
}

/** The adapter that a macro is for: `snowflake__upload`. */
function adapterIn(macro: string): string | undefined {
  const prefix = macro.split("__")[0];
  return ADAPTER_NAMES.find((name) => name === prefix);
}

/** Without any of these, a YAML file has nothing to warn of; an escape may stand for each. */
const MATTERS = /hook|on-run|external|location|sources|\\/;

/** Without any of these, code writes nothing but its node. */
const MAY_WRITE = /macro|materialization|run_query|statement|hook|external|location|target_|__/;

/** A YAML file that was read. */
interface Properties {
  path: string;
  root: YamlMap | undefined;
}

/** The mapping in a YAML file; one that cannot be read is a doubt already. */
function readMap({ path, text }: ProjectText): YamlMap | undefined {
  try {
    const root = readYaml(text, path, { duplicateKeys: "last" });
    return root?.kind === "map" ? root : undefined;
  } catch {
    return undefined;
  }
}

function inYaml({ path, root }: Properties): BlindSpot[] {
  const spots: BlindSpot[] = [];
  const walk = (node: YamlNode, trail: string): void => {
    if (node.kind === "list") {
      for (const item of node.items) walk(item, trail);
      return;
    }
    if (node.kind !== "map") return;
    const named = getText(node, "name");
    const place = named === undefined ? trail : `${trail} ${named}`.trim();
    for (const { key, value } of node.entries) {
      const name = key.text.replace(/^\+/, "").replaceAll("_", "-");
      if (["on-run-start", "on-run-end", "pre-hook", "post-hook"].includes(name)) {
        for (const written of texts(value).flatMap(hookStatements).flatMap(writtenNames)) {
          spots.push(write(`the ${name} of ${path} writes to ${written}`));
        }
      } else if (name === "materialized" && texts(value).includes("external")) {
        spots.push(write(`${place || path} (${path}) writes files (materialized: external)`));
      } else if (
        ["location", "location-root", "external-location"].includes(name) &&
        key.text.startsWith("+")
      ) {
        spots.push(write(`${path} writes files (${key.text.slice(1)})`));
      }
      walk(value, place);
    }
  };
  if (root !== undefined) walk(root, "");
  return spots;
}

function hookStatements(text: string): string[] {
  return statements(readTemplate(text)?.parts ?? [{ kind: "text", text, tokens: [] }]);
}

/**
 * Sources whose schema is built from the target's: it took the suffix, and may not exist. Where the project makes all of
 * their tables by itself, it makes them in the build.
 */
function movedSources(
  { path, root }: Properties,
  made: ReadonlySet<string>,
): { name: string; path: string; schema: string }[] {
  const sources = root === undefined ? undefined : get(root, "sources");
  if (sources?.kind !== "list") return [];
  return sources.items.flatMap((source) => {
    if (source.kind !== "map") return [];
    const schema = getText(source, "schema") ?? "";
    if (!/target\s*\.\s*schema|target\s*\[\s*['"]schema/.test(schema)) return [];
    const tables = get(source, "tables");
    const names = tables?.kind === "list"
      ? tables.items.map((table) =>
        table.kind === "map" ? getText(table, "identifier") ?? getText(table, "name") ?? "" : ""
      )
      : [];
    if (names.every((name) => made.has(name.toLowerCase()))) return [];
    return [{ name: getText(source, "name") ?? "?", path, schema }];
  });
}

function texts(node: YamlNode): string[] {
  if (node.kind === "scalar") return [node.text];
  if (node.kind === "list") return node.items.flatMap(texts);
  return node.entries.flatMap(({ value }) => texts(value));
}

function isYaml(path: string): boolean {
  return /\.ya?ml$/i.test(path);
}
