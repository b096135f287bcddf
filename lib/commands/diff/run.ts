/**
 * `dot diff`: what changed in the data between two places.
 * @module
 */
import { resolve } from "@std/path";
import { counted, someOf } from "../../base/amounts.ts";
import { reach, withControlFolder } from "../../places/connection.ts";
import { Finder } from "../../places/find.ts";
import { makeRunner } from "../../places/warmth.ts";
import type { Context } from "../../base/context.ts";
import { buildMissing } from "../../diff/build.ts";
import { olderThanFiles } from "../../diff/age.ts";
import { keepResult, lastResult } from "../../diff/keep.ts";
import { lineageOf } from "../../diff/lineage.ts";
import { measure } from "../../diff/measure.ts";
import {
  type Asked,
  compareOptions,
  type Kind,
  type Showing,
  withSettings,
} from "../../diff/options.ts";
import { type Both, type Choice, chooseModels } from "../../diff/choice.ts";
import { type DiffResult, type ModelDiff, type Place, RESULT_VERSION } from "../../diff/result.ts";
import { NOT_BUILT } from "../../diff/outcome.ts";
import { RowsFile, rowsFormat } from "../../diff/rows.ts";
import { checkShowing, show, showError } from "../../diff/show.ts";
import { shortened } from "../../diff/views/text.ts";
import { checkOneServer, findSides, readOf, type Side } from "../../diff/sides.ts";
import { DotError } from "../../base/errors.ts";
import { beginReading } from "../../store/reading.ts";
import type { Arguments } from "../../cli/flags.ts";
import { VERSION } from "../../base/version.ts";
import { Warehouse } from "../../warehouse/warehouse.ts";
import { readAsked, readShowing } from "./asked.ts";
import type { FLAGS } from "./flags.ts";
import { readRequest, type Request } from "./read.ts";

/** Run it. */
export async function runDiff(
  args: Arguments<typeof FLAGS>,
  context: Context,
): Promise<number> {
  const showing = readShowing(args.flags);
  const asked = readAsked(args.flags);
  // Git is asked once for all that the places of a comparison share.
  const finder = await Finder.open({ needsGit: true }, context);
  const request = await readRequest(args, finder);
  await checkShowing(showing, context);
  try {
    const { cold } = args.flags;
    const result = request.last
      ? await again(request, finder)
      : await compare(request, { asked, cold, finder }, context);
    await show(result, showing, context);
    return exitCode(result, showing, context);
  } catch (error) {
    if (error instanceof DotError) await showError(error, showing, context);
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

async function compare(
  { base, specs, wanted }: Request,
  { asked, cold, finder }: { asked: Asked; cold: boolean; finder: Finder },
  context: Context,
): Promise<DiffResult> {
  const { out } = context;
  const sides = await findSides(specs, base, finder);
  const { after, before } = sides;
  const { place, source } = after;
  const { adapter } = source;
  const format = asked.rows === undefined ? undefined : rowsFormat(asked.rows, adapter);
  const file = resolve(context.cwd, asked.rows ?? "");
  await using rowsFile = format === undefined ? undefined : await RowsFile.begin(file, format);
  const runner = await makeRunner(place, { cold }, context);
  const shown = withSettings(asked, after);
  using _reading = await beginReading([await readOf(before), await readOf(after)], out);
  return await withControlFolder(after.git.root, { dryRun: false }, async (folder) => {
    const { connection, source: reached } = await reach(
      place.environment.name,
      { folder, cold, finder },
      context,
    );
    checkOneServer(source, reached, after.name);
    const choice = await chooseModels(sides, wanted, runner, context);
    const older = await warnOfAge(sides, choice, context);
    const options = { build: asked.build, cold, older };
    const warehouse = new Warehouse(connection);
    const holdings = await buildMissing(sides, choice, options, warehouse, context);
    const models = await measure(sides, choice, holdings, {
      connection,
      options: compareOptions(shown, { adapter, rows: rowsFile !== undefined }),
      progress: {
        onChange: (running, done, all) =>
          out.progress(
            running.length === 0
              ? ""
              : shortened(`comparing: ${done} of ${all}, now ${running.join(", ")}`, 76),
          ),
        onRows: (model, rows, names) => rowsFile?.write(model, rows, names),
      },
    }).finally(() => out.progress(""));
    await rowsFile?.finish(warehouse);
    const result: DiffResult = {
      version: RESULT_VERSION,
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

/** Warn of live relations that are compared, and are older than their files. Gives all that are, by their ids. */
async function warnOfAge(
  sides: Both<Side>,
  { chosen, code }: Choice,
  { out }: Context,
): Promise<Both<ReadonlySet<string>>> {
  const older = async (which: keyof Both<Side>) => {
    const side = sides[which];
    if (side.built !== undefined) return new Set<string>();
    const found = await olderThanFiles(side, code[which].manifest);
    const names = chosen.flatMap((one) => one[which] ?? []).filter(({ id }) => found.has(id))
      .map(({ name }) => name);
    if (names.length > 0) {
      out.warn(
        `in the live schemas of ${side.name} these are older than their files: ${someOf(names, 5)}`,
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
async function again({ base, specs }: Request, finder: Finder): Promise<DiffResult> {
  const root = finder.git?.root ?? "";
  if (specs.length === 0 && base === undefined) return await lastResult(root, undefined);
  const { after, before } = await findSides(specs, base, finder);
  return await lastResult(root, { before: before.name, after: after.name });
}

/** Whether something of a kind differs in a model. */
function has({ columns, reordered, rows, status }: ModelDiff, kind: Kind): boolean {
  if (kind === "schema") {
    return reordered || columns.some(({ only, retyped }) => only !== null || retyped);
  }
  if (kind === "changed") return (rows?.changed ?? 0) > 0;
  return status === kind || (rows?.[kind] ?? 0) > 0;
}
