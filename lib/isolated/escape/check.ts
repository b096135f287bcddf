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
import { dbtArgv, isOverridden } from "../../dbt/argv.ts";
import { type DbtCommand, requireDbtCommand } from "../../dbt/commands.ts";
import { hintsFor, lastRunLog } from "../../dbt/log.ts";
import { listedNodes, readListing } from "../../dbt/listing.ts";
import { readManifest } from "../../dbt/manifest/read.ts";
import { DBT_OPTIONS, findDbtOption, takes } from "../../dbt/options.ts";
import { NOTHING_GIVEN, type Passthrough } from "../../dbt/passthrough.ts";
import type { DbtRunner } from "../../dbt/runner.ts";
import { shownWords } from "../../dbt/shown.ts";
import type { Isolated } from "../isolate.ts";
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
  const command = commandLike(isolated, run, "parse", ["--write-json"]);
  out.debug(`$ ${[command.program, ...shownWords(command.args)].join(" ")}`);
  const started = Date.now();
  await runner.expectMore();
  const result = await runner.query(command);
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
    commandLike(isolated, run, "ls", [
      "--quiet",
      "--output",
      "json",
      "--output-keys",
      "unique_id",
      // Whatever the environment and the project's flags want to see: dot reads this.
      "--log-format",
      "text",
      "--log-level",
      "info",
      "--print",
    ]),
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
  { place }: Isolated,
  { command: { name: runs }, dbt, fixed, settings }: CheckedRun,
  name: "parse" | "ls",
  more: string[],
): Command {
  const command = requireDbtCommand(name);
  const { given, launcher, vars } = place;
  const isLs = name === "ls";
  const env = { ...dbt.env };
  // What the command itself does not take, or what the user's words replace, must not narrow the list.
  const kept = [...settings].filter(([key]) => {
    const option = findDbtOption(key);
    return !OUTPUT.includes(key) && option !== undefined && takes(runs, option) &&
      !isOverridden(key, given);
  });
  for (const option of DBT_OPTIONS) {
    if (!isLs || takes(runs, option) || !SELECTING.has(option.name)) continue;
    const variable = option.name.toUpperCase().replaceAll("-", "_");
    // Empty, not absent: dbt 1.12 would take an absent one from a `.env` file.
    env[`DBT_${variable}`] = "";
    if (`DBT_ENGINE_${variable}` in env) env[`DBT_ENGINE_${variable}`] = "";
  }
  const words = dbtArgv({
    launcher,
    command,
    fixed: new Map([...fixed].filter(([key]) => isLs || !STATEFUL.includes(key))),
    settings: new Map(kept),
    vars,
    passthrough: isLs ? selectionOf(given, command) : NOTHING_GIVEN,
  });
  const [program, ...args] = words;
  return { ...dbt, env, program, args: [...args, ...more] };
}

/** The user's words that select nodes. */
function selectionOf({ words, options }: Passthrough, command: DbtCommand): Passthrough {
  const selecting = options.filter(({ option }) =>
    takes(command.name, option) && SELECTING.has(option.name)
  );
  const kept = selecting.flatMap(({ from, to }) => words.slice(from, to));
  return { words: kept, options: [] };
}

/** What a parse does without: it reads no other build. */
const STATEFUL = ["defer", "favor-state", "state"];
/** Settings that would change what dot reads. */
const OUTPUT = ["write-json", "output", "output-keys", "log-format", "log-level", "quiet"];

const SELECTING = new Set(
  DBT_OPTIONS.map((option) => option.name).filter((name) =>
    /^(?:select|exclude|selector|resource-types|exclude-resource-types|indirect-selection|state|defer|defer-state|favor-state)$/
      .test(name)
  ),
);
