/**
 * YAML as people write it and dbt reads it: the door to reading, values and writing.
 * @module
 */
export {
  get,
  type YamlEntry,
  type YamlList,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from "./yaml/nodes.ts";
export { readYaml, readYamlArgument } from "./yaml/read.ts";
export { getText, isNull, typeName, valueOf, YamlFloat, type YamlValue } from "./yaml/values.ts";
export { jsonText, toJson } from "./yaml/write.ts";
