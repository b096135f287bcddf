/**
 * `dot tidy`.
 * @module
 */
import { command, type Definition } from "../../cli/command.ts";
import { FLAGS } from "./flags.ts";

/** All of it but its line in the list. */
export const tidy: Definition = command({
  about: "List the relations in the project's schemas that no node of the project produces.",
  usage: ["tidy [env][@ref] [flags]"],
  details: [
    "The schemas are those that the project's nodes are written to at that place, and no others. Nodes are",
    "models, seeds, snapshots and tests' stored failures; sources are left alone, and so is what matches",
    "`+keep-relations`, or stands in a manifest of `+shared-with`. What something else reads is not dropped,",
    "and nothing is dropped with `cascade`. What the default branch makes, or a build of a commit that is",
    "not behind what is checked out, stays; snapshots and incremental tables need --include-history.",
  ],
  target: "place",
  flags: FLAGS,
  load: async () => (await import("./run.ts")).runTidy,
});
