/**
 * The control project: a dbt project of dot's own, whose nodes are steps. Writes it, runs it with the user's dbt and
 * profile, and reads what each step answered.
 * @module
 */
import { dbtFailure, saidBy } from "../dbt/said.ts";
import { join } from "@std/path";
import { requireDbtCommand } from "../dbt/commands.ts";
import type { Launcher } from "../dbt/launcher.ts";
import { DBT_OPTIONS, takes } from "../dbt/options.ts";
import { NOTHING_GIVEN } from "../dbt/passthrough.ts";
import { unsetDbtVariables } from "../dbt/profile.ts";
import { flagsIn, question } from "../dbt/question.ts";
import { readRunResults } from "../dbt/run_results.ts";
import type { DbtRunner } from "../dbt/runner.ts";
import { makeFolder, namesIn, readIfThere, removeAll, writeFile } from "../base/files.ts";
import type { Command } from "../base/process.ts";
import type { YamlValue } from "../base/yaml.ts";
import { engineWords, readAnswers, withoutAnswers } from "./answers.ts";
import change from "./macros/change.sql" with { type: "text" };
import compare from "./macros/compare.sql" with { type: "text" };
import compareRows from "./macros/compare_rows.sql" with { type: "text" };
import compareTypes from "./macros/compare_types.sql" with { type: "text" };
import copy from "./macros/copy.sql" with { type: "text" };
import dependants from "./macros/dependants.sql" with { type: "text" };
import list from "./macros/list.sql" with { type: "text" };
import step from "./macros/step.sql" with { type: "text" };

/** How dbt reaches one warehouse. */
export interface Connection {
  runner: DbtRunner;
  launcher: Launcher;
  /** The folder that dbt runs in: relative paths of a profile are seen from there. */
  cwd: string;
  env: Record<string, string>;
  profilesDir: string;
  profile: string;
  target: string;
  /** The adapter's name. */
  adapter: string;
  /** The file of DuckDB that it opens, where dot can tell. */
  file?: string | undefined;
  /** The words that the profile may depend on besides: `--vars`, `--threads`. */
  words: readonly string[];
  /** Where the control project may be written. */
  folder: string;
}

/** Something to ask or to do, in JSON. */
export interface Step {
  operation: string;
  [name: string]: unknown;
}

/** A database as a step names it: null where the engine has none above a schema. */
export function orNull(database: string): string | null {
  return database === "" ? null : database;
}

/** What became of a step. */
export interface Outcome {
  /** Every answer that it gave, in order. */
  answers: unknown[];
  /** The engine's words, where it failed. */
  error: string | undefined;
}

/** What there is to say of a step that dbt never came to, or did not finish. */
export const UNDONE = "dbt ended before it was done";

const PROJECT = `name: dot_control
version: "1.0"
models:
  dot_control:
    +materialized: dot_step
`;

const MACROS: Record<string, string> = {
  "change.sql": change,
  "compare.sql": compare,
  "compare_rows.sql": compareRows,
  "compare_types.sql": compareTypes,
  "copy.sql": copy,
  "dependants.sql": dependants,
  "list.sql": list,
  "step.sql": step,
};

/**
 * Run steps in one dbt process, by its threads. Gives each one's outcome, in order; `onAnswer` is called as answers come, with
 * the step's place in the list. With `keep` false they are told only, however many there are, and the outcomes have none.
 * Throws a DotError with dbt's words when dbt did not come to the steps: no connection, a broken profile.
 */
export async function runSteps(
  connection: Connection,
  steps: readonly Step[],
  onAnswer: (answer: unknown, step: number) => void = () => {},
  { keep = true }: { keep?: boolean } = {},
): Promise<Outcome[]> {
  if (steps.length === 0) return [];
  return await withSlot(connection.folder, async (folder) => {
    const nonce = crypto.randomUUID().replaceAll("-", "");
    await writeProject(folder, steps.map((one, at) => ({ ...one, nonce, step: at })));
    const outcomes = steps.map((): Outcome => ({ answers: [], error: undefined }));
    const started = Date.now();
    const take = (line: string) => {
      const answers = readAnswers(line, nonce);
      for (const { step, value } of answers) {
        if (keep) outcomes[step]?.answers.push(value);
        onAnswer(value, step);
      }
      return answers.length > 0;
    };
    const result = await connection.runner.query(
      await commandFor(connection, folder),
      take,
      folder,
    );
    const ended = await endedSteps(join(folder, "target"), started);
    // dbt 2 says so of every node where it cannot connect, and why only on stderr.
    const unconnected = [...ended?.values() ?? []].some((error) => error === "Compilation Error");
    if (ended === undefined || unconnected) {
      throw dbtFailure("dbt could not ask the warehouse", result, {
        said: withoutAnswers(saidBy(result)),
        version: connection.launcher.version,
        file: connection.file,
      });
    }
    for (const [at, outcome] of outcomes.entries()) {
      const name = nameOf(at);
      outcome.error = ended.has(name) ? ended.get(name) : UNDONE;
    }
    return outcomes;
  });
}

