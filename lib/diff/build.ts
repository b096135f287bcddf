/**
 * Builds what a comparison lacks: the models that are asked for, and what of their ancestors the other side has not the same.
 * @module
 */
import { counted, someOf } from "../base/amounts.ts";
import { makePlan } from "../run/plan/make.ts";
import { findRun } from "../run/find.ts";
import { runPlan } from "../run/run.ts";
import type { Context } from "../base/context.ts";
import { requireDbtCommand } from "../dbt/commands.ts";
import type { Project } from "../dbt/manifest/data.ts";
import { PARTIAL, SAMPLING } from "../dbt/options.ts";
import { DotError, Interrupted } from "../base/errors.ts";
import { isAgreed } from "../base/question.ts";
import { startPrompts } from "../prompts/start.ts";
import type { Warehouse } from "../warehouse/warehouse.ts";
import { type Chosen, type Needed, neededFor } from "./pair.ts";
import { type Both, type Choice, isMissing } from "./choice.ts";
import { type Holding, holdingOf, type Side } from "./sides.ts";

/** How many names a sentence lists. */
const SHOWN = 8;
/** Settings of an environment that would leave out what is to be built, build a part of its rows, or read from elsewhere. */
const NOT_HERE = [
  ...["select", "models", "exclude", "selector", "resource-types", "exclude-resource-types"],
  ...SAMPLING,
  ...PARTIAL,
  ...["full-refresh", "defer", "state", "defer-state", "favor-state"],
];

/** What the user decided about building. */
export interface BuildOptions {
  /** Undefined where the user is to be asked. */
  build: boolean | undefined;
  cold: boolean;
  /** By their ids, what is older than its files in the live schemas of a side. */
  older: Both<ReadonlySet<string>>;
}

/** What is to be built on a side. */
interface Task extends Needed {
  which: keyof Both<Side>;
  text: string;
}

/** What both sides hold. */
export interface Holdings {
  holding: Both<Holding>;
  /** By their ids, what live schemas have, where somebody looked. */
  there: Both<ReadonlySet<string> | undefined>;
}

/**
 * Build what is missing, where the user agrees. Gives what both sides hold afterwards. Throws a DotError where nobody can be asked,
 * or a build fails; an Interrupted after Ctrl-C.
 */
export async function buildMissing(
  sides: Both<Side>,
  choice: Choice,
  options: BuildOptions,
  warehouse: Warehouse,
  context: Context,
): Promise<Holdings> {
  const nobody = { holding: choice.holding, there: { before: undefined, after: undefined } };
  const comparable = choice.chosen.filter(({ after, before }) =>
    [before, after].every((node) => node !== undefined && node.materialized !== "ephemeral")
  );
  const lacks = comparable.some((one) =>
    (["before", "after"] as const).some((which) =>
      isMissing(one[which]?.id ?? "", sides[which], choice.holding[which])
    )
  );
  if (!lacks || options.build === false) return nobody;
  const there = {
    before: await liveIds(sides.before, choice.code.before.manifest.data, warehouse),
    after: await liveIds(sides.after, choice.code.after.manifest.data, warehouse),
  };
  const tasks = tasksFor(sides, choice, comparable, options, there);
  if (tasks.length === 0) return { ...nobody, there };
  const { out } = context;
  for (const { text, which } of tasks) out.status(`to build in ${sides[which].name}: ${text}`);
  if (!mayBuild(options, sides, tasks, context)) return { ...nobody, there };
  const { git, place } = sides.after;
  const { configFolder } = place.located;
  await startPrompts(git, context, { needed: true, configFolder });
  for (const task of tasks) await build(task, sides, choice, options, context);
  const holding = { before: await holdingOf(sides.before), after: await holdingOf(sides.after) };
  return { holding, there };
}

/** The ids of what live schemas have; undefined for a build. */
async function liveIds(
  { built }: Side,
  project: Project,
  warehouse: Warehouse,
): Promise<ReadonlySet<string> | undefined> {
  if (built !== undefined) return undefined;
  const nodes = [...project.values()].filter(({ materialized }) => materialized !== "ephemeral");
  const found = await warehouse.find(nodes.map(({ relation }) => relation));
  return new Set(nodes.filter((_, at) => found[at] !== undefined).map(({ id }) => id));
}

