/**
 * Every command, in the order of the help. A new one is a folder and a line here.
 * @module
 */
import { type Entry, OWN, type Section } from "../cli/command.ts";
import { DBT_COMMANDS, type DbtCommand } from "../dbt/commands.ts";

/** Commands of dbt's. */
const DBT: Section = {
  title: "Commands of dbt",
  examples: [
    ["build", "dbt build, with the default environment's settings"],
    ["build dev", "the same for the environment dev"],
    ["build dev@main", "the commit main, in schemas of its own"],
    ["test @v1.2 -- -s orders", "the tests of orders at the tag v1.2"],
  ],
  flags: async () => (await import("./dbt/flags.ts")).FLAGS,
};

/** The commands. */
export const COMMANDS: readonly Entry[] = [
  ...DBT_COMMANDS.map(ofDbt),
  {
    name: "builds",
    summary: "List the isolated builds; pin one, so that it stays",
    section: OWN,
    load: async () => (await import("./builds/command.ts")).builds,
  },
  {
    name: "completions",
    summary: "Print completions for bash, zsh, fish or powershell",
    section: OWN,
    load: async () => (await import("./completions/command.ts")).completions,
  },
  {
    name: "diff",
    summary: "Compare the data of two places, model by model, row by row",
    section: OWN,
    load: async () => (await import("./diff/command.ts")).diff,
  },
  {
    name: "env",
    summary: "Show what an environment comes to, and where that is set; check them all",
    section: OWN,
    load: async () => (await import("./env/command.ts")).env,
  },
  {
    name: "help",
    summary: "Show the help of a command, or explain an error",
    section: OWN,
    load: async () => (await import("./help/command.ts")).help,
  },
  {
    name: "prune",
    summary: "Remove isolated builds: their schemas, worktrees and folders",
    section: OWN,
    load: async () => (await import("./prune/command.ts")).prune,
  },
  {
    name: "state",
    summary: "Show what is new, modified and removed since the default branch",
    section: OWN,
    load: async () => (await import("./state/command.ts")).state,
  },
  {
    name: "tidy",
    summary: "List what no node of the project produces in its schemas; drop it",
    section: OWN,
    load: async () => (await import("./tidy/command.ts")).tidy,
  },
  {
    name: "warm",
    summary: "Look after the dbt that is kept warm between runs",
    section: OWN,
    load: async () => (await import("./warm/command.ts")).warm,
  },
];

function ofDbt(known: DbtCommand): Entry {
  const load = async () => (await import("./dbt/command.ts")).dbtCommand(known);
  return { name: known.name, summary: known.summary, section: DBT, load };
}
