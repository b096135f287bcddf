/**
 * Whether two targets of profiles lead to one place: rows do not go from one server to another.
 * @module
 */
import { sha256 } from "../base/files.ts";
import { adapterOf } from "../dbt/adapters.ts";
import { evaluateOrNothing, type JinjaScope } from "../dbt/jinja.ts";
import type { ProfileTarget } from "../dbt/profile.ts";
import { get, getText } from "../base/yaml.ts";

/** What decides where a target leads. */
type Target = Pick<ProfileTarget, "adapter" | "output">;

/**
 * Hash of what decides which database a target leads to. Where it differs, a schema of the same name is another one. What dot
 * cannot render counts as it is written.
 */
export async function hashOfWarehouse(
  { adapter, output }: Target,
  scope: JinjaScope,
): Promise<string> {
  const { databaseKeys, serverKeys } = adapterOf(adapter);
  // Without those that are not set: a later dot may know of more.
  const values = [...serverKeys, ...databaseKeys].sort().flatMap((key) => {
    const text = getText(output, key);
    return text === undefined ? [] : [[key, evaluateOrNothing(text, scope) ?? text]];
  });
  return await sha256(JSON.stringify([adapter, values]));
}

/**
 * Whether a run reaches what was built in a warehouse, by the hash in its record: `apart` where it certainly does not, `unknown` where
 * another database of its own server may be meant. `named` is the target that the build's environment has now.
 */
export async function reachOf(
  hash: string,
  { run, named, scope }: { run: Target; named: Target | undefined; scope: JinjaScope },
): Promise<"apart" | "reached" | "unknown"> {
  if (hash === "" || hash === await hashOfWarehouse(run, scope)) return "reached";
  if (named !== undefined && hash === await hashOfWarehouse(named, scope)) {
    const key = serverDifference(run, named, scope) ?? databaseDifference(run, named, scope);
    return key === undefined || reachesFurther(run, scope) ? "reached" : "apart";
  }
  const { databaseKeys, oneDatabase } = adapterOf(run.adapter);
  const one = oneDatabase || databaseKeys.every((key) => getText(run.output, key) === undefined);
  return one && !reachesFurther(run, scope) ? "apart" : "unknown";
}

/**
 * Whether a connection reaches databases beside its own: files that DuckDB attaches, all that MotherDuck has under one account, and
 * those of a Redshift cluster with RA3 nodes.
 */
function reachesFurther({ output }: Target, scope: JinjaScope): boolean {
  const path = getText(output, "path") ?? "";
  return get(output, "attach") !== undefined ||
    /^(?:md|motherduck):/.test(evaluateOrNothing(path, scope) ?? path) ||
    /^true$/i.test(getText(output, "ra3_node") ?? "");
}

/** The file that a target of DuckDB opens; undefined where there is none, or another one, or only dbt can tell. */
export function duckDbFile({ adapter, output }: Target, scope: JinjaScope): string | undefined {
  const path = getText(output, "path");
  if (adapter !== "duckdb" || path === undefined || get(output, "attach") !== undefined) {
    return undefined;
  }
  return evaluateOrNothing(path, scope);
}

/** By which key of the profile two targets lead to different servers or files; undefined where to one. */
export function serverDifference(
  one: Target,
  other: Target,
  scope?: JinjaScope,
): string | undefined {
  if (one.adapter !== other.adapter) return "type";
  return adapterOf(one.adapter).serverKeys.find((key) => differ(key, one, other, scope));
}

/** By which key two targets of one server lead to different databases, where a connection reaches one only. */
export function databaseDifference(
  one: Target,
  other: Target,
  scope?: JinjaScope,
): string | undefined {
  const { databaseKeys, oneDatabase } = adapterOf(one.adapter);
  return oneDatabase ? databaseKeys.find((key) => differ(key, one, other, scope)) : undefined;
}

/** What a profile says of the database, whatever the adapter calls it. */
export function databaseOf({ adapter, output }: Target): string {
  return adapterOf(adapter).databaseKeys.map((key) => getText(output, key) ?? "").join("\n");
}

function differ(key: string, one: Target, other: Target, scope: JinjaScope | undefined): boolean {
  const [own, others] = [one, other].map(({ output }) => {
    const text = getText(output, key);
    if (text === undefined || scope === undefined) return text;
    return evaluateOrNothing(text, scope) ?? text;
  });
  return own !== others;
}
