/**
 * Plans an isolated run: a build, with what the user asks of it, what it defers to, is compared with and begins from.
 * @module
 */
import { resolve } from "@std/path";
import { UsageError } from "../../base/errors.ts";
import { toCommand } from "../../base/process.ts";
import type { YamlValue } from "../../base/yaml.ts";
import { planComparison } from "../../compare/comparison.ts";
import { BASELINE_VARIABLES, deferral, wantsDefer } from "../../compare/deferral.ts";
import type { Warning } from "../../compare/otherwise_made.ts";
import { planState } from "../../compare/state.ts";
import type { Setting } from "../../base/setting.ts";
import { asWord } from "../../dbt/argument.ts";
import { dbtArgv } from "../../dbt/argv.ts";
import { PARTIAL, PATH_OPTIONS, variableOf } from "../../dbt/options.ts";
import { givenValue, isGiven } from "../../dbt/passthrough.ts";
import { dbtVariable, withoutDbtVariables } from "../../dbt/profile.ts";
import { flagsIn, isStrict } from "../../dbt/question.ts";
import { isolate, type Isolated } from "../../isolated/isolate.ts";
import type { Place } from "../../places/place.ts";
import type { Run } from "../find.ts";
import { planSeed } from "../seed/plan.ts";
import type { Plan } from "./plan.ts";
import { warnUnusable } from "./unusable.ts";

/** Plan it. Throws a DotError when it cannot be done. */
export async function planIsolated(run: Run): Promise<Plan> {
  const { command, compared, place } = run;
  checkWords(run);
  const isolated = await isolate(place);
  const { paths } = isolated;
  const compares = compared !== undefined;
  const deferred = await deferral(place, run.defer, {
    own: paths,
    shared: isolated.shared,
    compares,
  });
  const reads = deferred.fixed.size > 0 || compares;
  const { fixed, settings } = wordsFor(isolated, deferred.fixed);
  if (reads) settings.delete("defer-state");
  const env = withoutDbtVariables(isolated.env, [
    ...reads ? BASELINE_VARIABLES : [],
    ...place.launcher.major < 2 ? [] : PARTIAL.map(variableOf),
  ]);
  const { cwd } = isolated;
  const parts = {
    launcher: place.launcher,
    settings,
    vars: place.vars,
    passthrough: place.given,
  };
  const flags = flagsIn(isolated.projectText, isolated.profile.text);
  // What dot lists does not take warnings for errors, and dbt warns of nothing in a project that it has parsed before.
  const asked = isStrict(parts, { env, flags }) ? paths.asked : paths.target;
  const comparison = compared === undefined ? undefined : await planComparison({
    command,
    place,
    other: compared,
    state: await planState(await isolate(compared.place), {
      place,
      profilesDir: paths.folder,
      profile: isolated.source.profile,
      target: isolated.source.target,
      profileText: isolated.profile.text,
      env,
      shimmed: true,
      live: undefined,
    }),
    defers: run.defer !== undefined,
    deferTo: run.deferTo,
    manifest: asked,
  }, { parts: { ...parts, fixed }, cwd, env, flags });
  for (const [key, value] of comparison?.fixed ?? []) fixed.set(key, value);
  const seed = run.seedFrom === undefined ? undefined : await planSeed(
    isolated,
    command,
    run.seedFrom,
    { parts: { ...parts, fixed }, cwd, env, flags },
    asked,
  );
  return {
    run,
    dbt: toCommand(dbtArgv({ ...parts, command, fixed }), cwd, env),
    fixed,
    settings,
    isolated,
    live: undefined,
    warnings: [
      ...deferred.warnings,
      ...seed?.warnings ?? [],
      ...elsewhere(isolated),
      ...warnUnusable({ ...parts, command, fixed }),
    ],
    comparison,
    baseline: deferred.baseline ?? comparison?.baseline,
    reads: [
      ...deferred.reads,
      ...comparison?.reads ?? [],
      ...seed === undefined ? [] : [seed.read],
    ],
    seed,
  };
}

