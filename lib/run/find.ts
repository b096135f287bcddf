/**
 * Finds and checks what a run depends on, before anything is written.
 * @module
 */
import type { Context } from "../base/context.ts";
import { DotError } from "../base/errors.ts";
import { baseOf } from "../compare/base.ts";
import type { Deferred } from "../compare/deferral.ts";
import { deferOf } from "../config/settings.ts";
import { mergeVars } from "../dbt/argv.ts";
import type { DbtCommand } from "../dbt/commands.ts";
import { onlyProfile, readPassthrough } from "../dbt/passthrough.ts";
import type { Commit } from "../git/git.ts";
import { Finder } from "../places/find.ts";
import { type Place, unnamed } from "../places/place.ts";
import type { Spec } from "../places/spec.ts";
import { checkRequest, type Request } from "./request.ts";

/** A run: a command at a place, and the other places that it reads. */
export interface Run {
  command: DbtCommand;
  place: Place;
  /** The build to defer to; without an environment it is the run's own. */
  defer: Deferred | undefined;
  /** The commit that it is compared with; `modified` where only what is modified since is selected. */
  compared: { place: Place; commit: Commit; modified: boolean } | undefined;
  /** Where incremental models and snapshots are copied from. */
  seedFrom: SeedFrom | undefined;
  /** With `--modified`, the live schemas in which the rest may be read (`+defer`), as the base's code has them. */
  deferTo: Place | undefined;
}

/** The place that incremental models and snapshots are copied from. */
export interface SeedFrom {
  /** As it was typed. */
  text: string;
  /** With the commit that is built there; for live schemas, the one whose code they are taken to hold. */
  place: Place;
  commit: Commit;
  /** Whether it is the live schemas of the environment, not a build. */
  live: boolean;
}

/** Find and check it. Writes nothing. Throws a DotError for what cannot be run. */
export async function findRun(request: Request, context: Context): Promise<Run> {
  const { command, defer, seedFrom, spec, state } = request;
  const given = readPassthrough(request.rest, command.name);
  checkRequest(request, given);
  const { liveConfig = false, modified = false, onGit } = request;
  const compares = modified || state !== undefined;
  const finder = await Finder.open({
    given,
    liveConfig,
    needsGit: spec?.ref !== undefined || defer !== undefined || compares,
    ...onGit === undefined ? {} : { onGit },
  }, context);
  const place = await finder.find(spec, { needsProject: command.name !== "init" });
  const { commit, environment, environments } = place;
  if (commit !== undefined && environment.name === undefined && environments.length > 0) {
    throw unnamed(environments, `dot ${command.name} `);
  }
  const others = new Others(place, finder, request);
  const baseline = defer?.ref === undefined ? undefined : await others.baseline(defer, defer.ref);
  const base = compares ? await others.compared() : undefined;
  return {
    command,
    place,
    defer: baseline,
    compared: base && { ...base, modified },
    seedFrom: seedFrom && await others.seedFrom(seedFrom),
    deferTo: modified && base !== undefined ? await others.deferTo(base.commit) : undefined,
  };
}

/** The other places of a run. */
class Others {
  constructor(
    readonly place: Place,
    readonly finder: Finder,
    readonly request: Request,
  ) {}

  /** The commit to compare with, as the environment had it then; dbt parses it with the variables of the run. */
  async compared(): Promise<{ place: Place; commit: Commit }> {
    const { finder, place, request: { base, state } } = this;
    const commit = await finder.commit(state) ?? await baseOf(place, base);
    const name = state?.environment ?? place.environment.name;
    const environment = await finder.environmentAt(name, commit);
    return { commit, place: place.with({ commit, environment, given: onlyProfile(place.given) }) };
  }

  /** The environment of `--defer`: the one named, else the default, else, where no files define any, the run's. */
  async baseline(defer: Spec, ref: string): Promise<Deferred> {
    const { finder, place } = this;
    const commit = await finder.git?.resolveCommit(ref);
    if (commit === undefined) return { ref, environment: defer.environment, place };
    const environment = await finder.environmentAt(defer.environment, commit);
    const { name } = environment;
    if (name !== undefined) {
      return { ref, environment: name, place: this.#as(environment, commit) };
    }
    if ((await finder.live()).environments === undefined && await finder.user() === undefined) {
      return { ref, environment: undefined, place: place.with({ commit }) };
    }
    throw new DotError(`--defer ${defer.text} names no environment, and none is the default`, {
      code: "DOT023",
      hints: [`Name one: --defer ${place.environment.name ?? "dev"}${defer.text}`],
    });
  }

  async seedFrom(spec: Spec): Promise<SeedFrom> {
    const { finder, place, request: { base } } = this;
    const named = await finder.commit(spec);
    const commit = named ?? await baseOf(place, base);
    const name = spec.environment ?? place.environment.name;
    const environment = named === undefined
      ? (await finder.configuration(name, undefined)).environment
      : await finder.environmentAt(name, named);
    return {
      text: spec.text,
      commit,
      place: this.#as(environment, commit),
      live: named === undefined,
    };
  }

  async deferTo(commit: Commit): Promise<Place | undefined> {
    const name = deferOf(this.place.environment);
    if (name === undefined) return undefined;
    const { environment } = await this.finder.configuration(name, undefined);
    return this.#as(environment, commit);
  }

  /** A commit as another environment has it, with the user's own variables. */
  #as(environment: Place["environment"], commit: Commit): Place {
    const { given } = this.place;
    const vars = mergeVars(environment.vars, given);
    return this.place.with({ commit, environment, vars, given: onlyProfile(given) });
  }
}
