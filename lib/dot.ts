/**
 * From arguments to a command: the table of commands, the dispatch, and the one place where errors become words.
 * @module
 */
import type { Context } from "./base/context.ts";
import { DBT_COMMANDS, type DbtCommand, findDbtCommand } from "./dbt/commands.ts";
import { DotError, errorJson, isSystemError, UsageError } from "./base/errors.ts";
import {
  type Arguments,
  BUILDS_FLAGS,
  DBT_FLAGS,
  DIFF_FLAGS,
  ENV_FLAGS,
  GLOBAL_FLAGS,
  parseFlags,
  PRUNE_FLAGS,
  STATE_FLAGS,
  TIDY_FLAGS,
} from "./cli/flags.ts";
import {
  BUILDS_ACTIONS,
  dbtCommandHelp,
  mainHelp,
  type OwnCommand,
  WARM_ACTIONS,
} from "./cli/help.ts";
import { suggest } from "./base/nearest.ts";
import { type Output, terminalOutput } from "./base/output.ts";
import { VERSION } from "./base/version.ts";

/** dot's own commands. */
export const OWN_COMMANDS: readonly OwnCommand[] = [
  {
    name: "builds",
    summary: "List the isolated builds; pin one, so that it stays",
    flags: BUILDS_FLAGS,
    actions: BUILDS_ACTIONS,
    target: "environment",
  },
  { name: "completions", summary: "Print completions for bash, zsh, fish or powershell" },
  {
    name: "diff",
    summary: "Compare the data of two places, model by model, row by row",
    flags: DIFF_FLAGS,
    takesRest: true,
    target: "places",
  },
  {
    name: "env",
    summary: "Show what an environment comes to, and where that is set; check them all",
    flags: ENV_FLAGS,
    target: "place",
  },
  { name: "help", summary: "Show the help of a command" },
  {
    name: "prune",
    summary: "Remove isolated builds: their schemas, worktrees and folders",
    flags: PRUNE_FLAGS,
    target: "builds",
  },
  {
    name: "state",
    summary: "Show what is new, modified and removed since the default branch",
    flags: STATE_FLAGS,
    target: "place",
  },
  {
    name: "tidy",
    summary: "List what no node of the project produces in its schemas; drop it",
    flags: TIDY_FLAGS,
    target: "place",
  },
  {
    name: "warm",
    summary: "Look after the dbt that is kept warm between runs",
    actions: WARM_ACTIONS,
  },
];

/** Run dot: arguments in, exit code out. Everything that goes wrong is said on stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  const env = Deno.env.toObject();
  const out = terminalOutput(env);
  try {
    const first = argv.find((word) => !word.startsWith("-")) ?? "";
    const own = OWN_COMMANDS.find(({ name }) => name === first);
    const flags = own === undefined ? DBT_FLAGS : own.flags ?? [];
    const args = parseFlags(argv, [...GLOBAL_FLAGS, ...flags], own?.name);
    if (own !== undefined && own.takesRest !== true && args.rest.length > 0) {
      throw new UsageError(`\`dot ${first}\` runs no dbt, so nothing can follow \`--\``);
    }
    if (args.switches.has("quiet")) out.level = "quiet";
    if (args.switches.has("verbose")) out.level = "verbose";
    const interactive = Deno.stdin.isTerminal() && Deno.stderr.isTerminal();
    return await dispatch(args, { cwd: Deno.cwd(), env, out, interactive });
  } catch (error) {
    const exitCode = say(error, out);
    if (wantsJson(argv)) out.result(errorJson(error, exitCode));
    return exitCode;
  }
}

/** Say what went wrong; gives the exit code. */
function say(error: unknown, out: Output): number {
  if (isSystemError(error)) {
    out.error(`the system refused: ${error.message}`, [
      "When that is mended, run it again: dot goes on where it was.",
    ]);
    out.debug(error.stack ?? "");
    return 2;
  }
  if (!(error instanceof DotError)) {
    const why = error instanceof Error ? error.message : String(error);
    out.error(`dot failed: ${why}`, [
      "This is a defect of dot's. `--verbose` shows where it happened.",
    ]);
    if (error instanceof Error) out.debug(error.stack ?? "");
    return 2;
  }
  out.error(error.message, error.hints);
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    out.debug(cause.stack ?? cause.message);
  }
  return error.exitCode;
}

