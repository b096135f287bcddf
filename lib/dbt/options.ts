/**
 * Looks options of dbt up in the table: by their words, and by which command of which dbt takes them.
 * @module
 */
import { DBT_COMMANDS } from "./commands.ts";
import type { Launcher } from "./launcher.ts";
import { DBT_OPTIONS, type DbtOption, type Taken, type Version, VERSIONS } from "./option_table.ts";

export { DBT_OPTIONS, type DbtOption, type OptionKind, variableOf } from "./option_table.ts";

/** Which dbt it is. */
export type WhichDbt = Pick<Launcher, "version" | "major">;

/** Every long name of an option, aliases included. */
export const DBT_OPTION_NAMES: readonly string[] = DBT_OPTIONS.flatMap((
  option,
) => [option.name, ...option.aliases]);

/** The option with this long name or alias. */
export function findDbtOption(name: string): DbtOption | undefined {
  return DBT_OPTIONS.find((option) => option.name === name || option.aliases.includes(name));
}

/** Whether a command takes an option; without a dbt, that of any. */
export function takes(command: string, { taken }: DbtOption, dbt?: WhichDbt): boolean {
  if (dbt !== undefined) return isAmong(command, taken, versionOf(dbt));
  return VERSIONS.some((version) => isAmong(command, taken, version));
}

/** Whether any command of a dbt takes an option. */
export function has(dbt: WhichDbt, option: DbtOption): boolean {
  return DBT_COMMANDS.some(({ name }) => takes(name, option, dbt));
}

/** Whether a command takes the `--no-` form of an option too. */
export function takesNegated(command: string, option: DbtOption, dbt: WhichDbt): boolean {
  const { kind, onlyAsserted = {} } = option;
  return kind === "toggle" && takes(command, option, dbt) &&
    !isAmong(command, onlyAsserted, versionOf(dbt));
}

/** The commands of dbt, by their names in any version, that take an option. */
export function takersOf({ taken }: DbtOption): "every" | readonly string[] {
  const all = Object.values(taken);
  if (all.includes("every")) return "every";
  return [...new Set(all.flatMap((takers) => takers === "every" ? [] : takers))].sort();
}

/** The version that a dbt counts as. Of an unknown one the newest of its major version. */
export function versionOf({ major, version = "" }: WhichDbt): Version {
  if (major >= 2) return /^\d+(?:\.\d+)*$/.test(version) ? "2.0" : "2.0-preview";
  const minor = Number(/^1\.(\d+)/.exec(version)?.[1] ?? "12");
  const known = VERSIONS.filter((one) => one.startsWith("1."));
  return known.findLast((one) => Number(one.slice(2)) <= minor) ?? "1.8";
}

/** What a version says counts besides what those before it say, but for dbt 1 when it is dbt 2's. */
function isAmong(command: string, taken: Taken, version: Version): boolean {
  let found = false;
  for (const one of VERSIONS.slice(0, VERSIONS.indexOf(version) + 1)) {
    const takers = taken[one];
    if (one === "2.0-preview" || takers?.length === 0) found = false;
    if (takers === "every" || takers?.includes(command) === true) found = true;
  }
  return found;
}

/** The dbt whose letters are read: dbt 2 has some of them, and none besides. */
const LETTERED: WhichDbt = { version: undefined, major: 1 };

/** The option that a word of dbt's command line names (`--target=x`, `--no-defer`, `-t`, `-tx`), if one. */
export function optionOfWord(word: string, command: string): DbtOption | undefined {
  const long = /^--(?:no-)?([^=]+)/.exec(word);
  if (long?.[1] !== undefined) {
    return findDbtOption(word.replace(/^--/, "").replace(/=.*$/s, "")) ?? findDbtOption(long[1]);
  }
  const letter = /^-(?!-)(.)/.exec(word)?.[1];
  if (letter === undefined) return undefined;
  if (letter === "m") return findDbtOption("select");
  return DBT_OPTIONS.find((option) => option.short === letter && takes(command, option, LETTERED));
}

/**
 * Options that take a path, with what a relative one is seen from in a plain run: the project, or the folder that dbt runs in.
 */
export const PATH_OPTIONS = {
  state: "folder",
  "defer-state": "folder",
  "record-timing-info": "cwd",
  "partial-parse-file-path": "cwd",
  "index-dir": "cwd",
  "metadata-dir": "cwd",
} as const;

/** Options by which dbt 2 reads a part of the project alone, where it has parsed it before, and writes a manifest of that. */
export const PARTIAL: readonly string[] = ["dirty", "partial-load"];

/** Options by which a run builds its nodes from a part of their rows; the last two are dbt 2's. */
export const SAMPLING: readonly string[] = [
  "empty",
  "sample",
  "event-time-start",
  "event-time-end",
  "sampled",
  "with-sample",
];
