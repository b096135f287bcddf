/**
 * `dot help`.
 * @module
 */
import { command, type Definition } from "../../cli/command.ts";

/** All of it but its line in the list. */
export const help: Definition = command({
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
