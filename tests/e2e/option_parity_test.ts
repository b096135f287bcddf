/** The user's words mean to dot what they mean to the installed dbt: thousands of command lines, put to both. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { DBT_COMMANDS } from "../../lib/dbt/commands.ts";
import {
  DBT_OPTIONS,
  type DbtOption,
  findDbtOption,
  optionOfWord,
  takes,
  takesNegated,
} from "../../lib/dbt/options.ts";
import { givenValue, readPassthrough, without } from "../../lib/dbt/passthrough.ts";
import { DBT_2_ENV, dbtPath, HAS_2, pythonPath, World } from "../harness.ts";
import { dice } from "../random.ts";

const LINES = 200;

/**
 * Asks the parser behind dbt's command line. For each command its options, and for each line what it says, or null where dbt
 * refuses it.
 */
const ASK_DBT = `
import json, sys, warnings
warnings.simplefilter("ignore")
import click
from dbt.cli.main import cli

def find(name):
    found = cli
    for word in name.split(" "):
        found = found.commands[word]
    return found

def context(name):
    return click.Context(find(name), info_name=name, help_option_names=["-h", "--help"])

def flat(value):
    if isinstance(value, (tuple, list)):
        return [one for part in value for one in flat(part)]
    return [value]

def read(name, words):
    try:
        made = context(name)
        values, rest, order = find(name).make_parser(made).parse_args(list(words))
    except click.UsageError:
        return None
    options = {}
    places = []
    for parameter in find(name).get_params(made):
        value = values.get(parameter.name)
        if isinstance(parameter, click.Argument):
            places += [value] if isinstance(value, str) else []
        elif parameter in order:
            options[max(parameter.opts, key=len)] = flat(value)
    return {"options": options, "words": places + list(rest)}

def describe(name):
    return [
        {"names": one.opts, "negations": one.secondary_opts, "flag": one.is_flag, "many": one.multiple,
         "variables": [one.envvar] if isinstance(one.envvar, str) else list(one.envvar or [])}
        for one in find(name).params if isinstance(one, click.Option)
    ]

asked = json.load(sys.stdin)
answer = [describe(one) if isinstance(one, str) else read(*one) for one in asked]
print("ANSWER " + json.dumps(answer))
`;

/** An option as dbt describes it. */
interface Described {
  names: string[];
  negations: string[];
  flag: boolean;
  many: boolean;
  /** The variables that stand for it. */
  variables: string[];
}

/** What a line says. */
interface Said {
  /** The values of each option, by one of its names. */
  options: Record<string, (string | boolean)[]>;
  /** What is no option's. */
  words: string[];
}

async function ask<T>(
  world: World,
  version: "1.8" | "1.11" | "1.12",
  asked: unknown[],
): Promise<T[]> {
  const options = { stdin: JSON.stringify(asked) };
  const ran = await world.run(pythonPath(version), ["-c", ASK_DBT], options);
  const line = /^ANSWER (.*)$/m.exec(ran.stdout)?.[1];
  if (line === undefined) throw new Error(ran.stderr);
  return JSON.parse(line);
}

const VALUES = [
  ...["a", "prod", "x y", "", "-", "--", "-t", "-xt", "--target", "=", "a=b", "-1", "t", "xq"],
  ...["tag:x", "+a+", "{a: 1}", "--no-defer", "ü", "'", "@a", "--nobody", "-Z"],
];

/** A line of words that a user may type, mostly what the command takes. */
function lineFor(options: readonly Described[], next: (bound: number) => number): string[] {
  const one = <T>(list: readonly T[]) => list[next(list.length)];
  const shorts = options.flatMap(({ flag, names }) =>
    names.filter((name) => /^-[^-]$/.test(name)).map((name) => ({ flag, letter: name.slice(1) }))
  );
  const line: string[] = [];
  for (let left = next(6); left > 0; left--) {
    const option = one(options);
    const value = one(VALUES) ?? "";
    const name = one(option?.names ?? []) ?? "";
    const forms: (() => string[])[] = [
      () =>
        option?.flag === true ? [one([...option.names, ...option.negations]) ?? ""] : [name, value],
      () => option?.flag === true ? [name] : [/^--/.test(name) ? `${name}=${value}` : name + value],
      () => {
        const letters = Array.from({ length: 1 + next(3) }, () => one(shorts)?.letter ?? "d");
        return [`-${letters.join("")}${one(["", "", "prod", "=prod"])}`];
      },
      () => [one(["a", "b", value]) ?? ""],
    ];
    line.push(...(one([...forms, ...forms.slice(0, 3)]) ?? forms[3])?.() ?? []);
  }
  return line;
}

