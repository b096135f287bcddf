/**
 * Which builds the rules of `dot prune` choose, and which must stay all the same. Pure.
 * @module
 */
import type { Keep } from "../config/settings.ts";

/** A build as the rules see it. */
export interface Candidate {
  /** Unique among all. */
  key: string;
  /** What can be typed for it, `env@short`. */
  name: string;
  /** Empty for a commit's folder in which nothing was ever built. */
  environment: string;
  /** The dbt project's folder in the repository. */
  project: string;
  /** The full hash, where it is known. */
  commit: string | undefined;
  /** Whether anything was ever built in it, or begun to be; a folder in which a commit was only parsed is no build. */
  built: boolean;
  /** When it was last built, in milliseconds, where that is known. */
  at: number | undefined;
  /** When its commit was made, where nobody knows when it was built. */
  committed: number | undefined;
  pinned: boolean;
  /** Whether it is of a working tree, which is never what somebody wants to keep before a commit. */
  uncommitted: boolean;
  /** Whether a dot is at work on it. */
  running: boolean;
  /** The keys of the builds that it was built against, and may read. */
  reads: readonly string[];
}

/** What the user asks for; all of it must hold for a build to go. */
export interface Rules {
  /** Last built longer ago than this, in milliseconds. */
  olderThan: number | undefined;
  /** Not among the newest so many of its environment. */
  keep: number | undefined;
  /** Merged into the default branch, and no branch points at it. */
  merged: boolean;
  /** In no branch or tag any more. */
  unreachable: boolean;
  /** Whatever it is. */
  all: boolean;
  /** One of these, by key. */
  named: ReadonlySet<string> | undefined;
}

/** What is known of the commits, for the rules that ask for it. */
export interface CommitFacts {
  merged: ReadonlySet<string>;
  unreachable: ReadonlySet<string>;
  /** The time, in milliseconds. */
  now: number;
}

/** Whether the user gave any rule. */
export function hasRule(rules: Rules): boolean {
  return rules.olderThan !== undefined || rules.keep !== undefined || rules.merged ||
    rules.unreachable || rules.all || rules.named !== undefined;
}

/** The rules that an environment's `+keep` stands for; undefined where it has none. */
export function rulesOf(keep: Keep | undefined): Rules | undefined {
  if (keep === undefined) return undefined;
  return {
    olderThan: "age" in keep ? keep.age : undefined,
    keep: "count" in keep ? keep.count : undefined,
    merged: false,
    unreachable: false,
    all: false,
    named: undefined,
  };
}

/** The builds that the rules choose, of those of one environment. */
export function chosenBy<T extends Candidate>(
  rules: Rules,
  candidates: readonly T[],
  { merged, now, unreachable }: CommitFacts,
): T[] {
  const age = ({ at, committed }: Candidate) => at ?? committed ?? 0;
  const newest = candidates.filter(({ built }) => built).sort((a, b) =>
    Number(a.uncommitted) - Number(b.uncommitted) || age(b) - age(a) || (a.key < b.key ? -1 : 1)
  );
  const rank = new Map(newest.map(({ key }, at) => [key, at]));
  return candidates.filter(({ at, built, commit, key }) => {
    if (rules.named !== undefined && !rules.named.has(key)) return false;
    // A time that nobody knows is no proof of age.
    if (rules.olderThan !== undefined && (at === undefined || now - at <= rules.olderThan)) {
      return false;
    }
    // A folder without a build is none of the newest.
    if (rules.keep !== undefined && built && (rank.get(key) ?? 0) < rules.keep) {
      return false;
    }
    if (rules.merged && (commit === undefined || !merged.has(commit))) return false;
    if (rules.unreachable && commit !== undefined && !unreachable.has(commit)) return false;
    return true;
  });
}

/**
 * Of chosen builds, those that must stay, each with the reason in words: pinned, in use, or read by one that stays.
 * `all` are all builds that there are.
 */
export function mustStay(
  chosen: readonly Candidate[],
  all: readonly Candidate[],
): Map<string, string> {
  const reasons = new Map<string, string>();
  for (const { key, pinned, running } of chosen) {
    if (pinned) reasons.set(key, "it is pinned");
    else if (running) reasons.set(key, "a dot is at work on it");
  }
  const doomed = new Set(chosen.map(({ key }) => key).filter((key) => !reasons.has(key)));
  for (let changed = true; changed;) {
    changed = false;
    for (const reader of all) {
      if (doomed.has(reader.key)) continue;
      for (const key of reader.reads) {
        if (!doomed.delete(key)) continue;
        reasons.set(key, `${reader.name} was built against it, and may read it`);
        changed = true;
      }
    }
  }
  return reasons;
}
