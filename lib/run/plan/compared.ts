/**
 * Plans what a plain run is compared with.
 * @module
 */
import { type ComparedRun, type Comparison, planComparison } from "../../compare/comparison.ts";
import { askingLive, planState } from "../../compare/state.ts";
import { flagsIn } from "../../dbt/question.ts";
import { isolate } from "../../isolated/isolate.ts";
import type { Run } from "../find.ts";

/** What a plain run is compared with: the base is parsed with the live profile. */
export async function comparePlain(
  { command, defer, deferTo, place }: Run,
  compared: NonNullable<Run["compared"]>,
  run: Omit<ComparedRun, "flags">,
): Promise<Comparison> {
  const text = await place.projectText();
  const asking = { ...await askingLive(place), env: run.env };
  return await planComparison({
    command,
    place,
    other: compared,
    state: await planState(await isolate(compared.place), asking),
    defers: defer !== undefined,
    deferTo,
    manifest: undefined,
  }, { ...run, flags: flagsIn(text, asking.profileText) });
}
