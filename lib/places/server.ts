/**
 * Whether two targets of profiles lead to one place: rows do not go from one server to another.
 * @module
 */
import { findAdapter } from "../dbt/adapters.ts";
import type { ProfileTarget } from "../dbt/profile.ts";
import { getText } from "../base/yaml.ts";

/** What tells one server, or one file, from another in a profile. */
const SERVER = ["account", "host", "hostname", "path", "port", "server", "service_name"];

/** By which key of the profile two targets lead to different servers or files; undefined where to one. */
export function serverDifference(one: ProfileTarget, other: ProfileTarget): string | undefined {
  if (one.adapter !== other.adapter) return "type";
  return SERVER.find((key) => differ(key, one, other));
}

/** By which key two targets of one server lead to different databases, where a connection reaches one only. */
export function databaseDifference(one: ProfileTarget, other: ProfileTarget): string | undefined {
  if (findAdapter(one.adapter)?.oneDatabase !== true) return undefined;
  return ["dbname", "database"].find((key) => differ(key, one, other));
}

function differ(key: string, one: ProfileTarget, other: ProfileTarget): boolean {
  return getText(one.output, key) !== getText(other.output, key);
}
