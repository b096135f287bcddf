/**
 * The words by which dbt selects a node.
 * @module
 */
import { asText, entries, type JsonObject } from "../../base/json.ts";

/** Gives the words by which dbt selects one node and no other; undefined where there are none. */
export type Selections = (id: string) => string | undefined;

/**
 * Gives the words for the models, seeds and snapshots in a manifest's JSON. `fqn` alone takes all that lies in a folder of that name
 * along.
 */
export function selections(root: JsonObject): Selections {
  const known = entries(root["nodes"]).flatMap(([id, node]) => {
    if (!/^(?:model|seed|snapshot)$/.test(asText(node["resource_type"]))) return [];
    if (!Array.isArray(node["fqn"])) return [];
    const file = asText(node["original_file_path"]).split(/[\\/]/).at(-1) ?? "";
    return [{ id, name: node["fqn"].join("."), file }];
  });
  return (id) => {
    const own = known.find((one) => one.id === id);
    if (own === undefined || /[\s,*?[\]]/.test(own.name + own.file)) return undefined;
    const others = known.filter((one) =>
      one.id !== id && one.file === own.file && `${one.name}.`.startsWith(`${own.name}.`)
    );
    return others.length === 0 ? `fqn:${own.name},file:${own.file}` : undefined;
  };
}
