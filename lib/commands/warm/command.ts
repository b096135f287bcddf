/**
 * `dot warm`.
 * @module
 */
import { command, type Definition } from "../../cli/command.ts";

/** All of it but its line in the list. */
export const warm: Definition = command({
  about: "Keep dbt imported between runs: a run of dot then starts it in half the time.",
  usage: ["warm [status|start|stop]"],
  actions: [
    { name: "start", summary: "Start one for the dbt of this project, and wait until it is there" },
    { name: "status", summary: "Show the servers that run (the default)" },
    { name: "stop", summary: "End all of them; what they are running goes on" },
  ],
  notes: [
    "On Linux the first run of dbt leaves a server behind, of about 120 MB, unless DOT_WARM=0 is set or the",
    "environment says `+warm: false`; on macOS only with DOT_WARM=1 or `+warm: true`; not on Windows. It",
    "ends after 15 minutes without work, or when a package is installed. --cold does without for one run.",
    "dbt 2 is never kept warm: it starts in milliseconds.",
    "Where CI is set, a server is only started by commands that start dbt twice.",
  ],
  flags: {},
  load: async () => (await import("./run.ts")).runWarm,
});
