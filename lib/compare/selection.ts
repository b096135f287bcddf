/**
 * `--modified`: what is selected because it differs from another commit, and where the rest is read from.
 * @module
 */
import { asWord } from "../dbt/argument.ts";
import { mergeVars } from "../dbt/argv.ts";
import { UsageError } from "../base/errors.ts";
import type { Git } from "../git/git.ts";
import { get, readYaml, toJson, valueOf } from "../base/yaml.ts";
import { type Build, nameOf, readInventory } from "../store/inventory.ts";
import type { Environment } from "../config/layers.ts";
import type { Place } from "../places/place.ts";

/** dbt's own way to say it. */
const MODIFIED = "state:modified";

/**
 * What dbt is to select: the modified nodes, those that read a variable whose value differs, and everything behind
 * them, of what the user selects. `upstream` takes what they need along.
 */
export function selectionFor(
  users: readonly string[],
  readers: readonly string[],
  { upstream }: { upstream: boolean },
): string[] {
  const before = upstream ? "+" : "";
  const changed = [MODIFIED, ...readers].map((one) => `${before}${one}+`);
  if (users.length === 0) return changed;
  return users.flatMap((user) => changed.map((one) => `${user},${one}`));
}

/** The words that the user selects by. Throws a UsageError for a selector, of which dbt makes no intersection. */
export function usersSelection({ environment, given }: Place): string[] {
  const { options, words } = given;
  const selects = options.filter(({ option }) => option.name === "select");
  const setting = environment.args.get("select")?.value;
  if (
    options.some(({ option }) => option.name === "selector") ||
    (selects.length === 0 && environment.args.has("selector"))
  ) {
    throw new UsageError("--modified and dbt's --selector do not go together", {
      hints: ["Select by words: -- --select …"],
      code: "DOT009",
    });
  }
  const texts = selects.length > 0
    ? selects.flatMap(({ from, to, value }) => {
      const inline = words[from]?.includes("=") === true || to === from + 1;
      return inline ? [value ?? ""] : words.slice(from + 1, to);
    })
    : setting === undefined
    ? []
    : Array.isArray(setting)
    ? setting.map(asWord)
    : [asWord(setting)];
  return texts.flatMap((text) => text.split(/\s+/)).filter((text) => text !== "");
}

/**
 * The variables whose values differ between a place and what it is compared with: each side has those of its own commit,
 * and what the command line gives holds for both. Texts are those of dbt_project.yml.
 */
export function changedVariables(
  { environment, given: words }: Place,
  other: Environment,
  texts: { head: string | undefined; base: string | undefined },
): string[] {
  const given = mergeVars(new Map(), words);
  const side = (vars: Environment["vars"], text: string | undefined) => {
    const values = projectVariables(text);
    // What dbt gets as --vars stands over what the project says, whatever the package.
    for (const [name, { value }] of vars) values.set(name, toJson(value));
    return values;
  };
  const head = side(environment.vars, texts.head);
  const base = side(other.vars, texts.base);
  return [...new Set([...head.keys(), ...base.keys()])]
    .filter((name) => !given.has(name) && head.get(name) !== base.get(name)).sort();
}

/** The values that a dbt_project.yml gives variables, for the project and for each package, by name. */
function projectVariables(text: string | undefined): Map<string, string> {
  const root = text === undefined
    ? undefined
    : readYaml(text, "dbt_project.yml", { duplicateKeys: "last" });
  const vars = root?.kind === "map" ? get(root, "vars") : undefined;
  const values = new Map<string, string>();
  if (vars?.kind !== "map") return values;
  const add = (name: string, scope: string, value: string) =>
    values.set(name, `${values.get(name) ?? ""}${scope}=${value};`);
  for (const { key, value } of vars.entries) {
    if (value.kind !== "map") {
      add(key.text, "", toJson(valueOf(value)));
      continue;
    }
    // A mapping is a package's variables, or a variable that is a mapping.
    add(key.text, "", toJson(valueOf(value)));
    for (const entry of value.entries) {
      add(entry.key.text, key.text, toJson(valueOf(entry.value)));
    }
  }
  return values;
}

/**
 * The build that what is not selected is read from: of the base, else of its nearest ancestor, complete and for the same
 * environment. Undefined where there is none.
 */
export async function nearestBuild(
  git: Git,
  { commit, environment, project }: { commit: string; environment: string; project: string },
): Promise<Build | undefined> {
  const { builds } = await readInventory(git);
  const whole = builds.filter((build) =>
    build.environment === environment && build.project === project && isWhole(build)
  );
  const near: { build: Build; far: number }[] = [];
  for (const build of whole) {
    const far = build.commit === commit ? 0 : await git.distance(build.commit ?? "", commit);
    if (far !== undefined) near.push({ build, far });
    if (far === 0) break;
  }
  return near.sort((a, b) => a.far - b.far)[0]?.build;
}

/** What is said of where the rest comes from: a build, the live schemas of an environment, or nowhere. */
export function restFrom(build: Build | undefined, live: string | undefined): string {
  if (build !== undefined) return `what is not selected is read from ${nameOf(build)}`;
  return live === undefined
    ? "no build of it is complete, so what they need is built too"
    : `what is not selected is read from the live schemas of ${live}`;
}

function isWhole({ record, running }: Build): boolean {
  return !running && record?.state === "complete";
}

/** The words of a selection that only a list takes: what a command builds of it. */
export function typesOf(command: string): string[] {
  const types: Record<string, string[]> = {
    run: ["model"],
    seed: ["seed"],
    snapshot: ["snapshot"],
    test: ["test", "unit_test"],
  };
  return types[command] ?? [];
}
