/**
 * Which data files the nodes of a manifest name: files that dbt itself does not read.
 * @module
 */
import { asObject, asText, type JsonObject, textsIn } from "../../base/json.ts";
import { anyDataPathsIn } from "../data_paths.ts";
import { macrosUsedBy, withUsers } from "./macros.ts";
import type { Manifest } from "./manifest.ts";

/** What runs, or is read by what runs: whatever else names a file does not read it. */
const READERS = /^(?:model|snapshot|seed|test|unit_test|analysis|operation|function|source)$/;
/** Where values stand that name files: what `external_location` says, arguments of a test, a hook. */
const VALUES = [
  ...["unrendered_config", "meta", "source_meta", "external", "external_location"],
  ...["test_metadata", "given", "expect", "overrides"],
];

/**
 * The relative paths of data that nodes and sources name, by themselves or through macros, by id; as `anyDataPathsIn` gives them.
 * What names none is left out.
 */
export function dataNamedBy({ entries, macros }: Manifest): Map<string, string[]> {
  const naming = [...macros].flatMap(([id, { sql }]) => {
    const paths = anyDataPathsIn(sql);
    return paths.length === 0 ? [] : [{ paths, users: withUsers(macros, [id]) }];
  });
  const named = new Map<string, string[]>();
  for (const [id, entry] of entries) {
    if (!READERS.test(asText(entry["resource_type"]))) continue;
    const uses = macrosUsedBy(entry);
    const paths = [
      ...anyDataPathsIn(textOf(entry)),
      ...naming.flatMap((one) => uses.some((used) => one.users.has(used)) ? one.paths : []),
    ];
    if (paths.length > 0) named.set(id, [...new Set(paths)]);
  }
  return named;
}

/** The ids of the seeds whose rows dbt has not read, because there are many, with the package and the path in it. */
export function unreadSeeds({ entries }: Manifest): { id: string; owner: string; path: string }[] {
  return [...entries].flatMap(([id, entry]) =>
    entry["resource_type"] === "seed" && asObject(entry["checksum"])["name"] === "path"
      ? [{
        id,
        owner: asText(entry["package_name"]),
        path: asText(entry["original_file_path"]).replaceAll("\\", "/"),
      }]
      : []
  );
}

/** The code of an entry, and the values of its configuration: by themselves, and in quotes, as code has a path. */
function textOf(entry: JsonObject): string {
  const values = [...VALUES.map((key) => entry[key]), asObject(entry["config"])["meta"]]
    .flatMap(textsIn);
  return [asText(entry["raw_code"]), ...values, ...values.map((value) => `"${value}"`)].join("\n");
}
