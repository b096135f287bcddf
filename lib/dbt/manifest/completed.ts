/**
 * What dbt 2 leaves out of a manifest. It names for a node the macros that it calls by their bare names, and for a macro none: dbt 1
 * names them all, read off the texts as here. And it has the configuration of a generic test only as it is rendered.
 * Source: `statically_extract_macro_calls` of dbt.clients.jinja_static and MacroResolver of dbt.context.macro_resolver (1.11).
 * @module
 */
import {
  asObject,
  asText,
  entries,
  isObject,
  type JsonObject,
  objects,
  texts,
} from "../../base/json.ts";

/** A macro, as far as it can be called. */
interface Callable {
  name: string;
  project: string;
}

/** Adapters that take the macros of another one where they have none. */
const PARENTS: Readonly<Record<string, string>> = { databricks: "spark", redshift: "postgres" };
/** What holds nodes that call macros. */
const KINDS = ["nodes", "unit_tests", "functions", "macros"];

/** A manifest with all that dbt 1 writes into it; of dbt 1 the very same. */
export function completed(root: JsonObject): JsonObject {
  const metadata = asObject(root["metadata"]);
  if (!asText(metadata["dbt_version"]).startsWith("2.")) return root;
  const find = finderOf(root);
  const complete = (entry: JsonObject) => {
    const depends = asObject(entry["depends_on"]);
    const known = texts(depends["macros"]);
    const project = asText(entry["package_name"]);
    const called = textsOf(entry).flatMap((text) => callsIn(text, project, find));
    return {
      ...entry,
      depends_on: { ...depends, macros: [...new Set([...known, ...called])] },
      ...isObject(entry["test_metadata"]) ? { unrendered_config: entry["config"] } : {},
    };
  };
  const whole = KINDS.filter((kind) => root[kind] !== undefined).map((kind) => [
    kind,
    Object.fromEntries(entries(root[kind]).map(([id, entry]) => [id, complete(entry)])),
  ]);
  return { ...root, ...Object.fromEntries(whole) };
}

/** What of a node or macro dbt renders: its code and its hooks. */
function textsOf(entry: JsonObject): string[] {
  const config = asObject(entry["config"]);
  const hooks = ["pre-hook", "post-hook", "pre_hook", "post_hook"]
    .flatMap((key) => [...objects(config[key]).map(({ sql }) => sql), ...texts(config[key])]);
  return [entry["raw_code"], entry["macro_sql"], ...hooks].map(asText);
}

const COMMENT = /\{#[^]*?#\}/g;
const JINJA = /\{[{%][^]*?[}%]\}/g;
const DISPATCH =
  /\badapter\s*\.\s*dispatch\s*\(\s*(?:macro_name\s*=\s*)?["'](\w+)["']\s*(?:,\s*(?:macro_namespace\s*=\s*)?["'](\w+)["'])?/g;
const CALL = /(?<![\w.])(?:(\w+)\s*\.\s*)?(\w+)\s*\(/g;

function callsIn(text: string, project: string, find: Finder): string[] {
  const found: (string | undefined)[] = [];
  for (const [jinja] of text.replace(COMMENT, "").matchAll(JINJA)) {
    for (const [, name = "", space] of jinja.matchAll(DISPATCH)) {
      found.push(find.dispatched(name, space, project));
    }
    for (const [, space, name = ""] of jinja.matchAll(CALL)) {
      found.push(space === undefined ? find.named(name, project) : find.inPackage(name, space));
    }
  }
  return found.filter((id) => id !== undefined);
}

/** Finds macros as dbt does; each gives an id. */
interface Finder {
  /** By the bare name that a package's code calls it by. */
  named: (name: string, project: string) => string | undefined;
  /** In a package that the code names. */
  inPackage: (name: string, space: string) => string | undefined;
  /** What `adapter.dispatch` comes to. */
  dispatched: (name: string, space: string | undefined, project: string) => string | undefined;
}

function finderOf(root: JsonObject): Finder {
  const { adapter_type, project_name } = asObject(root["metadata"]);
  const [adapter, main] = [asText(adapter_type), asText(project_name)];
  const lineage = [adapter, PARENTS[adapter]].filter((one) => one !== undefined);
  const internal = [...lineage.map((one) => `dbt_${one}`), "dbt"];
  const ids = new Map<string, string>();
  const keyOf = ({ name, project }: Callable) => `${project}.${name}`;
  for (const [id, macro] of entries(root["macros"])) {
    ids.set(keyOf({ name: asText(macro["name"]), project: asText(macro["package_name"]) }), id);
  }
  const first = (name: string, projects: readonly string[]) =>
    projects.map((project) => ids.get(keyOf({ name, project }))).find((id) => id !== undefined);
  const named = (name: string, project: string) => first(name, [project, main, ...internal]);
  return {
    named,
    // What is dbt's own may lie in the package of the adapter.
    inPackage: (name, space) => first(name, space === "dbt" ? internal : [space]),
    dispatched: (name, space, project) => {
      const names = [...lineage, "default"].map((prefix) => `${prefix}__${name}`);
      const spaces = space === undefined
        ? [[project, main], internal]
        : [[main], space === "dbt" ? internal : [space]];
      for (const projects of spaces) {
        for (const one of names) {
          const id = first(one, projects);
          if (id !== undefined) return id;
        }
      }
      return undefined;
    },
  };
}
