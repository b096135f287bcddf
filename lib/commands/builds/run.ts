/**
 * `dot builds`: lists the isolated builds, and pins them.
 * @module
 */
import {
  type BareBuild,
  type Build,
  type Inventory,
  nameOf,
  readersOf,
  readInventory,
} from "../../store/inventory.ts";
import type { Presence } from "../../upkeep/present.ts";
import { sizesOf } from "../../store/size.ts";
import type { Context } from "../../base/context.ts";
import { UsageError } from "../../base/errors.ts";
import { removeAll } from "../../base/files.ts";
import type { Arguments } from "../../cli/flags.ts";
import { Git } from "../../git/git.ts";
import type { FLAGS } from "./flags.ts";
import { asJson, asTable, type Row } from "./view.ts";

/** Run it. */
export async function runBuilds(
  { flags, words }: Arguments<typeof FLAGS>,
  context: Context,
): Promise<number> {
  const [first, ...more] = words;
  if (first === "pin" || first === "unpin") {
    const flag = flags.offline ? "offline" : flags.json ? "json" : undefined;
    if (flag !== undefined) {
      throw new UsageError(`--${flag} does not go with \`${first}\``, { code: "DOT009" });
    }
    return await pin(first, more, context);
  }
  if (first?.includes("@") === true) {
    throw new UsageError(`\`${first}\` is a build, and \`dot builds\` lists an environment's`, {
      hints: [
        `Give its name: dot builds ${first.slice(0, first.indexOf("@")) || "dev"}`,
        "dot builds --help says what may follow.",
      ],
      code: "DOT005",
    });
  }
  return await list(first, flags, context);
}

async function list(
  environment: string | undefined,
  { json, offline }: Arguments<typeof FLAGS>["flags"],
  context: Context,
): Promise<number> {
  const { cwd, env, out } = context;
  const git = await Git.require(cwd, env);
  // git works while the folders are read.
  const [refs, inventory] = await Promise.all([git.refs(), readInventory(git)]);
  if (environment !== undefined) {
    const { checkEnvironment } = await chooser();
    await checkEnvironment(environment, inventory.builds, git, context);
  }
  const shown = shownOf(inventory, environment);
  const known = shown.flatMap(({ commit }) => commit ?? []);
  const [subjects, sizes, there] = await Promise.all([
    git.subjects([...new Set(known)]),
    sizesOf(git.root, inventory, { keep: true }),
    offline ? undefined : present(shown.filter((each) => "paths" in each), git, context),
  ]);
  const readers = readersOf(inventory.builds);
  const rows = shown.map((build): Row => ({
    build,
    subject: subjects.get(build.commit ?? ""),
    refs: refs.get(build.commit ?? "") ?? [],
    size: sizes.get(build) ?? { environment: 0, commit: 0 },
    readers: "paths" in build ? readers.get(build.paths.folder) ?? [] : [],
    presence: "paths" in build ? there?.get(build) : undefined,
  }));
  if (json) {
    out.result(asJson(rows));
  } else if (rows.length > 0) {
    const paint = out.paint.bind(out);
    const view = { now: Date.now(), columns: out.columns, paint };
    out.result(asTable(rows, view).join("\n"));
  }
  if (rows.length === 0) {
    const of = environment === undefined ? "" : ` of \`${environment}\``;
    out.status(
      `there are no isolated builds${of}; \`dot build ${environment ?? ""}@main\` makes one`,
    );
  }
  return 0;
}

/** Ask the warehouse; what that needs takes as long to load as all of the list. */
async function present(
  builds: readonly Build[],
  git: Git,
  context: Context,
): Promise<Map<Build, Presence>> {
  const { findPresent } = await import("../../upkeep/present.ts");
  const { withControlFolder } = await import("../../places/connection.ts");
  const { projectHere } = await chooser();
  const project = await projectHere(git, context);
  // How the warehouse of another project is reached is not known here.
  const own = builds.filter((build) => build.project === project);
  return await withControlFolder(
    git.root,
    { dryRun: false },
    (folder) => findPresent(own, folder, context),
  );
}

/**
 * What is listed: the builds, and whatever a dot is at work on now. A commit that was only parsed, for a comparison or by a
 * command that reads, is no build.
 */
function shownOf(
  { builds, bare }: Inventory,
  environment: string | undefined,
): (Build | BareBuild)[] {
  const listed = builds.filter(({ begun, pinned, running }) => begun || pinned || running);
  if (environment !== undefined) {
    return listed.filter((each) => each.environment === environment);
  }
  return [...listed, ...bare.filter(({ running }) => running)];
}

async function pin(
  action: "pin" | "unpin",
  texts: readonly string[],
  context: Context,
): Promise<number> {
  const { cwd, env, out } = context;
  if (texts.length === 0) {
    throw new UsageError(`\`dot builds ${action}\` needs a build`, {
      hints: [`For example: dot builds ${action} dev@main. dot builds lists them.`],
      code: "DOT011",
    });
  }
  const git = await Git.require(cwd, env);
  const { builds } = await readInventory(git);
  const { chooseBuilds } = await chooser();
  for (const build of await chooseBuilds(texts, builds, git, context)) {
    if (action === "pin") {
      // An empty file is whole at once, so no rename is needed.
      await Deno.writeTextFile(build.paths.pinned, "");
    } else {
      await removeAll(build.paths.pinned);
    }
    const already = build.pinned === (action === "pin");
    out.status(
      already
        ? `${nameOf(build)} ${build.pinned ? "is pinned already" : "is not pinned"}`
        : `${action}ned ${nameOf(build)}`,
    );
  }
  return 0;
}

/** It reads YAML, which takes as long to load as all of the list. */
function chooser(): Promise<typeof import("../../places/choose.ts")> {
  return import("../../places/choose.ts");
}
