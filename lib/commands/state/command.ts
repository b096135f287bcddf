/**
 * `dot state`.
 * @module
 */
import { command, type Definition } from "../../cli/command.ts";
import { FLAGS } from "./flags.ts";

/** All of it but its line in the list. */
export const state: Definition = command({
  about:
    "Show what is new, modified and removed at a place since it left the default branch, and by what.",
  usage: ["state [env][@ref] [flags]"],
  details: [
    "Without a ref it is the working tree. Nothing is asked of a warehouse: both sides are parsed by dbt,",
    "once, as the environment would have them. By what: body, config, relation (its name or schema),",
    "description (of a node where it is written to the warehouse), contract, macro, var, file (data that",
    "it names and that is in git), place (its file's folder), source.",
  ],
  target: "place",
  flags: FLAGS,
  load: async () => (await import("./run.ts")).runState,
});
