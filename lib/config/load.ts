/**
 * Chooses the files that say what an environment is: those of the working tree, or those of a commit.
 * @module
 */
import { join } from "@std/path";
import { DotError, FileError, type Position } from "../base/errors.ts";
import { readIfThere } from "../base/files.ts";
import { suggest } from "../base/nearest.ts";
import {
  ENVIRONMENTS_FILE,
  parseEnvironments,
  resolveEnvironment,
  USER_FILE,
} from "./environments.ts";
import { chainOf } from "./extend.ts";
import {
  defaultSetting,
  type Environment,
  environmentNames,
  type EnvironmentsFile,
} from "./layers.ts";
import { checkFolderName, checkName } from "./names.ts";
import { deferOf } from "./settings.ts";
import { parseVariables, VARIABLES_FILE, type VariableSpec } from "./variables.ts";

/** The team's two files on one side, the working tree's or a commit's. */
export interface ConfigSide {
  /** Text of `dot_environments.yml`, if there is one, and how to call it in errors. */
  environments: { text: string; file: string } | undefined;
  variables: { text: string; file: string } | undefined;
}

/** An environment and the declarations that its variables are held against. */
export interface Configuration {
  environment: Environment;
  /** The names of all environments that its files define. */
  environments: readonly string[];
  variables: ReadonlyMap<string, VariableSpec>;
}

/** The names of the files of a side, in the order in which `sideOf` takes their texts. */
export const SIDE_FILES: readonly string[] = [ENVIRONMENTS_FILE, VARIABLES_FILE];

/** A side from the texts of its files; `label` says how a file is called in errors. */
export function sideOf(
  texts: readonly (string | undefined)[],
  label: (name: string) => string,
): ConfigSide {
  const [environments, variables] = SIDE_FILES.map((name, at) => {
    const text = texts[at];
    return text === undefined ? undefined : { text, file: label(name) };
  });
  return { environments, variables };
}

/** The working tree's side. */
export async function liveSide(folder: string): Promise<ConfigSide> {
  const texts = await Promise.all(SIDE_FILES.map((name) => readIfThere(join(folder, name))));
  return sideOf(texts, (name) => join(folder, name));
}

/** The user's own file, always the live one. */
export async function userFile(folder: string): Promise<EnvironmentsFile | undefined> {
  const file = join(folder, USER_FILE);
  const text = await readIfThere(file);
  return text === undefined ? undefined : parseEnvironments(text, file);
}

/**
 * Resolve an environment. `name` undefined takes the default. With a `commit` side, that one counts where it defines
 * the environment, else the live one. Throws when the name is unknown, or a file that is needed is broken.
 */
export function chooseConfiguration(
  name: string | undefined,
  user: EnvironmentsFile | undefined,
  live: ConfigSide,
  commit?: ConfigSide,
): Configuration {
  const commitCounts = commit?.environments !== undefined;
  const first = new Side(commitCounts ? commit : live, user);
  const sides = commitCounts ? [first, new Side(live, user)] : [first];
  const wanted = name ?? defaultName(sides);
  if (wanted !== undefined) {
    const side = sides.find((side) => side.project?.environments.has(wanted)) ??
      // One of the user's own may extend what today's files define, and the commit's do not.
      sides.find((side) => side.resolves(wanted)) ??
      sides.find((side) => side.user?.environments.has(wanted));
    if (side !== undefined) {
      const configuration = side.configuration(wanted);
      checkDeferred(configuration.environment, sides);
      return configuration;
    }
    refuseUnknown(wanted, sides);
  }
  return first.configuration(wanted);
}

/** The names of the environments that one side's file and the user's own define. */
export function definedNames(side: ConfigSide, user: EnvironmentsFile | undefined): string[] {
  return environmentNames(new Side(side, user).files);
}

