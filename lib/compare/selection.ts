/**
 * `--modified`: what is selected because it differs from another commit, and where the rest is read from.
 * @module
 */
import { asWord } from "../dbt/argument.ts";
import type { Manifest } from "../dbt/manifest/manifest.ts";
import { UsageError } from "../base/errors.ts";
import type { Git } from "../git/git.ts";
import { type Build, nameOf, readInventory } from "../store/inventory.ts";
import type { MadeWith } from "../store/made_with.ts";
import type { Place } from "../places/place.ts";
import type { Unseen } from "./differences.ts";

/** dbt's own way to say it. */
export const MODIFIED = "state:modified";

/** dbt's word for all that it builds. */
export const EVERYTHING = "fqn:*";

/** dbt's words for what differs that dbt does not compare; what cannot be selected has none. Sorted. */
export function wordsFor(unseen: Unseen, { texts }: Manifest): string[] {
  const words = [...unseen.keys()].map((id) => texts.get(id)?.selection);
  return [...new Set(words.filter((word) => word !== undefined))].sort();
}

/**
 * What dbt is to select: the modified nodes, where there may be any, what differs that dbt does not compare, and
 * everything behind them, of what the user selects. `upstream` takes what they need along.
 */
export function selectionFor(
  users: readonly string[],
  unseen: readonly string[],
  { modified = true, upstream }: { modified?: boolean; upstream: boolean },
): string[] {
  const before = upstream ? "+" : "";
  const changed = [...modified ? [MODIFIED] : [], ...unseen].map((one) => `${before}${one}+`);
  if (users.length === 0) return changed;
  return users.flatMap((user) => changed.map((one) => `${user},${one}`));
}

/** The words that the user selects by. Throws a UsageError for a selector, of which dbt makes no intersection. */
export function usersSelection({ environment, given }: Place): string[] {
  const { options } = given;
  const selects = options.filter(({ option }) => option.name === "select");
  const setting = environment.args.get("select")?.value;
  if (
    options.some(({ option }) => option.name === "selector") ||
    (selects.length === 0 && environment.args.has("selector"))
  ) {
    throw new UsageError("--modified and dbt's --selector do not go together", {
      hints: ["Select by words: -- --select …"],
      code: "DOT009",
    });
  }
  const texts = selects.length > 0
    ? selects.flatMap(({ values }) => values)
    : setting === undefined
    ? []
    : Array.isArray(setting)
    ? setting.map(asWord)
    : [asWord(setting)];
  return texts.flatMap((text) => text.split(/\s+/)).filter((text) => text !== "");
}

/**
 * The build that what is not selected is read from: of the base, else of its nearest ancestor, complete, for the same
 * environment, in the same warehouse and with the same variables. Undefined where there is none.
 */
export async function nearestBuild(
  git: Git,
  { commit, environment, project, suits }: {
    commit: string;
    environment: string;
    project: string;
    /** Whether a build was made with what the run is made with. */
    suits: (madeWith: MadeWith) => boolean;
  },
): Promise<Build | undefined> {
  const { builds } = await readInventory(git);
  const whole = builds.filter((build) =>
    build.environment === environment && build.project === project &&
    isWhole(build) && build.record !== undefined && suits(build.record.made_with)
  );
  const near: { build: Build; far: number }[] = [];
  for (const build of whole) {
    const far = build.commit === commit ? 0 : await git.distance(build.commit ?? "", commit);
    if (far !== undefined) near.push({ build, far });
    if (far === 0) break;
  }
  return near.sort((a, b) => a.far - b.far)[0]?.build;
}

/** What is said of where the rest comes from: a build, the live schemas of an environment, or nowhere. */
export function restFrom(build: Build | undefined, live: string | undefined): string {
  if (build !== undefined) return `what is not selected is read from ${nameOf(build)}`;
  return live === undefined
    ? "no build of it is complete, so what they need is built too"
    : `what is not selected is read from the live schemas of ${live}`;
}

function isWhole({ record, running }: Build): boolean {
  return !running && record?.state === "complete";
}

/** The words of a selection that only a list takes: what a command builds of it. */
export function typesOf(command: string): string[] {
  const types: Record<string, string[]> = {
    run: ["model"],
    seed: ["seed"],
    snapshot: ["snapshot"],
    test: ["test", "unit_test"],
  };
  return types[command] ?? [];
}
