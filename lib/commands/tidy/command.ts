/**
 * `dot tidy`.
 * @module
 */
import { type Command, command, OWN } from "../../cli/command.ts";
import { FLAGS } from "./flags.ts";

/** The command. */
export const tidy: Command = command({
  name: "tidy",
  summary: "List what no node of the project produces in its schemas; drop it",
  section: OWN,
  about: "List the relations in the project's schemas that no node of the project produces.",
  usage: ["tidy [env][@ref] [flags]"],
  details: [
    "The schemas are those that the project's nodes are written to at that place, and no others. Nodes are",
    "models, seeds, snapshots and tests' stored failures; sources are left alone, and so is what matches",
    "`+keep-relations`, or stands in a manifest of `+shared-with`. What something else reads is not dropped,",
    "and nothing is dropped with `cascade`.",
  ],
  target: "place",
  flags: FLAGS,
  load: async () => (await import("./run.ts")).runTidy,
});