/** Do something with a folder that no other dot uses meanwhile: the first that is free. */
async function withSlot<T>(parent: string, action: (folder: string) => Promise<T>): Promise<T> {
  for (let number = 1;; number++) {
    const folder = join(parent, String(number));
    await makeFolder(folder, 0o700);
    using file = await Deno.open(join(folder, "lock"), { create: true, read: true, write: true });
    if (!await file.tryLock(true)) continue;
    return await action(folder);
  }
}

async function writeProject(folder: string, steps: readonly Step[]): Promise<void> {
  const models = join(folder, "models");
  for (const path of [models, join(folder, "macros")]) await makeFolder(path);
  await writeFile(join(folder, "dbt_project.yml"), PROJECT);
  for (const [name, text] of Object.entries(MACROS)) {
    await writeFile(join(folder, "macros", name), text);
  }
  const wanted = new Map(steps.map((one, at) => [`${nameOf(at)}.sql`, modelText(one)]));
  for (const name of await namesIn(models)) {
    if (!wanted.has(name)) await removeAll(join(models, name));
  }
  await Promise.all(
    [...wanted].map(([name, text]) => Deno.writeTextFile(join(models, name), text)),
  );
}

/** A model whose text is the request, as one Jinja literal: nothing in it can be taken for Jinja. */
function modelText(request: Step): string {
  const escape = (character: string) =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  // First JSON in ASCII: Jinja would take the halves of a character outside of the basic plane for two.
  const json = JSON.stringify(request).replace(/[^\x20-\x7e]/g, escape);
  return `{{ '${json.replace(/[^\w ]/g, escape)}' }}`;
}

function nameOf(at: number): string {
  return `step_${String(at).padStart(5, "0")}`;
}

async function commandFor(connection: Connection, folder: string): Promise<Command> {
  const { cwd, launcher, profile, profilesDir, target, words } = connection;
  const env = unsetDbtVariables(
    connection.env,
    // What no option of this command reads is the user's own, and the profile may read it: DBT_HOST, DBT_THREADS.
    DBT_OPTIONS.filter((option) => takes("run", option)).flatMap(({ variable }) => variable ?? []),
    launcher,
  );
  const { args, ...command } = question({
    launcher,
    command: requireDbtCommand("run"),
    fixed: new Map<string, YamlValue>([
      ["project-dir", folder],
      ["profiles-dir", profilesDir],
      ["profile", profile],
      ["target", target],
      ["target-path", join(folder, "target")],
      ["log-path", join(folder, "logs")],
      ["write-json", true],
    ]),
    settings: new Map(),
    vars: undefined,
    passthrough: NOTHING_GIVEN,
  }, {
    cwd,
    env: {
      ...env,
      DBT_SEND_ANONYMOUS_USAGE_STATS: "false",
      // It would list every relation of the target's schema; no step looks one up.
      ...launcher.major < 2 ? { DBT_POPULATE_CACHE: "false" } : { DBT_STATIC_ANALYSIS: "off" },
    },
    // The control project sets none; a profile may.
    flags: flagsIn(undefined, await readIfThere(join(profilesDir, "profiles.yml"))),
  });
  return { ...command, args: [...args, ...words] };
}

/**
 * How the steps ended of a run that began at `since`, by name: the error, or undefined for one that succeeded. Undefined
 * when dbt did not come to the steps.
 */
async function endedSteps(
  target: string,
  since: number,
): Promise<Map<string, string | undefined> | undefined> {
  const results = await readRunResults(target, since);
  if (results === undefined) return undefined;
  const ended = new Map<string, string | undefined>();
  for (const { id, message, status } of results) {
    const words = () => engineWords(message ?? status);
    ended.set(id.split(".").at(-1) ?? "", status === "success" ? undefined : words());
  }
  return ended;
}
