/**
 * dbt commands as lines for a POSIX shell, which do there what they do here.
 * @module
 */
import { relative } from "@std/path";
import { findDbtOption, takes } from "../dbt/options.ts";
import type { Command } from "../base/process.ts";
import { quote, quoteCommand } from "../base/shell.ts";
import { SUFFIX_VARIABLE } from "../isolated/escape/shim.ts";
import type { Isolated } from "../isolated/isolate.ts";
import { suffixOf } from "../store/naming.ts";

/** A command with what it needs of its environment, for a shell in `cwd`. Secrets are not shown. */
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
  const line = assignments.join("") + quoteCommand([command.program, ...command.args]);
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
