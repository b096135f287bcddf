/**
 * The help, made from the tables of commands and flags.
 * @module
 */
import type { DbtCommand } from "../dbt/commands.ts";
import { DBT_FLAGS, type Flag, GLOBAL_FLAGS } from "./flags.ts";

/** A command as the help lists it. */
export interface Listed {
  name: string;
  summary: string;
}

/** What may be typed behind a command: one, two for `places`, any number for `builds`. */
export type Target = "environment" | "place" | "places" | "builds";

/** A word that may follow one of dot's own commands. */
export interface Action extends Listed {
  /** What follows it in turn. */
  target?: Target;
}

/** One of dot's own commands: parsing, help and completions read it here. */
export interface OwnCommand extends Action {
  /** Its flags, besides those that every command has. */
  flags?: readonly Flag[];
  /** Whether it takes words of dbt's behind `--`. */
  takesRest?: boolean;
  actions?: readonly Action[];
}

/** The words that may follow `dot builds`. */
export const BUILDS_ACTIONS: readonly Action[] = [
  { name: "pin", summary: "Keep builds from being pruned", target: "builds" },
  { name: "unpin", summary: "Let them be pruned again", target: "builds" },
];

/** The words that may follow `dot warm`. */
export const WARM_ACTIONS: readonly Listed[] = [
  { name: "start", summary: "Start a server for the dbt of this project" },
  { name: "status", summary: "Show the servers that run" },
  { name: "stop", summary: "End all of them" },
];

/** `dot --help`. */
export function mainHelp(dbt: readonly Listed[], own: readonly Listed[]): string {
  return [
    "Build any commit of a dbt project beside the others.",
    "",
    "Usage: dot <command> [env][@ref] [flags] [-- dbt arguments]",
    "",
    "  dot build                   dbt build, with the default environment's settings",
    "  dot build dev               the same for the environment dev",
    "  dot build dev@main          the commit main, in schemas of its own",
    "  dot test @v1.2 -- -s orders the tests of orders at the tag v1.2",
    "",
    "Commands of dbt:",
    ...table(dbt.map(({ name, summary }) => [name, summary])),
    "",
    "Commands of dot:",
    ...table(own.map(({ name, summary }) => [name, summary])),
    "",
    ...flagLines(DBT_FLAGS),
    "",
    "`dot <command> --help` says more of one command.",
  ].join("\n");
}

/** `dot <dbt command> --help`. */
export function dbtCommandHelp(command: DbtCommand): string {
  const positional = command.positional === undefined ? "" : `${command.positional} `;
  return [
    `${command.summary}: runs \`dbt ${command.name}\`.`,
    "",
    `Usage: dot ${command.name} [env][@ref] [flags] [-- ${positional}dbt arguments]`,
    "",
    "  env    an environment of dot_environments.yml, or a target of the dbt profile;",
    "         without one, the default environment",
    "  @ref   a commit, branch, tag or other git revision: it runs in a worktree of that commit,",
    "         and writes to the target's schema with the commit's short hash behind it",
    "",
    ...flagLines(command.defers ? DBT_FLAGS : DBT_FLAGS.filter((flag) => flag.name !== "defer")),
    "",
    `What follows \`--\` goes to dbt as it is: dot ${command.name} dev -- ${positional || "…"}`,
    `dbt's own options: dbt ${command.name} --help`,
  ].join("\n");
}

/** The flags of a command, and those that every command has, as its help lists them. */
export function flagLines(flags: readonly Flag[]): string[] {
  return [
    "Flags:",
    ...table([...flags, ...GLOBAL_FLAGS].map((flag) => [
      `${flag.short === undefined ? "    " : `-${flag.short}, `}--${flag.name}${
        [flag.value, flag.second].map((value) => value === undefined ? "" : ` <${value}>`).join("")
      }`,
      flag.summary,
    ])),
  ];
}

/** Two columns, the left one padded. */
export function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
