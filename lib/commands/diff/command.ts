/**
 * `dot diff`.
 * @module
 */
import { command, type Definition } from "../../cli/command.ts";
import { FLAGS } from "./flags.ts";

/** All of it but its line in the list. */
export const diff: Definition = command({
  about: "Compare the data of two places, model by model, row by row.",
  usage: ["diff [place] [place] [model ...] [flags] [-- dbt selection]"],
  details: [
    "  dot diff dev@main dev@HEAD    two commits, each in schemas of its own",
    "  dot diff dev@HEAD             a commit, and where it left the default branch",
    "  dot diff                      the live schemas of the default environment, and that",
    "  dot diff prod dev@. orders    live schemas, and the working tree; one model",
    "  dot diff dev@HEAD -- orders+  what `dbt ls --select orders+` lists",
    "",
    "Without models: those whose code differs, and all behind them. What a commit lacks is built first,",
    "after a question: those models, and of what they read what the other side has not the same.",
  ],
  target: "places",
  rest: true,
  flags: FLAGS,
  load: async () => (await import("./run.ts")).runDiff,
});
