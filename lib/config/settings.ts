/**
 * dot's own settings in an environment: keys that begin with `+`, which never reach dbt. Declared once, here.
 * @module
 */

/** One setting. */
export interface SettingSpec {
  /** Its name, without the `+`. */
  name: string;
  /** What kind of value it takes. */
  kind: "boolean";
  summary: string;
}

/** Every setting. */
export const SETTINGS: readonly SettingSpec[] = [
  {
    name: "warm",
    kind: "boolean",
    summary: "Whether dbt is kept warm between runs (default: false)",
  },
];

/** The setting of this name (without the `+`), if there is one. */
export function findSetting(name: string): SettingSpec | undefined {
  return SETTINGS.find((setting) => setting.name === name);
}
