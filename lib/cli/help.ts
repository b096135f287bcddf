/**
 * The help, made from the commands. It knows none by name.
 * @module
 */
import { table } from "../base/table.ts";
import { type Command, type Entry, type Listed, loadCommands } from "./command.ts";
import { groupOf, named } from "./find.ts";
import { type Flags, GLOBAL_FLAGS } from "./flags.ts";
import { unknownCommand } from "./refuse.ts";

/** The help that words ask for: that of a command, of a group such as `docs`, or of dot. Throws a UsageError for others. */
export async function helpFor(
  words: readonly string[],
  entries: readonly Entry[],
): Promise<string> {
  const [first] = words;
  if (first === undefined) return await mainHelp(entries);
  const entry = named(words, entries);
  const group = words.length === 1 ? groupOf(first, entries) : [];
  const meant = await loadCommands(entry === undefined ? group : [entry]);
  if (meant.length === 0) throw await unknownCommand(words, entries);
  return (await Promise.all(meant.map(commandHelp))).join("\n\n");
}

/** `dot --help`. */
export async function mainHelp(entries: readonly Entry[]): Promise<string> {
  const sections = [...new Set(entries.map(({ section }) => section))];
  const examples = sections.flatMap((section) => section.examples ?? []);
  const flags = await Promise.all(sections.map((section) => section.flags?.()));
  return [
    "Build any commit of a dbt project beside the others.",
    "",
    "Usage: dot <command> [env][@ref] [flags] [-- dbt arguments]",
    "",
    ...columns(examples.map(([name, summary]) => ({ name: `dot ${name}`, summary }))),
    ...sections.flatMap((section) => [
      "",
      `${section.title}:`,
      ...columns(entries.filter((entry) => entry.section === section)),
    ]),
    "",
    ...flagLines(Object.assign({}, ...flags)),
    "",
    "`dot <command> --help` says more of one command.",
  ].join("\n");
}

/** `dot <command> --help`. */
export async function commandHelp(command: Command): Promise<string> {
  const { about, actions = [], closing, details, flags, notes, usage, words = [] } = command;
  const listed = await command.listed?.();
  const parts = [
    [about],
    usage.map((line, at) => `${at === 0 ? "Usage:" : "      "} dot ${line}`),
    details ?? [],
    columns([...words, ...actions.filter(({ hidden }) => hidden !== true)]),
    notes ?? [],
    flagLines(flags),
    closing ?? [],
    listed === undefined ? [] : [`${listed.title}:`, ...columns(listed.entries)],
  ];
  return parts.filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n");
}

/** The flags of a command, and those that every command has. */
function flagLines(flags: Flags): string[] {
  const listed = Object.entries({ ...flags, ...GLOBAL_FLAGS }).map(([name, flag]) => ({
    name: [
      `${flag.short === undefined ? "    " : `-${flag.short}, `}--${name}`,
      ...[flag.value, flag.second].flatMap((value) => value === undefined ? [] : [`<${value}>`]),
    ].join(" "),
    summary: flag.summary,
  }));
  return ["Flags:", ...columns(listed)];
}

/** Names and what stands for them, in two columns; a summary may have several lines. */
function columns(listed: readonly Listed[]): string[] {
  const rows = listed.flatMap(({ name, summary }) =>
    summary.split("\n").map((line, at) => [at === 0 ? name : "", line])
  );
  return table(rows, [{}, {}], { indent: "  " });
}
