/**
 * The other live places of a project: those of its environments, and of the profile's targets that no environment takes. They
 * may write to the same schemas.
 * @module
 */
import { join } from "@std/path";
import type { Context } from "../base/context.ts";
import type { Setting } from "../base/setting.ts";
import type { YamlNode } from "../base/yaml.ts";
import { varsJson } from "../dbt/argv.ts";
import { schemaOf } from "../config/settings.ts";
import { adapterOf } from "../dbt/adapters.ts";
import { variablesNeeded } from "../dbt/env_var.ts";
import { NOTHING_GIVEN } from "../dbt/passthrough.ts";
import type { ProfileTarget } from "../dbt/profile.ts";
import { liveSchema, renameProfile } from "../dbt/isolated_profile.ts";
import { yamlSecretsFor } from "../dbt/yaml_secrets.ts";
import { connectionOf, type Reached, reachPlace } from "./connection.ts";
import type { Finder } from "./find.ts";
import { withLiveProfile, writeLiveProfile } from "./live_profile.ts";
import type { Place } from "./place.ts";
import { profileQuery } from "./profile.ts";

/** A place that is not the one that is asked about. */
export interface OtherPlace {
  /** The environment's name, or the target's. */
  name: string;
  place: Place;
  /** Its target, where the profile here has none of that name. */
  missing: string | undefined;
}

/** What of the settings of an environment says where a profile lies, and not which of its targets is taken. */
const PROFILE_ARGUMENTS = ["profile", "profiles-dir", "project-dir"];

/** Those that may make something else of the project than a place does, each once. Throws a DotError for a broken file. */
export async function otherPlaces(place: Place, finder: Finder): Promise<OtherPlace[]> {
  const found: OtherPlace[] = [];
  const own = await place.target();
  const known = new Set([keyOf(place, own)]);
  const taken = new Set([own.target]);
  const add = async (name: string, other: Place): Promise<void> => {
    const source = await other.targetOrNothing();
    if (source === undefined) {
      const missing = profileQuery(other, []).target ?? name;
      found.push({ name, place: other, missing });
      return;
    }
    if (source.file === own.file && source.profile === own.profile) taken.add(source.target);
    const key = keyOf(other, source);
    if (known.has(key)) return;
    known.add(key);
    found.push({
      ...{ name, missing: undefined },
      place: other.with({ env: withLogin(other, source) }),
    });
  };
  for (const name of await finder.environments()) {
    if (name === place.environment.name) continue;
    await add(name, await finder.find({ text: name, environment: name, ref: undefined }));
  }
  for (const { key: { at, text: target }, value } of own.outputs.entries) {
    if (taken.has(target) || value.kind !== "map") continue;
    await add(target, ofTarget(place, { value: target, at }));
  }
  return found;
}

/**
 * How dbt parses for another place. One whose target this machine's profile does not have is parsed with the login and the schema of
 * the place that is asked about: what lies where, nobody knows here.
 */
export async function reachOther(
  { connection, source }: Reached,
  { missing, name, place }: OtherPlace,
  { folder, cold }: { folder: string; cold: boolean },
  context: Context,
): Promise<Reached> {
  if (missing === undefined) return await reachPlace(place, { folder, cold }, context);
  const { scope } = place;
  const other = { ...source, target: missing };
  const { secrets, text } = renameProfile(other, {
    base: liveSchema(source, undefined, scope)?.schema ?? "",
    keepConfig: false,
    scope,
    yamlSecrets: yamlSecretsFor(place.launcher, place.env),
  });
  const profilesDir = join(folder, name, "profile");
  await writeLiveProfile({ folder: profilesDir, text });
  return {
    name,
    place,
    source: other,
    connection: connectionOf(place, other, {
      runner: connection.runner,
      env: withLiveProfile(place.env, { secrets }),
      profilesDir,
      folder: join(folder, name),
    }),
  };
}

/** The place that a plain run of dbt with a target has. */
function ofTarget(place: Place, target: Setting): Place {
  const kept = [...place.environment.args].filter(([name]) => PROFILE_ARGUMENTS.includes(name));
  const environment = {
    name: undefined,
    extended: [],
    args: new Map([...kept, ["target", target]]),
    vars: new Map(),
    settings: new Map(),
  };
  return place.with({ environment, vars: new Map(), given: NOTHING_GIVEN });
}

/** What decides what a project consists of at a place. */
function keyOf({ environment, vars }: Place, { file, profile, target }: ProfileTarget): string {
  const args = new Map(
    [...environment.args].filter(([name]) => !["target", "threads"].includes(name)),
  );
  const texts = [varsJson(vars), varsJson(args)];
  return JSON.stringify([file, profile, target, ...texts, schemaOf(environment)]);
}

/**
 * The environment of a place in which the variables have a value that its profile reads for the login and that are not set here:
 * to parse, dbt needs no login. What says where the relations lie gets none.
 */
function withLogin({ env }: Place, { adapter, output }: ProfileTarget): Record<string, string> {
  const { alsoSuffixed, databaseKeys, schemaKeys } = adapterOf(adapter);
  const placing = ["type", "path", ...schemaKeys, ...alsoSuffixed.flat(), ...databaseKeys];
  const isPlacing = (key: string) => placing.includes(key);
  const read = (placing: boolean) =>
    output.entries.filter(({ key }) => isPlacing(key.text) === placing)
      .flatMap(({ value }) => textsIn(value)).flatMap(variablesNeeded);
  const needed = new Set(read(true));
  const login = read(false).filter((name) => env[name] === undefined && !needed.has(name));
  return { ...Object.fromEntries(login.map((name) => [name, "0"])), ...env };
}

function textsIn(node: YamlNode): string[] {
  if (node.kind === "scalar") return [node.text];
  const nodes = node.kind === "list" ? node.items : node.entries.map(({ value }) => value);
  return nodes.flatMap(textsIn);
}
