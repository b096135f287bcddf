/**
 * Checks all that a team wrote down: every environment of the files, and what dot_vars.yml says of its variables.
 * @module
 */
import { type DotError, FileError } from "../base/errors.ts";
import { suggest } from "../base/nearest.ts";
import { parseEnvironments, resolveEnvironment } from "./environments.ts";
import { environmentNames, type EnvironmentsFile } from "./layers.ts";
import { unknownDeferred } from "./load.ts";
import { collecting } from "./report.ts";
import { deferOf } from "./settings.ts";
import { checkNames, checkVariables, parseVariables } from "./variables.ts";

/** One file. */
export interface SourceFile {
  text: string;
  /** How to call it in errors. */
  file: string;
}

/** What a check found. */
export interface Checked {
  /** Each fault, in the order of the files; none twice. */
  problems: DotError[];
  /** The environments that were checked. */
  environments: string[];
  /** How many variables are declared. */
  variables: number;
}

/** Check environments files, low to high, and the declarations of variables. Collects every fault. */
export function checkAll(
  environments: readonly SourceFile[],
  variables: SourceFile | undefined,
): Checked {
  const problems: DotError[] = [];
  const report = (error: DotError) => {
    if (problems.every(({ message }) => message !== error.message)) problems.push(error);
  };
  const files = environments.map(({ text, file }) => parseEnvironments(text, file, report));
  // What a file that cannot be read would have said, nobody knows.
  const unread = problems.length > 0 && files.some((file) => file.environments.size === 0);
  const specs = variables === undefined
    ? undefined
    : parseVariables(variables.text, variables.file, report);
  const names = environmentNames(files);
  if (!unread) {
    checkDefaults(files, names, report);
    for (const name of names) {
      collecting(report, () => {
        const environment = resolveEnvironment(files, name);
        const deferred = deferOf(environment);
        const setting = environment.settings.get("defer");
        if (deferred !== undefined && setting !== undefined && !names.includes(deferred)) {
          report(unknownDeferred(deferred, setting.at, files));
        }
        if (specs === undefined) return;
        checkVariables(specs, environment.vars, name, report);
        checkNames(specs, environment.vars, report);
      });
    }
  }
  return { problems, environments: names, variables: specs?.size ?? 0 };
}

function checkDefaults(
  files: readonly EnvironmentsFile[],
  names: readonly string[],
  report: (error: DotError) => void,
): void {
  for (const { default: setting } of files) {
    if (setting === undefined || names.includes(setting.name)) continue;
    report(
      new FileError(setting.at, `the default environment \`${setting.name}\` is not defined`, {
        code: "DOT022",
        hints: suggest(setting.name, names, "Defined"),
      }),
    );
  }
}
