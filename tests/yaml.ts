/** YAML in tests. */
import { readYaml, valueOf, type YamlValue } from "../lib/base/yaml.ts";

/** The value that a text of YAML is; null for an empty one. */
export function yamlValue(text: string): YamlValue {
  const node = readYaml(text, "f.yml");
  return node === undefined ? null : valueOf(node);
}
