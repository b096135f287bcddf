/**
 * What YAML sets: keys that place nodes, and values whose Jinja may come to a whole block of settings. Pure.
 * @module
 */
import { hasJinja } from "../../dbt/jinja.ts";
import { readYaml, valueOf, type YamlNode } from "../../base/yaml.ts";
import {
  type Found,
  inTag,
  isOwnPlace,
  isPlace,
  isSchema,
  keyName,
  STORES_FAILURES,
  UNSEEN,
} from "./configs.ts";
import { readTemplate } from "./jinja.ts";
import { leavesProject, readsOf } from "./reads.ts";

/** Blocks at the root of dbt_project.yml that set the configs of nodes, and lists of property files that hold nodes. */
const NODES = new Set([
  ...["analyses", "data_tests", "functions", "macros", "models", "seeds", "snapshots", "tests"],
  ...["exports", "saved_queries", "semantic_models", "unit_tests"],
]);
/** Keys below which a property file holds further nodes, or settings of one. */
const HOLDING = new Set([...NODES, "columns", "config", "tables", "versions"]);
/** Configs that a dbt_project.yml may have beside its folders without a `+`, and that place nothing. */
const PLAIN_CONFIGS = new Set([
  ...["access", "alias", "contract", "docs", "enabled", "full_refresh", "group", "materialized"],
  ...["meta", "persist_docs", "post_hook", "pre_hook", "quoting", "tags", "unique_key", "where"],
  ...["error_if", "fail_calc", "limit", "severity", "warn_if"],
]);

/** What a YAML file sets. */
export function inYaml(path: string, text: string): Found {
  const found: Found = { doubts: [], schemas: [], snapshots: false };
  let root;
  try {
    // dbt's reader takes these for the end of a line.
    if (/[\u0085\u2028\u2029]/.test(text)) throw new Error("a line that ends in two ways");
    root = readYaml(text, path, { duplicateKeys: "last" });
  } catch {
    return { ...found, doubts: ["is no YAML that dot can read"] };
  }
  const isProject = /(?:^|\/)dbt_project\.yml$/.test(path);
  if (isProject) {
    const { folders, packages } = readsOf(text);
    for (const { key, named } of folders) {
      if (leavesProject(named)) found.doubts.push(`reads files outside the project (${key})`);
    }
    if (packages !== undefined && leavesProject(packages)) {
      found.doubts.push("reads files outside the project (packages-install-path)");
    }
  }
  if (root === undefined) return found;
  if (root.kind !== "map") return { ...found, doubts: ["is no YAML that dot can read"] };
  for (const { key, value } of root.entries) {
    if (key.text === "snapshots" && !isProject) found.snapshots = true;
    // A variable sets nothing by itself, and what is only read is written nowhere.
    if (key.text === "vars" || key.text === "exposures") continue;
    if (key.text === "sources") {
      findTests(value, (tests) => visit(tests, { ...found, isProject, project: false }));
      continue;
    }
    const node = { kind: "map" as const, at: value.at, entries: [{ key, value }] };
    visit(node, { ...found, isProject, project: isProject && NODES.has(keyName(key.text)) });
  }
  return found;
}

interface Visit extends Found {
  isProject: boolean;
  /** In a block of dbt_project.yml that sets configs by folder. */
  project: boolean;
}

function visit(node: YamlNode, at: Visit): void {
  if (node.kind === "scalar") inText(node.text, at);
  else if (node.kind === "list") { for (const item of node.items) visit(item, at); }
  else {
    for (const { key, value } of node.entries) {
      setKey(key.text, value, at);
      // What lies below a config is its value, and no folder.
      const isValue = key.text.startsWith("+") || PLAIN_CONFIGS.has(keyName(key.text));
      visit(value, isValue ? { ...at, project: false } : at);
    }
  }
}

function setKey(key: string, value: YamlNode, at: Visit): void {
  const name = keyName(key);
  if (hasJinja(key) || isWhole(key, value, at)) at.doubts.push(UNSEEN);
  if (isOwnPlace(name)) at.doubts.push(`sets ${name}`);
  if (name.startsWith("store_failures") && !isFalse(value)) at.doubts.push(STORES_FAILURES);
  if (!isPlace(name) || value.kind !== "scalar") return;
  if (hasJinja(value.text)) at.doubts.push(`computes the config ${name}`);
  else if (isSchema(name)) at.schemas.push(value.text);
}

/** Whether a value, or an item of it, is Jinja that may come to a block of settings. */
function isWhole(key: string, value: YamlNode, { isProject, project }: Visit): boolean {
  const name = keyName(key);
  const isJinja = (node: YamlNode) => node.kind === "scalar" && hasJinja(node.text);
  if (project && !key.startsWith("+") && !PLAIN_CONFIGS.has(name) && !isPlace(name)) {
    return isJinja(value);
  }
  if (isProject || !HOLDING.has(name)) return false;
  return isJinja(value) || value.kind === "list" && value.items.some(isJinja);
}

/** Jinja in a value may call what a model may: dbt renders the arguments of tests as it renders code. */
function inText(text: string, { doubts, schemas }: Found): void {
  if (!hasJinja(text) || !/[^\x20-\x7e\s]|builtins|config|context|render/.test(text)) return;
  const template = readTemplate(text);
  if (template === undefined) doubts.push(UNSEEN);
  for (const { tokens } of template?.parts ?? []) {
    const found = inTag(tokens);
    doubts.push(...found.doubts);
    schemas.push(...found.schemas);
  }
}

/** The tests of sources. */
function findTests(node: YamlNode, give: (tests: YamlNode) => void): void {
  if (node.kind === "list") { for (const item of node.items) findTests(item, give); }
  if (node.kind !== "map") return;
  for (const { key, value } of node.entries) {
    if (/^(?:data_)?tests$/.test(keyName(key.text))) {
      give({ kind: "map", at: value.at, entries: [{ key, value }] });
    } else findTests(value, give);
  }
}

function isFalse(node: YamlNode): boolean {
  const value = valueOf(node);
  return value === false || value === null;
}
