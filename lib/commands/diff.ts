/**
 * `dot diff`: what changed in the data between two places.
 * @module
 */
import { dirname, resolve } from "@std/path";
import { counted } from "../amounts.ts";
import { definedEnvironments } from "../build/choose.ts";
import { reach, withControlFolder } from "../build/connection.ts";
import { parseSpec, type Spec } from "../build/spec.ts";
import { makeRunner } from "../build/warmth.ts";
import type { Context } from "../context.ts";
import { buildMissing } from "../diff/build.ts";
import { olderThanCode } from "../diff/age.ts";
import { keepResult, lastResult } from "../diff/keep.ts";
import { lineageOf } from "../diff/lineage.ts";
import { measure, NOT_BUILT } from "../diff/measure.ts";
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
import { checkOneServer, findSide, findSides, type Side } from "../diff/sides.ts";
import { DotError, errorJson, UsageError } from "../errors.ts";
import { isFolder, realOrSame, writeFile } from "../files.ts";
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
  if (args.switches.has("last")) refuseWithLast(args, names);
  const folder = dirname(resolve(context.cwd, showing.output ?? ""));
  if (!await isFolder(folder)) {
    throw new DotError(`there is no folder ${folder} for --output`, { hints: ["Make it first."] });
  }
  try {
    const result = args.switches.has("last")
      ? await again(specs, base, context)
      : await compare({ specs, base, wanted, asked, cold: args.switches.has("cold") }, context);
    await show(result, showing, context);
    return exitCode(result, showing, context);
  } catch (error) {
    // Whoever reads the file must not take an older one for the answer.
    const { format, output } = showing;
    if (format === "json" && output !== undefined && error instanceof DotError) {
      await writeOutput(resolve(context.cwd, output), errorJson(error, error.exitCode));
    }
    throw error;
  }
}

function exitCode({ models }: DiffResult, { failOn }: Showing, { out }: Context): number {
  if (models.some(({ status }) => status === "failed")) return 2;
  if (failOn.length === 0) return 0;
  if (failOn.some((kind) => models.some((model) => has(model, kind)))) return 1;
  const unknown = models.filter(({ reason, status }) =>
    status === "skipped" && reason?.startsWith(NOT_BUILT) === true
  );
  if (unknown.length === 0) return 0;
  out.error(`nobody knows whether ${counted(unknown.length, "model")} differs: not built`, [
    "--build builds it.",
  ]);
  return 2;
}

/** `--last` shows what was found: nothing of it can be asked for otherwise. */
function refuseWithLast({ rest, seconds, switches, values }: Arguments, names: readonly string[]) {
  const fine = ["base", "exit-code", "fail-on", "format", "last", "output", "quiet", "verbose"];
  const given = [...switches, ...values.keys(), ...seconds.keys()].find((name) =>
    !fine.includes(name)
  );
  if (given === undefined && names.length === 0 && rest.length === 0) return;
  const what = given === undefined ? "names of models" : `--${given}`;
  throw new UsageError(`--last shows a result as it was: ${what} would change it`, {
    hints: ["Leave out one of them."],
  });
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
  const { dbtEnv, situation, source } = after;
  const { adapter } = source;
  const format = asked.rows === undefined ? undefined : rowsFormat(asked.rows, adapter);
  const file = resolve(context.cwd, asked.rows ?? "");
  if (format !== undefined) await (await RowsFile.begin(file, format)).clear();
  const runner = await makeRunner({ situation, dbtEnv, source, cold }, context);
  const shown = withSettings(asked, after);
  return await withControlFolder(after.git.root, false, async (folder) => {
    const { connection, source: reached } = await reach(
      situation.environment.name,
      { folder, cold },
      context,
    );
    checkOneServer(source, reached, after.name);
    const choice = await chooseModels(sides, wanted, runner, context);
    const older = await warnOfAge(sides, choice, context);
    const options = { build: asked.build, cold, older };
    const warehouse = new Warehouse(connection);
    const holdings = await buildMissing(sides, choice, options, warehouse, context);
    const rowsFile = format === undefined ? undefined : await RowsFile.begin(file, format);
    const models = await measure(sides, choice, holdings, {
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
    await rowsFile?.finish(warehouse);
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

/** Warn of live relations that are compared, and are older than their code. Gives all that are, by their ids. */
async function warnOfAge(
  sides: Both<Side>,
  { chosen, code }: Choice,
  { out }: Context,
): Promise<Both<ReadonlySet<string>>> {
  const older = async (which: keyof Both<Side>) => {
    const side = sides[which];
    if (side.built !== undefined) return new Set<string>();
    const found = await olderThanCode(side, code[which].project.values());
    const names = chosen.flatMap((one) => one[which] ?? []).filter(({ id }) => found.has(id))
      .map(({ name }) => name);
    if (names.length > 0) {
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
    return found;
  };
  return { before: await older("before"), after: await older("after") };
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
  await writeOutput(resolve(cwd, output), text);
  out.status(`written to ${output}`);
}

/** Put a file in place that only its owner can read, for rows are in it; a device or a pipe is written to as it is. */
async function writeOutput(path: string, text: string): Promise<void> {
  const real = await realOrSame(path);
  const there = await Deno.stat(real).catch(() => undefined);
  if (there !== undefined && !there.isFile) await Deno.writeTextFile(real, text + "\n");
  else await writeFile(real, text + "\n", 0o600);
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
  const names = isPlace ? more : [second, ...more];
  const third = names.find((name) => name.includes("@"));
  if (third !== undefined) {
    throw new UsageError(`\`${third}\` is no model, and two places are compared, not more`, {
      hints: ["The places come first: dot diff dev@main dev@HEAD orders"],
    });
  }
  return { specs: isPlace ? [spec, parseSpec(second)] : [spec], names };
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
