/**
 * The schemas that plain runs write to: a place's own, and those of the project's other environments and targets.
 * @module
 */
import { getText } from "../base/yaml.ts";
import { environmentsWith } from "../config/load.ts";
import { schemaOf } from "../config/settings.ts";
import { liveSchema } from "../dbt/isolated_profile.ts";
import type { JinjaScope } from "../dbt/jinja.ts";
import { NOTHING_GIVEN } from "../dbt/passthrough.ts";
import type { ProfileTarget } from "../dbt/profile.ts";
import type { Place } from "./place.ts";

/** Where a plain run writes. */
export interface LiveSchema {
  source: ProfileTarget;
  /** The schema's name as written; undefined where the profile names none. */
  schema: string | undefined;
  /** The schema as dbt sees it; undefined where only dbt can tell. */
  rendered: string | undefined;
  /** What its texts are rendered with. */
  scope: JinjaScope;
}

/** Undefined where dot cannot read the profile: then dbt cannot either, or its target is Jinja. */
export async function liveSchemaOf(place: Place): Promise<LiveSchema | undefined> {
  const source = await place.targetOrNothing();
  if (source === undefined) return undefined;
  const { scope } = place;
  const found = liveSchema(source, schemaOf(place.environment), scope);
  return { source, schema: found?.schema, rendered: found?.rendered, scope };
}

/**
 * The names of the live schemas of all environments that the working tree's files define, and of all targets of the profile,
 * each with the environment or target that it is one of. What only dbt can tell is not among them.
 */
export async function liveSchemaNames(place: Place): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const source = await place.targetOrNothing();
  const { scope } = place;
  for (const { key: { text: target }, value: output } of source?.outputs.entries ?? []) {
    if (source === undefined || output.kind !== "map") continue;
    const adapter = getText(output, "type") ?? source.adapter;
    const name = liveSchema({ ...source, target, output, adapter }, undefined, scope)?.rendered;
    if (name !== undefined) found.set(name, target);
  }
  // Every file that defines environments has the word.
  for (const environment of await environmentsWith("environment", place.located.configFolder)) {
    const other = place.with({ environment, vars: environment.vars, given: NOTHING_GIVEN });
    const name = (await liveSchemaOf(other))?.rendered;
    if (name !== undefined && environment.name !== undefined) found.set(name, environment.name);
  }
  return found;
}
