/**
 * What `--defer` comes down to.
 * @module
 */
import { someOf } from "../base/amounts.ts";
import { isGiven } from "../dbt/passthrough.ts";
import { dbtVariable } from "../dbt/profile.ts";
import { UsageError } from "../base/errors.ts";
import type { YamlValue } from "../base/yaml.ts";
import type { Isolated } from "../isolated/isolate.ts";
import type { EnvironmentPaths } from "../store/paths.ts";
import type { Place } from "../places/place.ts";
import type { Read } from "../store/reading.ts";
import type { BuildName } from "../store/record.ts";
import type { Warning } from "./otherwise_made.ts";

/** What `--defer` comes down to. */
export interface Deferral {
  fixed: Map<string, YamlValue>;
  warnings: Warning[];
  baseline: BuildName | undefined;
  /** What dbt reads because of it. */
  reads: readonly Read[];
}

/** What `--defer` names. */
export interface Deferred {
  /** Undefined where it is the run's own. */
  environment: string | undefined;
  ref: string;
  /** That commit in that environment. */
  place: Place;
}

/**
 * The options that make dbt read from a baseline, and what to know of it. `own` is the build that defers; `compares` where
 * dbt's --state is taken by a comparison. Throws a DotError where there is none, or none that can be read from here.
 */
export async function deferral(
  place: Place,
  defer: Deferred | undefined,
  { compares, own, shared }: {
    own: EnvironmentPaths | undefined;
    /** What the run reads from the live project. */
    shared: Isolated["shared"];
    compares: boolean;
  },
): Promise<Deferral> {
  const { commit, git } = place;
  if (defer === undefined || git === undefined) {
    return { fixed: new Map(), warnings: [], baseline: undefined, reads: [] };
  }
  const { findBaseline } = await import("../store/baseline.ts");
  const found = await findBaseline(git, {
    ref: defer.ref,
    environment: defer.environment ?? await place.name(),
    project: await place.path(),
  });
  if (found.paths.folder === own?.folder) {
    throw new UsageError(`a build cannot defer to itself (${commit?.short ?? ""})`, {
      hints: ["Defer to another commit, or leave out --defer."],
      code: "DOT009",
    });
  }
  for (const name of ["state", "defer-state"]) {
    if (!isGiven(place.given, name)) continue;
    throw new UsageError(`--defer and dbt's own --${name} cannot go together`, {
      hints: [`Leave out one of them: --defer sets --state to the baseline.`],
      code: "DOT009",
    });
  }
  const fixed = new Map<string, YamlValue>([
    ["defer", true],
    ["favor-state", true],
    [compares ? "defer-state" : "state", found.state],
  ]);
  const reads = [found.read];
  const { otherwiseMade } = await import("./otherwise_made.ts");
  const warnings = await otherwiseMade(found, { place, shared }, defer.place);
  if (found.missing.length === 0) return { fixed, warnings, baseline: found.name, reads };
  const message = `the baseline is not complete; it lacks ${someOf(found.missing, 5)}`;
  warnings.push({ message, hints: [`Build the whole: ${found.command}`] });
  return { fixed, warnings, baseline: found.name, reads };
}

/** Whether the user decides about deferring: dbt 2 would do it unasked. */
export function wantsDefer(
  { env, environment, given }: Place,
): boolean {
  return isGiven(given, "defer") || environment.args.has("defer") ||
    dbtVariable(env, "DEFER") !== undefined;
}

/** Where dbt would defer to, before the baseline that dot names. */
export const BASELINE_VARIABLES = ["DEFER_STATE", "STATE"];
