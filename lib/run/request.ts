/**
 * What was asked of a run, and what of it makes no sense.
 * @module
 */
import type { DbtCommand } from "../dbt/commands.ts";
import { isGiven, type Passthrough } from "../dbt/passthrough.ts";
import { DotError, UsageError } from "../base/errors.ts";
import type { Configuration } from "../config/load.ts";
import type { Commit, Git } from "../git/git.ts";
import type { Spec } from "../places/spec.ts";

/** What the user asked for. */
export interface Request {
  command: DbtCommand;
  /** The target, or undefined where none was given. */
  spec: Spec | undefined;
  /** `--defer`. */
  defer: Spec | undefined;
  /** `--state`. */
  state?: Spec | undefined;
  /** `--modified`. */
  modified?: boolean;
  /** `--base`. */
  base?: string | undefined;
  /** `--seed-from`. */
  seedFrom?: Spec | undefined;
  /** Take the environment from the working tree even for a commit. */
  liveConfig: boolean;
  /** The words after `--`. */
  rest: readonly string[];
  /** What to do with the repository before a commit of the working tree is made in it. */
  onGit?: (git: Git) => Promise<void>;
}

/** `--defer`, which names a commit. */
export interface DeferSpec {
  text: string;
  environment: string | undefined;
  ref: string;
}

/** Check `--defer`. Throws a UsageError for what is no build. */
export function checkDefer(spec: Spec, command: DbtCommand): DeferSpec {
  if (!command.defers) {
    throw new UsageError(`\`dbt ${command.name}\` cannot defer`, {
      hints: ["Leave out --defer."],
    });
  }
  if (spec.ref === undefined) {
    throw new UsageError(`--defer ${spec.text} must include a git ref`, {
      hints: [
        `A baseline is an isolated build: --defer ${spec.text}@main, or, where \`${spec.text}\` is the ref, --defer @${spec.text}`,
      ],
    });
  }
  return { text: spec.text, environment: spec.environment, ref: spec.ref };
}

/** Check `--state`, `--modified` and `--base`. Throws a UsageError. */
export function checkState({ base, command, modified, seedFrom, state }: Request): void {
  if (state !== undefined && state.ref === undefined) {
    throw new UsageError(`--state ${state.text} must include a git ref`, {
      hints: [
        `--state takes a commit: --state @${state.text}. For a folder of dbt's: -- --state ${state.text}`,
      ],
    });
  }
  // Of live schemas it says which code they hold.
  const forSeeds = seedFrom !== undefined && seedFrom.ref === undefined;
  if (base !== undefined && modified !== true && !forSeeds) {
    throw new UsageError("--base goes with --modified");
  }
  if (base !== undefined && state !== undefined) {
    throw new UsageError("--base and --state both name what to compare with: leave out one");
  }
  if ((state !== undefined || modified === true) && !command.defers) {
    throw new UsageError(`\`dbt ${command.name}\` compares nothing`, {
      hints: [`Leave out ${modified === true ? "--modified" : "--state"}.`],
    });
  }
}

/** Check `--seed-from`. Throws a UsageError. */
export function checkSeedFrom(
  { command, seedFrom, spec }: Request,
  passthrough: Passthrough,
): void {
  if (seedFrom === undefined) return;
  if (!["build", "run", "snapshot"].includes(command.name)) {
    throw new UsageError(`\`dbt ${command.name}\` builds no incremental model and no snapshot`, {
      hints: ["Leave out --seed-from; it goes with build, run and snapshot."],
    });
  }
  if (spec?.ref === undefined) {
    throw new UsageError("--seed-from fills the schemas of an isolated build, never live ones", {
      hints: [`Name a commit: dot ${command.name} ${spec?.environment ?? ""}@HEAD --seed-from …`],
    });
  }
  if (isGiven(passthrough, "full-refresh")) {
    throw new UsageError("--full-refresh would build anew what --seed-from copies: leave out one");
  }
}

/** What `--state` names, or where what is built left the default branch, or what `--base` or `+base` names. */
export async function comparedCommit(
  { base, state }: Request,
  commit: Commit | undefined,
  environment: Configuration["environment"],
  git: Git,
): Promise<Commit> {
  if (state?.ref !== undefined) return await git.resolveCommit(state.ref);
  const setting = environment.settings.get("base")?.value;
  const branch = base ?? (typeof setting === "string" ? setting : await git.defaultBranch());
  if (branch === undefined) {
    throw new DotError(
      "there is no default branch to compare with: no origin/HEAD, main or master",
      {
        hints: ["Name one: --base <branch>, or `+base: <branch>` in the environment."],
      },
    );
  }
  // A commit of the working tree has no history: it stands on what is checked out.
  const head = commit === undefined || commit.uncommitted
    ? await git.resolveCommit("HEAD")
    : commit;
  const other = await git.resolveCommit(branch);
  const found = await git.mergeBase(head.hash, other.hash);
  if (found !== undefined) return await git.resolveCommit(found);
  const shallow = await git.isShallow();
  throw new DotError(`${head.short} and ${branch} have no commit in common`, {
    hints: [
      shallow
        ? "This clone is shallow: fetch the history, git fetch --unshallow."
        : "Name a commit to compare with: --base <ref>.",
    ],
  });
}