/** Refuse a `+defer` to an environment that no side defines. Throws a FileError. */
function checkDeferred(environment: Environment, sides: readonly Side[]): void {
  const wanted = deferOf(environment);
  const setting = environment.settings.get("defer");
  if (wanted === undefined || setting === undefined) return;
  // A later side, which may be broken, is read only where it is needed.
  if (sides.some((side) => environmentNames(side.files).includes(wanted))) return;
  throw unknownDeferred(wanted, setting.at, [...new Set(sides.flatMap((side) => side.files))]);
}

/** The error for a `+defer` to an environment that is nowhere defined. */
export function unknownDeferred(
  wanted: string,
  at: Position,
  files: readonly EnvironmentsFile[],
): FileError {
  return new FileError(at, `\`+defer\` names an environment \`${wanted}\` that is not defined`, {
    code: "DOT022",
    hints: suggest(wanted, environmentNames(files), "Defined"),
  });
}

/**
 * The environments that the working tree's files define, where one of the files holds a word at all; those that cannot
 * be resolved are left out.
 */
export async function environmentsWith(word: string, folder: string): Promise<Environment[]> {
  const names = [ENVIRONMENTS_FILE, USER_FILE].map((name) => join(folder, name));
  const texts = await Promise.all(names.map(readIfThere));
  // Reading YAML takes milliseconds.
  if (!texts.some((text) => text?.includes(word))) return [];
  const files = texts.flatMap((text, at) =>
    text === undefined ? [] : [parseEnvironments(text, names[at] ?? "")]
  );
  return environmentNames(files).flatMap((name) => {
    try {
      return [resolveEnvironment(files, name)];
    } catch (error) {
      if (error instanceof DotError) return [];
      throw error;
    }
  });
}

/** One side with the user's file over it, read when it is first asked. */
class Side {
  #project: EnvironmentsFile | undefined;

  constructor(readonly texts: ConfigSide, readonly user: EnvironmentsFile | undefined) {}

  /** The team's file. */
  get project(): EnvironmentsFile | undefined {
    const { environments } = this.texts;
    this.#project ??= environments && parseEnvironments(environments.text, environments.file);
    return this.#project;
  }

  /** Its files, low to high. */
  get files(): EnvironmentsFile[] {
    return [this.project, this.user].filter((file) => file !== undefined);
  }

  /** Whether the user's file defines an environment, and all that it extends is there. */
  resolves(name: string): boolean {
    if (this.user?.environments.has(name) !== true) return false;
    try {
      chainOf(this.files, name);
      return true;
    } catch (error) {
      if (error instanceof DotError) return false;
      throw error;
    }
  }

  configuration(name: string | undefined): Configuration {
    const { variables } = this.texts;
    return {
      environment: resolveEnvironment(this.files, name),
      environments: environmentNames(this.files),
      variables: variables === undefined
        ? new Map()
        : parseVariables(variables.text, variables.file),
    };
  }
}

function defaultName(sides: readonly Side[]): string | undefined {
  for (const side of sides) {
    const setting = defaultSetting(side.files);
    if (setting === undefined) continue;
    // One after the other: a later side, which may be broken, is read only where it is needed.
    const defines = (side: Side) => environmentNames(side.files).includes(setting.name);
    if (sides.some(defines)) return setting.name;
    const names = [...new Set(sides.flatMap((side) => environmentNames(side.files)))].sort();
    throw new FileError(setting.at, `the default environment \`${setting.name}\` is not defined`, {
      code: "DOT022",
      hints: suggest(setting.name, names, "Defined"),
    });
  }
  return undefined;
}

/** Without any environments in the files, a name is a target of the profile; else it must be one of them. */
function refuseUnknown(name: string, sides: readonly Side[]): void {
  const fail = (why: string) => new DotError(why, { code: "DOT022" });
  const names = [...new Set(sides.flatMap((side) => environmentNames(side.files)))].sort();
  if (names.length === 0) return checkFolderName(name, fail);
  checkName(name, fail);
  const files = [...new Set(sides.flatMap((side) => side.files.map((file) => file.file)))];
  throw new DotError(`there is no environment \`${name}\``, {
    code: "DOT022",
    hints: [
      ...suggest(name, names, "Environments"),
      `They are defined in ${files.join(", ")}.`,
    ],
  });
}
