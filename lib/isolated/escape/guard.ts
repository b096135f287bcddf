/**
 * Nothing escapes: before an isolated command writes, every node that it would write is known to lie in the build's own
 * schemas, by the project's text where that proves it, else by its manifest.
 * @module
 */
import { join } from "@std/path";
import type { Context } from "../../base/context.ts";
import { findAdapter } from "../../dbt/adapters.ts";
import { dbtArgv, isOverridden, varsJson } from "../../dbt/argv.ts";
import { type DbtCommand, findDbtCommand } from "../../dbt/commands.ts";
import { hintsFor, lastRunLog } from "../../dbt/log.ts";
import { readManifest } from "../../dbt/manifest.ts";
import { DBT_OPTIONS, findDbtOption, takes } from "../../dbt/options.ts";
import { isGiven, type Passthrough } from "../../dbt/passthrough.ts";
import { dbtVariable } from "../../dbt/profile.ts";
import { DotError } from "../../base/errors.ts";
import { isAgreed } from "../../base/question.ts";
import { isObject, readIfThere, readObject, sha256, writeFile } from "../../base/files.ts";
import type { DbtRunner } from "../../dbt/runner.ts";
import type { Command } from "../../base/process.ts";
import { readYaml, valueOf } from "../../base/yaml.ts";
import type { IsolatedPlan } from "../../run/plan/plan.ts";
import type { Situation } from "../../places/situation.ts";
import { type Scan, variablesIn } from "./scan.ts";
import { findProblems, type Limits, type Problem } from "./verdict.ts";

/** Commands that write, or that run the project's queries. */
const GUARDED: Record<string, readonly string[] | "all"> = {
  build: ["model", "seed", "snapshot", "function", "test"],
  clone: ["model", "seed", "snapshot"],
  compile: "all",
  "docs generate": "all",
  retry: "all",
  run: ["model"],
  "run-operation": "all",
  seed: ["seed"],
  show: "all",
  snapshot: ["snapshot"],
  test: ["test"],
};
/** How many problems an error lists. */
const SHOWN = 10;

/** What is kept of a check. */
interface Verdict {
  key: string;
  problems: Problem[];
}

/** What a check needs of the run that it stands before. */
export interface Guarded {
  situation: Situation;
  context: Context;
  runner: DbtRunner;
  /** Whether the user may allow, here and now, what would be refused. */
  allowEscape: boolean;
}

/** The limits that a build's nodes are held against. */
export function limitsOf(
  plan: IsolatedPlan,
  situation: Situation,
  env: Record<string, string>,
): Limits {
  return {
    suffix: `_${plan.build.short}`,
    maxBytes: findAdapter(plan.source.adapter)?.maxBytes,
    storeFailures: storesFailures(situation, env),
  };
}

/** What a check says when it lets a command run. */
export interface Clearance {
  /** dbt's exit code when it could not parse the project, and nothing may run; else 0. */
  code: number;
  /** Whether the manifest of a parse was checked, which the run must then use. */
  parsed: boolean;
  /** The nodes that the user allowed to be written outside the build. */
  allowed: ReadonlySet<string>;
}

/**
 * Make sure that nothing which a command would write lies outside the build. Throws a DotError with each node that
 * does, unless the user allows it here and now.
 */
export async function guard(
  plan: IsolatedPlan,
  scan: Scan,
  dbt: Command,
  { situation, context, runner, allowEscape }: Guarded,
): Promise<Clearance> {
  const { command } = situation;
  const clear: Clearance = { code: 0, parsed: false, allowed: new Set() };
  // It writes no node, but runs the project's hooks.
  if (command.name === "source freshness") await warnOnce(plan, scan, context);
  if (GUARDED[command.name] === undefined) return clear;
  await warnOnce(plan, scan, context);
  const limits = limitsOf(plan, situation, dbt.env);
  if (isProven(plan, scan, limits)) {
    context.out.debug("the project's text proves that it stays in its schemas");
    return clear;
  }
  const key = await verdictKey(plan, scan, situation, limits, dbt.env);
  let verdict = await readVerdict(plan.paths.verdict);
  if (verdict?.key !== key) {
    const checked = await check(plan, situation, dbt, limits, runner, context);
    if (typeof checked === "number") return { ...clear, code: checked };
    verdict = { key, problems: checked };
    await writeFile(plan.paths.verdict, JSON.stringify(verdict) + "\n");
  }
  const parsed = { ...clear, parsed: true };
  if (verdict.problems.length === 0) return parsed;
  const selected = await onlySelected(verdict.problems, plan, situation, dbt, runner);
  if (selected.length === 0) return parsed;
  refuse(selected, plan, allowEscape, context);
  return { ...parsed, allowed: new Set(selected.map(({ id }) => id)) };
}

