/**
 * Protected environments: a command that writes to the live schemas of one is agreed to first.
 * @module
 */
import { join, resolve } from "@std/path";
import { environmentsWith } from "../config/load.ts";
import { isProtected } from "../config/settings.ts";
import type { Context } from "../base/context.ts";
import type { DbtCommand } from "../dbt/commands.ts";
import { isGiven, NOTHING_GIVEN } from "../dbt/passthrough.ts";
import { DotError } from "../base/errors.ts";
import { adapterOf } from "../dbt/adapters.ts";
import { evaluateOrNothing } from "../dbt/jinja.ts";
import { UnrenderedError } from "../dbt/profile.ts";
import { getText } from "../base/yaml.ts";
import { readIfThere } from "../base/files.ts";
import { isAgreed } from "../base/question.ts";
import { walk, type WalkedEntry } from "../base/walk.ts";
import { type LiveSchema, liveSchemaOf } from "./live_schemas.ts";
import type { Place } from "./place.ts";
import { storesFailures } from "./stored_failures.ts";

/** Commands that write to the warehouse, whatever else they are given. A macro may do anything. */
const WRITING = ["build", "clone", "retry", "run", "run-operation", "seed", "snapshot"];
/** Folders of a project that hold none of its own text. */
const NOT_THE_PROJECT = ["dbt_packages", "dbt_modules", "logs", "node_modules", "target"];

/** The protected environment that a plain run would write to. */
export interface ProtectedPlace {
  environment: string;
  /** Its live schema, in words. */
  place: string;
}

/** What is asked about. */
export interface Writing {
  /** The command in words, `dot run prod`. */
  command: string;
  /** Whether `--yes` was given. */
  yes: boolean;
  /** Whether a person may be asked. */
  interactive: boolean;
  /** What may be done without a question instead, where there is something. */
  instead?: (environment: string) => string;
}

/**
 * Whether a plain run may go on: it writes nothing, or to no protected environment, or the user agrees. Throws a DotError
 * where nobody can answer.
 */
export async function mayWriteLive(
  place: Place,
  command: DbtCommand,
  writing: Writing,
  context: Context,
): Promise<boolean> {
  // Without files nothing is protected.
  if (place.environments.length === 0) return true;
  if (!await writes(place, command)) return true;
  const found = await findProtected(place);
  return found === undefined || agreeToWrite(found, writing, context);
}

/** Ask whether a protected environment may be written to. Throws a DotError where nobody can answer. */
export function agreeToWrite(
  { environment, place }: ProtectedPlace,
  { command, instead, interactive, yes }: Writing,
  { out }: Context,
): boolean {
  if (yes) return true;
  const what = `\`${command}\` writes to ${place} of \`${environment}\`, which is protected`;
  if (!interactive) {
    throw new DotError(`${what}, and nobody can be asked here`, {
      hints: [
        `To do it all the same: ${command.replace(/( -- .*)?$/s, " --yes$1")}`,
        ...instead === undefined ? [] : [instead(environment)],
      ],
      code: "DOT014",
    });
  }
  out.warn(what);
  if (isAgreed("Go on?", out)) return true;
  out.status("nothing was done");
  return false;
}

/**
 * The protected environment whose live schema a plain run writes to: the run's own, or another one that has the same, by
 * whatever target.
 */
export async function findProtected(place: Place): Promise<ProtectedPlace | undefined> {
  const { environment, located } = place;
  if (environment.name !== undefined && isProtected(environment)) {
    return { environment: environment.name, place: inWords(await liveSchemaOf(place)) };
  }
  if (isFreed(place)) return undefined;
  const others = (await environmentsWith("+protected", located.configFolder)).filter(isProtected);
  const own = others.length === 0 ? undefined : await liveSchemaOf(place);
  if (own === undefined) {
    const [other] = others;
    return other?.name !== undefined && await isUntold(place)
      ? { environment: other.name, place: "what may be the live schemas" }
      : undefined;
  }
  for (const other of others) {
    if (other.name === undefined) continue;
    const theirs = await liveSchemaOf(
      place.with({ environment: other, vars: other.vars, given: NOTHING_GIVEN }),
    );
    if (theirs === undefined || !isSame(own, theirs)) continue;
    return { environment: other.name, place: inWords(own) };
  }
  return undefined;
}

/** Whether only dbt can tell the target: a profile that is missing or broken stops dbt itself. */
async function isUntold(place: Place): Promise<boolean> {
  try {
    await place.target();
    return false;
  } catch (error) {
    if (!(error instanceof DotError)) throw error;
    return error instanceof UnrenderedError;
  }
}

/** Whether the environment says itself that it is free, and nothing leads the run elsewhere. */
function isFreed({ environment, given }: Place): boolean {
  return environment.settings.get("protected")?.value === false &&
    !["profile", "profiles-dir", "target"].some((name) => isGiven(given, name));
}

/** Whether two targets, whatever they are called, write to one schema. What dot cannot tell counts as the same. */
function isSame(a: LiveSchema, b: LiveSchema): boolean {
  if (a.source.adapter !== b.source.adapter) return false;
  const { databaseKeys, serverKeys } = adapterOf(a.source.adapter);
  for (const key of [...serverKeys, ...databaseKeys]) {
    const [one, other] = [rendered(key, a), rendered(key, b)];
    if (one !== undefined && other !== undefined && one !== other) return false;
  }
  // Some engines fold the case of names.
  const [one, other] = [a.rendered?.toLowerCase(), b.rendered?.toLowerCase()];
  return one === undefined || other === undefined || one === other;
}

/** What a key of a target comes to; undefined where it is not set, or only dbt can tell. A path has one spelling. */
function rendered(key: string, { scope, source }: LiveSchema): string | undefined {
  const text = getText(source.output, key);
  const value = text === undefined ? undefined : evaluateOrNothing(text, scope);
  return value === undefined ? undefined : resolve(value);
}

function inWords(place: LiveSchema | undefined): string {
  if (place === undefined) return "the live schemas";
  const { rendered, schema, source } = place;
  const target = `target \`${source.target}\` of the profile \`${source.profile}\``;
  const name = rendered ?? schema;
  return name === undefined
    ? `the live schemas (${target})`
    : `\`${name}\` (${target}), the live schema`;
}

/** Whether a command writes to the warehouse. */
async function writes(place: Place, command: DbtCommand): Promise<boolean> {
  if (WRITING.includes(command.name)) return true;
  if (command.name !== "test") return false;
  return storesFailures(place, place.env) || await mentionsStoredFailures(place.project.folder);
}

/** Whether a project's text stores the failures of a test anywhere. */
async function mentionsStoredFailures(folder: string): Promise<boolean> {
  const enters = ({ name }: WalkedEntry) =>
    !name.startsWith(".") && !NOT_THE_PROJECT.includes(name);
  for await (const { entries } of walk(folder, { enters })) {
    for (const { kind, name, path } of entries) {
      if (kind !== "file" || !/\.(?:ya?ml|sql)$/i.test(name)) continue;
      if (STORES.test(await readIfThere(join(folder, path)) ?? "")) return true;
    }
  }
  return false;
}

const STORES = /store_failures(?:_as)?["']?\s*[:=](?!\s*(?:false|no|off)\b)/i;
