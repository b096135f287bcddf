/**
 * `dot completions`.
 * @module
 */
import { command, type Definition } from "../../cli/command.ts";
import { BUILDS_WORD, ENVIRONMENTS_WORD, SHELLS } from "./shells.ts";

/** All of it but its line in the list. */
export const completions: Definition = command({
  about: "Print a script that completes commands, flags, environments and, after `@`, git refs.",
  usage: ["completions <shell>"],
  details: ["In the start-up file of your shell:"],
  actions: [
    ...SHELLS,
    { name: ENVIRONMENTS_WORD, summary: "List the environments", hidden: true },
    { name: BUILDS_WORD, summary: "List the isolated builds", hidden: true },
  ],
  flags: {},
  load: async () => (await import("./run.ts")).runCompletions,
});