/** The earlier side first: the later one may read from it. */
function tasksFor(
  sides: Both<Side>,
  { changes, code, holding }: Choice,
  comparable: readonly Chosen[],
  { older }: BuildOptions,
  there: Both<ReadonlySet<string> | undefined>,
): Task[] {
  // What live schemas lack cannot be compared, so nothing is built for it.
  const wanted = comparable.filter((one) =>
    (["before", "after"] as const).every((which) => there[which]?.has(one[which]?.id ?? "") ?? true)
  );
  const tasks: Task[] = [];
  const held = { before: holding.before.held, after: holding.after.held };
  for (const [own, other] of [["before", "after"], ["after", "before"]] as const) {
    const ids = wanted.flatMap((one) => one[own]?.id ?? []);
    if (!ids.some((id) => isMissing(id, sides[own], holding[own]))) continue;
    const has = (id: string) => {
      const live = there[other];
      return live === undefined ? held[other].has(id) : live.has(id) && !older[other].has(id);
    };
    const needed = neededFor(ids, code[own].manifest.data, {
      held: held[own],
      lent: (id) => changes?.affected.has(id) === false && has(id),
    });
    held[own] = new Set([...held[own], ...needed.build]);
    const text = wordsFor(needed, sides[other], code[own].manifest.data);
    tasks.push({ ...needed, which: own, text });
  }
  return tasks;
}

function wordsFor({ build, defers }: Needed, other: Side, project: Project): string {
  const names = build.map((id) => project.get(id)?.name ?? id);
  const rest = other.built === undefined ? `the live schemas of ${other.name}` : other.name;
  return `${someOf(names, SHOWN)}${defers ? `; what else they read comes from ${rest}` : ""}`;
}

function mayBuild(
  { build }: BuildOptions,
  sides: Both<Side>,
  tasks: readonly Task[],
  { interactive, out }: Context,
): boolean {
  if (build === true) return true;
  const places = tasks.map(({ which }) => sides[which].name);
  const count = counted(tasks.reduce((sum, task) => sum + task.build.length, 0), "node");
  if (!interactive) {
    const lack = places.length === 1 ? "lacks" : "lack";
    throw new DotError(
      `${places.join(" and ")} ${lack} what is to be compared, and nobody can be asked here`,
      {
        hints: [`--build builds it (${count}); --no-build compares what is there.`],
        code: "DOT014",
      },
    );
  }
  return isAgreed(`Build ${count} in ${places.join(" and ")}?`, out, "yes");
}

async function build(
  { build: ids, defers, which }: Task,
  sides: Both<Side>,
  { code }: Choice,
  { cold }: BuildOptions,
  context: Context,
): Promise<void> {
  const opposite = which === "before" ? "after" : "before";
  const [side, other] = [sides[which], sides[opposite]];
  const { manifest } = code[which];
  const select = ids.map((id) => manifest.selectionOf(id) ?? id.split(".").at(-1) ?? id);
  const live = defers && other.built === undefined ? code[opposite].plan : undefined;
  const { name } = side.place.environment;
  const found = await findRun({
    command: requireDbtCommand("build"),
    spec: { text: side.name, environment: name, ref: side.commit.hash },
    defer: defers && other.built !== undefined
      ? {
        text: other.name,
        environment: other.place.environment.name ?? other.environment,
        ref: other.commit.hash,
      }
      : undefined,
    rest: [
      ...["--select", ...select],
      ...["--resource-type", "model", "--resource-type", "seed", "--resource-type", "snapshot"],
      ...live === undefined ? [] : ["--defer", "--favor-state", "--state", live.folder],
    ],
  }, context);
  const { environment } = found.place;
  const args = new Map([...environment.args].filter(([key]) => !NOT_HERE.includes(key)));
  const run = { ...found, place: found.place.with({ environment: { ...environment, args } }) };
  let interrupted = false;
  const options = {
    deps: true,
    allowEscape: false,
    cold,
    stdoutToStderr: true,
    onInterrupt: () => interrupted = true,
  };
  const exitCode = await runPlan(await makePlan(run), options, context);
  if (interrupted) throw new Interrupted();
  const { held } = await holdingOf(side);
  const left = ids.filter((id) => !held.has(id));
  if (exitCode === 0 && left.length === 0) return;
  throw new DotError(`${side.name} could not be built, so it cannot be compared`, {
    code: "DOT015",
    hints: [
      exitCode === 0
        ? `dbt ended well, but ${left.join(", ")} is not built whole.`
        : "dbt says why, above. --no-build compares what is there.",
    ],
    exitCode: exitCode || 2,
  });
}
