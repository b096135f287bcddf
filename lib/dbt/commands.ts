/**
 * The commands of dbt, and what each of them can do, as data (dbt 1.8 to 2.0).
 * @module
 */

/** A command of dbt as dot knows it. */
export interface DbtCommand {
  /** Its words as typed, `docs generate`. */
  name: string;
  /** One line for the help. */
  summary: string;
  /** The arguments that follow the target after `--`, in words, if it takes any. */
  positional?: string;
  /** Whether `--defer` and `--state` have a meaning for it. */
  defers: boolean;
  /** Whether it builds incremental models or snapshots, which `--seed-from` may begin. */
  seeds: boolean;
  /** Whether it reads the project's packages, so that `dbt deps` must have run. */
  needsPackages: boolean;
  /** Whether it loads the profile's target; the others run without a profile too. */
  needsProfile: boolean;
}

const command = (
  name: string,
  summary: string,
  more: Partial<DbtCommand> = {},
): DbtCommand => ({
  name,
  summary,
  defers: false,
  seeds: false,
  needsPackages: true,
  needsProfile: true,
  ...more,
});

/** Every command of dbt that dot runs, in the order of the help. */
export const DBT_COMMANDS: readonly DbtCommand[] = [
  command("build", "Run seeds, models, snapshots and tests in order", {
    defers: true,
    seeds: true,
  }),
  command("clean", "Delete the folders that dbt makes", {
    needsPackages: false,
    needsProfile: false,
  }),
  command("clone", "Clone nodes from the state of another build", { defers: true }),
  command("compile", "Write the SQL of the nodes without running it", { defers: true }),
  command("debug", "Check the connection and the project", {
    needsPackages: false,
  }),
  command("deps", "Install the project's packages", {
    needsPackages: false,
    needsProfile: false,
  }),
  command("docs generate", "Write the documentation site", { defers: true }),
  command("docs serve", "Serve the documentation site", { needsPackages: false }),
  command("init", "Start a dbt project", {
    needsPackages: false,
    needsProfile: false,
    positional: "project_name",
  }),
  command("list", "List the nodes of the project", { defers: true }),
  command("ls", "The same as list", { defers: true }),
  command("parse", "Parse the project and write its manifest"),
  command("retry", "Run again what failed last time"),
  command("run", "Run the models", { defers: true, seeds: true }),
  command("run-operation", "Run a macro", { positional: "macro" }),
  command("seed", "Load the seeds", { defers: true }),
  command("show", "Show rows of a node or a query", { defers: true }),
  command("snapshot", "Run the snapshots", { defers: true, seeds: true }),
  command("source freshness", "Check how fresh the sources are", { defers: true }),
  command("test", "Run the tests", { defers: true }),
];

/** The command with these words, if dbt has it. */
export function findDbtCommand(name: string): DbtCommand | undefined {
  return DBT_COMMANDS.find((known) => known.name === name);
}

/** A command that dot runs by itself. Throws where it is misspelt here. */
export function requireDbtCommand(name: string): DbtCommand {
  const command = findDbtCommand(name);
  if (command === undefined) throw new Error(`dbt has no ${name}`);
  return command;
}
