/**
 * `dot builds`.
 * @module
 */
import { command, type Definition } from "../../cli/command.ts";
import { FLAGS } from "./flags.ts";

/** All of it but its line in the list. */
export const builds: Definition = command({
  about: "List the isolated builds of this repository, newest first.",
  usage: ["builds [env] [flags]", "builds pin|unpin <env@ref>..."],
  words: [{ name: "env", summary: "only the builds of this environment" }],
  target: "environment",
  actions: [
    { name: "pin", summary: "Keep builds from being pruned", target: "builds" },
    { name: "unpin", summary: "Let them be pruned again", target: "builds" },
  ],
  notes: [
    "NODES  how many of the nodes that dbt writes are built, and how many nodes and tests failed",
    "SIZE   the files of the build and of its commit's worktree, which the commit's environments share",
    "STATE  running, unfinished (cut off, so that nobody knows), uncommitted (dev@.), sample (--empty, --sample),",
    "       pinned, read by (built with --defer to it), commit gone (git has removed it)",
  ],
  flags: FLAGS,
  load: async () => (await import("./run.ts")).runBuilds,
});
