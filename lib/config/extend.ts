/**
 * `+extend`: which environments stand below another one, and how their variables merge.
 * @module
 */
import { FileError, type Position } from "../base/errors.ts";
import { suggest } from "../base/nearest.ts";
import type { Setting } from "../base/setting.ts";
import type { YamlValue } from "../base/yaml.ts";
import { environmentNames, type EnvironmentsFile, type Extended } from "./layers.ts";

/** Longer than this, no chain is that a person wrote. */
const MAX_CHAIN = 100;

/** One step on the way down from an environment. */
interface Step {
  name: string;
  /** Where it is named; undefined for the first. */
  at: Position | undefined;
}

/**
 * The environments whose bodies count for one, low to high, that one last: what it extends in the order of its list, each
 * with what that extends below it, and each once. Throws a FileError for a name that the files do not define, and for a
 * circle.
 */
export function chainOf(files: readonly EnvironmentsFile[], name: string): string[] {
  const chain: string[] = [];
  const visit = (step: Step, way: readonly Step[]) => {
    const here = [...way, step];
    const at = step.at;
    if (at !== undefined && way.some((each) => each.name === step.name)) {
      throw new FileError(at, `\`+extend\` goes round in a circle: ${shown(here)}`, {
        code: "DOT021",
        hints: placesOf(here),
      });
    }
    if (chain.includes(step.name)) return;
    if (at !== undefined && here.length > MAX_CHAIN) {
      throw new FileError(at, `\`+extend\` makes a chain of more than ${MAX_CHAIN} environments`, {
        code: "DOT021",
      });
    }
    if (at !== undefined && !files.some((file) => file.environments.has(step.name))) {
      const names = environmentNames(files).filter((other) => way.every((up) => up.name !== other));
      throw new FileError(
        at,
        `\`+extend\` names an environment \`${step.name}\` that is not defined: ${shown(here)}`,
        { code: "DOT022", hints: [...suggest(step.name, names, "Defined"), ...placesOf(way)] },
      );
    }
    for (const next of extendedBy(files, step.name)) visit(next, here);
    chain.push(step.name);
  };
  visit({ name, at: undefined }, []);
  return chain;
}

/** A variable over another: mappings merge, key by key; anything else takes the place of what was there. */
export function mergeMappings(below: Setting, above: Setting): Setting {
  if (!(below.value instanceof Map) || !(above.value instanceof Map)) return above;
  return {
    value: merged(below.value, above.value),
    at: above.at,
    also: [below.at, ...below.also ?? [], ...above.also ?? []],
  };
}

/** What the files say that an environment extends: the last of them that says it. */
function extendedBy(files: readonly EnvironmentsFile[], name: string): readonly Extended[] {
  return files.map((file) => file.environments.get(name)?.extended)
    .findLast((extended) => extended !== undefined) ?? [];
}

function merged(below: YamlValue, above: YamlValue): YamlValue {
  if (!(below instanceof Map) || !(above instanceof Map)) return above;
  const result = new Map(below);
  for (const [key, value] of above) {
    const other = result.get(key);
    result.set(key, other === undefined ? value : merged(other, value));
  }
  return result;
}

function shown(steps: readonly Step[]): string {
  return steps.map(({ name }) => name).join(" → ");
}

/** Where each step of a chain is said, for those that are not a step straight from the first. */
function placesOf(steps: readonly Step[]): string[] {
  if (steps.length < 3) return [];
  const lines = steps.flatMap(({ name, at }, index) => {
    const before = steps[index - 1];
    if (at === undefined || before === undefined) return [];
    return [`${before.name} extends ${name} (${at.file}:${at.line}:${at.column})`];
  });
  return [`${lines.join(", ")}.`];
}
