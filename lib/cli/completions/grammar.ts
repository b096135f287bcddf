/**
 * What may be typed, sorted by what stands before it: all that the scripts of the shells say.
 * @module
 */
import type { Command, Listed, Target } from "../command.ts";
import { flagsOf } from "../find.ts";
import { type Flags, GLOBAL_FLAGS } from "../flags.ts";

/** A shell that dot completes for. */
export type Shell = "bash" | "zsh" | "fish" | "powershell";

/** What is typed behind `dot` for the lists that change, a name a line. */
export interface Asking {
  readonly environments: string;
  readonly builds: string;
}

/** What may be typed, sorted by what stands before it. */
export interface Grammar {
  /** What may follow words such as ``, `docs` and `warm`. */
  after: readonly (readonly [string, readonly Listed[]])[];
  /** The commands that another command follows. */
  leading: readonly string[];
  /** Those that a place follows: an environment, a commit, or both. */
  targeted: readonly string[];
  /** Those that a second one may follow. */
  twice: readonly string[];
  /** The words that an environment follows. */
  environments: readonly string[];
  /** The words that isolated builds follow, one or more. */
  builds: readonly string[];
  /** Flags, with the commands that have these and no others. */
  flags: readonly (readonly [commands: readonly string[], flags: readonly Listed[]])[];
  globalFlags: readonly Listed[];
  /** Flags whose value is an environment and a commit. */
  placed: readonly string[];
  /** Flags with a value that dot cannot complete. */
  valued: readonly string[];
  asking: Asking;
}

/** Where git keeps what a commit may be named by. */
export const REFS = "refs/heads refs/tags refs/remotes";
/** What the value of a flag is called that is an environment and a commit. */
const PLACES = ["env@ref", "env[@ref]"];

/** Make it from the commands. */
export function grammarOf(commands: readonly Command[], asking: Asking): Grammar {
  const actions = commands.map(({ actions = [], name }) =>
    [name, actions.filter(({ hidden }) => hidden !== true)] as const
  ).filter(([, list]) => list.length > 0);
  const followed = [
    ...commands,
    ...actions.flatMap(([command, list]) =>
      list.map(({ name, target }) => ({ name: `${command} ${name}`, target }))
    ),
  ];
  const before = (...wanted: Target[]) =>
    followed.filter(({ target }) => target !== undefined && wanted.includes(target))
      .map(({ name }) => name);
  const valued = Object.entries(flagsOf(commands)).filter(([, { value }]) => value !== undefined);
  const names = (placed: boolean) =>
    valued.filter(([, { value = "" }]) => PLACES.includes(value) === placed)
      .map(([name]) => `--${name}`);
  return {
    after: [...firstWords(commands), ...actions],
    leading: before("command"),
    targeted: before("place", "places"),
    twice: before("places"),
    environments: before("environment"),
    builds: before("builds"),
    flags: byFlags(commands),
    globalFlags: listed(GLOBAL_FLAGS),
    placed: names(true),
    valued: names(false),
    asking,
  };
}

/** The first words of commands, and the second ones by the first. */
function firstWords(commands: readonly Command[]): [string, Listed[]][] {
  const groups = new Map<string, Listed[]>();
  const first: Listed[] = [];
  for (const { name, summary } of commands) {
    const [head = "", tail] = name.split(" ");
    if (tail === undefined) {
      first.push({ name, summary });
      continue;
    }
    const group = groups.get(head) ?? [];
    if (group.length === 0) first.push({ name: head, summary });
    groups.set(head, [...group, { name: tail, summary }]);
  }
  const all = first.map((entry) => {
    const names = groups.get(entry.name)?.map(({ name }) => name);
    return names === undefined ? entry : { ...entry, summary: `Subcommands: ${names.join(", ")}` };
  });
  return [["", all], ...groups];
}

/** Commands together that have the same flags. */
function byFlags(commands: readonly Command[]): [string[], Listed[]][] {
  const found = new Map<string, [string[], Listed[]]>();
  for (const { flags, name } of commands) {
    const list = listed(flags);
    if (list.length === 0) continue;
    const key = JSON.stringify(list);
    const group = found.get(key) ?? [[], list];
    group[0].push(name);
    found.set(key, group);
  }
  return [...found.values()];
}

function listed(flags: Flags): Listed[] {
  return Object.entries(flags).map(([name, { summary }]) => ({ name: `--${name}`, summary }));
}
