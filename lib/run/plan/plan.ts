/**
 * What a run comes down to: the exact dbt commands, and what must be in place for them.
 * @module
 */
import type { Command } from "../../base/process.ts";
import type { YamlValue } from "../../base/yaml.ts";
import type { Comparison } from "../../compare/comparison.ts";
import type { Warning } from "../../compare/otherwise_made.ts";
import type { Setting } from "../../base/setting.ts";
import type { Isolated } from "../../isolated/isolate.ts";
import type { LiveProfile } from "../../places/live_profile.ts";
import type { BuildName } from "../../store/record.ts";
import type { Run } from "../find.ts";
import type { Read } from "../../store/reading.ts";
import type { SeedPlan } from "../seed/fill.ts";

/** What a run comes down to. */
export interface Plan {
  run: Run;
  /** The dbt command that was asked for. */
  dbt: Command;
  /** What dot sets on it. */
  fixed: ReadonlyMap<string, YamlValue>;
  /** What the environment sets on it. */
  settings: ReadonlyMap<string, Setting>;
  /** The build that it goes into; undefined for a plain run. */
  isolated: Isolated | undefined;
  /** The profile that must be in place for a plain run of an environment with a schema of its own. */
  live: LiveProfile | undefined;
  /** What the user should know before it runs. */
  warnings: readonly Warning[];
  /** What it is compared with. */
  comparison: Comparison | undefined;
  /** The build that it reads what is not selected from. */
  baseline: BuildName | undefined;
  /** The builds and parsed commits that it reads: nobody may remove them while it does. */
  reads: readonly Read[];
  /** What its incremental models and snapshots begin with. */
  seed: SeedPlan | undefined;
}
