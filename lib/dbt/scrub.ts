/**
 * Takes out of what dbt left in a folder of dot's the secrets that its command line gave it: dbt writes its arguments into its
 * log and its results.
 * @module
 */
import { dirname, join, SEPARATOR } from "@std/path";
import { asText, isObject, parseObject } from "../base/json.ts";
import { entryAt, namesIn, readIfThere, writeFile } from "../base/files.ts";
import type { Command } from "../base/process.ts";
import type { YamlValue } from "../base/yaml.ts";
import { asWord } from "./argument.ts";
import { MASK, maskedMapping } from "./masked.ts";
import { variableOf } from "./options.ts";
import { dbtVariable } from "./profile.ts";
import { LEAST_SECRET } from "./secrets.ts";
import { type Hidden, hiddenIn, shownWords } from "./shown.ts";

/** What dbt writes its arguments into. */
const LOGS = /^dbt\.log(?:\.\d+)?$/;
const RESULTS = "run_results.json";
/** The lines of a log that hold all arguments, however dbt escapes them. */
const ARGUMENTS = /invocation_command|\bvars\b["']?: ?["']?\{/;
/** What stands in their place. */
const NOT_KEPT = `${MASK} (dbt's arguments, with secrets among them)`;
/** The line under which dbt lists the variables that it was given, when it misses one. */
const GIVEN_VARS = /\bVars supplied to\b/;
/** The first line of what dbt says at a time. */
const RECORD = /^(?:\W\[\d*m)?(?:\d\d:\d\d:\d\d|=====|\{")/;

/** The folders that a command leaves its arguments in. */
export interface Traces {
  logs: readonly string[];
  targets: readonly string[];
}

/** Whether a command has secrets among its words. */
export function hidesWords({ args }: Pick<Command, "args">): boolean {
  return hiddenIn(args).length > 0;
}

/** Where a command leaves what it was given, as far as that lies below a folder. */
export function tracesOf({ args, env }: Pick<Command, "args" | "env">, below: string): Traces {
  const folders = (option: string) => {
    const given = args.filter((_, at) => args[at - 1] === `--${option}`);
    const variable = dbtVariable(env, variableOf(option)) ?? "";
    return (given.length > 0 ? given : [variable]).filter((path) => isBelow(path, below));
  };
  return { logs: folders("log-path"), targets: folders("target-path") };
}

/** Take secrets out of the files that a command left. Whose words nobody knows any more, of that no argument stays. */
export async function scrub({ logs, targets }: Traces, words?: readonly string[]): Promise<void> {
  const hidden = words === undefined ? undefined : hiddenIn(words);
  for (const folder of logs) {
    const names = (await namesIn(folder)).filter((name) => LOGS.test(name));
    for (const name of names) await scrubLog(join(folder, name), hidden);
  }
  for (const folder of targets) await scrubResults(join(folder, RESULTS), words);
}

/** Whether the last run in a target folder had secrets among its arguments, which are not kept: `vars`, `args`. */
export async function scrubbedFrom(target: string): Promise<("args" | "vars")[]> {
  const args = parseObject(await readIfThere(join(target, RESULTS)) ?? "")?.["args"];
  if (!isObject(args)) return [];
  return (["vars", "args"] as const).filter((name) => JSON.stringify(args[name])?.includes(MASK));
}

async function scrubLog(file: string, hidden: readonly Hidden[] | undefined): Promise<void> {
  if ((await entryAt(file))?.isFile !== true) return;
  const text = await Deno.readTextFile(file);
  const secrets = (hidden ?? []).flatMap(({ value }) => spellings(value)).sort((a, b) =>
    b.length - a.length
  );
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, MASK);
  const lines = clean.split("\n").map((line) => ARGUMENTS.test(line) ? NOT_KEPT : line);
  await replace(file, text, (hidden === undefined ? withoutVars(lines) : lines).join("\n"));
}

/** The lines without those in which dbt says which variables it was given, one in a line. */
function withoutVars(lines: readonly string[]): string[] {
  let within = false;
  return lines.flatMap((line) => {
    const begins = GIVEN_VARS.test(line);
    within = begins || (within && !RECORD.test(line));
    return begins ? [NOT_KEPT] : within ? [] : [line];
  });
}

async function scrubResults(file: string, words: readonly string[] | undefined): Promise<void> {
  if ((await entryAt(file))?.isFile !== true) return;
  const text = await Deno.readTextFile(file);
  const root = parseObject(text);
  const args = root?.["args"];
  if (!isObject(args)) return;
  for (const name of ["vars", "args"]) {
    const value = args[name];
    if (typeof value === "string") args[name] = maskedMapping(value);
    else if (isObject(value)) args[name] = JSON.parse(maskedMapping(JSON.stringify(value)));
  }
  if (asText(args["invocation_command"]) !== "") {
    args["invocation_command"] = words === undefined
      ? NOT_KEPT
      : ["dbt", ...shownWords(words)].join(" ");
  }
  await replace(file, text, JSON.stringify(root));
}

async function replace(file: string, before: string, after: string): Promise<void> {
  if (after === before) return;
  await writeFile(file, after, (await Deno.stat(file)).mode ?? undefined, dirname(file));
}

/** The texts in a secret that are long enough to be told from others, as they stand in logs. */
function spellings(value: YamlValue): string[] {
  if (Array.isArray(value)) return value.flatMap(spellings);
  if (value instanceof Map) return [...value.values()].flatMap(spellings);
  if (value === null || typeof value === "boolean") return [];
  const word = asWord(value);
  const escaped = JSON.stringify(word).slice(1, -1);
  return [...new Set([word, escaped])].filter((text) => text.length >= LEAST_SECRET);
}

/** Whether a path is one below a folder, as text. */
export function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder + SEPARATOR);
}
