/**
 * Finds the user's profile and target as dbt finds them, without starting dbt.
 * The order is that of dbt.cli.resolvers, dbt.cli.params and dbt.config.profile.
 * @module
 */
import { join, resolve } from "@std/path";
import { DotError, isAbsent } from "../base/errors.ts";
import { readIfThere } from "../base/files.ts";
import { suggest } from "../base/nearest.ts";
import { get, getText, readYaml, type YamlMap, type YamlNode } from "../base/yaml.ts";
import { evaluate, hasJinja, type JinjaScope } from "./jinja.ts";

/** What decides where the profile is. */
export interface ProfileQuery extends JinjaScope {
  /** The folder that dbt runs in. */
  cwd: string;
  /** `--profiles-dir`, from the command line or the environment's settings. */
  profilesDir: string | undefined;
  /** `--profile`, from the command line or the environment's settings. */
  profile: string | undefined;
  /** `profile:` of the project's dbt_project.yml, unrendered: the first that the file has is taken. */
  projectProfiles: readonly string[];
  /** `--target`, from the command line or the environment's settings. */
  target: string | undefined;
  /** The environment's name, where one is named or set as default. */
  environment: string | undefined;
}

/** dbt will tell a profile or a target by Jinja that dot cannot render. */
export class UnrenderedError extends DotError {
  override name = "UnrenderedError";
}

/** One output of one profile. */
export interface ProfileTarget {
  /** The profiles.yml it stands in. */
  file: string;
  profile: string;
  target: string;
  /** The output's keys, as written. */
  output: YamlMap;
  /** All outputs of the profile, by their targets. */
  outputs: YamlMap;
  /** The adapter's name, `type` of the output. */
  adapter: string;
  /** The file's top-level `config:`, which older dbt versions read. */
  config: YamlNode | undefined;
}

/** A setting of dbt's from the environment: DBT_ENGINE_X before DBT_X, and empty is unset. */
export function dbtVariable(env: Record<string, string>, name: string): string | undefined {
  return env[`DBT_ENGINE_${name}`] || env[`DBT_${name}`] || undefined;
}

/** An environment without some settings of dbt's. */
export function withoutDbtVariables(
  env: Record<string, string>,
  names: readonly string[],
): Record<string, string> {
  const dropped = new Set(names.flatMap((name) => [`DBT_ENGINE_${name}`, `DBT_${name}`]));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !dropped.has(name)));
}

/**
 * An environment in which some settings of dbt's have no value, whatever a `.env` file says: dbt 1.12 would take an absent one from
 * there, so they are empty. dbt 2 takes an empty one for a value.
 */
export function unsetDbtVariables(
  env: Record<string, string>,
  names: readonly string[],
  { major }: { major: number },
): Record<string, string> {
  if (major >= 2) return withoutDbtVariables(env, names);
  const unset = names.flatMap((name) => [`DBT_ENGINE_${name}`, `DBT_${name}`])
    .filter((name) => name in env);
  return { ...env, ...Object.fromEntries(unset.map((name) => [name, ""])) };
}

