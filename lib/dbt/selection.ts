/**
 * The words by which dbt selects a node.
 * @module
 */
import { isObject, parseObject } from "../base/json.ts";

/**
 * Gives the words by which dbt selects one model, seed or snapshot of a manifest and no other; undefined where there are
 * none. `fqn` alone takes all that lies in a folder of that name along.
 */
export function selections(manifest: string): (id: string) => string | undefined {
  const nodes = parseObject(manifest)?.["nodes"];
  const known = Object.entries(isObject(nodes) ? nodes : {}).flatMap(([id, node]) => {
    if (!isObject(node) || !Array.isArray(node["fqn"])) return [];
    if (!/^(?:model|seed|snapshot)$/.test(String(node["resource_type"]))) return [];
    const file = String(node["original_file_path"]).split(/[\\/]/).at(-1) ?? "";
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
