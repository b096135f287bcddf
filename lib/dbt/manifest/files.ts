/**
 * Which files of data the rows of a node come from when they are asked for: a view reads them anew each time, wherever whoever
 * asks stands.
 * @module
 */
import { asObject, asText, entries, type JsonObject, texts } from "../../base/json.ts";
import { dataPathsIn } from "../data_paths.ts";

/** What is not kept in the warehouse, but read through. */
const READ_THROUGH = ["view", "ephemeral"];

/** Stands before a file that dbt-duckdb writes below the profile's `external_root`. */
export const EXTERNAL_ROOT = "external_root/";

/** Tells the relative paths of data that a node of a manifest's JSON reads when it is queried. Sorted. */
export function filesReadBy(root: JsonObject): (id: string) => string[] {
  const nodes = new Map(entries(root["nodes"]));
  const sources = new Map(entries(root["sources"]));
  const collect = (id: string, seen: Set<string>): string[] => {
    if (seen.has(id)) return [];
    seen.add(id);
    const source = sources.get(id);
    if (source !== undefined) return dataPathsIn(locationOf(source));
    const node = nodes.get(id);
    if (node === undefined) return [];
    const config = asObject(node["config"]);
    if (config["materialized"] === "external") {
      const location = asText(config["location"]);
      const own = asText(node["alias"]) || asText(node["name"]);
      return location === "" ? [`${EXTERNAL_ROOT}${own}`] : dataPathsIn(`"${location}"`);
    }
    if (!READ_THROUGH.includes(asText(config["materialized"]))) return [];
    const code = `${asText(node["raw_code"])}\n${asText(node["compiled_code"])}`;
    const parents = texts(asObject(node["depends_on"])["nodes"]);
    return [...dataPathsIn(code), ...parents.flatMap((parent) => collect(parent, seen))];
  };
  return (id) => [...new Set(collect(id, new Set()))].sort();
}

/** The place of a source's files, in quotes: dbt-duckdb reads it off the source's `meta` or `config`. */
function locationOf(source: JsonObject): string {
  const config = asObject(source["config"]);
  return [source, config].flatMap((one) => [
    one,
    asObject(one["meta"]),
    asObject(one["source_meta"]),
  ]).map((one) => `"${asText(one["external_location"])}"`).join("\n");
}