/** Whether the text alone says that every name carries the suffix, and is short enough. */
function isProven(plan: IsolatedPlan, scan: Scan, limits: Limits): boolean {
  if (scan.doubts.length > 0 || limits.storeFailures) return false;
  const adapter = findAdapter(plan.source.adapter);
  if (adapter === undefined || adapter.ownNaming === true) return false;
  const { rendered } = plan.profile;
  if (limits.maxBytes === undefined || limits.maxBytes >= 255) return true;
  if (rendered === undefined) return false;
  const longest = Math.max(0, ...scan.schemas.map((name) => byteLength(name) + 1));
  return byteLength(rendered) + longest <= limits.maxBytes;
}

/** Parse the project with the very flags of the run, so that the run reuses it, and look where its nodes lie. */
async function check(
  plan: IsolatedPlan,
  situation: Situation,
  dbt: Command,
  limits: Limits,
  runner: DbtRunner,
  { out }: Context,
): Promise<Problem[] | number> {
  out.status(`checking where the nodes of ${plan.commit.short} would be written`);
  const command = commandLike(dbt, plan, situation, "parse", ["--write-json"]);
  out.debug(`$ ${[command.program, ...command.args].join(" ")}`);
  const started = Date.now();
  await runner.expectMore();
  const result = await runner.query(command);
  if (result.code !== 0) {
    for (const text of [result.stdout, result.stderr]) if (text.trim() !== "") out.passOn(text);
    out.error(
      `dbt could not parse the project of ${plan.commit.short}; nothing was run`,
      hintsFor(
        await lastRunLog(join(plan.paths.logs, "dbt.log"), started),
        situation.launcher.version,
      ),
    );
    return result.code;
  }
  const nodes = await readManifest(join(plan.paths.target, "manifest.json"));
  if (nodes === undefined) {
    throw new DotError(
      `dbt wrote no manifest for ${plan.commit.short}, so dot cannot tell where its nodes lie`,
      {
        hints: ["Nothing was run. `--verbose` shows the command."],
      },
    );
  }
  return findProblems(nodes, limits);
}

/** The problems of nodes that this command would touch. */
async function onlySelected(
  problems: readonly Problem[],
  plan: IsolatedPlan,
  situation: Situation,
  dbt: Command,
  runner: DbtRunner,
): Promise<Problem[]> {
  const { command } = situation;
  const types = GUARDED[command.name] ?? "all";
  const touched = problems.filter(({ type }) => types === "all" || types.includes(type));
  if (touched.length === 0 || ["retry", "run-operation"].includes(command.name)) return touched;
  const listed = await runner.query(
    commandLike(dbt, plan, situation, "ls", [
      "--quiet",
      "--output",
      "json",
      "--output-keys",
      "unique_id",
      // Whatever the environment and the project's flags want to see: dot reads this.
      "--log-format",
      "text",
      "--log-level",
      "info",
      "--print",
    ]),
  );
  // A selection that dbt does not understand is dbt's to refuse; until then every node counts.
  if (listed.code !== 0) return touched;
  const ids = new Set<string>();
  for (const line of listed.stdout.split("\n")) {
    const id = /"unique_id":\s*"([^"]+)"/.exec(line)?.[1];
    if (id !== undefined) ids.add(id);
  }
  // A list that holds no node may be one that dot cannot read.
  if (ids.size === 0) return touched;
  // dbt masks secrets in what it prints, also inside names: such a node cannot be told apart, so it counts.
  const secrets = Object.entries(dbt.env)
    .filter(([name, value]) => name.startsWith("DBT_ENV_SECRET") && value !== "")
    .map(([, value]) => value);
  return touched.filter(({ id }) => ids.has(id) || secrets.some((secret) => id.includes(secret)));
}

/** Another command of dbt's with the same project, profile, variables and selection, silent. */
function commandLike(
  dbt: Command,
  plan: IsolatedPlan,
  situation: Situation,
  name: "parse" | "ls",
  more: string[],
): Command {
  const command = findDbtCommand(name);
  if (command === undefined) throw new Error(`dbt has no ${name}`);
  const { launcher, passthrough, vars } = situation;
  const isLs = name === "ls";
  const runs = situation.command.name;
  const env = { ...dbt.env };
  // What the command itself does not take, or what the user's words replace, must not narrow the list.
  const settings = [...plan.settings].filter(([key]) => {
    const option = findDbtOption(key);
    return !OUTPUT.includes(key) && option !== undefined && takes(runs, option) &&
      !isOverridden(key, passthrough);
  });
  for (const option of DBT_OPTIONS) {
    if (!isLs || takes(runs, option) || !SELECTING.has(option.name)) continue;
    const variable = option.name.toUpperCase().replaceAll("-", "_");
    // Empty, not absent: dbt 1.12 would take an absent one from a `.env` file.
    env[`DBT_${variable}`] = "";
    if (`DBT_ENGINE_${variable}` in env) env[`DBT_ENGINE_${variable}`] = "";
  }
  const words = dbtArgv({
    launcher,
    command,
    fixed: new Map([...plan.fixed].filter(([key]) => isLs || !STATEFUL.includes(key))),
    settings: new Map(settings),
    vars,
    passthrough: isLs ? selectionOf(passthrough, command) : { words: [], options: [] },
  });
  const [program, ...args] = words;
  return { ...dbt, env, program, args: [...args, ...more] };
}

