/**
 * What was asked of a run, and what of it makes no sense. Pure.
 * @module
 */
import { UsageError } from "../base/errors.ts";
import type { DbtCommand } from "../dbt/commands.ts";
import { isGiven, type Passthrough } from "../dbt/passthrough.ts";
import type { Git } from "../git/git.ts";
import type { Spec } from "../places/spec.ts";

/** What the user asked for: flags that the command takes. */
export interface Request {
  command: DbtCommand;
  /** Where to run it; undefined where none was given. */
  spec: Spec | undefined;
  /** `--defer`. */
  defer?: Spec | undefined;
  /** `--state`. */
  state?: Spec | undefined;
  /** `--modified`. */
  modified?: boolean;
  /** `--base`. */
  base?: string | undefined;
  /** `--seed-from`. */
  seedFrom?: Spec | undefined;
  /** Take the environment from the working tree even for a commit. */
  liveConfig?: boolean;
  /** The words after `--`. */
  rest: readonly string[];
  /** What to do with the repository before a commit of the working tree is made in it. */
  onGit?: (git: Git) => Promise<void>;
}

/** Throws a UsageError for what the words alone show to be wrong. */
export function checkRequest(request: Request, given: Passthrough): void {
  checkDefer(request);
  checkState(request);
  checkSeedFrom(request, given);
}

function checkDefer({ defer }: Request): void {
  if (defer !== undefined && defer.ref === undefined) {
    throw new UsageError(`--defer ${defer.text} must include a git ref`, {
      hints: [
        `A baseline is an isolated build: --defer ${defer.text}@main, or, where \`${defer.text}\` is the ref, --defer @${defer.text}`,
      ],
      code: "DOT011",
    });
  }
}

function checkState({ base, modified, seedFrom, state }: Request): void {
  if (state !== undefined && state.ref === undefined) {
    throw new UsageError(`--state ${state.text} must include a git ref`, {
      hints: [
        `--state takes a commit: --state @${state.text}. For a folder of dbt's: -- --state ${state.text}`,
      ],
      code: "DOT011",
    });
  }
  // Of live schemas it says which code they hold.
  const forSeeds = seedFrom !== undefined && seedFrom.ref === undefined;
  if (base !== undefined && modified !== true && !forSeeds) {
    throw new UsageError("--base goes with --modified", { code: "DOT009" });
  }
  if (base !== undefined && state !== undefined) {
    throw new UsageError("--base and --state both name what to compare with: leave out one", {
      code: "DOT009",
    });
  }
}

function checkSeedFrom({ command, seedFrom, spec }: Request, given: Passthrough): void {
  if (seedFrom === undefined) return;
  if (spec?.ref === undefined) {
    throw new UsageError("--seed-from fills the schemas of an isolated build, never live ones", {
      hints: [`Name a commit: dot ${command.name} ${spec?.environment ?? ""}@HEAD --seed-from …`],
      code: "DOT009",
    });
  }
  if (isGiven(given, "full-refresh")) {
    throw new UsageError("--full-refresh would build anew what --seed-from copies: leave out one", {
      code: "DOT009",
    });
  }
}
