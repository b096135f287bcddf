/**
 * Finds, in a project's text, what no manifest shows and dot cannot keep inside a build: it is warned of by name. Pure.
 * @module
 */
import { get, getText, readYaml, type YamlNode } from "../../base/yaml.ts";
import type { ProjectText } from "./proof.ts";

/** A statement that writes, with the name that it writes to; the name is literal, not Jinja. */
const WRITE =
  /\b(?:create\s+(?:or\s+replace\s+)?(?:(?:temp|temporary|external|transient|materialized|unlogged)\s+)*(table|view|schema|function|database)|insert\s+(?:into|overwrite)(?:\s+table)?|delete\s+from|truncate(?:\s+table)?|merge\s+into|update|drop\s+(?:materialized\s+)?(?:table|view|schema|function|database)|alter\s+(?:table|view|schema)|grant\s+[\w\s,]+?\s+on(?:\s+(?:table|view|schema|all\s+tables\s+in\s+schema))?|copy(?:\s+into)?)\s+(?:if\s+(?:not\s+)?exists\s+)?("[^"{]+"|[A-Za-z_][\w$]*)(?:\s*\.\s*("[^"{]+"|[A-Za-z_][\w$]*))?/gi;

/** What to warn of, one line each, sorted. */
export function findBlindSpots(files: readonly ProjectText[]): string[] {
  const spots = files.flatMap((file) => /\.ya?ml$/i.test(file.path) ? inYaml(file) : inCode(file));
  return [...new Set(spots)].sort();
}

function inCode({ path, text }: ProjectText): string[] {
  const code = text.replace(/\{#[\s\S]*?#\}/g, " ");
  const spots: string[] = [];
  for (const macro of code.matchAll(/\{%-?\s*macro\s+(\w+)[\s\S]*?\{%-?\s*endmacro/g)) {
    for (const name of writtenNames(macro[0])) {
      spots.push(`the macro ${macro[1]} (${path}) writes to ${name}`);
    }
  }
  for (
    const block of code.matchAll(
      /\{%-?\s*materialization\s+(\w+)[\s\S]*?\{%-?\s*endmaterialization/g,
    )
  ) {
    for (const name of writtenNames(block[0])) {
      spots.push(`the materialization ${block[1]} (${path}) writes to ${name}`);
    }
  }
  const rest = code.replace(/\{%-?\s*(macro|materialization)\b[\s\S]*?\{%-?\s*end\1/g, " ");
  for (
    const query of rest.matchAll(
      /\brun_query\s*\(\s*("[^"]*"|'[^']*')|\bcall\s+statement\b[\s\S]*?\bendcall\b/g,
    )
  ) {
    for (const name of writtenNames(query[0])) {
      spots.push(`a query in ${path} writes to ${name}`);
    }
  }
  for (
    const hook of code.matchAll(/\b(pre_hook|post_hook)\s*=\s*(\[[\s\S]*?\]|"[^"]*"|'[^']*')/g)
  ) {
    for (const name of writtenNames(hook[2] ?? "")) {
      spots.push(`the ${hook[1]?.replace("_", "-")} of ${path} writes to ${name}`);
    }
  }
  for (const config of code.matchAll(/\bconfig\s*\(([\s\S]*?)\)\s*-?\}\}/g)) {
    const block = config[1] ?? "";
    if (/materialized\s*=\s*["']external["']/.test(block)) {
      spots.push(`${path} writes files (materialized: external)`);
    }
    // What a parse says of it need not hold for the run, when dbt parses again for that.
    const place =
      /\b(target_\w+)\s*=[^,]*\b(flags|invocation_args_dict|invocation_id|run_started_at)\b/
        .exec(block);
    if (place !== null) {
      spots.push(`${path} computes ${place[1]} from ${place[2]}, which differs from run to run`);
    }
    const key = /\b(location_root|external_location|location)\s*=/.exec(block)?.[1];
    if (key !== undefined) spots.push(`${path} writes files (${key})`);
  }
  return spots;
}

function inYaml({ path, text }: ProjectText): string[] {
  let root;
  try {
    root = readYaml(text, path, { duplicateKeys: "last" });
  } catch {
    return [];
  }
  const spots: string[] = [];
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
        for (const written of texts(value).flatMap(writtenNames)) {
          spots.push(`the ${name} of ${path} writes to ${written}`);
        }
      } else if (name === "materialized" && texts(value).includes("external")) {
        spots.push(`${place || path} (${path}) writes files (materialized: external)`);
      } else if (
        ["location", "location-root", "external-location"].includes(name) &&
        key.text.startsWith("+")
      ) {
        spots.push(`${path} writes files (${key.text.slice(1)})`);
      }
      walk(value, place);
    }
  };
  if (root?.kind !== "map") return [];
  walk(root, "");
  return [...spots, ...movedSources(root, path)];
}

/** Sources whose schema is built from the target's: it took the suffix, and may not exist. */
function movedSources(root: YamlNode & { kind: "map" }, path: string): string[] {
  const sources = get(root, "sources");
  if (sources?.kind !== "list") return [];
  return sources.items.flatMap((source) => {
    if (source.kind !== "map") return [];
    const schema = getText(source, "schema") ?? "";
    if (!/target\.schema|target\[['"]schema/.test(schema)) return [];
    return [
      `the source ${
        getText(source, "name") ?? "?"
      } (${path}) has the schema \`${schema}\`, which takes the suffix and may not exist`,
    ];
  });
}

/** The literal places, outside any build, that a text writes to. */
function writtenNames(text: string): string[] {
  const names: string[] = [];
  for (const match of text.matchAll(WRITE)) {
    const [statement, , first = "", second] = match;
    const schemaOnly = /\bschema\s+(?:if\s+(?:not\s+)?exists\s+)?\S+$/i.test(statement);
    if (second !== undefined) names.push(`${first}.${second}`);
    else if (schemaOnly && !/^(?:if|identifier)$/i.test(first)) names.push(`the schema ${first}`);
  }
  return names;
}

function texts(node: YamlNode): string[] {
  if (node.kind === "scalar") return [node.text];
  if (node.kind === "list") return node.items.flatMap(texts);
  return node.entries.flatMap(({ value }) => texts(value));
}
