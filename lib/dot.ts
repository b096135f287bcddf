/**
 * From arguments to a command: the dispatch, and the one place where errors become words.
 * @module
 */
import type { Context } from "./base/context.ts";
import { DotError, errorJson, isSystemError, UsageError } from "./base/errors.ts";
import { type Output, terminalOutput } from "./base/output.ts";
import { VERSION } from "./base/version.ts";
import { type Command, type Entry, loadCommands } from "./cli/command.ts";
import { findCommand, flagsOf } from "./cli/find.ts";
import { GLOBAL_FLAGS, type Line } from "./cli/flags.ts";
import { helpFor, mainHelp } from "./cli/help.ts";
import { ownWords, readLine, type UnknownFlag } from "./cli/line.ts";
import { checkWords, unknownCommand, unknownFlag } from "./cli/refuse.ts";
import { COMMANDS } from "./commands/index.ts";

/** Run dot: arguments in, exit code out. Everything that goes wrong is said on stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  const env = Deno.env.toObject();
  const out = terminalOutput(env);
  const interactive = Deno.stdin.isTerminal() && Deno.stderr.isTerminal();
  return await run(argv, COMMANDS, { cwd: Deno.cwd(), env, out, interactive });
}

/** The same, with the commands that there are. */
export async function run(
  argv: readonly string[],
  entries: readonly Entry[],
  context: Context,
): Promise<number> {
  const command = await findCommand(argv, entries);
  try {
    return await dispatch(argv, command, entries, context);
  } catch (error) {
    const exitCode = say(error, context.out);
    if (wantsJson(argv, command)) context.out.result(errorJson(error, exitCode));
    return exitCode;
  }
}

async function dispatch(
  argv: readonly string[],
  command: Command | undefined,
  entries: readonly Entry[],
  context: Context,
): Promise<number> {
  const { out } = context;
  const line = await read(argv, command, entries);
  if ("unknown" in line) throw await unknownFlag(line, command, entries);
  const { rest, values, words } = line;
  if (values.has("quiet")) out.level = "quiet";
  if (values.has("verbose")) out.level = "verbose";
  if (values.has("version")) {
    out.result(`dot ${VERSION}`);
    return 0;
  }
  if (values.has("help")) {
    out.result(await helpFor(words, entries));
    return 0;
  }
  if (command === undefined) {
    if (words.length > 0) throw await unknownCommand(words, entries);
    out.passOn(await mainHelp(entries));
    return 2;
  }
  if (command.rest !== true && rest.length > 0) {
    throw new UsageError(`\`dot ${command.name}\` runs no dbt, so nothing can follow \`--\``, {
      code: "DOT007",
    });
  }
  const behind = words.slice(command.name.split(" ").length);
  await checkWords(behind, command);
  return await command.run({ ...line, words: behind }, context, entries);
}

/** Read a command line by the flags of its command; without one, by those of all. */
async function read(
  argv: readonly string[],
  command: Command | undefined,
  entries: readonly Entry[],
): Promise<Line | UnknownFlag> {
  const line = readLine(argv, { ...GLOBAL_FLAGS, ...command?.known });
  if (command !== undefined || !("unknown" in line)) return line;
  return readLine(argv, flagsOf(await loadCommands(entries)));
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
  out.error(error.message, error.hints, error.code);
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    out.debug(cause.stack ?? cause.message);
  }
  return error.exitCode;
}

/** Whether a program reads the result: it gets JSON whatever happens. */
function wantsJson(argv: readonly string[], command: Command | undefined): boolean {
  const { format, json } = command?.flags ?? {};
  const own = ownWords(argv);
  if (json !== undefined && own.includes("--json")) return true;
  return format?.value?.split("|").includes("json") === true &&
    own.some((word, at) =>
      word === "--format=json" || (word === "--format" && own[at + 1] === "json")
    );
}
