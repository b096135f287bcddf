/**
 * Variables of the system that a build was made with other values of, and what reads them.
 * @module
 */
import { mayRead } from "../dbt/env_var.ts";
import { withUsers } from "../dbt/manifest/macros.ts";
import type { Manifest } from "../dbt/manifest/manifest.ts";
import { readersOfSystem } from "../dbt/manifest/readers.ts";
import { asText } from "../base/json.ts";
import { systemDifference } from "../isolated/fingerprint.ts";
import type { Isolated } from "../isolated/isolate.ts";
import { filesThatRead } from "../isolated/prepare.ts";
import type { Place } from "../places/place.ts";
import type { MadeWith } from "../store/made_with.ts";

/** Those that differ, or may: of what may be a secret nobody can tell. Sorted. */
export async function changedSystem(made: MadeWith | undefined, place: Place): Promise<string[]> {
  const { perhaps, sure } = await systemDifference(made, place);
  return [...sure, ...perhaps].sort();
}

/** What reads some variables of the system. */
export interface SystemReaders {
  /** The ids of nodes, sources, exposures and the like. */
  ids: ReadonlySet<string>;
  /** Whether that is all of the project, because no manifest tells what reads them. */
  all: boolean;
}

/**
 * What of a manifest reads some variables: by its text, by its macros, or by a file that dbt renders when it parses. `isolated` has
 * those files; its worktree must be there.
 */
export async function systemReaders(
  manifest: Manifest,
  names: readonly string[],
  isolated: Isolated,
): Promise<SystemReaders> {
  if (names.length === 0) return { ids: new Set(), all: false };
  const files = (await filesThatRead(isolated, names)).filter((path) => /\.ya?ml$/i.test(path));
  const all =
    files.some((path) => /(?:^|\/)(?:dbt_project|packages|dependencies)\.yml$/.test(path)) ||
    readByAll(manifest, names);
  const rendered = [...manifest.entries].filter(([, entry]) => {
    const own = [asText(entry["original_file_path"]), asText(entry["patch_path"])]
      .map((path) => path.replace(/^.*:\/\//, "").replaceAll("\\", "/")).filter((path) =>
        path !== ""
      );
    return all || own.some((path) => files.some((file) => `/${file}`.endsWith(`/${path}`)));
  }).map(([id]) => id);
  return { ids: new Set([...readersOfSystem(manifest, names), ...rendered]), all };
}

/**
 * Whether a macro reads one of the variables that dbt calls for nodes without saying so in a manifest: one that names relations or makes
 * them, or stands in the place of one of dbt's own.
 */
function readByAll({ macros }: Manifest, names: readonly string[]): boolean {
  const matching = [...macros].filter(([, { sql }]) => mayRead(sql, names)).map(([id]) => id)
    // What dbt's own macros read is not the project's.
    .filter((id) => !id.startsWith("macro.dbt."));
  return [...withUsers(macros, matching)].some((id) => {
    const name = id.split(".").slice(2).join(".");
    const dispatched = name.replace(/^[^_]+(?:_[^_]+)*?__/, "");
    return name.startsWith("materialization_") || id.startsWith("macro.dbt.") ||
      [name, dispatched].some((one) => macros.has(`macro.dbt.${one}`));
  });
}
