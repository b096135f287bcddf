/**
 * Asks dbt, with the very flags of a run, where the project's nodes lie and which of them the run would touch.
 * @module
 */
import { sayFailure } from "../../dbt/said.ts";
import { join } from "@std/path";
import type { Context } from "../../base/context.ts";
import { DotError } from "../../base/errors.ts";
import type { Command } from "../../base/process.ts";
import type { YamlValue } from "../../base/yaml.ts";
import type { Setting } from "../../base/setting.ts";
import { type DbtCommand, requireDbtCommand } from "../../dbt/commands.ts";
import { hintsFor, lastRunLog } from "../../dbt/log.ts";
import { listedNodes, LISTING, readListing } from "../../dbt/listing.ts";
import { readManifest } from "../../dbt/manifest/read.ts";
import { flagsIn, onlySelecting, onlyStrict, question } from "../../dbt/question.ts";
import type { DbtRunner } from "../../dbt/runner.ts";
import { shownWords } from "../../dbt/shown.ts";
import type { Isolated } from "../isolate.ts";
import { recordInstalled } from "../prepare.ts";
import { findProblems, type Limits, type Problem } from "./verdict.ts";

/** The run that a check stands before. */
export interface CheckedRun {
  command: DbtCommand;
  dbt: Command;
  /** What dot sets on the run. */
  fixed: ReadonlyMap<string, YamlValue>;
  /** What the environment sets on it. */
  settings: ReadonlyMap<string, Setting>;
}

/**
 * Parse the project with the very flags of the run, so that the run reuses it, and look where its nodes lie. Gives dbt's
 * exit code where it cannot parse it.
 */
export async function check(
  isolated: Isolated,
  run: CheckedRun,
  limits: Limits,
  runner: DbtRunner,
  { out }: Context,
): Promise<Problem[] | number> {
  out.status(`checking where the nodes of ${isolated.commit.short} would be written`);
  const command = commandLike(isolated, run, "parse", [["write-json", true]]);
  out.debug(`$ ${[command.program, ...shownWords(command.args)].join(" ")}`);
  const started = Date.now();
  await runner.expectMore();
  const result = await runner.query(command);
  await recordInstalled(isolated);
  if (result.code !== 0) {
    const log = await lastRunLog(join(isolated.paths.logs, "dbt.log"), started);
    return sayFailure(
      `dbt could not parse the project of ${isolated.commit.short}; nothing was run`,
      result,
      out,
      hintsFor(log, isolated.place.launcher.version),
    );
  }
  const manifest = await readManifest(isolated.paths.target);
  if (manifest === undefined) {
    throw new DotError(
      `dbt wrote no manifest for ${isolated.commit.short}, so dot cannot tell where its nodes lie`,
      {
        code: "DOT015",
        hints: ["Nothing was run. `--verbose` shows the command."],
      },
    );
  }
  return findProblems(manifest.nodes, limits);
}

/** The problems of nodes that a run would touch; `types` are the kinds of node that its command writes. */
export async function onlySelected(
  problems: readonly Problem[],
  types: readonly string[] | "all",
  isolated: Isolated,
  run: CheckedRun,
  runner: DbtRunner,
): Promise<Problem[]> {
  const { command } = run;
  const touched = problems.filter(({ type }) => types === "all" || types.includes(type));
  if (touched.length === 0 || ["retry", "run-operation"].includes(command.name)) return touched;
  const listed = await runner.query(
    commandLike(isolated, run, "ls", LISTING),
  );
  // A selection that dbt does not understand is dbt's to refuse; until then every node counts.
  if (listed.code !== 0) return touched;
  const manifest = await readManifest(isolated.paths.target);
  const ids = readListing(listed.stdout);
  // A list that holds no node may be one that dot cannot read, as one is that holds a node of another manifest.
  if (manifest === undefined || ids === undefined || ids.length === 0) return touched;
  const selected = listedNodes(ids, manifest.ids);
  return selected === undefined ? touched : touched.filter(({ id }) => selected.has(id));
}

/** Another command of dbt's with the same project, profile, variables and selection, silent. */
function commandLike(
  { place, profile, projectText }: Isolated,
  { command: { name: like }, dbt, fixed, settings }: CheckedRun,
  name: "parse" | "ls",
  more: readonly (readonly [string, YamlValue])[],
): Command {
  const { given, launcher, vars } = place;
  const isLs = name === "ls";
  return question({
    launcher,
    command: requireDbtCommand(name),
    fixed: new Map([...[...fixed].filter(([key]) => isLs || !STATEFUL.includes(key)), ...more]),
    settings,
    vars,
    passthrough: isLs ? onlySelecting(given) : onlyStrict(given),
  }, {
    ...dbt,
    flags: flagsIn(projectText, profile.text),
    like,
    // The run reuses the parse, and would not warn again of what is wrong in the project.
    strict: !isLs,
  });
}

/** What a parse does without: it reads no other build. */
const STATEFUL = ["defer", "favor-state", "state"];
