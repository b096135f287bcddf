/**
 * What may be typed, sorted by what stands before it: all that the scripts of the shells say.
 * @module
 */
import type { DbtCommand } from "../../dbt/commands.ts";
import { DBT_FLAGS, type Flag, GLOBAL_FLAGS } from "../flags.ts";
import type { Listed, OwnCommand, Target } from "../help.ts";

/** The shells that dot completes for. */
export const SHELLS: readonly Listed[] = [
  { name: "bash", summary: 'eval "$(dot completions bash)"' },
  { name: "zsh", summary: 'eval "$(dot completions zsh)"' },
  { name: "fish", summary: "dot completions fish | source" },
  { name: "powershell", summary: "dot completions powershell | Out-String | Invoke-Expression" },
];

/** The word of `dot completions` that lists the environments, for the scripts to call. */
export const ENVIRONMENTS_WORD = "environments";
/** The word of `dot completions` that lists the isolated builds, for the scripts to call. */
export const BUILDS_WORD = "builds";

/** What may be typed, sorted by what stands before it. */
export interface Grammar {
  /** What may follow words such as ``, `docs` and `completions`. */
  after: readonly (readonly [string, readonly Listed[]])[];
  /** The commands that a target follows: an environment, a commit, or both. */
  targeted: readonly string[];
  /** Those that a second one may follow. */
  twice: readonly string[];
  /** The words that an environment follows. */
  environments: readonly string[];
  /** The words that isolated builds follow, one or more. */
  builds: readonly string[];
  /** The commands of dot's that have flags of their own. */
  ownFlags: readonly (readonly [string, readonly Listed[]])[];
  /** Flags whose value is an environment and a commit. */
  placed: readonly string[];
  /** Flags with a value that dot cannot complete. */
  valued: readonly string[];
  /** The commands that run dbt. */
  dbt: readonly string[];
  /** Of these, the ones that can defer. */
  deferring: readonly string[];
  globalFlags: readonly Listed[];
  dbtFlags: readonly Listed[];
  deferFlags: readonly Listed[];
}

/** Where git keeps what a commit may be named by. */
export const REFS = "refs/heads refs/tags refs/remotes";
/** What the value of a flag is called that is an environment and a commit. */
const PLACES = ["env@ref", "env[@ref]"];

/** Make it from the tables of commands and flags. */
export function grammarOf(dbt: readonly DbtCommand[], own: readonly OwnCommand[]): Grammar {
  const groups = new Map<string, Listed[]>();
  const first: Listed[] = [];
  for (const { name, summary } of [...dbt, ...own]) {
    const [head = "", tail] = name.split(" ");
    if (tail === undefined) {
      first.push({ name, summary });
      continue;
    }
    const group = groups.get(head) ?? [];
    if (group.length === 0) {
      groups.set(head, group);
      first.push({ name: head, summary });
    }
    group.push({ name: tail, summary });
  }
  for (const entry of first) {
    const names = groups.get(entry.name)?.map(({ name }) => name);
    if (names !== undefined) entry.summary = `Subcommands: ${names.join(", ")}`;
  }
  const listed = (flags: readonly Flag[]) =>
    flags.map(({ name, summary }) => ({ name: `--${name}`, summary }));
  const actions = own.flatMap(({ name, actions = [] }) =>
    actions.length === 0 ? [] : [[name, actions] as const]
  );
  const followed = [
    ...own,
    ...actions.flatMap(([command, list]) =>
      list.map(({ name, target }) => ({ name: `${command} ${name}`, target }))
    ),
  ];
  const valued = new Map(
    [DBT_FLAGS, ...own.map(({ flags = [] }) => flags)].flat()
      .flatMap(({ name, value }) => value === undefined ? [] : [[`--${name}`, value] as const]),
  );
  const before = (wanted: Target) =>
    followed.filter(({ target }) => target === wanted).map(({ name }) => name);
  return {
    after: [["", first], ...groups, ["completions", SHELLS], ...actions],
    targeted: [...dbt.map(({ name }) => name), ...before("place"), ...before("places")],
    twice: before("places"),
    environments: before("environment"),
    builds: before("builds"),
    ownFlags: own.flatMap(({ name, flags = [] }) =>
      flags.length === 0 ? [] : [[name, listed(flags)] as const]
    ),
    placed: [...valued].filter(([, value]) => PLACES.includes(value)).map(([name]) => name),
    valued: [...valued].filter(([, value]) => !PLACES.includes(value)).map(([name]) => name),
    dbt: dbt.map(({ name }) => name),
    deferring: dbt.filter(({ defers }) => defers).map(({ name }) => name),
    globalFlags: listed(GLOBAL_FLAGS),
    dbtFlags: listed(DBT_FLAGS.filter(({ compares }) => compares !== true)),
    deferFlags: listed(DBT_FLAGS.filter(({ compares }) => compares === true)),
  };
}
