/**
 * `dot env`: shows what an environment comes to and where each of its parts is set, or checks all of them.
 * @module
 */
import { join } from "@std/path";
import { counted } from "../../base/amounts.ts";
import { findBuild } from "../../store/paths.ts";
import { liveTarget } from "../../places/profile.ts";
import { locate, type Located, settleProject } from "../../places/project.ts";
import { pathInRepository, type Situation } from "../../places/situation.ts";
import { parseSpec } from "../../places/spec.ts";
import { checkAll, type SourceFile } from "../../config/check.ts";
import { USER_FILE } from "../../config/environments.ts";
import {
  chooseConfiguration,
  type ConfigSide,
  type Configuration,
  liveSide,
  SIDE_FILES,
  sideOf,
  userFile,
} from "../../config/load.ts";
import { schemaOf } from "../../config/settings.ts";
import { checkVariables } from "../../config/variables.ts";
import type { Context } from "../../base/context.ts";
import { findAdapter, UNKNOWN_ADAPTER } from "../../dbt/adapters.ts";
import { asWord } from "../../dbt/argument.ts";
import { varsAsText } from "../../dbt/argv.ts";
import { findDbtCommand } from "../../dbt/commands.ts";
import { dbtEnvironment } from "../../dbt/dotenv.ts";
import { isolateProfile, liveSchema } from "../../dbt/isolated_profile.ts";
import { findDbt, type Launcher } from "../../dbt/launcher.ts";
import { DotError, UsageError } from "../../base/errors.ts";
import { readIfThere } from "../../base/files.ts";
import type { Arguments } from "../../cli/flags.ts";
import { type Commit, Git } from "../../git/git.ts";
import { get } from "../../base/yaml.ts";
import type { FLAGS } from "./flags.ts";
import { asJson, asText, checkAsJson, type Connected, type Shown } from "./view.ts";

/** Run it. */
export async function runEnv(
  { flags, words }: Arguments<typeof FLAGS>,
  context: Context,
): Promise<number> {
  const { cwd, env, out } = context;
  const [text] = words;
  const spec = text === undefined ? undefined : parseSpec(text);
  const git = spec?.ref === undefined ? await Git.find(cwd, env) : await Git.require(cwd, env);
  const located = await locate(cwd, env, undefined, git?.root);
  const { json } = flags;
  if (flags.check) {
    if (text !== undefined) {
      throw new UsageError("--check looks at all environments: leave out the name", {
        code: "DOT009",
      });
    }
    return await check(located, json, context);
  }
  // The working tree has no other files than today's.
  const ref = spec?.ref === "." ? undefined : spec?.ref;
  const commit = ref === undefined ? undefined : await git?.resolveCommit(ref);
  const [live, user, side] = await Promise.all([
    liveSide(located.configFolder),
    userFile(located.configFolder),
    commit === undefined || git === undefined ? undefined : sideAt(commit, git, located),
  ]);
  const configuration = chooseConfiguration(spec?.environment, user, live, side);
  const { environment, environments, variables } = configuration;
  if (environment.name === undefined && environments.length > 0) {
    throw new DotError("no environment is named, and none is the default", {
      hints: [
        `Name one: dot env ${environments[0]}. There are: ${environments.join(", ")}.`,
        "Or add `default: <name>` under `environment:` in dot_environments.yml.",
      ],
    });
  }
  const shown: Shown = {
    environment,
    isDefault: spec?.environment === undefined && environment.name !== undefined,
    commit,
    connected: await connect(configuration, { located, git, commit }, context),
  };
  if (json) out.result(asJson(shown));
  else out.result(asText(shown, { cwd, paint: (text) => out.paint("dim", text, "stdout") }));
  checkVariables(variables, environment.vars, environment.name, ({ message, hints }) => {
    out.warn(message, hints);
  });
  return 0;
}

async function sideAt(commit: Commit, git: Git, { configFolder }: Located): Promise<ConfigSide> {
  const inside = pathInRepository(git, await Deno.realPath(configFolder));
  const at = (name: string) => inside === "" ? name : `${inside}/${name}`;
  const texts = await git.readFiles(commit.hash, SIDE_FILES.map(at));
  return sideOf(texts, (name) => `${commit.short}:${at(name)}`);
}

/** What the profile says of an environment, or why dot cannot tell. */
async function connect(
  { environment, environments }: Configuration,
  { located, git, commit }: { located: Located; git: Git | undefined; commit: Commit | undefined },
  { cwd, env }: Context,
): Promise<Connected | { unknown: DotError }> {
  const command = findDbtCommand("run");
  if (command === undefined) throw new Error("dbt has no run");
  const folder = environment.args.get("project-dir")?.value;
  const project = settleProject(
    located,
    cwd,
    false,
    folder === undefined ? undefined : asWord(folder),
  );
  try {
    const launcher = await launcherOrNothing(
      [project.folder, ...git === undefined ? [] : [git.root]],
      { cwd, env },
    );
    const situation: Situation = {
      command,
      git,
      commit,
      located,
      project,
      environment,
      environments,
      vars: environment.vars,
      passthrough: { words: [], options: [] },
      launcher,
      baseline: undefined,
      state: undefined,
      deferTo: undefined,
      seedFrom: undefined,
    };
    const seen = await dbtEnvironment(launcher, project.cwd, env);
    const source = await liveTarget(situation, seen);
    const scope = { env: seen, vars: varsAsText(environment.vars) };
    const base = schemaOf(environment);
    const { schemaKeys } = findAdapter(source.adapter) ?? UNKNOWN_ADAPTER;
    const key = schemaKeys.find((name) => get(source.output, name) !== undefined);
    const inProfile = key === undefined ? undefined : get(source.output, key)?.at;
    const schema = commit === undefined || git === undefined
      ? liveSchema(source, base, scope)
      : isolateProfile(source, {
        short: (await findBuild(git, commit, pathInRepository(git, await real(project.folder))))
          .short,
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

/** dbt decides which variables the profile sees; one that is not installed here sees those of the shell. */
async function launcherOrNothing(
  folders: string[],
  { cwd, env }: Pick<Context, "cwd" | "env">,
): Promise<Launcher> {
  try {
    return await findDbt({ env, cwd, folders });
  } catch (error) {
    if (error instanceof DotError) return { words: ["dbt"], version: undefined, major: 1 };
    throw error;
  }
}

async function real(folder: string): Promise<string> {
  try {
    return await Deno.realPath(folder);
  } catch {
    return folder;
  }
}

async function check(
  { configFolder }: Located,
  json: boolean,
  { out }: Context,
): Promise<number> {
  const { environments, variables } = await liveSide(configFolder);
  const own = join(configFolder, USER_FILE);
  const text = await readIfThere(own);
  const files: SourceFile[] = [
    ...environments === undefined ? [] : [environments],
    ...text === undefined ? [] : [{ text, file: own }],
  ];
  const checked = checkAll(files, variables);
  const { problems } = checked;
  if (json) {
    out.result(checkAsJson(checked));
  } else {
    for (const { message, hints } of problems) out.error(message, hints);
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
