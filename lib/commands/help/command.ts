/**
 * `dot help`.
 * @module
 */
import { type Command, command, OWN } from "../../cli/command.ts";

/** The command. */
export const help: Command = command({
  name: "help",
  summary: "Show the help of a command, or explain an error",
  section: OWN,
  about: "Show the help of a command, or what the code of an error means.",
  usage: ["help [command]", "help <code>"],
  words: [
    { name: "command", summary: "a command: the same as `dot <command> --help`" },
    { name: "code", summary: "the code of an error, as in error[DOT001]" },
  ],
  target: "command",
  flags: {},
  load: async () => (await import("./run.ts")).runHelp,
});