/** What dot reads, in the words of dbt: the last value counts, of a list all, and a word may hold several. */
function readByDot(command: string, line: readonly string[]): Said {
  const passthrough = readPassthrough(line, command);
  const options: Said["options"] = {};
  for (const { negated, option: { kind, name }, values } of passthrough.options) {
    if (kind === "list") {
      const split = values.flatMap((value, at) => at === 0 ? value.split(" ") : [value]);
      options[name] = [...options[name] ?? [], ...split];
    } else if (kind === "switch" || kind === "toggle") options[name] = [!negated];
    else options[name] = [givenValue(passthrough, name) ?? ""];
  }
  const all = new Set(passthrough.options.map(({ option: { name } }) => name));
  const words = without(passthrough, [...all]);
  const end = words.indexOf("--");
  return { options, words: end === -1 ? words : words.toSpliced(end, 1) };
}

/** The same of dbt's answer, by dot's names. */
function byDotsNames({ options, words }: Said): Said {
  const named: Said["options"] = {};
  for (const [name, values] of Object.entries(options)) {
    const own = nameOf([name]);
    named[own] = [...named[own] ?? [], ...values];
  }
  return { options: named, words };
}

function nameOf(names: readonly string[]): string {
  const known = names.map((name) => findDbtOption(name.replace(/^-+/, "")) ?? undefined);
  return known.find((option) => option !== undefined)?.name ?? names.join(" ");
}

const sorted = (said: Said) => ({
  ...said,
  options: Object.fromEntries(
    Object.entries(said.options).map(([name, values]) => [name, values.map(String).sort()] as const)
      .sort(([a], [b]) => a < b ? -1 : 1),
  ),
});

for (const version of ["1.8", "1.11", "1.12"] as const) {
  Deno.test(`dot reads a line of dbt ${version} as dbt does, whatever its form`, async () => {
    await using world = await World.make();
    const names = DBT_COMMANDS.map(({ name }) => name);
    const described = await ask<Described[]>(world, version, names);
    const next = dice(20261128);
    const lines = names.flatMap((name, at) =>
      Array.from({ length: LINES }, (): [string, string[]] => [
        name,
        // Some are there to be set by variables alone; dbt refuses them later.
        lineFor(
          described[at]?.filter(({ names }) => !/--deprecated-/.test(names.join())) ?? [],
          next,
        ),
      ])
    );
    const answers = await ask<Said | null>(world, version, lines);
    let read = 0;
    for (const [at, [command, line]] of lines.entries()) {
      const answer = answers[at];
      // What dbt refuses does nothing, whatever dot takes it for.
      if (answer === null || answer === undefined) continue;
      // dbt says what it is, or of its help, and does nothing else.
      const { help: _, version: __, ...options } = byDotsNames(answer).options;
      if (Object.keys(options).length < Object.keys(answer.options).length) continue;
      read++;
      const said = JSON.stringify([command, ...line]);
      assertEquals(sorted(readByDot(command, line)), sorted(byDotsNames(answer)), said);
    }
    assert(read > lines.length / 4, `dbt takes ${read} of ${lines.length} lines`);

    // What is left out of a line takes nothing of the rest with it.
    const cut = lines.flatMap(([command, line], at) => {
      const answer = answers[at];
      const [first, ...others] = Object.keys(answer?.options ?? {}).map((name) => nameOf([name]));
      // A word that is none's is an error of its own, wherever it stands.
      if (answer === null || answer === undefined || first === undefined) return [];
      if (answer.words.length > 0 || [first, ...others].includes("version")) return [];
      const { [first]: _, ...options } = byDotsNames(answer).options;
      const words = without(readPassthrough(line, command), [first]);
      return [{ asked: [command, words], wanted: { ...answer, options } }];
    });
    const left = await ask<Said | null>(world, version, cut.map(({ asked }) => asked));
    for (const [at, { asked, wanted }] of cut.entries()) {
      const answer = left[at];
      assertEquals(answer && sorted(byDotsNames(answer)), sorted(wanted), JSON.stringify(asked));
    }
  });

  Deno.test(`dot knows every option of dbt ${version}, and which command takes it`, async () => {
    await using world = await World.make();
    const names = DBT_COMMANDS.map(({ name }) => name);
    const described = await ask<Described[]>(world, version, names);
    const dbt = { version: `${version}.0`, major: 1 };
    const known = new Set<string>();
    const wrong = names.flatMap((command, at) =>
      (described[at] ?? []).filter(({ names }) => !/^--(?:deprecated-|models$)/.test(names.join()))
        .filter(({ flag, many, names, negations, variables }) => {
          const option = findDbtOption(nameOf(names));
          const kind = option?.kind;
          known.add(`${command} ${option?.name}`);
          return option === undefined || !takes(command, option, dbt) ||
            (kind === "list") !== many ||
            (kind === "switch" || kind === "toggle") !== flag ||
            (kind === "toggle") !== negations.length > 0 ||
            takesNegated(command, option, dbt) !== negations.length > 0 ||
            option.variable !== variables[0]?.replace(/^DBT_(?:ENGINE_)?/, "");
        }).map(({ names }) => `${command} ${names.join(" ")}`)
    );
    assertEquals(wrong, []);
    const more = names.flatMap((command) =>
      DBT_OPTIONS.filter((option) => takes(command, option, dbt))
        .map(({ name }) => `${command} ${name}`)
    ).filter((taken) => !known.has(taken));
    assertEquals(more, [], "what the table says that this dbt does not");
  });
}

