/**
 * The variables of the system that a project reads (`env_var`), as far as they decide what is built.
 * @module
 */
import type { Values } from "../store/made_with.ts";
import { OWN_VARIABLES } from "./environment.ts";
import { SUFFIX_VARIABLE } from "./escape/shim.ts";

/** dbt leaves the values of these out of what it compares, too (dbt.constants.SECRET_ENV_PREFIX): they are renewed. */
const SECRETS = /^DBT_ENV_SECRET/;
/** dbt's own settings, and what its cloud says of a run: they decide how dbt works and prints, or tell who runs it. */
const OF_A_RUN =
  /^DBT_CLOUD_|^DBT_(?:ENGINE_)?(?:(?:LOG|PRINTER|RECORD|SEND|UPLOAD|USE|WARN|CACHE|PARTIAL_PARSE|INVOCATION)_\w+|DEBUG|NO_PRINT|PRINT|QUIET|THREADS|FAIL_FAST|VERSION_CHECK|STATIC_PARSER|PARTIAL_PARSE|DEFER|STATE|DEFER_STATE|FAVOR_STATE|INTROSPECT|POPULATE_CACHE|SINGLE_THREADED)$/;
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
    name !== "*" && !SECRETS.test(name) && !OF_A_RUN.test(name) && !OF_A_SHELL.test(name) &&
    !SET_BY_DOT.has(name)
  ).sort();
}

/** What some variables are in an environment. */
export function valuesIn(
  env: Readonly<Record<string, string>>,
  names: Iterable<string>,
): Values {
  return new Map([...names].map((name) => [name, env[name] ?? null]));
}
