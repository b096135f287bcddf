/**
 * What the steps of one run share: how dbt is started in it, and what is said of that.
 * @module
 */
import type { Context } from "../base/context.ts";
import type { Command, Ended } from "../base/process.ts";
import { hintsFor, lastRunLog } from "../dbt/log.ts";
import type { DbtRunner } from "../dbt/runner.ts";
import { sayHowToKill } from "../dbt/said.ts";
import { duckDbFile } from "../places/server.ts";
import { shellLine } from "./paste.ts";
import type { Plan } from "./plan/plan.ts";

/** What every step of a run needs. */
export interface Session {
  plan: Plan;
  context: Context;
  runner: DbtRunner;
  stdoutToStderr: boolean;
  onInterrupt: () => void;
}

/** What the user decided about a run. */
export interface RunOptions {
  /** Whether `dbt deps` may run before it. */
  deps: boolean;
  /** Whether nodes may be written outside the build, after a question. */
  allowEscape: boolean;
  /** Whether dbt is started anew, whatever server runs. */
  cold: boolean;
  /** Whether what dbt prints goes to stderr, because stdout is another command's. */
  stdoutToStderr?: boolean;
  /** Called when a signal came while dbt ran, whatever dbt made of it. */
  onInterrupt?: () => void;
}

/** A run in words, for whoever waits for it. */
export function doingOf({ isolated, run: { command } }: Plan): string {
  if (isolated === undefined) return `dot ${command.name}`;
  return `dot ${command.name} ${isolated.environment}@${isolated.commit.short}`;
}

/** Say which command of dbt is run, as a line for a shell. */
export function echo(command: Command, name: string, { context, plan }: Session): void {
  const { cwd, out } = context;
  out.status(out.paint("dim", `$ ${shellLine(command, name, plan.isolated, cwd)}`));
}

/** What dbt 2 has in the place of commands of dbt 1. */
const DOCS_OF_2: Readonly<Record<string, string>> = {
  "docs generate":
    "dbt 2 writes a catalog with `compile` alone: dot compile <target> -- --write-catalog",
  "docs serve": "dbt 2 serves what a build has indexed: dot build <target> -- --write-index",
};

/** Run dbt on the terminal, with hints from its log where it fails. */
export async function runDbt(dbt: Command, logFile: string, session: Session): Promise<Ended> {
  const { context, onInterrupt, plan, runner, stdoutToStderr } = session;
  const { command, place } = plan.run;
  echo(dbt, command.name, session);
  const other = place.launcher.major < 2 ? undefined : DOCS_OF_2[command.name];
  if (other !== undefined) context.out.status(other);
  const started = Date.now();
  const ended = await runner.run(dbt, {
    onSlow: () => sayHowToKill(context.out),
    stdoutToStderr,
  });
  if (ended.interrupted) onInterrupt();
  if (ended.code !== 0) {
    const source = await place.targetOrNothing();
    const file = source && duckDbFile(source, place.scope);
    const log = await lastRunLog(logFile, started);
    for (const hint of hintsFor(log, place.launcher.version, file)) context.out.warn(hint);
  }
  return ended;
}
