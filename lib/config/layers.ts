/**
 * What the environments files say, as values: bodies, files, and an environment with all that applies to it.
 * @module
 */
import type { Position } from "../base/errors.ts";
import type { Setting } from "../base/setting.ts";

/** What one body of one file sets. */
export interface Layer {
  /** dbt arguments by their long names. */
  args: ReadonlyMap<string, Setting>;
  vars: ReadonlyMap<string, Setting>;
  /** dot's own settings, by their names without the `+`. */
  settings: ReadonlyMap<string, Setting>;
}

/** An environment that another one extends, and where that is said. */
export interface Extended {
  name: string;
  at: Position;
}

/** What one body of one file says of one environment. */
export interface Body extends Layer {
  /** What it extends; undefined where it does not say. */
  extended: readonly Extended[] | undefined;
}

/** One environments file. */
export interface EnvironmentsFile {
  file: string;
  default?: { name: string; at: Position };
  all?: Layer;
  environments: ReadonlyMap<string, Body>;
}

/** An environment with everything that applies to it. */
export interface Environment extends Layer {
  /** Undefined when none is named and none is the default. */
  name: string | undefined;
  /** The environments that it extends, straight or through others, low to high. */
  extended: readonly string[];
}

/** Which environment is the default, and where that is said: the later files' word over the earlier ones'. */
export function defaultSetting(
  files: readonly EnvironmentsFile[],
): EnvironmentsFile["default"] {
  return files.findLast((file) => file.default !== undefined)?.default;
}

/** The names that the files define, sorted. */
export function environmentNames(files: readonly EnvironmentsFile[]): string[] {
  return [...new Set(files.flatMap((file) => [...file.environments.keys()]))].sort();
}
