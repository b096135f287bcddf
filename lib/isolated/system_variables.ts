/**
 * The variables of the system that a project reads (`env_var`), as far as they decide what is built.
 * @module
 */
import { DBT_OPTIONS, variableOf } from "../dbt/options.ts";
import { DBT_SECRETS } from "../dbt/secrets.ts";
import type { Values } from "../store/made_with.ts";
import { OWN_VARIABLES } from "./environment.ts";
import { SUFFIX_VARIABLE } from "./escape/shim.ts";

/** dbt leaves the values of these out of what it compares, too (dbt.constants.SECRET_ENV_PREFIX): they are renewed. */
const SECRETS = new RegExp(`^${DBT_SECRETS}`);
/** dbt's own settings that decide how it works and prints. What else begins like them is the user's: `DBT_RECORD_SOURCE`. */
const OF_WORKING =
  /^(?:(?:LOG|PRINTER|RECORD|SEND|UPLOAD|USE|WARN|CACHE|PARTIAL_PARSE|INVOCATION)_\w+|DEBUG|PRINT|QUIET|THREADS|FAIL_FAST|VERSION_CHECK|STATIC_PARSER|PARTIAL_PARSE|DEFER|STATE|DEFER_STATE|FAVOR_STATE|INTROSPECT|POPULATE_CACHE|SINGLE_THREADED)$/;
const OF_A_RUN: ReadonlySet<string> = new Set(
  [
    ...["NO_PRINT", "INVOCATION_ENV"],
    ...DBT_OPTIONS.map(({ name, variable }) => variable ?? variableOf(name))
      .filter((variable) => OF_WORKING.test(variable)),
  ].flatMap((name) => [`DBT_${name}`, `DBT_ENGINE_${name}`]),
);
/** What dbt's cloud says of a run, and of who runs it. */
const OF_CLOUD = /^DBT_CLOUD_/;
/** What is another value in each shell and folder. */
const OF_A_SHELL = /^(?:PWD|OLDPWD|SHLVL|_)$/;
/** What a build never sees as the user set it. */
const SET_BY_DOT: ReadonlySet<string> = new Set([
  SUFFIX_VARIABLE,
  ...OWN_VARIABLES.flatMap((name) => [`DBT_${name}`, `DBT_ENGINE_${name}`]),
]);

/** The names that count, each once, sorted; not `*`, which stands for one that is computed. */
export function countedNames(names: Iterable<string>): string[] {
  return [...new Set(names)].filter((name) =>
    name !== "*" && ![SECRETS, OF_CLOUD, OF_A_SHELL].some((one) => one.test(name)) &&
    !OF_A_RUN.has(name) && !SET_BY_DOT.has(name)
  ).sort();
}

/** What some variables are in an environment. */
export function valuesIn(
  env: Readonly<Record<string, string>>,
  names: Iterable<string>,
): Values {
  return new Map([...names].map((name) => [name, env[name] ?? null]));
}
