/**
 * `dot state`: what is new, modified and removed at a place since it left the default branch, and by what.
 * @module
 */
import { join } from "@std/path";
import { type Difference, findDifferences } from "../../compare/differences.ts";
import { changedVariables, readersOfVariables } from "../../compare/selection.ts";
import { askingLive, planBase } from "../../run/plan/isolated.ts";
import { fileIn, PROJECT_FILE } from "../../places/project.ts";
import { liveTarget } from "../../places/profile.ts";
import { findSituation, type Situation } from "../../places/situation.ts";
import { parseSpec } from "../../places/spec.ts";
import { ensureState, planState, type StatePlan } from "../../compare/state.ts";
import { makeRunner } from "../../places/warmth.ts";
import type { Context } from "../../base/context.ts";
import { findDbtCommand } from "../../dbt/commands.ts";
import { dbtEnvironment } from "../../dbt/dotenv.ts";
import { DotError, errorJson } from "../../base/errors.ts";
import { readIfThere } from "../../base/files.ts";
import type { Arguments } from "../../cli/flags.ts";
import type { Commit, Git } from "../../git/git.ts";
import type { FLAGS } from "./flags.ts";
import { asJson, show } from "./view.ts";

/** Run it. */
export async function runState(
  { flags, words }: Arguments<typeof FLAGS>,
  context: Context,
): Promise<number> {
  const { out } = context;
  const [text] = words;
  const spec = text === undefined ? undefined : parseSpec(text);
  const command = findDbtCommand("ls");
  if (command === undefined) throw new Error("dbt has no ls");
  const situation = await findSituation({
    command,
    // The working tree is a commit here: what was parsed of it once need not be parsed again.
    spec: { text: text ?? "@.", environment: spec?.environment, ref: spec?.ref ?? "." },
    defer: undefined,
    modified: true,
    base: flags.base,
    liveConfig: false,
    rest: [],
  }, context);
  const { commit, git, state } = situation;
  if (commit === undefined || git === undefined || state === undefined) {
    throw new Error("nothing to compare");
  }
  const found = await compare(situation, { git, head: commit, base: state.commit }, {
    cold: flags.cold,
  }, context);
  if (typeof found === "number") {
    // On stderr it is said already.
    const error = new DotError("dbt could not parse one of the two sides", { exitCode: found });
    if (flags.json) out.result(errorJson(error, found));
    return found;
  }
  if (flags.json) out.result(asJson(found, commit, state.commit));
  else show(found, commit, state.commit, context);
  return 0;
}

/** Both sides parsed, and compared; dbt's exit code where one of them cannot be parsed. */
async function compare(
  situation: Situation,
  { base, git, head }: { git: Git; head: Commit; base: Commit },
  { cold }: { cold: boolean },
  context: Context,
): Promise<Difference[] | number> {
  const { launcher, project } = situation;
  const dbtEnv = await dbtEnvironment(launcher, project.cwd, context.env);
  const source = await liveTarget(situation, dbtEnv);
  const runner = await makeRunner({ situation, dbtEnv, source, cold }, context);
  const asking = await askingLive(source, dbtEnv);
  const texts: string[] = [];
  const projects: (string | undefined)[] = [];
  for (const commit of [base, head]) {
    const environment = commit === base ? situation.state?.environment : situation.environment;
    const side = {
      ...situation,
      state: {
        commit,
        modified: false,
        environment: environment ?? situation.environment,
      },
    };
    const plan = await planState(situation, await planBase(side, git, dbtEnv), asking);
    const code = await ensureState(plan, { doing: "dot state", runner }, context);
    if (code !== 0) return code;
    texts.push(await manifestOf(plan));
    projects.push(...await git.readFiles(commit.hash, [fileIn(plan.base.project, PROJECT_FILE)]));
  }
  const [before = "", after = ""] = texts;
  const variables = changedVariables(situation, { base: projects[0], head: projects[1] });
  const readers = new Set(readersOfVariables(after, variables).keys());
  const found = findDifferences({ base: before, head: after }, readers);
  if (found === undefined) throw new DotError("dbt's manifest cannot be read");
  return found;
}

async function manifestOf({ folder }: StatePlan): Promise<string> {
  return await readIfThere(join(folder, "manifest.json")) ?? "";
}