/** What of the commit's dbt would be seen from another folder than the user may think. */
function elsewhere({ cwd, launching, place, profile, source }: Isolated): Warning[] {
  const warnings: Warning[] = [];
  if (launching === undefined) {
    const words = place.launcher.words.join(" ");
    warnings.push({
      message: `dbt runs in ${cwd}, where \`${words}\` finds it: ` +
        "a relative path in a model means the working tree's file, not the commit's",
      hints: ["Name dbt itself: DOT_DBT=<path of dbt>"],
    });
  } else if (profile.unpinned.length > 0) {
    const keys = profile.unpinned.map((key) => `\`${key}\``).join(", ");
    warnings.push({
      message: `${source.file}: only dbt can render ${keys} of the target \`${source.target}\`: ` +
        "a relative path there is seen from the commit's worktree",
      hints: ["Give an absolute path, or one by `env_var` or `var` alone."],
    });
  }
  return warnings;
}

/** Throws a UsageError for what no isolated run can do. */
function checkWords({ command, place: { given } }: Run): void {
  if (command.name === "init") {
    throw new UsageError("`dbt init` starts a project: it has no commit to run at", {
      hints: ["Leave out the `@<ref>`."],
      code: "DOT009",
    });
  }
  if (command.name === "deps" && isGiven(given, "add-package")) {
    throw new UsageError("--add-package changes packages.yml, and a commit does not change", {
      hints: ["Add it in the working tree: dot deps -- --add-package …"],
      code: "DOT009",
    });
  }
  for (const name of PARTIAL) {
    if (!isGiven(given, name)) continue;
    throw new UsageError(
      `with --${name} dbt writes a manifest of a part of the project, which dot would take for the whole`,
      { hints: ["Leave it out, or select: -- --select …"], code: "DOT009" },
    );
  }
  if (isGiven(given, "write-metadata")) {
    throw new UsageError(
      "with --write-metadata dbt writes no manifest, which dot reads a build by",
      {
        hints: ["Leave it out, or give --write-index."],
        code: "DOT009",
      },
    );
  }
  for (const name of ["target-path", "log-path"]) {
    if (!isGiven(given, name)) continue;
    throw new UsageError(`--${name} cannot be given for an isolated build: its folders are dot's`, {
      hints: ["Leave it out; they lie in .dot/build/<short>/env/<environment>/."],
      code: "DOT009",
    });
  }
}

/** What dot and the environment set on dbt: paths that the user wrote mean the same files as in a plain run. */
function wordsFor(
  { env, fixed: base, place, profile, projectText }: Isolated,
  deferred: ReadonlyMap<string, YamlValue>,
): { fixed: Map<string, YamlValue>; settings: Map<string, Setting> } {
  const { environment, given, launcher, project }: Place = place;
  const fixed = new Map<string, YamlValue>([...base, ...deferred]);
  if (launcher.major >= 2 && !fixed.has("defer") && !wantsDefer(place)) fixed.set("defer", false);
  const settings = new Map(environment.args);
  for (const [key, from] of Object.entries(PATH_OPTIONS)) {
    const word = givenValue(given, key);
    const setting = settings.get(key);
    if (word !== undefined && !fixed.has(key)) fixed.set(key, resolve(project[from], word));
    else if (setting !== undefined) {
      settings.set(key, { ...setting, value: resolve(project[from], asWord(setting.value)) });
    }
  }
  // Several builds would write to the same.
  for (const name of ["index-dir", "metadata-dir"]) settings.delete(name);
  // What dbt writes is what dot records of the build.
  for (const name of ["write-metadata", ...PARTIAL]) settings.delete(name);
  const flags = flagsIn(projectText, profile.text);
  const indexes = isGiven(given, "write-index") || settings.has("write-index") ||
    dbtVariable(env, "USE_INDEX") !== undefined;
  const says = isGiven(given, "write-json") || settings.has("write-json") ||
    flags.has("write_json");
  if (says || indexes) fixed.set("write-json", true);
  return { fixed, settings };
}
