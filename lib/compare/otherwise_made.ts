/**
 * How a build that a run reads was made otherwise than the run would make it.
 * @module
 */
import { DotError } from "../base/errors.ts";
import { otherValues, otherValuesInWords } from "../isolated/fingerprint.ts";
import type { Isolated } from "../isolated/isolate.ts";
import type { Place } from "../places/place.ts";
import { reachOf } from "../places/server.ts";
import type { Baseline } from "../store/baseline.ts";

/** Something to know before a run. */
export interface Warning {
  message: string;
  hints: string[];
}

/**
 * What to know of a build that the user named: what it was made with and the run is not; `named` is its commit in its environment.
 * Throws a DotError where the run cannot reach it.
 */
export async function otherwiseMade(
  { command, madeWith: made, read }: Pick<Baseline, "command" | "madeWith" | "read">,
  run: Pick<Isolated, "place" | "shared">,
  named: Place,
): Promise<Warning[]> {
  if (made === undefined) return [];
  const { place } = run;
  const [own, theirs] = [await place.targetOrNothing(), await named.targetOrNothing()];
  const name = read.built?.name ?? "the build";
  const hints = [`To build it as it would be now: ${command}`];
  const words: string[] = [];
  if (own !== undefined) {
    const reach = await reachOf(made.warehouse_hash, {
      run: own,
      named: theirs,
      scope: place.scope,
    });
    if (reach === "apart") {
      throw new DotError(
        `${name} lies in another warehouse than this run reaches: it was built by other values of the profile`,
        { code: "DOT035", hints: ["Give the run the profile that leads there.", ...hints] },
      );
    }
    if (reach === "unknown") words.push("a profile that led to another database");
    const targets = [own, ...theirs === undefined ? [] : [theirs]];
    for (const key of ["profile", "target"] as const) {
      if (made[key] === "" || targets.some((one) => one[key] === made[key])) continue;
      words.push(`the ${key} ${made[key]}`);
    }
  }
  const values = otherValuesInWords(await otherValues(made, run));
  if (values !== undefined) words.push(values);
  const version = place.launcher.version;
  if (made.dbt !== null && version !== undefined && minorOf(made.dbt) !== minorOf(version)) {
    words.push(`dbt ${minorOf(made.dbt)}`);
  }
  return words.length === 0
    ? []
    : [{ message: `${name} was built with ${words.join(", and with ")}`, hints }];
}

function minorOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}
