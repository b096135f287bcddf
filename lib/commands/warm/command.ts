/**
 * `dot warm`.
 * @module
 */
import { type Command, command, OWN } from "../../cli/command.ts";

/** The command. */
export const warm: Command = command({
  name: "warm",
  summary: "Look after the dbt that is kept warm between runs",
  section: OWN,
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
    "Where CI is set, a server is only started by commands that start dbt twice.",
  ],
  flags: {},
  load: async () => (await import("./run.ts")).runWarm,
});