/** What dbt 2 reads and does nothing with, which it says of most; `show` it reads, and means another thing. */
const IDLE_IN_2 = [
  ...["cache-selected-only", "export-saved-queries", "log-cache-events", "macro-debugging"],
  ...["partial-parse-file-diff", "partial-parse-file-path", "populate-cache", "print"],
  ...["printer-width", "record-timing-info", "show", "show-all-deprecations", "static-parser"],
  ...["use-colors", "use-colors-file", "use-experimental-parser", "use-fast-test-edges"],
];

/** Words that give an option some value that dbt 2 takes; of one that it does not know the first is refused whatever it says. */
function wordsFor({ kind, name, takes }: DbtOption): string[] {
  if (kind === "switch" || kind === "toggle") return [`--${name}`];
  if (kind === "mapping") return [`--${name}={a: 1}`];
  const values: Record<string, string> = {
    output: "json",
    "exclude-resource-types": "model",
    "resource-types": "model",
    "static-analysis": "off",
    "run-cache-mode": "noop",
    "invocation-id": "1",
    "parent-span-id": "1",
  };
  const listed = takes === "integer" ? "1" : takes?.find((word) => word !== "debug");
  return [`--${name}=${values[name] ?? listed ?? "1"}`];
}

Deno.test(
  "dot knows every option of dbt 2, and which command takes it",
  { ignore: !HAS_2 },
  async () => {
    await using world = await World.make();
    const dbt = { version: "2.0.0rc196", major: 2 };
    const help = (command: string, words: string[]) =>
      world.run(dbtPath("2"), [...command.split(" "), ...words, "--help"], { env: DBT_2_ENV });
    const isRefused = async (command: string, words: string[]) => {
      const { code, stderr } = await help(command, words);
      if (code === 0) return false;
      assertMatch(stderr, /unexpected argument/, [command, ...words].join(" "));
      return true;
    };
    const idle = new Set<string>();
    for (const { name: command } of DBT_COMMANDS) {
      const taken = DBT_OPTIONS.filter((option) => takes(command, option, dbt));
      const negations = taken.filter((option) => takesNegated(command, option, dbt))
        .map(({ name }) => `--no-${name}`);
      // It reads all of a line, and then shows its help before it looks at what goes together.
      for (const words of [taken.flatMap(wordsFor), negations]) {
        const { code, stderr } = await help(command, words);
        assertEquals(code, 0, `${command}: ${stderr}`);
      }
      // What it shows of a command alone, and does not of every one, that command takes; of the rest dot knows the name.
      const { stdout } = await help(command, []);
      const [own = "", ...common] = stdout.split(/^(?=Project:$)/m);
      const read = (text: string) =>
        [...text.matchAll(/^ +(?:-., )? *--([a-z][a-z0-9-]*)/gm)].map((found) => found[1] ?? "")
          .filter((name) => name !== "help");
      assert(
        read(own).length > 1 && (command === "docs generate" || read(common.join()).length > 20),
      );
      for (const name of read(own)) {
        // It names a sample project, and no sample of rows.
        if (command === "init" && name === "sample") continue;
        const option = optionOfWord(`--${name}`, command);
        assert(option !== undefined && takes(command, option, dbt), `${command} --${name}`);
      }
      for (const name of read(common.join())) {
        assert(optionOfWord(`--${name}`, command) !== undefined, `${command} --${name}`);
      }
      // What the table says that it lacks, it lacks.
      for (const option of DBT_OPTIONS) {
        if (!takes(command, option) || takes(command, option, dbt)) continue;
        if (!await isRefused(command, wordsFor(option))) idle.add(option.name);
      }
    }
    assertEquals([...idle].sort(), IDLE_IN_2);
  },
);

Deno.test("an option's variable is the one that dbt 2 says", { ignore: !HAS_2 }, async () => {
  await using world = await World.make();
  const { stdout } = await world.run(dbtPath("2"), ["build", "--help"], { env: DBT_2_ENV });
  const parts = stdout.split(/^(?= +(?:-., )? *--[a-z])/m).slice(1);
  let read = 0;
  for (const part of parts) {
    const name = /--([a-z0-9-]+)/.exec(part)?.[1] ?? "";
    const variable = /\[env: DBT_(?:ENGINE_)?(\w+)=/.exec(part)?.[1];
    const option = optionOfWord(`--${name}`, "build");
    // dbt 2 has another one for what dbt 1 says the other way round, and for what `docs serve` alone takes.
    if (variable === undefined || name === "no-version-check") continue;
    read++;
    assertEquals(option?.variable, variable, name);
  }
  assert(read > 30);
});