/** The user's words that select nodes. */
function selectionOf({ words, options }: Passthrough, command: DbtCommand): Passthrough {
  const selecting = options.filter(({ option }) =>
    takes(command.name, option) && SELECTING.has(option.name)
  );
  const kept = selecting.flatMap(({ from, to }) => words.slice(from, to));
  return { words: kept, options: [] };
}

/** What a parse does without: it reads no other build. */
const STATEFUL = ["defer", "favor-state", "state"];
/** Settings that would change what dot reads. */
const OUTPUT = ["write-json", "output", "output-keys", "log-format", "log-level", "quiet"];

const SELECTING = new Set(
  DBT_OPTIONS.map((option) => option.name).filter((name) =>
    /^(?:select|exclude|selector|resource-types|exclude-resource-types|indirect-selection|state|defer|defer-state|favor-state)$/
      .test(name)
  ),
);

function refuse(
  problems: readonly Problem[],
  plan: IsolatedPlan,
  allowEscape: boolean,
  { interactive, out }: Context,
): void {
  const count = problems.length === 1 ? "1 node" : `${problems.length} nodes`;
  const lines = problems.slice(0, SHOWN).map(({ id, path, place, why }) =>
    `  ${id} (${path}) → ${place}: ${why}`
  );
  if (problems.length > SHOWN) lines.push(`  and ${problems.length - SHOWN} more`);
  const message = [
    `${count} of ${plan.environment}@${plan.commit.short} must not be written where they would be`,
    ...lines,
  ].join("\n");
  if (allowEscape && interactive) {
    out.warn(message);
    if (isAgreed("Run all the same, and write there?", out)) return;
    throw new DotError("nothing was run", { exitCode: 1 });
  }
  throw new DotError(`${message}\nNothing was run.`, { hints: remedies(problems, allowEscape) });
}

function remedies(problems: readonly Problem[], allowEscape: boolean): string[] {
  const hints: string[] = [];
  if (problems.some(({ type }) => type === "snapshot")) {
    hints.push(
      "A snapshot's `target_schema` is taken as it stands: use `schema` (dbt 1.9), or `target_schema=target.schema`.",
    );
  }
  hints.push("Build the schema's name from `target.schema`, which carries the build's suffix.");
  hints.push(
    allowEscape
      ? "--allow-escape asks before it runs, so it needs a terminal."
      : "To leave nodes out: -- --exclude <node>. To run all the same: --allow-escape",
  );
  return hints;
}

async function warnOnce({ paths }: IsolatedPlan, { blind }: Scan, { out }: Context): Promise<void> {
  if (blind.length === 0) return;
  const text = blind.join("\n") + "\n";
  if (await readIfThere(paths.warned) === text) return;
  out.warn(
    "dot cannot keep these in the build's schemas:\n" + blind.map((line) => `  ${line}`).join("\n"),
    [
      "This is said once for each build. Where it names a live schema, use `target.schema` instead.",
    ],
  );
  await writeFile(paths.warned, text);
}

/** What a verdict depends on, hashed: values of environment variables may be secret. */
async function verdictKey(
  plan: IsolatedPlan,
  scan: Scan,
  { launcher, vars }: Situation,
  limits: Limits,
  env: Record<string, string>,
): Promise<string> {
  const read = new Set([...scan.variables, ...variablesIn(plan.profile.text)]);
  const names = [...read.has("*") ? Object.keys(env) : read].sort();
  return await sha256(JSON.stringify([
    plan.commit.hash,
    plan.project,
    plan.profile.text,
    varsJson(vars),
    launcher.version ?? launcher.words,
    plan.packages.hash,
    scan,
    limits,
    names.map((name) => [name, env[name] ?? null]),
  ]));
}

/** Whether the words of a run, its environment or dbt's variables store the failures of tests. */
export function storesFailures(
  { environment, passthrough }: Situation,
  env: Record<string, string>,
): boolean {
  if (isGiven(passthrough, "store-failures")) return true;
  if (environment.args.get("store-failures")?.value === true) return true;
  const variable = dbtVariable(env, "STORE_FAILURES");
  const node = variable === undefined ? undefined : readYaml(variable, "DBT_STORE_FAILURES");
  return node !== undefined && ![false, 0n, null].some((no) => valueOf(node) === no);
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

async function readVerdict(file: string): Promise<Verdict | undefined> {
  const { key, problems } = await readObject(file);
  if (typeof key !== "string" || !Array.isArray(problems)) return undefined;
  const known = problems.filter(isObject).map((problem) => {
    const text = (name: string) => String(problem[name] ?? "");
    return {
      id: text("id"),
      type: text("type"),
      path: text("path"),
      place: text("place"),
      why: text("why"),
    };
  });
  return { key, problems: known };
}
