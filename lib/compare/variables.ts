/**
 * Variables whose values differ between two places, and what they change.
 * @module
 */
import { join } from "@std/path";
import { get, readYaml, toJson, valueOf } from "../base/yaml.ts";
import { readIfThere } from "../base/files.ts";
import { mergeVars } from "../dbt/argv.ts";
import type { Manifest } from "../dbt/manifest/manifest.ts";
import { readersOfVariables } from "../dbt/manifest/readers.ts";
import { renderedOtherwise } from "../dbt/manifest/rendered.ts";
import type { Place } from "../places/place.ts";
import { fileIn, PROJECT_FILE } from "../places/project.ts";
import type { StatePlan } from "./state.ts";

/** The file from which dbt 1.12 and later take the project's variables. */
const VARIABLES_FILE = "vars.yml";

/**
 * The variables whose values differ between a place and what it is compared with: each side has those of its own commit,
 * and what the command line gives holds for both. Sorted.
 */
export async function changedVariables(place: Place, other: Place): Promise<string[]> {
  const given = mergeVars(new Map(), place.given);
  const [head, base] = await Promise.all([place, other].map(async (side) => {
    const values = projectVariables(await textsOf(side));
    // What dbt gets as --vars stands over what the project says, whatever the package.
    for (const [name, { value }] of side.environment.vars) values.set(name, toJson(value));
    return values;
  }));
  return [...new Set([...head?.keys() ?? [], ...base?.keys() ?? []])]
    .filter((name) => !given.has(name) && head?.get(name) !== base?.get(name)).sort();
}

/** The plan of what a place is compared with, parsed with its own variables and not those of the place that asks. */
export async function withOwnVariables(
  plan: StatePlan,
  other: Place,
): Promise<StatePlan> {
  return await plan.under(mergeVars(other.environment.vars, plan.asking.place.given));
}

/** The parses by which it is told what variables change. */
export interface Parses {
  /** What is looked at. */
  head: Manifest;
  /** What it is compared with, with the head's variables. */
  base: Manifest;
  /** The same, with its own. */
  own: Manifest;
}

/**
 * The ids of what differs because variables do: what may read one of them when it runs, and what dbt has rendered otherwise: a
 * source's schema, a test's condition, who owns an exposure.
 */
export function changedByVariables(
  { base, head, own }: Parses,
  variables: readonly string[],
): Set<string> {
  if (variables.length === 0) return new Set();
  const changed = readersOfVariables(head, variables);
  for (const id of renderedOtherwise(own.entries, head.entries)) {
    // What neither parse of the other side has is new.
    if (own.entries.has(id) || base.entries.has(id)) changed.add(id);
  }
  return changed;
}

/** The texts of the files that give variables their values. */
async function textsOf(place: Place): Promise<(string | undefined)[]> {
  const { commit, git, launcher: { version }, project } = place;
  const [major = 0, minor = 0] = (version ?? "").split(".").map(Number);
  const names = major === 1 && minor < 12 ? [PROJECT_FILE] : [PROJECT_FILE, VARIABLES_FILE];
  if (commit === undefined || git === undefined) {
    return await Promise.all(names.map((name) => readIfThere(join(project.folder, name))));
  }
  const folder = await place.path();
  return await git.readFiles(commit.hash, names.map((name) => fileIn(folder, name)));
}

/** The values that a project gives variables, for itself and for each package, by name. */
function projectVariables(texts: readonly (string | undefined)[]): Map<string, string> {
  const values = new Map<string, string>();
  const add = (name: string, scope: string, value: string) =>
    values.set(name, `${values.get(name) ?? ""}${scope}=${value};`);
  for (const text of texts) {
    const root = text === undefined
      ? undefined
      : readYaml(text, PROJECT_FILE, { duplicateKeys: "last" });
    const vars = root?.kind === "map" ? get(root, "vars") : undefined;
    if (vars?.kind !== "map") continue;
    for (const { key, value } of vars.entries) {
      // A mapping is a package's variables, or a variable that is a mapping.
      add(key.text, "", toJson(valueOf(value)));
      if (value.kind !== "map") continue;
      for (const entry of value.entries) {
        add(entry.key.text, key.text, toJson(valueOf(entry.value)));
      }
    }
  }
  return values;
}