/** The folder in which dbt looks for profiles.yml. */
export async function findProfilesDir(
  query: Pick<ProfileQuery, "cwd" | "env" | "profilesDir">,
): Promise<string> {
  const named = query.profilesDir ?? dbtVariable(query.env, "PROFILES_DIR");
  if (named !== undefined) return resolve(query.cwd, named);
  try {
    await Deno.stat(join(query.cwd, "profiles.yml"));
    return query.cwd;
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  const home = Deno.build.os === "windows" ? query.env["USERPROFILE"] : query.env["HOME"];
  return join(home || await accountHome(), ".dbt");
}

/** The home folder of the user's account, for when the environment names none. */
async function accountHome(): Promise<string> {
  // Loaded when it is needed: Deno's Node layer takes 10 ms.
  const { homedir } = await import("node:os");
  return homedir();
}

/** The profile and target that dbt would take. Throws a DotError that says what is missing and where. */
export async function findProfileTarget(query: ProfileQuery): Promise<ProfileTarget> {
  const dir = await findProfilesDir(query);
  const file = join(dir, "profiles.yml");
  const root = await readProfiles(file);
  const names = root.entries.map((entry) => entry.key.text).filter((name) => name !== "config");
  const profile = profileName(query, names);
  const body = get(root, profile);
  if (body === undefined) {
    throw new DotError(`the profile \`${profile}\` is not in ${file}`, {
      code: "DOT030",
      hints: suggest(profile, names, "Profiles there"),
    });
  }
  if (body.kind !== "map") {
    throw new DotError(`${file}: the profile \`${profile}\` is not a mapping`, { code: "DOT030" });
  }
  const outputs = get(body, "outputs");
  if (outputs === undefined || outputs.kind !== "map") {
    throw new DotError(`${file}: the profile \`${profile}\` has no outputs`, {
      code: "DOT030",
      hints: ["A profile holds `outputs:` with a mapping for each target."],
    });
  }
  const targets = outputs.entries.map((entry) => entry.key.text);
  const target = targetName(query, body, targets, { file, profile });
  const output = get(outputs, target);
  if (output === undefined) {
    throw new DotError(`the profile \`${profile}\` in ${file} has no target \`${target}\``, {
      code: "DOT030",
      hints: suggest(target, targets, "Its targets"),
    });
  }
  if (output.kind !== "map") {
    throw new DotError(`${file}: the target \`${target}\` is not a mapping`, { code: "DOT030" });
  }
  const type = getText(output, "type");
  if (type === undefined) {
    throw new DotError(`${file}: the target \`${target}\` of \`${profile}\` has no \`type\``, {
      code: "DOT030",
    });
  }
  const adapter = evaluate(type, query) ?? type;
  return { file, profile, target, output, outputs, adapter, config: get(root, "config") };
}

async function readProfiles(file: string): Promise<YamlMap> {
  let text;
  try {
    text = await readIfThere(file);
  } catch (error) {
    if (error instanceof DotError) throw error;
    throw new DotError(`cannot read ${file}: ${String(error)}`, { code: "DOT030", cause: error });
  }
  if (text === undefined) {
    throw new DotError(`there is no profiles.yml at ${file}`, {
      code: "DOT030",
      hints: [
        "dbt looks in --profiles-dir, DBT_PROFILES_DIR, the project's folder and ~/.dbt, in this order.",
        "Make one with `dbt init`, or say where it is: -- --profiles-dir <folder>",
      ],
    });
  }
  const root = readYaml(text, file, { duplicateKeys: "last" });
  if (root === undefined || root.kind !== "map") {
    throw new DotError(`${file} holds no profiles`, {
      code: "DOT030",
      hints: ["Its top level is a mapping from profile names to `target` and `outputs`."],
    });
  }
  return root;
}

function profileName(query: ProfileQuery, names: readonly string[]): string {
  const given = query.profile ?? dbtVariable(query.env, "PROFILE");
  if (given !== undefined) return given;
  const rendered = query.projectProfiles.map((text) => {
    const name = evaluate(text, query);
    if (name !== undefined) return name;
    throw new UnrenderedError(`dot cannot render \`profile: ${text}\` of dbt_project.yml`, {
      code: "DOT030",
      hints: ["Name the profile: -- --profile <name>, or `profile:` in dot_environments.yml."],
    });
  });
  const [first] = rendered;
  if (first === undefined) {
    throw new DotError("dbt_project.yml names no profile", {
      code: "DOT030",
      hints: ["Add `profile: <name>` to it, or give one: -- --profile <name>"],
    });
  }
  return rendered.find((name) => names.includes(name)) ?? first;
}

function targetName(
  query: ProfileQuery,
  profile: YamlMap,
  targets: readonly string[],
  where: { file: string; profile: string },
): string {
  if (query.target !== undefined) return query.target;
  const { environment } = query;
  if (environment !== undefined) {
    if (targets.includes(environment)) return environment;
    throw new DotError(
      `the profile \`${where.profile}\` in ${where.file} has no target \`${environment}\` for the environment \`${environment}\``,
      {
        code: "DOT030",
        hints: [
          `Its targets: ${targets.join(", ") || "none"}.`,
          `Set \`target:\` under \`${environment}:\` in dot_environments.yml, or give one: -- --target <name>`,
        ],
      },
    );
  }
  const fromVariable = dbtVariable(query.env, "TARGET");
  if (fromVariable !== undefined) return fromVariable;
  const text = getText(profile, "target");
  if (text === undefined) return "default";
  const name = evaluate(text, query);
  if (name === undefined || hasJinja(name)) {
    throw new UnrenderedError(`${where.file}: dot cannot render \`target: ${text}\``, {
      code: "DOT030",
      hints: ["Name the target: -- --target <name>, or use an environment that sets it."],
    });
  }
  return name;
}
