/**
 * What decides where the relations of a build lie, and what they were made with: a build elsewhere, or of other values, is
 * another one.
 * @module
 */
import { toJson } from "../base/yaml.ts";
import { varsJson } from "../dbt/argv.ts";
import { variablesIn } from "../dbt/env_var.ts";
import { isSecret } from "../dbt/secrets.ts";
import { sha256 } from "../base/files.ts";
import type { Place } from "../places/place.ts";
import {
  differingFrom,
  hashesByName,
  hashOfValues,
  type MadeWith,
  type Values,
} from "../store/made_with.ts";
import type { Isolated } from "./isolate.ts";
import { hashOfShared } from "./shared_files.ts";
import { countedNames, valuesIn } from "./system_variables.ts";

/** Hash of a build's profile and of the environment variables that it reads, secrets aside. */
export async function hashOfProfile(
  { profile }: Pick<Isolated, "profile">,
  env: Record<string, string>,
): Promise<string> {
  const lines = profile.portable.split("\n").filter((line) =>
    !isSecret(/[\w-]*/.exec(line.trim())?.[0] ?? "", "x")
  );
  const names = [...new Set(variablesIn(lines.join("\n")))].sort();
  const values = names.map((name) => [name, env[name] ?? null]);
  return await sha256(JSON.stringify([profile.portable, values]));
}

/** Hash of the variables that dbt is given, and of the live project's files that it reads, if any. */
export async function hashOfInputs(
  { place: { vars }, shared }: Pick<Isolated, "place" | "shared">,
): Promise<string> {
  const given = varsJson(vars);
  return await sha256(shared.length === 0 ? given : `${given}\n${await hashOfShared(shared)}`);
}

/** The values that a build is made with, as its record has them. */
export type MadeOf = Pick<MadeWith, "vars_hash" | "vars" | "env_hash" | "env">;

/** Those of a run; `system` are the names of the variables of the system that its project reads, where somebody looked. */
export async function valuesOf(
  run: Pick<Isolated, "place" | "shared">,
  system: readonly string[] | undefined,
): Promise<MadeOf> {
  const { place } = run;
  const hash = await hashOfInputs(run);
  const vars = await hashesByName(varsOf(place), hash);
  if (system === undefined) return { vars_hash: hash, vars, env_hash: "", env: null };
  const values = valuesIn(place.env, countedNames(system));
  const whole = await hashOfValues(values);
  return {
    ...{ vars_hash: hash, vars },
    ...{ env_hash: whole, env: await hashesByName(values, whole) },
  };
}

/** Those that a record has. */
export function valuesOfRecord({ env, env_hash, vars, vars_hash }: MadeWith): MadeOf {
  return { vars_hash, vars, env_hash, env };
}

/** The values of the variables that dbt is given, as text. */
export function varsOf({ vars }: Pick<Place, "vars">): Values {
  return new Map([...vars].map(([name, { value }]) => [name, toJson(value)]));
}

/** Hash of the variables of the system that a build read, as they are now; undefined where its record does not say. */
export async function hashOfSystem(
  made: MadeWith | undefined,
  { env }: Pick<Place, "env">,
): Promise<string | undefined> {
  const names = made?.env ?? undefined;
  return names && await hashOfValues(valuesIn(env, Object.keys(names)));
}

/** What of a build was made with other values. */
export interface OtherValues {
  /** Names of what differs. Sorted. */
  names: string[];
  /** Names of dbt's variables that differ, or may. */
  vars: string[];
  /** The same of the variables of the system. */
  system: string[];
  /** Names of what may be secrets, one of which may differ. Sorted. */
  perhaps: string[];
  /** Whether variables differ of which an older record has no names. */
  unnamed: boolean;
}

/** By which values a build was made otherwise than a run would be. */
export async function otherValues(
  made: MadeWith,
  run: Pick<Isolated, "place" | "shared">,
): Promise<OtherValues> {
  const { place } = run;
  const vars = made.vars_hash !== "" && made.vars_hash !== await hashOfInputs(run);
  const none = { sure: [], perhaps: [] };
  const given = vars && made.vars !== null
    ? await differingFrom(made.vars, made.vars_hash, varsOf(place))
    : none;
  const system = await systemDifference(made, place);
  return {
    names: [...new Set([...given.sure, ...system.sure])].sort(),
    vars: [...given.sure, ...given.perhaps],
    system: [...system.sure, ...system.perhaps],
    perhaps: [...given.perhaps, ...system.perhaps],
    unnamed: vars && made.vars === null,
  };
}

/** Which variables of the system a build read with other values than they have now. */
export async function systemDifference(
  made: MadeWith | undefined,
  place: Pick<Place, "env">,
): Promise<{ sure: string[]; perhaps: string[] }> {
  const now = await hashOfSystem(made, place);
  if (made === undefined || made.env === null || now === made.env_hash) {
    return { sure: [], perhaps: [] };
  }
  const values = valuesIn(place.env, Object.keys(made.env));
  return await differingFrom(made.env, made.env_hash, values);
}

/** The same in words, to stand behind "built with"; undefined where nothing differs. */
export function otherValuesInWords({ names, perhaps, unnamed }: OtherValues): string | undefined {
  if (names.length > 0) return `other values of ${names.join(", ")}`;
  if (unnamed) return "other values of variables";
  return perhaps.length > 0 ? `perhaps other values of ${perhaps.join(", ")}` : undefined;
}
