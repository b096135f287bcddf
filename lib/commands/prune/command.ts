/**
 * `dot prune`.
 * @module
 */
import { command, type Definition } from "../../cli/command.ts";
import { FLAGS } from "./flags.ts";

/** All of it but its line in the list. */
export const prune: Definition = command({
  about:
    "Remove isolated builds: their schemas in the warehouse, their worktrees and their folders.",
  usage: ["prune [env... | env@ref...] [flags]"],
  details: [
    "A build goes when all that is given holds for it. Without a rule, the environment's `+keep` holds",
    "(`+keep: 5`, `+keep: 14d`); without that, nothing goes. What never goes: a pinned build, one that",
    "another was built against, one at work, one whose worktree was edited (unless --force), one that a",
    "view elsewhere reads, and a schema that is not proven to be a build's: by the build's record, or,",
    "with --warehouse, by a name that is one of the project's schemas with the hash of a commit in it.",
  ],
  target: "builds",
  flags: FLAGS,
  load: async () => (await import("./run.ts")).runPruneCommand,
});
