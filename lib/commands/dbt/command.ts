/**
 * The commands of dbt, as commands of dot's.
 * @module
 */
import { command, type Definition } from "../../cli/command.ts";
import type { DbtCommand } from "../../dbt/commands.ts";
import { FLAGS, refusedBy } from "./flags.ts";

/** A command of dbt's, with a place before what dbt is given. */
export function dbtCommand(known: DbtCommand): Definition {
  const { name, summary } = known;
  const positional = known.positional === undefined ? "" : `${known.positional} `;
  return command({
    about: `${summary}: runs \`dbt ${name}\`.`,
    usage: [`${name} [env][@ref] [flags] [-- ${positional}dbt arguments]`],
    words: [
      {
        name: "env",
        summary: "an environment of dot_environments.yml, or a target of the dbt profile;\n" +
          "without one, the default environment",
      },
      {
        name: "@ref",
        summary:
          "a commit, branch, tag or other git revision: it runs in a worktree of that commit,\n" +
          "and writes to the target's schema with the commit's short hash behind it",
      },
    ],
    closing: [
      `What follows \`--\` goes to dbt as it is: dot ${name} dev -- ${positional || "…"}`,
      `dbt's own options: dbt ${name} --help`,
    ],
    target: "place",
    rest: true,
    flags: FLAGS,
    refused: refusedBy(known),
    elsewhere,
    load: async () => {
      const { runDbtCommand } = await import("./run.ts");
      return (args, context) => runDbtCommand({ command: known, args }, context);
    },
  });
}

/** Where an option of dbt's goes that was typed as a flag of dot's. */
async function elsewhere(flag: string, before: readonly string[]): Promise<string | undefined> {
  const { optionOfWord } = await import("../../dbt/options.ts");
  const [command = "build", target = "dev"] = before;
  const option = optionOfWord(flag, command);
  if (option === undefined) return undefined;
  const value = ["switch", "toggle"].includes(option.kind) || flag.includes("=") ? "" : " …";
  return `\`${flag}\` is dbt's: put it after \`--\`, as in \`dot ${command} ${target} -- ${flag}${value}\`.`;
}
