/**
 * Chooses which models of two places are compared: those that are named, selected, or whose code differs.
 * @module
 */
import { dbtFailure } from "../dbt/said.ts";
import { findDifferences, unseenOf } from "../compare/differences.ts";
import { changedByFiles } from "../compare/files.ts";
import { changedByVariables, changedVariables } from "../compare/variables.ts";
import { listedIds, listedNodes, unreadable } from "../dbt/listing.ts";
import { ensureState, type StatePlan } from "../compare/state.ts";
import type { Context } from "../base/context.ts";
import type { Project } from "../dbt/manifest/data.ts";
import type { Manifest } from "../dbt/manifest/manifest.ts";
import { readManifest } from "../dbt/manifest/read.ts";
import { readersOfEnvironment, readersOfVariables } from "../dbt/manifest/readers.ts";
import { readPassthrough } from "../dbt/passthrough.ts";
import type { DbtRunner } from "../dbt/runner.ts";
import { DotError, UsageError } from "../base/errors.ts";
import { suggest } from "../base/nearest.ts";
import { type Chosen, type CodeChanges, codeChanges, pairUp } from "./pair.ts";
import { type Holding, holdingOf, planCode, type Side } from "./sides.ts";

/** Which models are asked for. */
export interface Wanted {
  /** Names, or ids. */
  names: readonly string[];
  /** Whether all of them are. */
  all: boolean;
  /** dbt's words for a selection. */
  select: readonly string[];
}

/** Both sides of something. */
export interface Both<T> {
  before: T;
  after: T;
}

/** The code of a place. */
export interface Code {
  manifest: Manifest;
  /** How its manifest was made; undefined where that of the build serves. */
  plan: StatePlan | undefined;
}

/** What is compared. */
export interface Choice {
  wanted: Wanted;
  chosen: Chosen[];
  code: Both<Code>;
  holding: Both<Holding>;
  /** Undefined where nobody had to look. */
  changes: CodeChanges | undefined;
}

/** Choose. dbt parses what it has not parsed yet. Throws a DotError for a model that is nowhere. */
export async function chooseModels(
  sides: Both<Side>,
  wanted: Wanted,
  runner: DbtRunner,
  context: Context,
): Promise<Choice> {
  const holding = { before: await holdingOf(sides.before), after: await holdingOf(sides.after) };
  const named = wanted.all || wanted.names.length > 0;
  if (named && wanted.select.length === 0) {
    const code = {
      before: await builtCode(sides.before, holding.before, runner, context),
      after: await builtCode(sides.after, holding.after, runner, context),
    };
    if (code.before !== undefined && code.after !== undefined) {
      const found = { before: code.before, after: code.after };
      const projects = projectsOf(found);
      const chosen = pairUp(byName(wanted, projects), projects, undefined);
      const lacks = chosen.some(({ after, before }) =>
        before !== undefined && after !== undefined &&
        (isMissing(before.id, sides.before, holding.before) ||
          isMissing(after.id, sides.after, holding.after))
      );
      if (!lacks) return { wanted, chosen, code: found, holding, changes: undefined };
    }
  }
  const code = {
    before: await parsedCode(sides.before, runner, context),
    after: await parsedCode(sides.after, runner, context),
  };
  const projects = projectsOf(code);
  // What is the same text is another model where the environments differ.
  const others = sides.before.environment === sides.after.environment
    ? new Set<string>()
    : readersOfEnvironment(code.after.manifest);
  const changes = codeChanges(await differencesOf(sides, code), projects, others);
  const ids = wanted.select.length > 0
    ? await selected(wanted.select, code, runner)
    : named
    ? byName(wanted, projects)
    : new Set(
      [...changes.affected].filter((id) => projects.after.has(id) || projects.before.has(id)),
    );
  return { wanted, chosen: pairUp(ids, projects, changes), code, holding, changes };
}

/** Whether a model would have to be built on a side before it can be compared. */
export function isMissing(id: string, { built }: Side, { held }: Holding): boolean {
  return built !== undefined && !held.has(id);
}

function projectsOf({ after, before }: Both<Code>): Both<Project> {
  return { before: before.manifest.data, after: after.manifest.data };
}

/** The code as the build has it, where that is there; that of live schemas is parsed. */
async function builtCode(
  side: Side,
  { manifest }: Holding,
  runner: DbtRunner,
  context: Context,
): Promise<Code | undefined> {
  if (side.built === undefined) return await parsedCode(side, runner, context);
  return manifest === undefined ? undefined : { manifest, plan: undefined };
}

async function parsedCode(side: Side, runner: DbtRunner, context: Context): Promise<Code> {
  const plan = await planCode(side);
  const code = await ensureState(plan, { doing: "dot diff", runner }, context);
  const manifest = code === 0 ? await readManifest(plan.folder) : undefined;
  if (manifest === undefined) {
    throw new DotError(`what ${side.name} consists of cannot be told`, {
      exitCode: code || 2,
      code: "DOT015",
    });
  }
  return { manifest, plan };
}

async function differencesOf({ after, before }: Both<Side>, code: Both<Code>) {
  const placeOf = ({ commit, place }: Side) => place.with({ commit });
  const places = { base: placeOf(before), head: placeOf(after) };
  const variables = await changedVariables(places.head, places.base);
  const [base, head] = [code.before.manifest, code.after.manifest];
  // Each side is parsed with its own variables. In another environment all lies elsewhere, so only texts tell.
  const changed = before.environment === after.environment
    ? changedByVariables({ base, head, own: base }, variables)
    : readersOfVariables(head, variables);
  const files = await changedByFiles(head, places);
  return findDifferences({ base, head }, unseenOf(changed, files));
}

/** The ids of what is asked for by name. */
function byName({ all, names }: Wanted, { after, before }: Both<Project>): Set<string> {
  const nodes = [...after.values(), ...before.values()];
  if (all) return new Set(nodes.map(({ id }) => id));
  return new Set(names.flatMap((name) => {
    const found = nodes.filter((node) => node.name === name || node.id === name);
    if (found.length > 0) return found.map(({ id }) => id);
    const known = [...new Set(nodes.map((node) => node.name))].sort();
    throw new UsageError(`neither side has a model, seed or snapshot \`${name}\``, {
      code: "DOT041",
      hints: suggest(name, known, "There are").map((hint) =>
        hint.length > 300 ? `${hint.slice(0, 299)}…` : hint
      ),
    });
  }));
}

/** The ids of what dbt's words select, on the later side. Words without an option are those of --select. */
async function selected(
  words: readonly string[],
  { after, before }: Both<Code>,
  runner: DbtRunner,
): Promise<Set<string>> {
  if (after.plan === undefined || before.plan === undefined) throw new Error("nothing is parsed");
  const end = words.findIndex((word) => word.startsWith("-"));
  const bare = end === -1 ? words : words.slice(0, end);
  const rest = [...bare.length > 0 ? ["--select", ...bare] : [], ...words.slice(bare.length)];
  const passthrough = readPassthrough(rest, "ls");
  const result = await runner.query(after.plan.list(passthrough, before.plan.folder));
  if (result.code !== 0) {
    throw dbtFailure("dbt could not list what is selected", result);
  }
  const listed = listedNodes(listedIds(result.stdout), after.manifest.ids);
  if (listed === undefined) throw unreadable();
  const ids = [...listed].filter((id) => after.manifest.data.has(id));
  if (ids.length === 0) {
    throw new DotError(`nothing is selected by ${rest.join(" ")}`, {
      code: "DOT041",
      hints: ["It is taken from the later side; -- takes what `dbt ls` takes."],
    });
  }
  return new Set(ids);
}
