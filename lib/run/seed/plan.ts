/**
 * Plans `--seed-from`: where the rows come from, and the dbt commands that make the tables for them. Reads, and writes
 * nothing.
 * @module
 */
import { dbtArgv } from "../../dbt/argv.ts";
import { findDbtCommand } from "../../dbt/commands.ts";
import { onlyProfile } from "../../dbt/passthrough.ts";
import type { ProfileTarget } from "../../dbt/profile.ts";
import { DotError, UsageError } from "../../base/errors.ts";
import type { Git } from "../../git/git.ts";
import { toCommand } from "../../base/process.ts";
import type { YamlValue } from "../../base/yaml.ts";
import { findBaseline } from "../../store/baseline.ts";
import { type ComparedRun, listWords, onlyTaken } from "../../compare/comparison.ts";
import { changedVariables } from "../../compare/selection.ts";
import type { EnvironmentPaths } from "../../store/paths.ts";
import { fileIn, PROJECT_FILE } from "../../places/project.ts";
import { liveTarget } from "../../places/profile.ts";
import { serverDifference } from "../../places/server.ts";
import type { SeedPlan } from "./fill.ts";
import type { SeedFrom, Situation } from "../../places/situation.ts";
import type { StatePlan } from "../../compare/state.ts";

/** Options by which dbt reads from elsewhere. */
const BASELINE_OPTIONS = ["defer", "defer-state", "favor-state", "state"];
/** Options that would leave out what is to be filled. */
const NARROWING = ["exclude", "exclude-resource-types", "full-refresh", "sample", "selector"];

/** What `--seed-from` comes down to for an isolated run. */
export async function planSeed(
  situation: Situation,
  { commit, environment, live, text }: SeedFrom,
  { cwd, env, parts }: ComparedRun,
  { git, headText, liveEnv, paths, project, source }: {
    git: Git;
    headText: string;
    /** dbt's environment for a plain run. */
    liveEnv: Record<string, string>;
    paths: EnvironmentPaths;
    project: string;
    source: ProfileTarget;
  },
  planLive: (place: Pick<SeedFrom, "commit" | "environment">) => Promise<StatePlan>,
): Promise<SeedPlan> {
  const passthrough = onlyProfile(situation.passthrough);
  const other = await liveTarget({ ...situation, environment, passthrough }, liveEnv);
  checkSameServer(text, source, other);
  const name = environment.name ?? other.target;
  const state = live ? await planLive({ commit, environment }) : undefined;
  const found = state ?? await findBaseline(git, { ref: commit.hash, environment: name, project });
  const folder = "folder" in found ? found.folder : found.state;
  if (!("folder" in found) && found.paths.folder === paths.folder) {
    throw new UsageError(`--seed-from ${text} names the build itself`);
  }
  const [baseText] = await git.readFiles(commit.hash, [fileIn(project, PROJECT_FILE)]);
  const compared = { ...situation, state: { commit, environment, modified: false } };
  const toRun = (words: readonly [string, ...string[]]) => toCommand(words, cwd, env);
  const build = findDbtCommand("build") ?? situation.command;
  return {
    from: live ? `the live schemas of ${name}` : `${name}@${commit.short}`,
    folder,
    state,
    missing: new Set("missing" in found ? found.missing : []),
    variables: changedVariables(compared, { head: headText, base: baseText }),
    paths,
    list: (select) => toRun(listWords(situation, parts, select, undefined)),
    empty: (select) =>
      toRun(dbtArgv({
        ...parts,
        command: build,
        fixed: new Map<string, YamlValue>([
          ...[...parts.fixed].filter(([key]) => !BASELINE_OPTIONS.includes(key)),
          ["defer", true],
          ["favor-state", true],
          ["state", folder],
          ["select", [...select]],
          ["resource-types", ["model", "snapshot"]],
          ["empty", true],
        ]),
        settings: new Map([...parts.settings].filter(([key]) => !NARROWING.includes(key))),
        passthrough: onlyTaken(parts, "build", NARROWING),
      })),
  };
}

/** Throws a DotError where rows would have to go from one server to another. */
function checkSameServer(text: string, own: ProfileTarget, other: ProfileTarget): void {
  const key = serverDifference(own, other);
  if (key === undefined) return;
  throw new DotError(`--seed-from ${text} leads to another server: its \`${key}\` differs`, {
    hints: ["Rows can only be copied inside one server, by its own engine."],
  });
}
