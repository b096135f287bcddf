/**
 * What is wrong with a command line, in words.
 * @module
 */
import { UsageError } from "../base/errors.ts";
import { type Command, type Entry, loadCommands } from "./command.ts";
import { flagsOf, groupOf } from "./find.ts";
import { GLOBAL_FLAGS } from "./flags.ts";
import type { UnknownFlag } from "./line.ts";

/** What to say where the words name no command. */
export async function unknownCommand(
  [first = "", second]: readonly string[],
  entries: readonly Entry[],
): Promise<UsageError> {
  const names = entries.map(({ name }) => name);
  const below = groupOf(first, entries);
  if (below.length > 0) {
    const words = below.map(({ name }) => `\`dot ${name}\``).join(" or ");
    return new UsageError(
      second === undefined
        ? `\`${first}\` needs a subcommand`
        : `\`${first}\` has no subcommand \`${second}\``,
      {
        hints: [`Say ${words}; the target comes after it: dot ${below[0]?.name} dev@main`],
        code: "DOT002",
      },
    );
  }
  const message = `unknown command \`${first}\``;
  if (second !== undefined && names.includes(second)) {
    return new UsageError(message, {
      hints: [`The command comes first: dot ${second} ${first}`],
      code: "DOT001",
    });
  }
  const { suggest } = await import("../base/nearest.ts");
  const hints = [...suggest(first, names, "Commands"), "dot --help lists them."].slice(0, 1);
  return new UsageError(message, { hints, code: "DOT001" });
}

/** What to say of a flag that the command does not have; without a command, that no command has. */
export async function unknownFlag(
  { before, unknown }: UnknownFlag,
  command: Command | undefined,
  entries: readonly Entry[],
): Promise<UsageError> {
  const { nearest } = await import("../base/nearest.ts");
  const flags = command === undefined
    ? flagsOf(await loadCommands(entries))
    : { ...GLOBAL_FLAGS, ...command.flags };
  const near = nearest(unknown.replace(/^-+/, "").replace(/=.*$/s, ""), Object.keys(flags));
  const elsewhere = await command?.elsewhere?.(unknown, before);
  const hints = [
    ...near === undefined ? [] : [`Did you mean \`--${near}\`?`],
    ...elsewhere === undefined ? [] : [elsewhere],
  ];
  if (hints.length === 0) {
    hints.push(
      command === undefined || command.elsewhere !== undefined
        ? "dot's flags: dot --help. Arguments for dbt go after `--`."
        : `Its flags: dot ${command.name} --help`,
    );
  }
  return new UsageError(`unknown flag \`${unknown}\``, { hints, code: "DOT003" });
}

/** Throws a UsageError where more words follow a command than it takes, or one that is none of its actions. */
export async function checkWords(words: readonly string[], command: Command): Promise<void> {
  const { actions = [], name } = command;
  const [first] = words;
  const action = actions.find((one) => one.name === first);
  const target = action === undefined ? command.target : action.target;
  if (action === undefined && target === undefined && first !== undefined && actions.length > 0) {
    const { suggest } = await import("../base/nearest.ts");
    const names = actions.filter(({ hidden }) => hidden !== true).map((one) => one.name);
    throw new UsageError(`\`dot ${name}\` has no \`${first}\``, {
      hints: suggest(first, names, "It has"),
      code: "DOT013",
    });
  }
  if (target === "places" || target === "builds" || target === "command") return;
  const most = (action === undefined ? 0 : 1) + (target === undefined ? 0 : 1);
  const extra = words[most];
  if (extra === undefined) return;
  const last = words[most - 1] ?? name;
  throw new UsageError(`unexpected \`${extra}\` after \`${last}\``, {
    hints: target === "place"
      ? placeHints(command, last, extra)
      : [`dot ${name} --help says what may follow.`],
    code: "DOT005",
  });
}

function placeHints({ name, rest }: Command, place: string, extra: string): string[] {
  if (extra.startsWith("@")) return [`Write them together: dot ${name} ${place}${extra}`];
  return [
    `For a commit: dot ${name} ${place}@${extra}`,
    ...rest === true ? [`Arguments for dbt go after \`--\`: dot ${name} ${place} -- ${extra}`] : [],
  ];
}
