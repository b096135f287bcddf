/**
 * What `dot env --json` and `dot env --check --json` print; the schema of both is schemas/dot_env.schema.json. Docstrings
 * become its descriptions.
 * @module
 */
import type { Position } from "../../base/errors.ts";
import type { Count } from "../../base/json.ts";

/** What an environment comes to, and where each part is set. */
export interface EnvResult {
  /** Of this shape; a program checks it first. */
  version: 1;
  /** Its name; null for plain dbt, where none is named and none is the default. */
  environment: string | null;
  /** The environments that it extends, straight or through others, low to high. */
  extends: readonly string[];
  /** The full hash of the commit that it is shown for; null for the live schemas. */
  commit: string | null;
  /** The profiles.yml; null where `unknown` says why. */
  profiles_file: string | null;
  /** The profile's name; null where `unknown` says why. */
  profile: string | null;
  /** The target's name; null where `unknown` says why. */
  target: string | null;
  /** The adapter's name, the target's `type`; null where `unknown` says why. */
  adapter: string | null;
  /** The schema as dbt will see it; null where only dbt can tell, or there is none. */
  schema: string | null;
  /** The schema as it is written, Jinja included; null where the profile names none, or `unknown` says why. */
  schema_as_written: string | null;
  /** Why dot cannot tell what the profile says; null where it can. */
  unknown: string | null;
  /** Arguments of dbt, by their long names. */
  arguments: Record<string, EnvSetting>;
  /** Variables of dbt, by their names. */
  variables: Record<string, EnvSetting>;
  /** Settings of dot, by their names with the `+`. */
  settings: Record<string, EnvSetting>;
}

/** A value, and the place that sets it. */
export interface EnvSetting extends Position {
  /** Any JSON, with `***` for each secret. A number that JSON's readers would round, or that JSON has not (`.inf`, `.nan`), is a text. */
  value: unknown;
  /** Other places that set a part of it; absent where there are none. */
  also?: readonly Position[];
}

/** What is wrong in the environments files and the declarations of variables. */
export interface EnvCheckResult {
  /** Of this shape; a program checks it first. */
  version: 1;
  /** The names of the environments that were checked, sorted. */
  environments: string[];
  /** How many variables are declared. */
  variables: Count;
  /** Each fault, in the order of the files; empty where nothing is wrong. */
  problems: EnvProblem[];
  /** What is no fault, and may be meant otherwise. */
  warnings: EnvProblem[];
}

/** One fault, or what may be one. */
export interface EnvProblem {
  /** What is wrong, with file, line and column. */
  message: string;
  /** What to do next, one sentence each. */
  hints: string[];
}