/** Whether a program reads the result of `dot diff`: it gets JSON whatever happens. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const own = end === -1 ? argv : argv.slice(0, end);
  return own.find((word) => !word.startsWith("-")) === "diff" &&
    own.some((word, at) =>
      word === "--format=json" || (word === "--format" && own[at + 1] === "json")
    );
}

async function dispatch(args: Arguments, context: Context): Promise<number> {
  const { out } = context;
  const { words, switches } = args;
  if (switches.has("version")) {
    out.result(`dot ${VERSION}`);
    return 0;
  }
  const wantsHelp = switches.has("help") || words[0] === "help";
  const named = words[0] === "help" ? words.slice(1) : words;
  if (named[0] === undefined) {
    const help = mainHelp(DBT_COMMANDS, OWN_COMMANDS);
    if (wantsHelp) out.result(help);
    else out.passOn(help);
    return wantsHelp ? 0 : 2;
  }
  if (named[0] === "builds") {
    const { runBuilds } = await import("./commands/builds.ts");
    return await runBuilds({ ...args, words: named.slice(1) }, wantsHelp, context);
  }
  if (named[0] === "completions") {
    const { runCompletions } = await import("./commands/completions.ts");
    return await runCompletions(named.slice(1), wantsHelp, OWN_COMMANDS, context);
  }
  if (named[0] === "diff") {
    const { runDiffCommand } = await import("./commands/diff.ts");
    return await runDiffCommand({ ...args, words: named.slice(1) }, wantsHelp, context);
  }
  if (named[0] === "env") {
    const { runEnv } = await import("./commands/env.ts");
    return await runEnv({ ...args, words: named.slice(1) }, wantsHelp, context);
  }
  if (named[0] === "prune") {
    const { runPruneCommand } = await import("./commands/prune.ts");
    return await runPruneCommand({ ...args, words: named.slice(1) }, wantsHelp, context);
  }
  if (named[0] === "state") {
    const { runStateCommand } = await import("./commands/state.ts");
    return await runStateCommand({ ...args, words: named.slice(1) }, wantsHelp, context);
  }
  if (named[0] === "tidy") {
    const { runTidyCommand } = await import("./commands/tidy.ts");
    return await runTidyCommand({ ...args, words: named.slice(1) }, wantsHelp, context);
  }
  if (named[0] === "warm") {
    const { runWarm } = await import("./commands/warm.ts");
    return await runWarm(named.slice(1), wantsHelp, context);
  }
  const group = subcommandsOf(named[0]);
  if (wantsHelp && named.length === 1 && group.length > 0) {
    out.result(group.map(dbtCommandHelp).join("\n\n"));
    return 0;
  }
  const { command, target } = splitCommand(named);
  if (wantsHelp) {
    out.result(dbtCommandHelp(command));
    return 0;
  }
  const { runDbtCommand } = await import("./commands/dbt.ts");
  return await runDbtCommand({ command, target, args }, context);
}

/** The dbt command at the front of the words, and the target behind it. */
function splitCommand(
  words: readonly string[],
): { command: DbtCommand; target: string | undefined } {
  const [first = "", second] = words;
  const pair = second === undefined ? undefined : findDbtCommand(`${first} ${second}`);
  const command = pair ?? findDbtCommand(first);
  if (command === undefined) throw unknownCommand(first, second);
  const [target, extra] = words.slice(pair === undefined ? 1 : 2);
  if (extra !== undefined) {
    throw new UsageError(`unexpected \`${extra}\` after \`${target}\``, {
      hints: extra.startsWith("@")
        ? [`Write them together: dot ${command.name} ${target}${extra}`]
        : [
          `For a commit: dot ${command.name} ${target}@${extra}`,
          `Arguments for dbt go after \`--\`: dot ${command.name} ${target} -- ${extra}`,
        ],
    });
  }
  return { command, target };
}

/** The commands below one of dbt's groups, `docs` or `source`. */
function subcommandsOf(group: string): DbtCommand[] {
  return DBT_COMMANDS.filter(({ name }) => name.startsWith(`${group} `));
}

function unknownCommand(first: string, second: string | undefined): UsageError {
  const names = [...DBT_COMMANDS, ...OWN_COMMANDS].map(({ name }) => name);
  const below = subcommandsOf(first);
  if (below.length > 0) {
    const words = below.map(({ name }) => `\`dot ${name}\``).join(" or ");
    return new UsageError(
      second === undefined
        ? `\`${first}\` needs a subcommand`
        : `\`${first}\` has no subcommand \`${second}\``,
      { hints: [`Say ${words}; the target comes after it: dot ${below[0]?.name} dev@main`] },
    );
  }
  if (second !== undefined && names.includes(second)) {
    return new UsageError(`unknown command \`${first}\``, {
      hints: [`The command comes first: dot ${second} ${first}`],
    });
  }
  return new UsageError(`unknown command \`${first}\``, {
    hints: [...suggest(first, names, "Commands"), "dot --help lists them."].slice(0, 1),
  });
}
