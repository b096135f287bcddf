/**
 * Runs dbt in a build: prepared, guarded, recorded and checked afterwards.
 * @module
 */
import { join } from "@std/path";
import type { Context } from "../base/context.ts";
import { DotError } from "../base/errors.ts";
import { isFile, removeAll, removeTemporaries } from "../base/files.ts";
import type { Command } from "../base/process.ts";
import { withoutDbtVariables } from "../dbt/profile.ts";
import { scrubbedFrom } from "../dbt/scrub.ts";
import { guard } from "../isolated/escape/guard.ts";
import { depsCommand, type Isolated } from "../isolated/isolate.ts";
import { recordPackagesBegun } from "../isolated/packages.ts";
import { isolateNaming, prepareWorktree, recordDeps, writeProfile } from "../isolated/prepare.ts";
import { withLock } from "../store/lock.ts";
import { settleRecord } from "../store/settled.ts";
import { compared } from "./compared.ts";
import type { Plan } from "./plan/plan.ts";
import { runRecorded } from "./recorded.ts";
import { doingOf, echo, runDbt, type RunOptions, type Session } from "./session.ts";

/** What is known of a command that needs no check. */
const UNCHECKED = { allowed: new Set<string>(), parsed: false, variables: undefined };

/** Run a plan in its build. Gives dbt's exit code. */
export async function runIsolated(
  isolated: Isolated,
  { deps, allowEscape }: RunOptions,
  session: Session,
): Promise<number> {
  const { context, plan, runner } = session;
  const { out } = context;
  const { run: { command }, seed } = plan;
  const { build, commit, environment, paths, profile } = isolated;
  const doing = doingOf(plan);
  out.status(
    `${out.paint("bold", `${environment}@${build.short}`)} ${commit.subject} ${
      out.paint("dim", "→ schema")
    } ${out.paint("cyan", profile.schema)}`,
  );
  if (command.name === "clean") return await cleanBuild(isolated, doing, context);
  const prepare = ({ locked }: { locked: boolean }) =>
    prepareWorktree(isolated, {
      doing,
      deps,
      locked,
      scan: command.needsPackages,
      runner,
      announce: () => echo(depsCommand(isolated), "deps", session),
    }, context);
  const prepared = await prepare({ locked: false });
  if (prepared.code !== 0) return prepared.code;
  const begin = async ({ locked }: { locked: boolean }) => {
    // While this waited a prune may have cleared the worktree away, or another run may have changed it.
    const asPrepared = await isFile(build.commitFile) && !await isFile(paths.changes);
    const { code, scan } = asPrepared ? prepared : await prepare({ locked });
    if (code !== 0) return code;
    // The server holds no lock, and replaces no manifest.
    if (command.name !== "docs serve") {
      await removeTemporaries(paths.folder);
      await settleRecord(paths, build.short);
    }
    await writeProfile(isolated);
    const found = await compared(session);
    if ("code" in found) return found.code;
    const dbt = found.run;
    if (command.name === "retry") await refuseUnknownSecrets(dbt, paths.target);
    if (command.name === "deps") {
      return await withLock(build.lock, doing, out, () => runDeps(dbt, isolated, session));
    }
    const filling = seed && { ...seed, select: found.select };
    if (scan === undefined) return await runRecorded(dbt, isolated, session, UNCHECKED, filling);
    // Whoever held the lock before may have installed packages anew, without the shim.
    const now = isolated.packages.any
      ? await withLock(build.lock, doing, out, () => isolateNaming(isolated))
      : scan;
    const { select } = found;
    const fixed = select === undefined
      ? plan.fixed
      : new Map([...plan.fixed, ["select", [...select]] as const]);
    const clear = await guard(isolated, now, { ...plan, command, dbt, fixed }, {
      allowEscape,
      context,
      runner,
    });
    if (clear.code !== 0) return clear.code;
    const sure = clear.parsed ? reusingParse(dbt, plan) : dbt;
    const known = { ...clear, variables: [...now.variables, ...isolated.packages.variables] };
    return await runRecorded(sure, isolated, session, known, filling);
  };
  // The server only reads, and may run for days.
  if (command.name === "docs serve") return await begin({ locked: false });
  return await withLock(paths.lock, doing, out, () => begin({ locked: true }));
}

/** The command, made to use the parse that was checked: a project may name its schemas by dbt's own flags. */
function reusingParse(dbt: Command, { run: { command, place: { launcher } } }: Plan): Command {
  if (launcher.major >= 2) return dbt;
  const env = withoutDbtVariables(dbt.env, ["PARTIAL_PARSE", "PARTIAL_PARSE_FILE_PATH"]);
  const kept = dbt.args.filter((word, at) =>
    !/^--(?:no-)?partial-parse$|^--partial-parse-file-path(?:=|$)/.test(word) &&
    dbt.args[at - 1] !== "--partial-parse-file-path"
  );
  const start = launcher.words.length - 1 + command.name.split(" ").length;
  return { ...dbt, env, args: kept.toSpliced(start, 0, "--partial-parse") };
}

async function runDeps(dbt: Command, isolated: Isolated, session: Session): Promise<number> {
  const { build, packages, paths, project } = isolated;
  await recordPackagesBegun(build.depsFile, project, packages.folder);
  const { code } = await runDbt(dbt, join(paths.logs, "dbt.log"), session);
  if (code === 0) await recordDeps(isolated);
  await isolateNaming(isolated);
  return code;
}

/** Throws a DotError where dbt would take the arguments of the run before, and secrets among them were not kept. */
async function refuseUnknownSecrets({ args }: Command, target: string): Promise<void> {
  const lost = await scrubbedFrom(target);
  const given = args.some((word) => /^--vars(?:=|$)/.test(word));
  const what = lost.includes("args")
    ? "args"
    : lost.includes("vars") && !given
    ? "vars"
    : undefined;
  if (what === undefined) return;
  throw new DotError(`the run to retry had secrets in \`--${what}\`, which dot does not keep`, {
    code: "DOT024",
    hints: [
      what === "vars"
        ? "Give all of them again: -- --vars '{…}'"
        : "Run the command itself again, with its arguments.",
    ],
  });
}

/** dbt refuses to clean folders outside its project, so dot removes what this build's dbt made. */
async function cleanBuild(
  { build, paths }: Isolated,
  doing: string,
  { out }: Context,
): Promise<number> {
  return await withLock(paths.lock, doing, out, async () => {
    await settleRecord(paths, build.short);
    // What was checked was the parse in there.
    await removeAll(paths.verdict);
    await removeAll(paths.asked);
    for (const folder of [paths.target, paths.logs]) {
      await removeAll(folder);
      out.status(`removed ${folder}`);
    }
    return 0;
  });
}
