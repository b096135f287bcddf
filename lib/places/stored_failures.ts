/**
 * Whether a run stores the failures of its tests in the warehouse: by its words, its environment, or dbt's variables.
 * @module
 */
import { readYaml, valueOf } from "../base/yaml.ts";
import { isGiven } from "../dbt/passthrough.ts";
import { dbtVariable } from "../dbt/profile.ts";
import type { PlaceParts } from "./place.ts";

/** Whether the failures of every test are stored, in the environment that dbt gets. */
export function storesFailures(
  { environment, given }: Pick<PlaceParts, "environment" | "given">,
  env: Record<string, string>,
): boolean {
  if (isGiven(given, "store-failures")) return true;
  if (environment.args.get("store-failures")?.value === true) return true;
  const variable = dbtVariable(env, "STORE_FAILURES");
  const node = variable === undefined ? undefined : readYaml(variable, "DBT_STORE_FAILURES");
  return node !== undefined && ![false, 0n, null].some((no) => valueOf(node) === no);
}
