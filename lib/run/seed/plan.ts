/**
 * Plans `--seed-from`: where the rows come from, and the dbt commands that make the tables for them. Reads, and writes
 * nothing.
 * @module
 */
import { DotError, UsageError } from "../../base/errors.ts";
import type { YamlValue } from "../../base/yaml.ts";
import { type ComparedRun, listQuestion } from "../../compare/comparison.ts";
import { changedVariables } from "../../compare/variables.ts";
import { planLiveState } from "../../compare/state.ts";
import { type DbtCommand, requireDbtCommand } from "../../dbt/commands.ts";
import type { ProfileTarget } from "../../dbt/profile.ts";
import { onlyTaken, question } from "../../dbt/question.ts";
import type { Isolated } from "../../isolated/isolate.ts";
import { otherValues } from "../../isolated/fingerprint.ts";
import { systemReaders } from "../../compare/system.ts";
import { otherwiseMade } from "../../compare/otherwise_made.ts";
import { serverDifference } from "../../places/server.ts";
import { findBaseline } from "../../store/baseline.ts";
import type { SeedFrom } from "../find.ts";
import type { SeedPlan } from "./fill.ts";

/** Options by which dbt reads from elsewhere. */
const BASELINE_OPTIONS = ["defer", "defer-state", "favor-state", "state"];
/** Options that would leave out what is to be filled. */
const NARROWING = ["exclude", "exclude-resource-types", "full-refresh", "sample", "selector"];

/** What `--seed-from` comes down to for an isolated run; `asked` is a folder for dbt's parse of what it lists. */
export async function planSeed(
  isolated: Isolated,
  command: DbtCommand,
  { commit, live, place: from, text }: SeedFrom,
  run: ComparedRun,
  asked: string,
): Promise<SeedPlan> {
  const { parts, ...where } = run;
  const { git, paths, place, project, source } = isolated;
  checkSameServer(text, source, await from.live().target());
  const name = await from.live().name();
  const state = live ? await planLiveState(from) : undefined;
  const found = state ?? await findBaseline(git, { ref: commit.hash, environment: name, project });
  const folder = "folder" in found ? found.folder : found.state;
  if (!("folder" in found) && found.paths.folder === paths.folder) {
    throw new UsageError(`--seed-from ${text} names the build itself`, { code: "DOT009" });
  }
  const other = "madeWith" in found && found.madeWith !== undefined
    ? await otherValues(found.madeWith, isolated)
    : undefined;
  return {
    from: live ? `the live schemas of ${name}` : `${name}@${commit.short}`,
    folder,
    state,
    read: "read" in found ? found.read : { build: found.root, built: undefined },
    missing: new Set("missing" in found ? found.missing : []),
    variables: [
      ...new Set([
        ...await changedVariables(place, from),
        ...other?.vars ?? [],
      ]),
    ].sort(),
    systemReaders: async (manifest) =>
      (await systemReaders(manifest, other?.system ?? [], isolated)).ids,
    warnings: "madeWith" in found ? await otherwiseMade(found, isolated, from) : [],
    paths,
    asked,
    list: (select) => listQuestion(command, run, select, asked),
    empty: (select) =>
      question({
        ...parts,
        command: requireDbtCommand("build"),
        fixed: new Map<string, YamlValue>([
          ...[...parts.fixed].filter(([key]) => !BASELINE_OPTIONS.includes(key)),
          ["defer", true],
          ["favor-state", true],
          ["state", folder],
          ["select", [...select]],
          ["resource-types", ["model", "snapshot"]],
          ["empty", true],
          ["write-json", true],
        ]),
        settings: new Map([...parts.settings].filter(([key]) => !NARROWING.includes(key))),
        passthrough: onlyTaken(parts.passthrough, "build", parts.launcher, NARROWING),
        // The run reuses the parse.
      }, { ...where, strict: true }),
  };
}

/** Throws a DotError where rows would have to go from one server to another. */
function checkSameServer(text: string, own: ProfileTarget, other: ProfileTarget): void {
  const key = serverDifference(own, other);
  if (key === undefined) return;
  throw new DotError(`--seed-from ${text} leads to another server: its \`${key}\` differs`, {
    code: "DOT035",
    hints: ["Rows can only be copied inside one server, by its own engine."],
  });
}
