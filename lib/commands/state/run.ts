/**
 * `dot state`: what is new, modified and removed at a place since it left the default branch, and by what.
 * @module
 */
import type { Context } from "../../base/context.ts";
import { DotError, errorJson } from "../../base/errors.ts";
import type { Arguments } from "../../cli/flags.ts";
import { baseOf } from "../../compare/base.ts";
import { type Difference, findDifferences, unseenOf } from "../../compare/differences.ts";
import { changedByFiles } from "../../compare/files.ts";
import { askingLive, ensureState, planState } from "../../compare/state.ts";
import { changedSystem, systemReaders } from "../../compare/system.ts";
import { changedByVariables, changedVariables, withOwnVariables } from "../../compare/variables.ts";
import { needManifest } from "../../dbt/manifest/read.ts";
import { isolate, type Isolated } from "../../isolated/isolate.ts";
import { Finder } from "../../places/find.ts";
import type { Place } from "../../places/place.ts";
import { parseSpec } from "../../places/spec.ts";
import { makeRunner } from "../../places/warmth.ts";
import { readRecord } from "../../store/settled.ts";
import { beginReading } from "../../store/reading.ts";
import type { FLAGS } from "./flags.ts";
import { asJson, show } from "./view.ts";

/** Run it. */
export async function runState(
  { flags, words }: Arguments<typeof FLAGS>,
  context: Context,
): Promise<number> {
  const { out } = context;
  const [text] = words;
  const spec = text === undefined ? undefined : parseSpec(text);
  const finder = await Finder.open({ needsGit: true }, context);
  // The working tree is a commit here: what was parsed of it once need not be parsed again.
  const files = (spec?.ref ?? ".") === "." ? await finder.git?.filesNow() : undefined;
  const ref = files?.hash ?? spec?.ref ?? ".";
  const head = await finder.find({
    text: text ?? "@.",
    environment: spec?.environment,
    ref,
  });
  const commit = await baseOf(head, flags.base);
  const environment = await finder.environmentAt(head.environment.name, commit);
  const base = head.with({ commit, environment });
  const found = await compare({ head, base }, { cold: flags.cold }, context);
  if (typeof found === "number") {
    // On stderr it is said already.
    const error = new DotError("dbt could not parse one of the two sides", {
      code: "DOT015",
      exitCode: found,
    });
    if (flags.json) out.result(errorJson(error, found));
    return found;
  }
  if (head.commit === undefined) throw new Error("the working tree is no commit");
  if (flags.json) out.result(asJson(found, head.commit, commit));
  else show(found, head.commit, commit, context);
  return 0;
}

/** Both sides parsed, and compared; dbt's exit code where one of them cannot be parsed. */
async function compare(
  { base, head }: { head: Place; base: Place },
  { cold }: { cold: boolean },
  context: Context,
): Promise<Difference[] | number> {
  const runner = await makeRunner(head.live(), { cold }, context);
  const asking = await askingLive(head);
  const state = await planState(await isolate(base), asking);
  const variables = await changedVariables(head, base);
  const plans = {
    base: state,
    head: await planState(await isolate(head), asking),
    own: variables.length === 0 ? state : await withOwnVariables(state, base),
  };
  const reads = Object.values(plans).map(({ root }) => ({ build: root, built: undefined }));
  using _reading = await beginReading(reads, context.out);
  for (const plan of new Set(Object.values(plans))) {
    const code = await ensureState(plan, { doing: "dot state", runner }, context);
    if (code !== 0) return code;
  }
  const parses = {
    base: await needManifest(plans.base.folder),
    head: await needManifest(plans.head.folder),
    own: await needManifest(plans.own.folder),
  };
  const system = await systemOfBase(plans.base.base, head, context);
  const { ids } = await systemReaders(parses.head, system, plans.base.base);
  const readers = [...changedByVariables(parses, variables), ...ids];
  const files = await changedByFiles(parses.head, { base, head });
  return findDifferences(parses, unseenOf(readers, files));
}

/** The variables of the system that the build of the base was made with other values of, where there is one. */
async function systemOfBase(
  { build, commit, environment, paths }: Isolated,
  head: Place,
  { out }: Context,
): Promise<string[]> {
  const record = await readRecord(paths, build.short);
  if (record?.commit !== commit.hash) return [];
  const names = await changedSystem(record.made_with, head);
  if (names.length > 0) {
    out.status(`${environment}@${build.short} was built with other values of ${names.join(", ")}`);
  }
  return names;
}
