/**
 * `dot diff`: what changed in the data between two places.
 * @module
 */
import { resolve } from "@std/path";
import { definedEnvironments } from "../build/choose.ts";
import { reach, withControlFolder } from "../build/connection.ts";
import { parseSpec, type Spec } from "../build/spec.ts";
import { makeRunner } from "../build/warmth.ts";
import type { Context } from "../context.ts";
import { buildMissing } from "../diff/build.ts";
import { olderThanCode } from "../diff/age.ts";
import { keepResult, lastResult } from "../diff/keep.ts";
import { lineageOf } from "../diff/lineage.ts";
import { measure } from "../diff/measure.ts";
import {
  type Asked,
  compareOptions,
  type Kind,
  readAsked,
  readShowing,
  type Showing,
  withSettings,
} from "../diff/options.ts";
import { type Both, type Choice, chooseModels, type Wanted } from "../diff/plan.ts";
import type { DiffResult, ModelDiff, Place } from "../diff/result.ts";
import { RowsFile, rowsFormat } from "../diff/rows.ts";
import { findSide, findSides, type Side } from "../diff/sides.ts";
import { DotError, UsageError } from "../errors.ts";
import { writeFile } from "../files.ts";
import { type Arguments, DIFF_FLAGS } from "../flags.ts";
import { Git } from "../git/git.ts";
import { flagLines } from "../help.ts";
import { VERSION } from "../version.ts";
import { Warehouse } from "../warehouse/warehouse.ts";

/** Run it. */
export async function runDiffCommand(
  args: Arguments,
  wantsHelp: boolean,
  context: Context,
): Promise<number> {
  const { out } = context;
  if (wantsHelp) {
    out.result(help());
    return 0;
  }
  const showing = readShowing(args);
  const asked = readAsked(args);
  const { names, specs } = await readWords(args.words, context);
  const { base, ...wanted } = readWanted(args, names);
  const last = args.switches.has("last");
  const result = last
    ? await again(specs, base, context)
    : await compare({ specs, base, wanted, asked, cold: args.switches.has("cold") }, context);
  await show(result, showing, context);
  if (result.models.some(({ status }) => status === "failed")) return 2;
  return showing.failOn.some((kind) => result.models.some((model) => has(model, kind))) ? 1 : 0;
}

interface Comparison {
  specs: readonly Spec[];
  base: string | undefined;
  wanted: Wanted;
  asked: Asked;
  cold: boolean;
}

async function compare(
  { asked, base, cold, specs, wanted }: Comparison,
  context: Context,
): Promise<DiffResult> {
  const { out } = context;
  const sides = await findSides(specs, base, context);
  const { after, before } = sides;
  const adapter = after.source.adapter;
  const rowsFile = asked.rows === undefined
    ? undefined
    : new RowsFile(resolve(context.cwd, asked.rows), rowsFormat(asked.rows, adapter));
  const { dbtEnv, situation, source } = after;
  const runner = await makeRunner({ situation, dbtEnv, source, cold }, context);
  const choice = await chooseModels(sides, wanted, runner, context);
  const stale = await warnOfAge(sides, choice, context);
  const options = { build: asked.build, cold, stale };
  const holding = await buildMissing(sides, choice, options, context);
  const shown = withSettings(asked, after);
  return await withControlFolder(after.git.root, false, async (folder) => {
    const { connection } = await reach(situation.environment.name, { folder, cold }, context);
    const models = await measure(sides, choice, holding, {
      connection,
      options: compareOptions(shown, { adapter, rows: rowsFile !== undefined }),
      progress: {
        onChange: (running, done, all) =>
          out.progress(
            running.length === 0 ? "" : `comparing: ${done} of ${all}, now ${running.join(", ")}`,
          ),
        onRows: (model, rows, names) => rowsFile?.write(model, rows, names),
      },
    }).catch(async (error) => {
      await rowsFile?.clear();
      throw error;
    }).finally(() => out.progress(""));
    await rowsFile?.finish(new Warehouse(connection));
    const result: DiffResult = {
      version: 1,
      dot: VERSION,
      at: new Date().toISOString(),
      before: placeOf(before),
      after: placeOf(after),
      options: shown,
      models,
      lineage: lineageOf(models, choice),
    };
    await keepResult(after.git.root, result);
    return result;
  });
}

/** Warn of live relations that are older than their code; whether there are any. */
async function warnOfAge(
  sides: Both<Side>,
  { chosen }: Choice,
  { out }: Context,
): Promise<boolean> {
  let any = false;
  for (const which of ["before", "after"] as const) {
    const side = sides[which];
    if (side.built !== undefined) continue;
    const nodes = chosen.flatMap((one) => one[which] ?? []);
    const names = await olderThanCode(side, nodes);
    if (names.length === 0) continue;
    any = true;
    const shown = names.slice(0, 5).join(", ");
    const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
    out.warn(
      `in the live schemas of ${side.name} these are older than their code: ${shown}${more}`,
      [
        `Build them first: dot build ${side.name}`,
        `Or compare the files as they are: dot diff ${side.name}@.`,
      ],
    );
  }
  return any;
}

