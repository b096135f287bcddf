/**
 * `dot env`: shows what an environment comes to and where each of its parts is set, or checks all of them.
 * @module
 */
import { join } from "@std/path";
import { counted } from "../../base/amounts.ts";
import type { Context } from "../../base/context.ts";
import { DotError, FileError, UsageError } from "../../base/errors.ts";
import { readIfThere, realOrSame } from "../../base/files.ts";
import { get } from "../../base/yaml.ts";
import type { Arguments } from "../../cli/flags.ts";
import { checkAll, type SourceFile } from "../../config/check.ts";
import { USER_FILE } from "../../config/environments.ts";
import { liveSide } from "../../config/load.ts";
import { schemaOf, textsOf } from "../../config/settings.ts";
import { checkNames, checkVariables } from "../../config/variables.ts";
import { adapterOf } from "../../dbt/adapters.ts";
import { isolateProfile, liveSchema } from "../../dbt/isolated_profile.ts";
import { NO_DBT } from "../../dbt/launcher.ts";
import { findDbtOption, has } from "../../dbt/options.ts";
import { UnrenderedError } from "../../dbt/profile.ts";
import { faultOfPattern } from "../../isolated/shared_files.ts";
import { Finder } from "../../places/find.ts";
import type { Place } from "../../places/place.ts";
import { parseSpec } from "../../places/spec.ts";
import { suffixOf } from "../../store/naming.ts";
import { findBuild } from "../../store/paths.ts";
import type { FLAGS } from "./flags.ts";
import { asJson, asText, checkAsJson, type Connected, type Shown } from "./view.ts";

/** Run it. */
export async function runEnv(
  { flags, words }: Arguments<typeof FLAGS>,
  context: Context,
): Promise<number> {
  const { cwd, out } = context;
  const [text] = words;
  const spec = text === undefined ? undefined : parseSpec(text);
  const finder = await Finder.open({ needsGit: spec?.ref !== undefined }, context);
  const { json } = flags;
  if (flags.check) {
    if (text !== undefined) {
      throw new UsageError("--check looks at all environments: leave out the name", {
        code: "DOT009",
      });
    }
    return await check(finder, { json }, context);
  }
  // The working tree has no other files than today's.
  const ref = spec?.ref === "." ? undefined : spec?.ref;
  const commit = ref === undefined ? undefined : await finder.git?.resolveCommit(ref);
  const configuration = await finder.configuration(spec?.environment, commit);
  const { environment, environments, variables } = configuration;
  if (environment.name === undefined && environments.length > 0) {
    throw new DotError("no environment is named, and none is the default", {
      code: "DOT023",
      hints: [
        `Name one: dot env ${environments[0]}. There are: ${environments.join(", ")}.`,
        "Or add `default: <name>` under `environment:` in dot_environments.yml.",
      ],
    });
  }
  const place = await finder.place(configuration, commit, NO_DBT);
  const connected = await connect(place);
  // Without environments in files, a name is a target of the profile, or nothing.
  const isTarget = spec?.environment !== undefined && environments.length === 0;
  if (isTarget && "unknown" in connected && !(connected.unknown instanceof UnrenderedError)) {
    throw connected.unknown;
  }
  const shown: Shown = {
    environment,
    isDefault: spec?.environment === undefined && environment.name !== undefined,
    commit,
    connected,
  };
  if (json) out.result(asJson(shown));
  else out.result(asText(shown, { cwd, paint: (text) => out.paint("dim", text, "stdout") }));
  const warn = ({ hints, message }: DotError) => out.warn(message, hints);
  checkVariables(variables, environment.vars, environment.name, warn);
  checkNames(variables, environment.vars, warn);
  warnOfOptions(place, context);
  return 0;
}

/** Say which options no command of the user's dbt has, where it is known which dbt that is. */
function warnOfOptions({ environment, launcher }: Place, { out }: Context): void {
  if (launcher.version === undefined) return;
  const lacked = [...environment.args].filter(([name, { value }]) => {
    const option = findDbtOption(name);
    return option !== undefined && value !== null && !has(launcher, option);
  });
  if (lacked.length === 0) return;
  const shown = lacked.map(([name, { at }]) => `\`${name}\` (${at.file}:${at.line})`).join(", ");
  out.warn(`no command of dbt ${launcher.version} has an option ${shown}: left out`, []);
}

/** What the profile says of a place, or why dot cannot tell. */
async function connect(place: Place): Promise<Connected | { unknown: DotError }> {
  const { commit, environment, git, scope } = place;
  try {
    const source = await place.live().target();
    const base = schemaOf(environment);
    const { schemaKeys } = adapterOf(source.adapter);
    const key = schemaKeys.find((name) => get(source.output, name) !== undefined);
    const inProfile = key === undefined ? undefined : get(source.output, key)?.at;
    const schema = commit === undefined || git === undefined
      ? liveSchema(source, base, scope)
      : isolateProfile(source, {
        suffix: suffixOf((await findBuild(git, commit, await place.path())).short),
        base,
        keepConfig: false,
        scope,
      });
    return {
      source,
      schema: schema?.schema,
      rendered: schema?.rendered,
      schemaAt: base === undefined ? inProfile : environment.settings.get("schema")?.at,
    };
  } catch (error) {
    if (error instanceof DotError) return { unknown: error };
    throw error;
  }
}

async function check(
  finder: Finder,
  { json }: { json: boolean },
  { out }: Context,
): Promise<number> {
  const { configFolder } = finder.located;
  const { environments, variables } = await liveSide(configFolder);
  const own = join(configFolder, USER_FILE);
  const text = await readIfThere(own);
  const files: SourceFile[] = [
    ...environments === undefined ? [] : [environments],
    ...text === undefined ? [] : [{ text, file: own }],
  ];
  const checked = checkAll(files, variables);
  const { problems } = checked;
  const warnings: DotError[] = [];
  // Where a file is broken, what it means is not known.
  if (problems.length === 0) await checkShared(finder, checked.environments, problems, warnings);
  if (json) {
    out.result(checkAsJson(checked, warnings));
  } else {
    for (const { code, hints, message } of problems) out.error(message, hints, code);
    for (const { hints, message } of warnings) out.warn(message, hints);
  }
  if (problems.length > 0) {
    out.status(`${counted(problems.length, "fault")} in ${configFolder}`);
    return 2;
  }
  out.status(
    files.length === 0 && variables === undefined
      ? `there is nothing to check in ${configFolder}: it has none of dot's files`
      : `${counted(checked.environments.length, "environment")} and ${
        counted(checked.variables, "declared variable")
      }: nothing is wrong`,
  );
  return 0;
}

/** Look at the patterns of each environment's `+shared-files`: each fault once, however many environments have it. */
async function checkShared(
  finder: Finder,
  names: readonly string[],
  problems: DotError[],
  warnings: DotError[],
): Promise<void> {
  const { git } = finder;
  const seen = new Set<string>();
  for (const name of names) {
    const configuration = await finder.configuration(name, undefined);
    const setting = configuration.environment.settings.get("shared-files");
    if (git === undefined || setting === undefined) continue;
    const { project } = await finder.place(configuration, undefined, NO_DBT);
    const cwd = await realOrSame(project.cwd);
    for (const pattern of textsOf(configuration.environment, "shared-files")) {
      const fault = await faultOfPattern(git, cwd, pattern);
      if (fault === undefined) continue;
      const { hints, never, why } = fault;
      const error = new FileError(setting.at, why, { code: "DOT021", hints });
      if (seen.has(error.message)) continue;
      seen.add(error.message);
      (never ? problems : warnings).push(error);
    }
  }
}
