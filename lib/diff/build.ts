/**
 * Builds what a comparison lacks: the models that are asked for, and what of their ancestors the other side has not the same.
 * @module
 */
import { counted } from "../amounts.ts";
import { runPlan } from "../build/run.ts";
import { makePlan } from "../build/plan/make.ts";
import { findSituation } from "../build/situation.ts";
import type { Context } from "../context.ts";
import { findDbtCommand } from "../dbt/commands.ts";
import { selections } from "../dbt/selection.ts";
import { DotError } from "../errors.ts";
import { startPrompts } from "../prompts/start.ts";
import { type Needed, neededFor } from "./choose.ts";
import { type Both, type Choice, isMissing } from "./plan.ts";
import type { Project } from "./project.ts";
import { type Holding, holdingOf, type Side } from "./sides.ts";

/** How many names a sentence lists. */
const SHOWN = 8;

/** What the user decided about building. */
export interface BuildOptions {
  /** Undefined where the user is to be asked. */
  build: boolean | undefined;
  cold: boolean;
  /** Whether the live schemas that are compared look older than their code. */
  stale: boolean;
}

/** What is to be built on a side. */
interface Task extends Needed {
  which: keyof Both<Side>;
  text: string;
}

/**
 * Build what is missing, where the user agrees. Gives what both sides hold afterwards. Throws a DotError where nobody can be asked,
 * or a build fails.
 */
export async function buildMissing(
  sides: Both<Side>,
  choice: Choice,
  options: BuildOptions,
  context: Context,
): Promise<Both<Holding>> {
  const tasks = tasksFor(sides, choice, options);
  if (tasks.length === 0 || options.build === false) return choice.holding;
  const { out } = context;
  for (const { text, which } of tasks) out.status(`to build in ${sides[which].name}: ${text}`);
  if (!mayBuild(options, sides, tasks, context)) return choice.holding;
  const { git, situation } = sides.after;
  const { configFolder } = situation.located;
  await startPrompts(git, context, { needed: true, configFolder });
  for (const task of tasks) await build(task, sides, choice, options, context);
  return { before: await holdingOf(sides.before), after: await holdingOf(sides.after) };
}

/** The earlier side first: the later one may read from it. */
function tasksFor(sides: Both<Side>, choice: Choice, { stale }: BuildOptions): Task[] {
  const { changes, chosen, code, holding } = choice;
  const both = chosen.filter(({ after, before }) =>
    [before, after].every((node) => node !== undefined && node.materialized !== "ephemeral")
  );
  const wanted = {
    before: both.flatMap(({ before }) => before?.id ?? []),
    after: both.flatMap(({ after }) => after?.id ?? []),
  };
  const tasks: Task[] = [];
  const held = { before: holding.before.held, after: holding.after.held };
  for (const [own, other] of [["before", "after"], ["after", "before"]] as const) {
    const side = sides[own];
    const ids = wanted[own];
    if (!ids.some((id) => isMissing(id, side, holding[own]))) continue;
    const lends = sides[other];
    const needed = neededFor(ids, code[own].project, {
      held: held[own],
      lent: (id) =>
        changes?.affected.has(id) === false &&
        (lends.built === undefined ? !stale : held[other].has(id)),
    });
    held[own] = new Set([...held[own], ...needed.build]);
    tasks.push({ ...needed, which: own, text: wordsFor(needed, lends, code[own].project) });
  }
  return tasks;
}

function wordsFor(
  { build, defers }: Needed,
  other: Side,
  project: Project,
): string {
  const names = build.map((id) => project.get(id)?.name ?? id);
  const shown = names.slice(0, SHOWN).join(", ");
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  const rest = other.built === undefined ? `the live schemas of ${other.name}` : other.name;
  return `${shown}${more}${defers ? `; what else they read comes from ${rest}` : ""}`;
}

function mayBuild(
  { build }: BuildOptions,
  sides: Both<Side>,
  tasks: readonly Task[],
  { interactive, out }: Context,
): boolean {
  if (build === true) return true;
  const places = tasks.map(({ which }) => sides[which].name).join(" and ");
  const count = tasks.reduce((sum, task) => sum + task.build.length, 0);
  if (!interactive) {
    throw new DotError(`${places} lacks what is to be compared, and nobody can be asked here`, {
      hints: [
        `--build builds it (${counted(count, "node")}); --no-build compares what is there.`,
      ],
    });
  }
  const answer = (out.ask(`Build ${counted(count, "node")} in ${places}? [Y/n] `) ?? "n").trim();
  return answer === "" || /^y(?:es)?$/i.test(answer);
}

async function build(
  { build: ids, defers, which }: Task,
  sides: Both<Side>,
  { code }: Choice,
  { cold }: BuildOptions,
  context: Context,
): Promise<void> {
  const command = findDbtCommand("build");
  if (command === undefined) throw new Error("dbt has no build");
  const opposite = which === "before" ? "after" : "before";
  const [side, other] = [sides[which], sides[opposite]];
  const selectionOf = selections(code[which].manifest);
  const select = ids.map((id) => selectionOf(id) ?? id.split(".").at(-1) ?? id);
  const live = defers && other.built === undefined ? code[opposite].plan : undefined;
  const situation = await findSituation({
    command,
    spec: {
      text: side.name,
      environment: side.situation.environment.name,
      ref: side.commit.hash,
    },
    defer: defers && other.built !== undefined
      ? {
        text: other.name,
        environment: other.situation.environment.name ?? other.environment,
        ref: other.commit.hash,
      }
      : undefined,
    liveConfig: false,
    rest: [
      ...["--select", ...select],
      ...["--resource-type", "model", "--resource-type", "seed", "--resource-type", "snapshot"],
      ...live === undefined ? [] : ["--defer", "--favor-state", "--state", live.folder],
    ],
  }, context);
  const plan = await makePlan(situation, context.env);
  const options = { deps: true, allowEscape: false, cold, stdoutToStderr: true };
  const exitCode = await runPlan(plan, situation, options, context);
  if (exitCode === 0) return;
  throw new DotError(`${side.name} could not be built, so it cannot be compared`, {
    hints: ["dbt says why, above. --no-build compares what is there."],
    exitCode,
  });
}
