/**
 * What is known of a build before a run: what it holds, and the record that the run begins with.
 * @module
 */
import type { Command } from "../base/process.ts";
import { VERSION } from "../base/version.ts";
import type { ManifestNode } from "../dbt/manifest/nodes.ts";
import { variablesParsed } from "../dbt/parsed_variables.ts";
import {
  hashOfProfile,
  hashOfSystem,
  otherValues,
  otherValuesInWords,
  valuesOf,
  valuesOfRecord,
} from "../isolated/fingerprint.ts";
import type { Isolated } from "../isolated/isolate.ts";
import { hashOfWarehouse } from "../places/server.ts";
import { type Held, heldBy, progressNow, progressOf, withBaseline } from "../store/history.ts";
import type { MadeWith } from "../store/made_with.ts";
import { type Beginning, type BuildRecord, isCutOff } from "../store/record.ts";
import { readRecord } from "../store/settled.ts";
import type { Session } from "./session.ts";

/**
 * What a build is made with, once dbt has parsed it: where its text computes names of variables, only dbt tells them.
 */
export async function madeWithParsed(
  made: MadeWith,
  { paths, place, shared }: Isolated,
  variables: readonly string[] | undefined,
): Promise<MadeWith> {
  if (variables?.includes("*") !== true) return made;
  const names = [...variables, ...namesOf(made), ...await variablesParsed(paths.target)];
  return { ...made, ...await valuesOf({ place, shared }, names) };
}

function namesOf(made: MadeWith | undefined): string[] {
  return Object.keys(made?.env ?? {});
}

/** What is known of a build before a run: its record so far, what it holds of that, and the record to begin with. */
export async function beginning(
  dbt: Command,
  isolated: Isolated,
  { context, plan }: Session,
  { builds, checked, variables }: {
    /** Whether its results are what a build holds. */
    builds: boolean;
    /** The nodes that were parsed already. */
    checked: readonly ManifestNode[] | undefined;
    /** The variables of the system that the project reads; undefined where nobody looked. */
    variables: readonly string[] | undefined;
  },
): Promise<{ before: BuildRecord | undefined; held: Held; record: Beginning }> {
  const { build, commit, environment, paths, place, project, source } = isolated;
  const { command } = plan.run;
  const profileHash = await hashOfProfile(isolated, dbt.env);
  const last = await readRecord(paths, build.short);
  const before = last?.commit === commit.hash ? last : undefined;
  // Tests make nothing that other values could have made otherwise.
  const values = command.name === "test" && before !== undefined
    ? valuesOfRecord(before.made_with)
    : await valuesOf(isolated, variables && [...variables, ...namesOf(before?.made_with)]);
  const envHash = command.name === "test"
    ? undefined
    : await hashOfSystem(before?.made_with, place);
  const held = heldBy(before, {
    commit: commit.hash,
    profileHash,
    varsHash: values.vars_hash,
    envHash,
  });
  if (before !== undefined && held.nodes !== before.nodes && !isCutOff(before)) {
    const other = before.made_with.profile_hash === profileHash
      ? otherValuesInWords(await otherValues(before.made_with, isolated))
      : "another profile";
    if (other !== undefined) {
      context.out.status(`it was built with ${other}: what it held so far does not count`);
    }
  }
  return {
    before,
    held,
    record: {
      ...held,
      commit: commit.hash,
      uncommitted: commit.uncommitted,
      environment,
      project,
      made_with: {
        adapter: source.adapter,
        profile: source.profile,
        target: source.target,
        profile_hash: profileHash,
        warehouse_hash: await hashOfWarehouse(source, place.scope),
        ...values,
        dbt: place.launcher.version ?? null,
        dot: VERSION,
      },
      command: command.name,
      schemas: [],
      defers_to: withBaseline(before?.defers_to ?? [], builds ? plan.baseline : undefined),
      progress: checked === undefined ? progressNow(before, held) : progressOf(checked, held.nodes),
    },
  };
}
