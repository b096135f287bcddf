/**
 * What `--defer` comes down to.
 * @module
 */
import { someOf } from "../base/amounts.ts";
import { isGiven } from "../dbt/passthrough.ts";
import { dbtVariable } from "../dbt/profile.ts";
import { UsageError } from "../base/errors.ts";
import { realOrSame } from "../base/files.ts";
import type { YamlValue } from "../base/yaml.ts";
import { findBaseline } from "../store/baseline.ts";
import type { EnvironmentPaths } from "../store/paths.ts";
import { liveTarget } from "../places/profile.ts";
import type { BuildName } from "../store/record.ts";
import { pathInRepository, type Situation } from "../places/situation.ts";
import type { Warning } from "../run/plan/plan.ts";

/** What `--defer` comes down to. */
export interface Deferral {
  fixed: Map<string, YamlValue>;
  warnings: Warning[];
  baseline: BuildName | undefined;
}

/** The options that make dbt read from a baseline, and what to know of it. */
export async function deferral(
  situation: Situation,
  own: EnvironmentPaths | undefined,
  env: Record<string, string>,
  ownName = situation.environment.name,
): Promise<Deferral> {
  const { baseline, git, commit, project } = situation;
  if (baseline === undefined || git === undefined) {
    return { fixed: new Map(), warnings: [], baseline: undefined };
  }
  const found = await findBaseline(git, {
    ref: baseline.ref,
    environment: baseline.environment ?? ownName ?? (await liveTarget(situation, env)).target,
    project: pathInRepository(git, await realOrSame(project.folder)),
  });
  if (found.paths.folder === own?.folder) {
    throw new UsageError(`a build cannot defer to itself (${commit?.short ?? ""})`, {
      hints: ["Defer to another commit, or leave out --defer."],
    });
  }
  for (const name of ["state", "defer-state"]) {
    if (!isGiven(situation.passthrough, name)) continue;
    throw new UsageError(`--defer and dbt's own --${name} cannot go together`, {
      hints: [`Leave out one of them: --defer sets --state to the baseline.`],
    });
  }
  const fixed = new Map<string, YamlValue>([
    ["defer", true],
    ["favor-state", true],
    [situation.state === undefined ? "state" : "defer-state", found.state],
  ]);
  if (found.missing.length === 0) return { fixed, warnings: [], baseline: found.name };
  const message = `the baseline is not complete; it lacks ${someOf(found.missing, 5)}`;
  const warnings = [{ message, hints: [`Build the whole: ${found.command}`] }];
  return { fixed, warnings, baseline: found.name };
}

/** Whether the user decides about deferring: dbt 2 would do it unasked. */
export function wantsDefer(
  { environment, passthrough }: Situation,
  env: Record<string, string>,
): boolean {
  return isGiven(passthrough, "defer") || environment.args.has("defer") ||
    dbtVariable(env, "DEFER") !== undefined;
}

/** Where dbt would defer to, before the baseline that dot names. */
export const BASELINE_VARIABLES = ["DEFER_STATE", "STATE"];
