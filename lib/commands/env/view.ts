/**
 * How `dot env` shows an environment: as text, and as JSON.
 * @module
 */
import { isAbsolute, relative } from "@std/path";
import type { Checked } from "../../config/check.ts";
import type { Setting } from "../../base/setting.ts";
import type { Environment } from "../../config/layers.ts";
import { MASK, masked, plain } from "../../dbt/masked.ts";
import type { ProfileTarget } from "../../dbt/profile.ts";
import type { DotError, Position } from "../../base/errors.ts";
import type { Commit } from "../../git/git.ts";
import { jsonOf } from "../../base/json.ts";
import { table } from "../../base/table.ts";
import { toJson, type YamlValue } from "../../base/yaml.ts";
import type { EnvCheckResult, EnvResult, EnvSetting } from "./result.ts";

/** What the profile says of an environment. */
export interface Connected {
  source: ProfileTarget;
  /** The schema's name, as written; undefined where the profile names none. */
  schema: string | undefined;
  /** The schema as dbt will see it; undefined where only dbt can tell. */
  rendered: string | undefined;
  /** Where it is set. */
  schemaAt: Position | undefined;
}

/** An environment to show. */
export interface Shown {
  environment: Environment;
  /** Whether it was not named. */
  isDefault: boolean;
  /** The commit that it is shown for. */
  commit: Commit | undefined;
  connected: Connected | { unknown: DotError };
}

/** How the text looks. */
export interface View {
  /** Files are named as seen from here. */
  cwd: string;
  paint: (text: string) => string;
}

/** How wide a column becomes for the sake of a long value. */
const WIDEST = 60;

/** Name, value and place. */
type Row = readonly [string, string, string];

/** For people. */
export function asText(shown: Shown, { cwd, paint }: View): string {
  const { environment } = shown;
  const place = (at: Position) => `${shorter(at.file, cwd)}:${at.line}:${at.column}`;
  const rowsOf = (
    map: ReadonlyMap<string, Setting>,
    prefix: string,
    { quoted } = { quoted: false },
  ): Row[] =>
    [...map].map(([name, setting]) => {
      const value = masked(name, setting.value);
      const places = [setting.at, ...setting.also ?? []].map(place);
      return [prefix + name, word(value, { quoted }), places.join(", ")];
    });
  const sections: [string, Row[]][] = [
    ["", headRows(shown, place, cwd)],
    ["arguments", rowsOf(environment.args, "")],
    ["variables", rowsOf(environment.vars, "", { quoted: true })],
    ["settings", rowsOf(environment.settings, "+")],
  ];
  // What stands below a heading is indented; what stands below none leaves as much room behind it.
  const cells = sections.flatMap(([heading, found]) =>
    found.map(([name, ...more]) => [heading === "" ? `${name}  ` : `  ${name}`, ...more])
  );
  const lines = table(cells, [{ most: WIDEST }, { most: WIDEST }, { paint }]);
  return sections.flatMap(([heading, found]) => {
    const own = lines.splice(0, found.length);
    return heading === "" || own.length === 0 ? own : [heading, ...own];
  }).join("\n");
}

/** For programs. */
export function asJson({ commit, connected, environment }: Shown): string {
  const known = "unknown" in connected ? undefined : connected;
  const object = (map: ReadonlyMap<string, Setting>, prefix = ""): Record<string, EnvSetting> =>
    Object.fromEntries(
      [...map].map(([name, { also, at, value }]) => [prefix + name, {
        value: plain(masked(name, value)),
        ...at,
        ...also === undefined ? {} : { also },
      }]),
    );
  const result: EnvResult = {
    version: 1,
    environment: environment.name ?? null,
    extends: environment.extended,
    commit: commit?.hash ?? null,
    profiles_file: known?.source.file ?? null,
    profile: known?.source.profile ?? null,
    target: known?.source.target ?? null,
    adapter: known?.source.adapter ?? null,
    schema: known?.rendered ?? null,
    schema_as_written: known?.schema ?? null,
    unknown: "unknown" in connected ? connected.unknown.message : null,
    arguments: object(environment.args),
    variables: object(environment.vars),
    settings: object(environment.settings, "+"),
  };
  return jsonOf(result);
}

/** What a check found, for programs. */
export function checkAsJson(
  { environments, problems, variables }: Checked,
  warnings: readonly DotError[],
): string {
  const inWords = ({ hints, message }: DotError) => ({ message, hints });
  const result: EnvCheckResult = {
    version: 1,
    environments,
    variables,
    problems: problems.map(inWords),
    warnings: warnings.map(inWords),
  };
  return jsonOf(result);
}

function headRows(
  { commit, connected, environment, isDefault }: Shown,
  place: (at: Position) => string,
  cwd: string,
): Row[] {
  const { args, extended, name, settings } = environment;
  const placeOf = (setting: Setting | undefined) => setting === undefined ? "" : place(setting.at);
  const rows: Row[] = [];
  const title = name ?? "none: plain dbt";
  rows.push(["environment", isDefault ? `${title} (the default)` : title, ""]);
  if (commit !== undefined) rows.push(["commit", `${commit.short} ${commit.subject}`, ""]);
  if (extended.length > 0) {
    rows.push(["extends", extended.join(", "), placeOf(settings.get("extend"))]);
  }
  if ("unknown" in connected) {
    rows.push(["profile", `unknown: ${connected.unknown.message}`, ""]);
    return rows;
  }
  const { rendered, schema, schemaAt, source } = connected;
  rows.push(["profile", source.profile, placeOf(args.get("profile")) || shorter(source.file, cwd)]);
  rows.push(["target", source.target, placeOf(args.get("target")) || place(source.output.at)]);
  rows.push(["adapter", source.adapter, ""]);
  const label = commit === undefined ? "live schema" : "schema";
  if (schema === undefined) rows.push([label, "unknown: the profile names none", ""]);
  else {
    const value = rendered ?? `${schema} (only dbt can render it)`;
    rows.push([label, value, schemaAt === undefined ? "" : place(schemaAt)]);
  }
  return rows;
}

/** Texts stand bare where nothing else could be meant. */
function word(value: YamlValue, { quoted }: { quoted: boolean }): string {
  const bare = typeof value === "string" && (!quoted || value === MASK) && !/\p{Cc}/u.test(value);
  return bare ? value : toJson(value);
}

function shorter(file: string, cwd: string): string {
  if (!isAbsolute(file)) return file;
  const path = relative(cwd, file);
  return path.length < file.length ? path : file;
}
