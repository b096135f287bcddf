/**
 * The flags of the commands that run dbt, and which of dbt's commands have no use for some of them.
 * @module
 */
import type { Refusal } from "../../cli/command.ts";
import { COLD, flags } from "../../cli/flags.ts";
import type { DbtCommand } from "../../dbt/commands.ts";

/** Declared. */
export const FLAGS = flags({
  defer: {
    value: "env@ref",
    summary: "Read what is not selected from that isolated build (dbt's --defer)",
  },
  state: {
    value: "env@ref",
    summary: "Compare with that commit: dbt's --state, parsed where it was not",
  },
  modified: {
    summary:
      "Select what is modified since the merge base with the default branch, and all behind it",
  },
  base: { value: "ref", summary: "With --modified: another branch or commit" },
  "seed-from": {
    value: "env[@ref]",
    summary: "Begin incremental models and snapshots of a fresh build with what is there",
  },
  "dry-run": { summary: "Print the dbt commands and change nothing" },
  "no-deps": { summary: "Do not run `dbt deps` for an isolated build" },
  "live-config": { summary: "Take the environment from the working tree, not from the commit" },
  "disable-prompts": { summary: "Ask nothing" },
  cold: COLD,
  yes: { short: "y", summary: "Write to a protected environment without a question" },
  "allow-escape": {
    summary: "Ask, and then run, where nodes would be written outside the build",
  },
});

/** The flags that a command of dbt's has no use for, each with the reason. */
export function refusedBy(
  { defers, name, seeds }: DbtCommand,
): { readonly [Name in keyof typeof FLAGS]?: Refusal } {
  const without = (flag: string, why: string, more = "."): Refusal => ({
    message: `\`dbt ${name}\` ${why}`,
    hints: [`Leave out --${flag}${more}`],
  });
  return {
    ...defers ? {} : {
      defer: without("defer", "cannot defer"),
      modified: without("modified", "compares nothing"),
      state: without("state", "compares nothing"),
      base: without("base", "compares nothing"),
    },
    ...seeds ? {} : {
      "seed-from": without(
        "seed-from",
        "builds no incremental model and no snapshot",
        "; it goes with build, run and snapshot.",
      ),
    },
  };
}
