/**
 * `dot env`.
 * @module
 */
import { command, type Definition } from "../../cli/command.ts";
import { FLAGS } from "./flags.ts";

/** All of it but its line in the list. */
export const env: Definition = command({
  about:
    "Show what an environment comes to: arguments, variables and settings, each with the line that set it, and\n" +
    "the profile, target and live schema.",
  usage: ["env [env][@ref] [flags]"],
  details: [
    "Without a name, the default environment; with `@ref`, as that commit has it. dbt is not started: a name that",
    "only dbt can render is shown as the profile has it. Values that look like secrets are shown as `***`.",
    "`--check` looks at dot_environments.yml, the user's own file and dot_vars.yml as they are in the working",
    "tree, tells every fault in them, and needs no profile.",
  ],
  listed: async () => ({
    title: "Settings, which are dot's own",
    entries: (await import("../../config/settings.ts")).SETTINGS
      .map(({ name, summary }) => ({ name: `+${name}`, summary })),
  }),
  target: "place",
  flags: FLAGS,
  load: async () => (await import("./run.ts")).runEnv,
});
