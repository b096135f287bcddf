/**
 * dbt commands as lines for a POSIX shell, which do there what they do here.
 * @module
 */
import { relative } from "@std/path";
import { MASK } from "../dbt/masked.ts";
import { findDbtOption, takes } from "../dbt/options.ts";
import { type Part, partsOf } from "../dbt/shown.ts";
import type { Command } from "../base/process.ts";
import { quote } from "../base/shell.ts";
import { SUFFIX_VARIABLE } from "../isolated/escape/shim.ts";
import type { Isolated } from "../isolated/isolate.ts";
import { suffixOf } from "../store/naming.ts";

/**
 * A command with what it needs of its environment, for a shell in `cwd`. A secret is not shown: in its place stands a variable, and
 * the shell refuses the line for as long as that is not set.
 */
export function shellLine(
  command: Command,
  name: string,
  isolated: Isolated | undefined,
  cwd: string,
): string {
  const env = isolated === undefined ? {} : environmentOf(name, isolated);
  const assignments = Object.entries(env).map(([variable, value]) =>
    `${variable}=${quote(value)} `
  );
  const words = [quote(command.program), ...shellWords(command.args)];
  const line = assignments.join("") + words.join(" ");
  return relative(cwd, command.cwd) === "" ? line : `cd ${quote(command.cwd)} && ${line}`;
}

/** Without the suffix, a worktree whose naming is isolated would write to live schemas. */
function environmentOf(
  name: string,
  { build, launching, paths }: Isolated,
): Record<string, string> {
  const option = findDbtOption("target-path");
  const takesPath = option !== undefined && takes(name, option);
  return {
    ...launching,
    [SUFFIX_VARIABLE]: suffixOf(build.short),
    ...takesPath ? {} : { DBT_TARGET_PATH: paths.target },
  };
}

/** The variables of a shell that stand in the lines of a command for its secrets. */
export function secretVariables({ args }: Command): string[] {
  const taken = new Set<string>();
  for (const part of partsOf(args).flat()) {
    if (typeof part !== "string") variableFor(part.path, taken);
  }
  return [...taken];
}

function shellWords(args: readonly string[]): string[] {
  const taken = new Set<string>();
  return partsOf(args).map((parts) => {
    const [first] = parts;
    if (parts.length === 1 && typeof first === "string") return quote(first);
    return joined(parts).map((part) =>
      typeof part === "string" ? quote(part) : `"\${${variableFor(part.path, taken)}:?${MASK}}"`
    ).join("") || quote("");
  });
}

/** Texts beside each other as one. */
function joined(parts: readonly Part[]): Part[] {
  const all: Part[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (typeof part === "string" && typeof last === "string") all[all.length - 1] = last + part;
    else all.push(part);
  }
  return all;
}

/** One of a user's own has another prefix, so that a line never takes another value than was meant. */
function variableFor(path: readonly string[], taken: Set<string>): string {
  const stem = ["DOT_SECRET", ...path].join("_").replace(/[^A-Za-z0-9_]/g, "_");
  let name = stem;
  for (let number = 2; taken.has(name); number++) name = `${stem}_${number}`;
  taken.add(name);
  return name;
}
