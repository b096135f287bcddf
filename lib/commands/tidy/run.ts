/**
 * `dot tidy`: lists the relations in the project's schemas that no node produces, and drops them.
 * @module
 */
import { join } from "@std/path";
import { counted } from "../../base/amounts.ts";
import { checkProject, chooseBuilds, projectHere } from "../../places/choose.ts";
import { reach, withControlFolder } from "../../places/connection.ts";
import { Finder } from "../../places/find.ts";
import { type Build, nameOf, readInventory } from "../../store/inventory.ts";
import { tryLock } from "../../store/lock.ts";
import { agreeToWrite, findProtected } from "../../places/protection.ts";
import { parseSpec } from "../../places/spec.ts";
import type { Context } from "../../base/context.ts";
import { DotError, UsageError } from "../../base/errors.ts";
import { manifestAt } from "../../compare/at_commit.ts";
import type { Arguments } from "../../cli/flags.ts";
import { Git } from "../../git/git.ts";
import { confirm } from "../../prompts/ask.ts";
import { findNeighbours } from "../../upkeep/elsewhere.ts";
import { findUntidy } from "../../upkeep/tidy.ts";
import { relationKey } from "../../base/relation.ts";
import { dropRelations, type Failures } from "../../warehouse/changes.ts";
import type { FLAGS } from "./flags.ts";
import { asJson, show } from "./view.ts";

/** Run it. */
export async function runTidy(
  { flags, words }: Arguments<typeof FLAGS>,
  context: Context,
): Promise<number> {
  const { cwd, env, out } = context;
  const [text] = words;
  const { drop, "dry-run": dryRun } = flags;
  for (const name of ["yes", "include-history"] as const) {
    if (!flags[name] || drop) continue;
    throw new UsageError(`--${name} goes with --drop`, { code: "DOT009" });
  }
  const git = await Git.find(cwd, env);
  const inventory = git === undefined ? { builds: [], bare: [] } : await readInventory(git);
  const build = await chosenBuild(text, inventory.builds, git, context);
  using _lock = await hold(build, { drops: drop && !dryRun });
  const environment = build?.environment ??
    (text === undefined ? undefined : parseSpec(text).environment);
  // Without a repository there is no folder for it that is dot's.
  const folderless = { dryRun: dryRun || git === undefined };
  return await withControlFolder(git?.root ?? cwd, folderless, async (folder) => {
    out.progress("looking at the project and the warehouse …");
    const finder = await Finder.open({}, context);
    const { cold } = flags;
    const reached = await reach(environment, { folder, cold, finder }, context);
    const includeHistory = flags["include-history"];
    const untidy = await findUntidy(reached, {
      ...{ build, git, includeHistory, inventory },
      manifestAt: async (reached, commit) =>
        git && await manifestAt(reached, commit, { doing: "dot tidy", dryRun, git }, context),
      neighbours: () =>
        findNeighbours(reached, { cold, finder, folder: join(folder, "other") }, context),
    }).finally(() => out.progress(""));
    if (untidy.unknown !== undefined) {
      out.warn(
        `what others make is not known, so nothing is a stray: ${untidy.unknown.message}`,
        untidy.unknown.hints,
      );
    }
    const { json, yes } = flags;
    if (!json) show(untidy, context);
    const going = untidy.strays.filter(({ history, readers }) =>
      readers.length === 0 && (includeHistory || !history)
    );
    let failures: Failures | undefined;
    if (drop && !dryRun && going.length > 0) {
      const rows = going.filter(({ history }) => history).length;
      const lost = rows === 0 ? "" : `, ${rows} of them with what no run brings back`;
      const question = `Drop ${counted(going.length, "relation")}${lost}?`;
      const guarded = build === undefined ? await findProtected(reached.place) : undefined;
      const command = ["dot", "tidy", ...text === undefined ? [] : [text], "--drop"].join(" ");
      const { interactive } = context;
      const agreed = guarded === undefined
        ? yes || confirm(question, "dot tidy --drop", context)
        : agreeToWrite(guarded, { command, interactive, yes }, context);
      if (!agreed) {
        if (json) out.result(asJson(untidy, [], undefined));
        return 1;
      }
      failures = await dropRelations(
        reached.connection,
        going.map(({ relation }) => relation),
        (count) => out.progress(`dropping: ${count} of ${going.length}`),
      ).finally(() => out.progress(""));
      for (const { relation } of going) {
        const why = failures.get(relationKey(relation));
        if (why !== undefined) {
          out.error(`${relation.schema}.${relation.name} is not dropped: ${why}`);
        }
      }
      out.status(`dropped ${counted(going.length - failures.size, "relation")}`);
    }
    const dropped = failures === undefined
      ? []
      : going.filter(({ relation }) => failures?.has(relationKey(relation)) === false);
    if (json) out.result(asJson(untidy, dropped, failures));
    const left = untidy.strays.length - dropped.length;
    if ((failures?.size ?? 0) > 0 || (drop && untidy.unknown !== undefined)) return 1;
    return flags["exit-code"] && left > 0 ? 1 : 0;
  });
}

async function chosenBuild(
  text: string | undefined,
  builds: readonly Build[],
  git: Git | undefined,
  context: Context,
): Promise<Build | undefined> {
  if (text === undefined || parseSpec(text).ref === undefined) return undefined;
  const found = git ?? await Git.require(context.cwd, context.env);
  const [build] = await chooseBuilds([text], builds, found, context);
  if (build !== undefined) checkProject([build], await projectHere(found, context));
  return build;
}

/** Keep others from working on a build while it is looked at, or, where nothing will be dropped, make sure that nobody is. */
async function hold(
  build: Build | undefined,
  { drops }: { drops: boolean },
): Promise<Disposable | undefined> {
  if (build === undefined) return undefined;
  const lock = drops ? await tryLock(build.paths.lock, "dot tidy") : undefined;
  if (lock === "held" || build.running) {
    throw new DotError(`a dot is at work on ${nameOf(build)}`, {
      code: "DOT038",
      hints: ["Run this again when it is done."],
    });
  }
  if (lock === "absent") {
    throw new DotError(`${nameOf(build)} was removed meanwhile`, { code: "DOT033" });
  }
  return lock;
}
