/**
 * Every command, in the order of the help. A new one is a folder and a line here.
 * @module
 */
import type { Command } from "../cli/command.ts";
import { DBT_COMMANDS } from "../dbt/commands.ts";
import { builds } from "./builds/command.ts";
import { completions } from "./completions/command.ts";
import { dbtCommand } from "./dbt/command.ts";
import { diff } from "./diff/command.ts";
import { env } from "./env/command.ts";
import { help } from "./help/command.ts";
import { prune } from "./prune/command.ts";
import { state } from "./state/command.ts";
import { tidy } from "./tidy/command.ts";
import { warm } from "./warm/command.ts";

/** The commands. */
export const COMMANDS: readonly Command[] = [
  ...DBT_COMMANDS.map(dbtCommand),
  builds,
  completions,
  diff,
  env,
  help,
  prune,
  state,
  tidy,
  warm,
];
