import { assertEquals, assertThrows } from "@std/assert";
import { parseEnvironments, resolveEnvironment } from "../../lib/config/environments.ts";
import { defaultSetting, environmentNames } from "../../lib/config/layers.ts";
import { checkName } from "../../lib/config/names.ts";
import { chooseConfiguration, sideOf } from "../../lib/config/load.ts";
import { DotError, FileError } from "../../lib/base/errors.ts";
import type { YamlValue } from "../../lib/base/yaml.ts";

function values(settings: ReadonlyMap<string, { value: YamlValue }>): Record<string, YamlValue> {
  return Object.fromEntries([...settings].map(([key, { value }]) => [key, value]));
}

const TEAM = parseEnvironments(
  `environment:
  default: dev
  all: {threads: 1, target: a, vars: {x: 1, y: 1}}
  dev: {target: b, vars: {y: 2}}
  prod:
`,
  "team.yml",
);
const MINE = parseEnvironments(
  `environment:
  default: own
  all: {threads: 3, vars: {x: 3}}
  dev: {log-level: debug, target: null}
  own: {}
`,
  "mine.yml",
);

Deno.test("later files win, and in each the environment wins over all", () => {
  const dev = resolveEnvironment([TEAM, MINE], "dev");
  assertEquals(values(dev.args), { threads: 3n, "log-level": "debug" });
  assertEquals(values(dev.vars), { x: 3n, y: 2n });
  const alone = resolveEnvironment([TEAM], "dev");
  assertEquals(values(alone.args), { threads: 1n, target: "b" });
});

Deno.test("a setting remembers the file that set it last", () => {
  const { vars, args } = resolveEnvironment([TEAM, MINE], "dev");
  assertEquals(vars.get("x")?.at, { file: "mine.yml", line: 3, column: 28 });
  assertEquals(vars.get("y")?.at, { file: "team.yml", line: 4, column: 27 });
  assertEquals(args.get("threads")?.at, { file: "mine.yml", line: 3, column: 18 });
});

Deno.test("without an environment there are no settings", () => {
  const none = resolveEnvironment([TEAM, MINE], undefined);
  assertEquals([none.name, none.args.size, none.vars.size], [undefined, 0, 0]);
});

Deno.test("names and the default come from all files, the later default first", () => {
  assertEquals(environmentNames([TEAM, MINE]), ["dev", "own", "prod"]);
  assertEquals(defaultSetting([TEAM, MINE])?.name, "own");
  assertEquals(defaultSetting([TEAM])?.name, "dev");
  assertEquals(defaultSetting([parseEnvironments("", "x.yml"), TEAM])?.name, "dev");
  assertEquals(defaultSetting([]), undefined);
});

Deno.test("an alias of an option is the option", () => {
  const file = parseEnvironments("environment:\n  dev: {models: [a], select: b}\n", "x.yml");
  assertEquals(values(resolveEnvironment([file], "dev").args), { select: "b" });
});

Deno.test("version is no setting", () => {
  const text = "environment:\n  dev: {version: true}\n";
  assertThrows(() => parseEnvironments(text, "x.yml"), FileError, "x.yml:2:9");
});

Deno.test("names that make a folder on every system are environments", () => {
  const fail = (why: string) => new DotError(why, { code: "DOT021" });
  for (const name of ["dev", "DEV_2", "eu-west.1", "2024", "größe", "_x", "console", "日本"]) {
    checkName(name, fail);
  }
  const bad = [
    "",
    ".",
    "..",
    ".x",
    "x.",
    "-x",
    "a/b",
    "a\\b",
    "a b",
    "a:b",
    "a@b",
    "con",
    "LPT1.x",
  ];
  for (const name of [...bad, "a\n", "all", "default", "x".repeat(65)]) {
    assertThrows(() => checkName(name, fail), DotError, undefined, JSON.stringify(name));
  }
});

const side = (environments: string | undefined, vars?: string, label = "live") =>
  sideOf([environments, vars], (name) => `${label}:${name}`);

Deno.test("the commit's definition counts where it has one, else the live one", () => {
  const live = side("environment:\n  default: b\n  a: {threads: 1}\n  b: {threads: 2}\n");
  const commit = side("environment:\n  a: {threads: 9}\n", "vars: {x: }\n", "abc");
  const threads = (name: string | undefined) => {
    const { environment, variables } = chooseConfiguration(name, undefined, live, commit);
    return [environment.name, values(environment.args)["threads"], [...variables.keys()]];
  };
  assertEquals(threads("a"), ["a", 9n, ["x"]]);
  assertEquals(threads("b"), ["b", 2n, []]);
  assertEquals(threads(undefined), ["b", 2n, []]);
});

Deno.test("a commit with nothing to say leaves it to the live side", () => {
  const live = side("environment:\n  a: {threads: 1}\n");
  const chosen = chooseConfiguration("a", undefined, live, side(undefined, undefined, "abc"));
  assertEquals(values(chosen.environment.args), { threads: 1n });
});

Deno.test("a broken side is no matter where the other answers", () => {
  const broken = side("environment: [\n");
  const commit = side("environment:\n  default: a\n  a: {}\n", undefined, "abc");
  assertEquals(chooseConfiguration("a", undefined, broken, commit).environment.name, "a");
  assertEquals(chooseConfiguration(undefined, undefined, broken, commit).environment.name, "a");
  assertThrows(() => chooseConfiguration("b", undefined, broken, commit), FileError, "live:");
});

Deno.test("without environments, a name that can be a folder is left to the profile", () => {
  assertEquals(
    chooseConfiguration("x", undefined, side(undefined)).environment.name,
    "x",
  );
  assertThrows(() => chooseConfiguration("a/b", undefined, side(undefined)), DotError, "a/b");
});