function placeOf({ built, commit, environment, name }: Side): Place {
  return {
    spec: name,
    environment,
    commit: built === undefined ? null : commit.hash,
    subject: built === undefined ? null : commit.subject,
  };
}

/** The last result, of two places where they are named. */
async function again(
  specs: readonly Spec[],
  base: string | undefined,
  context: Context,
): Promise<DiffResult> {
  const git = await Git.require(context.cwd, context.env);
  if (specs.length === 0 && base === undefined) return await lastResult(git.root, undefined);
  const { after, before } = await findSides(specs, base, context);
  return await lastResult(git.root, { before: before.name, after: after.name });
}

/** Whether something of a kind differs in a model. */
function has({ columns, reordered, rows, status }: ModelDiff, kind: Kind): boolean {
  if (kind === "schema") {
    return reordered || columns.some(({ only, retyped }) => only !== null || retyped);
  }
  if (kind === "changed") return (rows?.changed ?? 0) > 0;
  return status === kind || (rows?.[kind] ?? 0) > 0;
}

async function show(
  result: DiffResult,
  { format, output }: Showing,
  { cwd, out }: Context,
): Promise<void> {
  if (format === "html" && output === undefined && out.columns !== undefined) {
    throw new UsageError("a page is no text for a terminal", {
      hints: ["Write it to a file: --format html --output diff.html"],
    });
  }
  const text = await drawn(result, format, output, { out });
  if (output === undefined) return out.result(text);
  await writeFile(resolve(cwd, output), text + "\n");
  out.status(`written to ${output}`);
}

async function drawn(
  result: DiffResult,
  format: Showing["format"],
  output: string | undefined,
  { out }: Pick<Context, "out">,
): Promise<string> {
  if (format === "json") return JSON.stringify(result, null, 2);
  if (format === "markdown") return (await import("../diff/views/markdown.ts")).asMarkdown(result);
  if (format === "html") return (await import("../diff/views/html.ts")).asHtml(result);
  const { asText } = await import("../diff/views/terminal.ts");
  return asText(
    result,
    (colour, text) => output === undefined ? out.paint(colour, text, "stdout") : text,
  );
}

function readWanted(
  { rest, switches, values }: Arguments,
  names: readonly string[],
): Wanted & { base: string | undefined } {
  const ways = [switches.has("all"), names.length > 0, rest.length > 0].filter((given) => given);
  if (ways.length > 1) {
    throw new UsageError("--all, names of models and dbt's words behind `--` do not go together", {
      hints: ["Leave out all but one of them."],
    });
  }
  return { all: switches.has("all"), names, select: rest, base: values.get("base") };
}

/** One or two places, then names of models: a second word is a place when it has an `@`, or is an environment. */
async function readWords(
  words: readonly string[],
  context: Context,
): Promise<{ specs: Spec[]; names: string[] }> {
  const [first, second, ...more] = words;
  if (first === undefined) return { specs: [], names: [] };
  const spec = parseSpec(first);
  if (second === undefined && spec.ref !== undefined) return { specs: [spec], names: [] };
  const git = await Git.require(context.cwd, context.env);
  const environments = await definedEnvironments(git, context);
  if (spec.ref === undefined && environments.length > 0 && !environments.includes(first)) {
    throw new DotError(`there is no environment \`${first}\``, {
      hints: [
        `Environments: ${environments.join(", ")}.`,
        `Models come after a place: dot diff ${environments[0]} ${words.join(" ")}`,
      ],
    });
  }
  if (second === undefined) return { specs: [spec], names: [] };
  const isPlace = second.includes("@") || environments.includes(second) ||
    (environments.length === 0 && await isTarget(second, context));
  return isPlace
    ? { specs: [spec, parseSpec(second)], names: more }
    : { specs: [spec], names: [second, ...more] };
}

/** Without environments in files, a place may be a target of the profile. */
async function isTarget(word: string, context: Context): Promise<boolean> {
  try {
    await findSide(parseSpec(word), context);
    return true;
  } catch (error) {
    if (error instanceof DotError) return false;
    throw error;
  }
}

function help(): string {
  return [
    "Compare the data of two places, model by model, row by row.",
    "",
    "Usage: dot diff [place] [place] [model ...] [flags] [-- dbt selection]",
    "",
    "  dot diff dev@main dev@HEAD    two commits, each in schemas of its own",
    "  dot diff dev@HEAD             a commit, and where it left the default branch",
    "  dot diff                      the live schemas of the default environment, and that",
    "  dot diff prod dev@. orders    live schemas, and the working tree; one model",
    "  dot diff dev@HEAD -- orders+  what `dbt ls --select orders+` lists",
    "",
    "Without models: those whose code differs, and all behind them. What a commit lacks is built first,",
    "after a question: those models, and of what they read what the other side has not the same.",
    "",
    ...flagLines(DIFF_FLAGS),
  ].join("\n");
}
