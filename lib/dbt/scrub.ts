/**
 * Takes out of what dbt left in a folder of dot's the secrets that its command line gave it: dbt writes its arguments into its
 * log and its results.
 * @module
 */
import { dirname, join, SEPARATOR } from "@std/path";
import { asText, isObject, parseObject } from "../base/json.ts";
import { namesIn, readIfThere, writeFile } from "../base/files.ts";
import type { Command } from "../base/process.ts";
import type { YamlValue } from "../base/yaml.ts";
import { asWord } from "./argument.ts";
import { MASK, maskedMapping } from "./masked.ts";
import { type Hidden, hiddenIn, shownWords } from "./shown.ts";

/** What dbt writes its arguments into. */
const LOGS = /^dbt\.log(?:\.\d+)?$/;
const RESULTS = "run_results.json";
/** The lines of a log that hold all arguments, however dbt escapes them. */
const ARGUMENTS = /invocation_command|\bvars\b["']?: ?["']?\{/;
/** Shorter ones than this occur where nobody means them. */
const LEAST = 6;

/** Take a command's secrets out of the files that it left, as far as these lie below a folder. */
export async function scrub({ args }: Command, below: string): Promise<void> {
  const hidden = hiddenIn(args);
  if (hidden.length === 0) return;
  const folders = (option: string) =>
    args.flatMap((word, at) => args[at - 1] === option && isBelow(word, below) ? [word] : []);
  for (const folder of folders("--log-path")) {
    const logs = (await namesIn(folder)).filter((name) => LOGS.test(name));
    for (const name of logs) await scrubLog(join(folder, name), hidden);
  }
  for (const folder of folders("--target-path")) await scrubResults(join(folder, RESULTS), args);
}

/** Whether the last run in a target folder had secrets among its arguments, which are not kept: `vars`, `args`. */
export async function scrubbedFrom(target: string): Promise<("args" | "vars")[]> {
  const args = parseObject(await readIfThere(join(target, RESULTS)) ?? "")?.["args"];
  if (!isObject(args)) return [];
  return (["vars", "args"] as const).filter((name) => JSON.stringify(args[name])?.includes(MASK));
}

async function scrubLog(file: string, hidden: readonly Hidden[]): Promise<void> {
  const text = await readIfThere(file);
  if (text === undefined) return;
  const secrets = hidden.flatMap(({ value }) => spellings(value)).sort((a, b) =>
    b.length - a.length
  );
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, MASK);
  const lines = clean.split("\n").map((line) =>
    ARGUMENTS.test(line) ? `${MASK} (dbt's arguments, with secrets among them)` : line
  );
  await replace(file, text, lines.join("\n"));
}

async function scrubResults(file: string, words: readonly string[]): Promise<void> {
  const text = await readIfThere(file);
  const root = text === undefined ? undefined : parseObject(text);
  const args = root?.["args"];
  if (text === undefined || !isObject(args)) return;
  for (const name of ["vars", "args"]) {
    const value = args[name];
    if (typeof value === "string") args[name] = maskedMapping(value);
    else if (isObject(value)) args[name] = JSON.parse(maskedMapping(JSON.stringify(value)));
  }
  if (asText(args["invocation_command"]) !== "") {
    args["invocation_command"] = ["dbt", ...shownWords(words)].join(" ");
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
  return [...new Set([word, escaped])].filter((text) => text.length >= LEAST);
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder + SEPARATOR);
}
