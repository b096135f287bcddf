/**
 * Nothing escapes: before an isolated command writes, every node that it would write is known to lie in the build's own
 * schemas, by the project's text where that proves it, else by its manifest.
 * @module
 */
import type { Context } from "../../base/context.ts";
import { join } from "@std/path";
import { isFile, readObject, sha256, writeFile } from "../../base/files.ts";
import { isObject, type JsonObject } from "../../base/json.ts";
import { findAdapter } from "../../dbt/adapters.ts";
import { varsJson } from "../../dbt/argv.ts";
import { variablesIn } from "../../dbt/env_var.ts";
import type { DbtRunner } from "../../dbt/runner.ts";
import { storesFailures } from "../../places/stored_failures.ts";
import type { Isolated } from "../isolate.ts";
import { installsUnread } from "../prepare.ts";
import { UNSEEN } from "./configs.ts";
import { check, type CheckedRun, onlySelected } from "./check.ts";
import { refuse, warnOnce } from "./refuse.ts";
import type { Scan } from "./scan.ts";
import { STAMP } from "./stamp.ts";
import { type Limits, limitsFor, type Problem } from "./verdict.ts";

/** Commands that write, or that run the project's queries, with the kinds of node that they write. */
const GUARDED: Record<string, readonly string[] | "all"> = {
  build: ["model", "seed", "snapshot", "function", "test"],
  clone: ["model", "seed", "snapshot"],
  compile: "all",
  "docs generate": "all",
  retry: "all",
  run: ["model"],
  "run-operation": "all",
  seed: ["seed"],
  show: "all",
  snapshot: ["snapshot"],
  test: ["test"],
};

/** What is kept of a check. */
interface Verdict {
  key: string;
  /** Whether dbt kept the parse that it stands on, which the run then uses. */
  parsed: boolean;
  problems: Problem[];
}

/** What a check needs besides. */
export interface Guarded {
  context: Context;
  runner: DbtRunner;
  /** Whether the user may allow, here and now, what would be refused. */
  allowEscape: boolean;
}

/** The limits that a build's nodes are held against, in the environment that dbt gets. */
export function limitsOf(
  { build, place, source }: Isolated,
  env: Record<string, string>,
): Limits {
  return limitsFor(source.adapter, {
    short: build.short,
    storeFailures: storesFailures(place, env),
  });
}

/** What a check says when it lets a command run. */
export interface Clearance {
  /** dbt's exit code when it could not parse the project, and nothing may run; else 0. */
  code: number;
  /** Whether the manifest of a parse was checked, which the run must then use. */
  parsed: boolean;
  /** The nodes that the user allowed to be written outside the build. */
  allowed: ReadonlySet<string>;
}

/**
 * Make sure that nothing which a command would write lies outside the build. Throws a DotError with each node that
 * does, unless the user allows it here and now.
 */
export async function guard(
  isolated: Isolated,
  scan: Scan,
  run: CheckedRun,
  { allowEscape, context, runner }: Guarded,
): Promise<Clearance> {
  const { command, dbt } = run;
  const clear: Clearance = { code: 0, parsed: false, allowed: new Set() };
  const types = GUARDED[command.name];
  // It writes no node, but runs the project's hooks.
  if (types !== undefined || command.name === "source freshness") {
    await warnOnce(isolated, scan, context);
  }
  if (types === undefined) return clear;
  const limits = limitsOf(isolated, dbt.env);
  // Their text proves nothing, and no earlier parse had them for sure.
  const unread = await installsUnread(isolated);
  if (
    !unread && isProven(
      { adapter: isolated.source.adapter, rendered: isolated.profile.rendered },
      scan,
      limits,
    )
  ) {
    context.out.debug("the project's text proves that it stays in its schemas");
    return clear;
  }
  const key = await verdictKey(isolated, scan, limits, dbt.env);
  let verdict = await readVerdict(isolated.paths.verdict);
  const parse = join(isolated.paths.target, "partial_parse.msgpack");
  if (unread || verdict?.key !== key || verdict.parsed && !await isFile(parse)) {
    const checked = await check(isolated, run, limits, runner, context);
    if (typeof checked === "number") return { ...clear, code: checked };
    verdict = { key, problems: checked, parsed: await isFile(parse) };
    await writeFile(isolated.paths.verdict, JSON.stringify(verdict) + "\n");
  }
  const parsed = { ...clear, parsed: true };
  if (verdict.problems.length === 0) return parsed;
  const selected = await onlySelected(verdict.problems, types, isolated, run, runner);
  if (selected.length === 0) return parsed;
  refuse(selected, isolated, { allowEscape }, context);
  return { ...parsed, allowed: new Set(selected.map(({ id }) => id)) };
}

/**
 * Whether the text alone says that every name carries the suffix, and is short enough; `rendered` is the profile's schema, where
 * dot can tell.
 */
export function isProven(
  { adapter: name, rendered }: { adapter: string; rendered: string | undefined },
  scan: Pick<Scan, "doubts" | "schemas" | "snapshots">,
  limits: Limits,
): boolean {
  const adapter = findAdapter(name);
  if (adapter === undefined || adapter.ownNaming || limits.storeFailures) return false;
  const anyLength = limits.maxBytes === undefined || limits.maxBytes >= 255;
  // A config that nobody sees leads nothing but a snapshot past dbt's own naming.
  const harmless = anyLength && !scan.snapshots;
  if (scan.doubts.some(({ what }) => !(harmless && what === UNSEEN))) return false;
  if (limits.maxBytes === undefined || anyLength) return true;
  if (rendered === undefined) return false;
  const longest = Math.max(0, ...scan.schemas.map((name) => byteLength(name) + 1));
  return byteLength(rendered) + longest <= limits.maxBytes;
}

/** What a verdict depends on, hashed: values of environment variables may be secret. */
async function verdictKey(
  isolated: Isolated,
  scan: Scan,
  limits: Limits,
  env: Record<string, string>,
): Promise<string> {
  const { launcher, vars } = isolated.place;
  const read = new Set([...scan.variables, ...variablesIn(isolated.profile.text)]);
  const names = [...read.has("*") ? Object.keys(env) : read].sort();
  return await sha256(JSON.stringify([
    STAMP,
    isolated.commit.hash,
    isolated.project,
    isolated.profile.text,
    varsJson(vars),
    launcher.version ?? launcher.words,
    isolated.packages.hash,
    scan,
    limits,
    names.map((name) => [name, env[name] ?? null]),
  ]));
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The verdict in a file; one that is not whole is none. */
async function readVerdict(file: string): Promise<Verdict | undefined> {
  const { key, parsed, problems } = await readObject(file);
  if (typeof key !== "string" || !Array.isArray(problems)) return undefined;
  if (typeof parsed !== "boolean") return undefined;
  const known = problems.map((problem: unknown) =>
    isObject(problem) ? readProblem(problem) : undefined
  );
  return known.includes(undefined)
    ? undefined
    : { key, parsed, problems: known.filter((one) => one !== undefined) };
}

function readProblem({ id, path, place, type, why }: JsonObject): Problem | undefined {
  const isText = (value: unknown) => typeof value === "string";
  return isText(id) && isText(path) && isText(place) && isText(type) && isText(why)
    ? { id, path, place, type, why }
    : undefined;
}
